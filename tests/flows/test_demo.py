"""The demo lives in a home of its own, whatever is set, and imports all that its archive has."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from flows import demo
from flows.settings import SIMULATED_STOCKS
from tests.conftest import rows_of
from warehouse.catalog import catalogue

NAMES = ("index_daily", "stock_daily", "limit_pool", "policy_term")
DAYS = (date(2025, 12, 31), date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 13))


@pytest.fixture
def led(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the demo did: its home, what was written into the archive, and how it ran."""
    done: dict[str, object] = {}
    ws = SimpleNamespace(
        places=SimpleNamespace(current=Path("current")), settings=SimpleNamespace(home=tmp_path)
    )
    before = dict(os.environ)
    monkeypatch.setenv("BRIEFING_MAIL__SERVER", "mail.example.org")
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))
    monkeypatch.setattr(demo, "default_home", lambda: Path(os.environ["BRIEFING_HOME"]))
    monkeypatch.setattr(demo, "workspace", lambda: ws)
    monkeypatch.setattr(demo, "simulated_market", lambda stocks: stocks)
    monkeypatch.setattr(demo, "archives", lambda: NAMES)
    monkeypatch.setattr(demo, "write_archive", lambda *given: done.update(written=given))
    monkeypatch.setattr(demo, "import_path", lambda _ws, path: done.update(read=path))
    run = lambda **options: done.update(run=options) or "a.pdf"  # noqa: E731
    monkeypatch.setattr(demo, "weekly", SimpleNamespace(fn=run))
    yield done
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize(("stocks", "home"), [(SIMULATED_STOCKS, "demo"), (40, "demo-40")])
def test_each_size_of_market_has_a_home_and_nothing_else_that_is_set_counts(
    led, tmp_path, stocks, home
) -> None:
    demo.with_past(stocks)

    assert {name: os.environ[name] for name in os.environ if name.startswith("BRIEFING_")} == {
        "BRIEFING_HOME": str(tmp_path / home),
        "BRIEFING_SANDBOX__ENABLED": "true",
        "BRIEFING_SANDBOX__STOCKS": str(stocks),
    }
    market, folder, names = led["written"]
    assert (market, names) == (stocks, ["index_daily", "stock_daily", "policy_term"])
    assert led["read"] == folder


def test_the_demo_collects_the_rest_and_mails_its_reader(led, tmp_path) -> None:
    found = demo.run_demo(40)

    assert led["run"] == {
        "as_of": date(2026, 1, 13), "collect": True, "send": True, "to": ["reader@example.org"],
    }  # fmt: skip
    assert found == demo.Demonstration("a.pdf", Path("current"), tmp_path / "outbox")


def test_an_archive_ends_with_the_year_and_that_of_prices_the_day_before(
    tmp_path, monkeypatch
) -> None:
    def rows(_market, name: str) -> pl.DataFrame:
        one = rows_of(name).head(1).drop("code", strict=False)
        days = pl.DataFrame({"trade_date": DAYS})
        return one.drop("trade_date", strict=False).join(days, how="cross")

    monkeypatch.setattr(demo, "archive", rows)
    demo.write_archive(None, tmp_path, NAMES[:2] + NAMES[3:])

    assert sorted(path.stem for path in tmp_path.iterdir()) == ["index_daily", "stock_daily"]
    last = {path.stem: pl.read_parquet(path)["trade_date"].to_list() for path in tmp_path.iterdir()}
    assert last == {"index_daily": [DAYS[0]], "stock_daily": list(DAYS[:3])}
    written = pl.read_parquet(tmp_path / "index_daily.parquet")
    assert written.columns == list(catalogue()["index_daily"].contract.column_names())
    assert set(written["code"]) == {"archive"}
