"""Minute bars are measured by partition: once, exactly as they were known, and never half."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from flows import measure, partitions
from flows.partitions import known_on
from flows.settings import Settings
from flows.workspace import Workspace, packaged_calendar
from tests.drawn.minutes import minute_bars
from transforms.intraday import figures
from transforms.intraday.figures import FIGURES, measure_partition
from warehouse.catalog import dataset
from warehouse.records import partitions as records
from warehouse.storage.store import Loading, Warehouse

CODES = ["000300.SH", "600118.SH", "688523.SH", "000901.SZ"]
DAYS = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 5), date(2026, 1, 6)]
LAST = DAYS[-1]
MADE = datetime(2026, 1, 6, 12)
MINUTES = dataset("stock_minute")
BARS = minute_bars(1, CODES, DAYS)


def load(warehouse: Warehouse, bars: pl.DataFrame, fetched_at: datetime) -> None:
    rows = bars.select(MINUTES.contract.column_names())
    load_id = f"{fetched_at} {rows.height}"
    loading = Loading(load_id, "drawn", load_id, fetched_at, rows.height)
    with warehouse.transaction():
        warehouse.load(MINUTES, rows, loading, packaged_calendar())


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """A file with all bars; those of the last day came on its evening, in time."""
    with Warehouse.writing(tmp_path / "warehouse.duckdb", simulated=True) as opened:
        load(opened, BARS, MADE)
        yield opened


def measured(warehouse: Warehouse, as_of: date = LAST, made_at: datetime = MADE) -> list[str]:
    """Measure what is lacking; its partitions."""
    known = known_on(as_of)
    wanted = partitions.lacking(warehouse, known)
    partitions.measure_all(warehouse, known, wanted, made_at)
    return [one.key for one in wanted]


def expected(warehouse: Warehouse, as_of: date = LAST) -> pl.DataFrame:
    """The figures of all rows at once."""
    return measure_partition(warehouse.read("stock_minute", known_on(as_of).by))


def test_figures_by_partition_are_those_of_all_bars_at_once(warehouse):
    wanted = partitions.lacking(warehouse, known_on(LAST))
    assert {one.month for one in wanted} == {"2025-12", "2026-01"}
    assert sum(one.bars for one in wanted) == BARS.height
    assert len({(one.month, one.bucket) for one in wanted}) == len(wanted) > 2

    measured(warehouse)

    found = partitions.figures(warehouse, known_on(LAST))
    assert found.height == len(CODES) * len(DAYS)
    assert found.equals(expected(warehouse))


def test_what_was_measured_is_not_measured_again(warehouse):
    assert measured(warehouse)
    assert measured(warehouse) == []


def test_a_late_or_revised_bar_measures_its_partition_again_and_no_other(warehouse):
    first = measured(warehouse)
    one = BARS.filter(pl.col("code") == "600118.SH", pl.col("trade_date") == LAST).tail(1)
    load(warehouse, one.with_columns(pl.col("close", "high") + 0.01), MADE + timedelta(days=1))

    again = measured(warehouse, LAST + timedelta(days=1), MADE + timedelta(days=1))

    assert len(again) == 1
    assert again[0].startswith("2026-01 ")
    assert again[0] not in first
    assert measured(warehouse) == [], "the evaluation of the day before lost its figures"


@pytest.mark.parametrize("as_of", DAYS)
def test_an_earlier_day_sees_what_was_known_then(warehouse, as_of):
    changed = BARS.filter(pl.col("trade_date") == DAYS[1]).with_columns(pl.col("amount_cny") * 2)
    load(warehouse, changed, MADE + timedelta(days=2))
    measured(warehouse, LAST + timedelta(days=2))

    then = partitions.figures(warehouse, known_on(as_of))

    first = measure_partition(BARS.filter(pl.col("trade_date") <= as_of))
    assert then.drop("known_at").equals(first.drop("known_at"))


def test_an_evaluation_of_before_sees_nothing_that_was_loaded_after_it(warehouse):
    """History that is imported later was public in its time, and still unknown to that run."""
    before = expected(warehouse)
    history = minute_bars(2, ["600001.SH", CODES[0]], [date(2025, 12, 29)])
    load(warehouse, history, MADE + timedelta(days=9))

    then = partitions.figures(warehouse, known_on(LAST, MADE + timedelta(hours=1)))
    now = partitions.figures(warehouse, known_on(LAST))

    assert then.equals(before)
    assert now.height == before.height + 2
    assert now["known_at"].max() <= known_on(LAST).by


def test_a_run_that_was_killed_goes_on_where_it_stopped(warehouse, monkeypatch):
    monkeypatch.setattr(records, "AT_ONCE", 1)
    wanted = len(partitions.lacking(warehouse, known_on(LAST)))

    def killed(*arguments: object) -> None:
        if len(records.without_figures(warehouse, lacking)) <= wanted - 2:
            raise KeyboardInterrupt
        written(*arguments)

    lacking = partitions.lacking(warehouse, known_on(LAST))
    written = records.write
    monkeypatch.setattr(records, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        measured(warehouse)
    monkeypatch.undo()

    assert len(measured(warehouse)) == wanted - 2
    assert partitions.figures(warehouse, known_on(LAST)).equals(expected(warehouse))


def test_small_partitions_of_a_month_are_read_together_and_large_ones_alone(warehouse, monkeypatch):
    wanted = partitions.lacking(warehouse, known_on(LAST))
    together = list(records.batches(wanted))
    assert [one for batch in together for one in batch] == wanted
    assert [{one.month for one in batch} for batch in together] == [{"2025-12"}, {"2026-01"}]
    monkeypatch.setattr(records, "AT_ONCE", 1)
    assert list(records.batches(wanted)) == [[one] for one in wanted]
    measured(warehouse)
    assert partitions.figures(warehouse, known_on(LAST)).equals(expected(warehouse))


def test_figures_of_another_version_are_measured_again(warehouse, monkeypatch):
    count = len(measured(warehouse))
    monkeypatch.setattr(partitions, "VERSION", figures.VERSION + 1)
    assert len(measured(warehouse)) == count


def test_only_the_newest_digests_of_a_partition_stay(warehouse):
    measured(warehouse)
    for later in range(1, 4):
        moment = MADE + timedelta(days=later)
        load(warehouse, BARS.with_columns(pl.col("amount_cny") * (1 + later)), moment)
        measured(warehouse, LAST + timedelta(days=later), moment)

    kept = warehouse.query(
        "SELECT count(DISTINCT digest) FROM mart.intraday_partition GROUP BY month, bucket"
    )
    assert set(kept.to_series()) == {records.KEPT}
    sql = "SELECT count(DISTINCT digest) FROM mart.intraday GROUP BY month, bucket"
    assert set(warehouse.query(sql).to_series()) == {records.KEPT}
    for later in (3, 2):
        assert partitions.lacking(warehouse, known_on(LAST + timedelta(days=later))) == []


def test_a_price_that_is_what_it_was_again_is_known_since_then(warehouse):
    measured(warehouse)
    for later, amount in enumerate([pl.col("amount_cny") * 2, pl.col("amount_cny")], start=1):
        load(warehouse, BARS.with_columns(amount), MADE + timedelta(days=later))
    after = LAST + timedelta(days=2)

    measured(warehouse, after, MADE + timedelta(days=2))

    found = partitions.figures(warehouse, known_on(after))
    assert found.equals(expected(warehouse, after))
    assert found["known_at"].min() == MADE + timedelta(days=2)


@pytest.mark.parametrize("broken", ["mart.intraday", "mart.intraday_partition"])
def test_a_partition_that_cannot_be_written_keeps_the_figures_it_had(
    warehouse, monkeypatch, broken
):
    measured(warehouse)
    (one, *_) = records.partitions(warehouse, MINUTES, known_on(LAST), figures.VERSION)
    before = records.figures(warehouse, [one])
    whole = Warehouse.append

    def full(self: Warehouse, table: str, rows: pl.DataFrame) -> None:
        if table == broken:
            raise OSError("the disk is full")
        whole(self, table, rows)

    monkeypatch.setattr(Warehouse, "append", full)
    with pytest.raises(OSError, match="full"):
        records.write(warehouse, {one: before.select(FIGURES.names())}, MADE)

    assert (
        records.figures(warehouse, [one])
        .sort("code", "trade_date")
        .equals(before.sort("code", "trade_date"))
    )
    assert records.without_figures(warehouse, [one]) == []


def test_figures_that_are_written_again_are_there_once(warehouse):
    wanted = partitions.lacking(warehouse, known_on(LAST))
    partitions.measure_all(warehouse, known_on(LAST), wanted, MADE)
    partitions.measure_all(warehouse, known_on(LAST), wanted, MADE + timedelta(hours=1))
    assert warehouse.value("SELECT count(*) FROM mart.intraday") == len(CODES) * len(DAYS)
    assert warehouse.value("SELECT count(*) FROM mart.intraday_partition") == len(wanted)


def test_what_is_written_stays_though_the_clock_went_back(warehouse):
    for later in (0, 2, 1):
        moment = MADE + timedelta(days=3)
        load(warehouse, BARS.with_columns(pl.col("amount_cny") * (1 + later)), moment)
        measured(warehouse, moment.date(), MADE - timedelta(days=later))
        assert measured(warehouse, moment.date()) == []


def test_a_bucket_is_the_codes_that_sql_puts_there(warehouse):
    _, bucket = MINUTES.partitioned
    for one in partitions.lacking(warehouse, known_on(LAST)):
        bars = records.bars(warehouse, MINUTES, known_on(LAST), ["code", "trade_date"], one)
        of_sql = warehouse.query(
            f"SELECT code, trade_date FROM core.stock_minute WHERE {bucket} = {one.bucket} "
            f"AND strftime(trade_date, '%Y-%m') = '{one.month}'"
        )
        assert bars.height == one.bars
        assert bars.sort("code", "trade_date").equals(of_sql.sort("code", "trade_date"))


def test_little_memory_is_taken_while_bars_are_read_and_given_back(warehouse):
    limit = "SELECT current_setting('memory_limit')"
    before = warehouse.value(limit)
    with records.sparing(warehouse):
        assert warehouse.value(limit).endswith("MiB")
    assert warehouse.value(limit) == before


def test_without_bars_there_are_no_figures(tmp_path):
    with Warehouse.writing(tmp_path / "empty.duckdb", simulated=True) as empty:
        assert partitions.lacking(empty, known_on(LAST)) == []
        assert partitions.figures(empty, known_on(LAST)).equals(FIGURES.to_frame())


def test_an_evaluation_is_handed_figures_and_never_bars(warehouse):
    """Measured on the way where none are stored, as in an older published copy."""
    seen = measure.vintage(warehouse, LAST).frames["stock_minute"]
    assert seen.equals(expected(warehouse))
    assert seen.height == len(CODES) * len(DAYS)


def test_the_writer_is_free_between_months(tmp_path):
    """And a second call has nothing to do."""
    ws = Workspace(Settings(home=tmp_path, sandbox={"enabled": True}))
    with ws.writing() as warehouse:
        load(warehouse, BARS, MADE)
    wanted = partitions.measure_lacking(ws, LAST)
    assert wanted > 2
    assert partitions.measure_lacking(ws, LAST) == 0
    with ws.writing() as warehouse:
        assert partitions.figures(warehouse, known_on(LAST)).equals(expected(warehouse))


@pytest.mark.parametrize(
    ("workers", "bars", "apart"), [(2, 999, False), (2, 1000, True), (0, 1000, False)]
)
def test_processes_are_started_from_so_many_bars_on(tmp_path, monkeypatch, workers, bars, apart):
    started = SimpleNamespace(cluster=lambda _measuring, folder: nullcontext(folder))
    monkeypatch.setitem(sys.modules, "flows.measuring_cluster", started)
    measuring = {"workers": workers, "partitions_from": 1000}
    ws = Workspace(Settings(home=tmp_path, measuring=measuring))

    with partitions.spread(ws, bars) as cluster:
        assert cluster == (tmp_path / "spilled" if apart else None)


def test_what_was_measured_apart_is_written_if_it_is_known_as_it_was_listed(tmp_path, monkeypatch):
    """A bar that comes while processes measure leaves its partition to the next evaluation."""
    ws = Workspace(Settings(home=tmp_path, sandbox={"enabled": True}))
    with ws.writing() as warehouse:
        load(warehouse, BARS, MADE)
    asked = []

    class Cluster:
        def figures(self, source, name, known, wanted):
            asked.append((source, name, known, {one.month for one in wanted}))
            with Warehouse.writing(ws.places.writer) as warehouse:
                for one in wanted:
                    bars = records.bars(warehouse, MINUTES, known, figures.BARS, one)
                    yield one, measure_partition(bars)
                more = BARS.filter(pl.col("trade_date") == LAST, pl.col("code") == CODES[0])
                load(warehouse, more.with_columns(pl.col("amount_cny") * 2), MADE)

    opened = SimpleNamespace(opened=Warehouse.writing)
    monkeypatch.setitem(sys.modules, "flows.measuring_cluster", opened)
    with ws.writing() as warehouse:
        first = partitions.lacking(warehouse, known_on(LAST), "2026-01")

    assert partitions.measure_month(ws, known_on(LAST), "2026-01", Cluster()) == len(first)

    assert asked == [(ws.places.writer, "stock_minute", known_on(LAST), {"2026-01"})]
    with ws.writing() as warehouse:
        left = partitions.lacking(warehouse, known_on(LAST), "2026-01")
        assert len(left) == 1
        assert not set(left) & set(first)
        assert {one.month for one in partitions.lacking(warehouse, known_on(LAST))} == {
            "2025-12", "2026-01",
        }  # fmt: skip
