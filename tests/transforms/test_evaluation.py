"""What an evaluation keeps of its series."""

from datetime import date

import polars as pl
import pytest

from transforms.engine.evaluate import METRIC_FRAME
from transforms.engine.metric import metrics
from transforms.evaluation import Evaluation, Vintage, book_of, charted, evaluation, series

AS_OF = date(2026, 1, 16)


@pytest.mark.parametrize(
    ("metric", "kept"),
    [
        ("close", ["new"]),
        ("overheating_low", ["new"]),
        ("overheating", ["old", "new"]),
        ("structural_momentum", ["old", "new"]),
        ("overheating_core", ["old", "new"]),
        ("structural_momentum_core", ["old", "new"]),
    ],
)
def test_two_years_are_kept_of_each_series_and_all_of_the_axes_and_their_cores(metric, kept):
    rows = pl.DataFrame(
        {
            "metric": [metric] * 2,
            "observation_date": [date(2007, 10, 16), date(2025, 10, 16)],
            "age": ["old", "new"],
        }
    )
    assert rows.filter(charted(AS_OF))["age"].to_list() == kept


def bars(days: list[date]) -> dict[str, pl.DataFrame]:
    """An index on some days, from two sources."""
    frame = pl.DataFrame(
        {"code": "000300.SH", "trade_date": days, "close": [100.0 + n for n in range(len(days))],
         "source": ["b", *["a"] * (len(days) - 1)]}
    ).with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(hours=8))  # fmt: skip
    return {"index_daily": frame}


@pytest.fixture(scope="module")
def ended() -> Evaluation:
    """Of an index whose last close is of three years ago."""
    days = [date(2023, 1, day) for day in (3, 4, 5, 6)]
    told: list[tuple[int, int]] = []
    cache = {"kept": (1.0,)}
    nothing = pl.DataFrame()
    found = evaluation(
        Vintage(AS_OF, bars(days), cache), nothing, nothing, told=lambda *of: told.append(of)
    )
    assert told[-1][0] == told[-1][1] > 100, "each step is told of"
    return found


def test_what_is_printed_is_kept_however_old_it_is(ended):
    """The last two days of a series are facts, and pages find them in the metrics."""
    closes = ended.metrics.filter(metric="close")

    assert closes["observation_date"].to_list() == [date(2023, 1, 5), date(2023, 1, 6)]
    assert [one.observation_date for one in ended.facts.of("close")] == [
        date(2023, 1, 5), date(2023, 1, 6),
    ]  # fmt: skip
    assert ended.facts.of("close")[0].sources == ("a", "b")


def test_only_what_was_computed_anew_is_remembered(monkeypatch):
    def evaluate(frames, as_of, cache, told):
        cache["new"] = (2.0,)
        return METRIC_FRAME.to_frame()

    monkeypatch.setattr("transforms.evaluation.evaluate", evaluate)
    nothing = pl.DataFrame()

    found = evaluation(Vintage(AS_OF, {}, {"kept": (1.0,)}), nothing, nothing)

    assert found.computed == {"new": (2.0,)}


def test_all_rows_of_an_evaluation_have_their_tables(ended):
    tables = ended.rows()

    assert len(tables) == 26
    assert tables["mart.metric"] is ended.metrics
    assert tables["mart.fact"].height == len(ended.facts)
    assert book_of(tables["mart.fact"].reverse()).as_dicts() == sorted(
        ended.facts.as_dicts(), key=lambda one: str(one["fact_id"])
    )
    assert set(tables["meta.metric"]["metric"]) == set(metrics())
    assert tables["meta.absence"].height > 0


def test_series_are_those_of_the_last_two_years():
    days = [date(2023, 1, 3), date(2026, 1, 15), date(2026, 1, 16)]
    found = series(Vintage(AS_OF, bars(days), {})).filter(metric="close")

    assert found["observation_date"].to_list() == days[1:]
