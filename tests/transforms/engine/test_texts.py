"""Texts stand apart from the code, so a test holds them together: one for each metric, no more."""

from pathlib import Path

import polars as pl
import pytest

import transforms.metrics
from transforms.engine import metric as declarations
from transforms.engine.metric import Group, metric, metrics, prepared
from transforms.engine.texts import Texts, texts_of

FOLDER = Path(transforms.metrics.__path__[0])
FAMILIES = sorted({one.family for one in metrics().values()})


@pytest.mark.parametrize("family", FAMILIES)
def test_the_texts_of_a_family_are_those_of_its_metrics_in_their_order(family: str):
    declared = [one.id for one in metrics().values() if one.family == family]

    assert list(texts_of(f"transforms.metrics.{family}")) == declared


def test_there_are_no_texts_without_a_family():
    assert sorted(file.stem for file in FOLDER.glob("*.toml")) == FAMILIES


def test_every_text_says_something():
    for one in metrics().values():
        assert all(len(text) > 1 for text in (one.label, one.reading, one.pitfall)), one.id
        assert one.reading.endswith((".", "!")), one.id
        assert one.pitfall.endswith("."), one.id


def test_line_breaks_in_a_text_mean_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "drawn_family"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "one.toml").write_text(
        '[value]\nlabel = "Value"\nreading = """\nIn two\nlines."""\npitfall = "None."\n',
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)

    assert texts_of("drawn_family.one") == {"value": Texts("Value", "In two lines.", "None.")}


@pytest.fixture
def of_this_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts for what the tests below declare; there is no table beside this file."""
    told = {"drawn": Texts("Drawn", "Read it.", "None.")}
    monkeypatch.setattr(declarations, "texts_of", lambda _module: told)


def drawn(bars: pl.DataFrame, calendar: pl.DataFrame | None = None) -> pl.DataFrame:
    """Bars."""
    return bars if calendar is None else bars.join(calendar, on="day")


@pytest.mark.usefixtures("of_this_module")
def test_a_metric_is_named_by_its_function_and_reads_what_its_parameters_name():
    one = metric(unit="ratio", paper="M01")(drawn)

    assert (one.id, one.reads, one.optional) == ("drawn", ("bars",), ("calendar",))
    assert (one.label, one.reading, one.pitfall) == ("Drawn", "Read it.", "None.")


@pytest.mark.usefixtures("of_this_module")
def test_a_metric_declares_what_its_group_does_unless_it_says_otherwise():
    group = Group(unit="ratio", paper="M01", window=20, direction="heat")

    assert group.metric()(drawn).window == 20
    assert group.metric(window=5)(drawn).window == 5
    assert group.metric()(drawn).direction == "heat"


@pytest.mark.usefixtures("of_this_module")
def test_a_member_of_a_block_points_the_way_of_its_axis():
    group = Group(unit="ratio", paper="M01", direction="heat")

    assert group.metric(block="momentum/trend")(drawn).direction == "momentum"
    assert group.metric(block="momentum/trend", direction="context")(drawn).direction == "context"
    assert metric(unit="ratio", paper="M01")(drawn).direction == "context"


@pytest.mark.usefixtures("of_this_module")
def test_a_metric_without_texts_is_refused():
    def other(bars: pl.DataFrame) -> pl.DataFrame:
        return bars

    with pytest.raises(KeyError, match="no texts of other"):
        metric(unit="ratio", paper="M01")(other)


def test_a_prepared_frame_that_takes_the_memory_remembers():
    def frame(bars: pl.DataFrame, memory: dict[str, tuple[float, ...]]) -> pl.DataFrame:
        return bars.head(len(memory))

    assert prepared(drawn).remembers is False
    assert (prepared(frame).remembers, prepared(frame).reads) == (True, ("bars",))
