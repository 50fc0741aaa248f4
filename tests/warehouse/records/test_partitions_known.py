"""Partitions of minute bars: what tells two of them apart, and which are read at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from tests.warehouse.records.books import MOMENT, books, day, put
from warehouse.catalog import dataset
from warehouse.contract import empty
from warehouse.records import partitions
from warehouse.records.partitions import Known, Partition, batches
from warehouse.storage.store import Warehouse
from warehouse.tables import SYSTEM_TABLES

BARS = dataset("stock_minute")
NOW = Known(datetime(2026, 2, 1))
TABLES = ("core.stock_minute", "core.stock_minute_superseded", "meta.load")


def minutes(*bars: tuple[str, date, int], **more: object) -> Warehouse:
    """Minute bars: code, day and minute, known at once."""
    made = books(*TABLES)
    add(made, *bars, **more)
    return made


def add(made: Warehouse, *bars: tuple[str, date, int], **more: object) -> None:
    rows = ({"code": code, "trade_date": of, "minute": minute} | more for code, of, minute in bars)
    put(made, "core.stock_minute", rows)


def found(made: Warehouse, known: Known = NOW, version: int = 1, month: str | None = None):
    return partitions.partitions(made, BARS, known, version, month)


JANUARY = [("a", day(12), 571), ("a", day(13), 571)]
DECEMBER = ("a", date(2025, 12, 31), 571)


def test_a_partition_is_a_month_of_a_bucket_with_its_bars_and_codes() -> None:
    made = minutes(*JANUARY, DECEMBER)
    old, new = found(made)
    assert (old.month, old.bars, old.codes) == ("2025-12", 1, ("a",))
    assert (new.month, new.bars, new.codes) == ("2026-01", 2, ("a",))
    assert old.bucket == new.bucket
    assert [one.month for one in found(made, month="2025-12")] == ["2025-12"]
    assert found(made, month="2025-12") == [old]


def test_codes_of_one_bucket_stand_together_in_their_order() -> None:
    codes = [f"{n:06d}.SZ" for n in range(60, 0, -1)]
    made = minutes(*((code, day(12), 571) for code in codes))
    every = found(made)
    assert [one.bucket for one in every] == sorted({one.bucket for one in every})
    assert all(list(one.codes) == sorted(one.codes) for one in every)
    assert sorted(code for one in every for code in one.codes) == sorted(codes)
    assert sum(one.bars for one in every) == 60
    assert max(one.bars for one in every) > 1


def test_equal_bars_have_an_equal_digest_in_whatever_order_and_by_whatever_load() -> None:
    (one,) = found(minutes(*JANUARY))
    (other,) = found(minutes(*reversed(JANUARY), load_id="another"))
    assert one == other
    assert one.key == f"2026-01 {one.bucket} {one.digest}"


@pytest.mark.parametrize("changed", [{"close": 2.0}, {"source": "another"}])
def test_other_figures_or_another_source_make_another_digest(changed: dict[str, object]) -> None:
    bar = JANUARY[0]
    (one,), (other,) = found(minutes(bar)), found(minutes(bar, **changed))
    assert one.digest != other.digest


def test_so_does_another_version_of_the_formulas() -> None:
    made = minutes(*JANUARY)
    (one,), (other,) = found(made), found(made, version=2)
    assert (one.digest.split(":")[:2], other.digest.split(":")[:2]) == (["1", "2"], ["2", "2"])
    assert one.digest.split(":")[2] == other.digest.split(":")[2]


def test_what_became_known_or_was_loaded_later_is_in_none() -> None:
    made = minutes(*JANUARY)
    add(made, ("a", day(14), 571), known_at=NOW.by + timedelta(seconds=1))
    add(made, ("a", day(15), 571), load_id="late")
    put(made, "meta.load", [{"load_id": "late", "fetched_at": NOW.by}])
    assert [one.bars for one in found(made)] == [3]
    by_then = Known(NOW.by, NOW.by - timedelta(seconds=1))
    assert [one.bars for one in found(made, by_then)] == [2]


def test_the_bars_of_a_partition_are_those_of_its_month_and_codes() -> None:
    made = minutes(*JANUARY, DECEMBER, ("a", day(31), 571), ("a", date(2026, 2, 1), 571))
    add(made, ("b", day(12), 571))
    (of_a,) = (one for one in found(made, month="2026-01") if "a" in one.codes)
    asked = Partition("2026-01", of_a.bucket, 3, of_a.digest, ("a",))
    bars = partitions.bars(made, BARS, NOW, ["code", "trade_date"], asked)
    assert sorted(bars.rows()) == [("a", day(12)), ("a", day(13)), ("a", day(31))]
    other = Partition("2026-01", 99, 1, "", ("b",))
    both = partitions.bars(made, BARS, NOW, ["code"], asked, other)
    assert sorted(both["code"]) == ["a", "a", "a", "b"]


def sizes(groups: Sequence[Sequence[Partition]]) -> list[list[int]]:
    return [[one.bars for one in group] for group in groups]


def of_size(bars: int, month: str = "2026-01") -> Partition:
    return Partition(month, 0, bars, "", ())


@pytest.mark.parametrize(
    ("bars", "read"),
    [
        ([400_000, 600_000], [[400_000, 600_000]]),
        ([400_000, 600_001], [[400_000], [600_001]]),
        ([2_000_000, 1], [[2_000_000], [1]]),
        ([300_000, 300_000, 300_000, 300_000], [[300_000] * 3, [300_000]]),
        ([], []),
    ],
)
def test_a_million_bars_are_read_at_once(bars: list[int], read: list[list[int]]) -> None:
    assert sizes(list(batches([of_size(n) for n in bars]))) == read


def test_months_are_read_apart() -> None:
    ones = [of_size(1), of_size(2, "2026-02"), of_size(3, "2026-02")]
    assert sizes(list(batches(ones))) == [[1], [2, 3]]


def test_while_bars_are_read_little_is_kept_in_memory() -> None:
    made = books()
    usual = made.value("SELECT current_setting('memory_limit')")
    with partitions.sparing(made):
        assert made.value("SELECT current_setting('memory_limit')") == "286.1 MiB"
    assert made.value("SELECT current_setting('memory_limit')") == usual


def figures(*codes: str) -> pl.DataFrame:
    """Rows of mart.intraday without their partition."""
    put(other := books("mart.intraday"), "mart.intraday", ({"code": code} for code in codes))
    return other.query("FROM mart.intraday").drop("month", "bucket", "digest")


def test_figures_are_those_of_the_partitions_as_they_are() -> None:
    made = books("mart.intraday", "mart.intraday_partition")
    one, other = Partition("2026-01", 1, 7, "x", ()), Partition("2026-01", 2, 8, "y", ())
    partitions.write(made, {one: figures("a", "b"), other: figures("c")}, MOMENT)
    assert sorted(partitions.figures(made, [one])["code"]) == ["a", "b"]
    assert sorted(partitions.figures(made, [one, other])["code"]) == ["a", "b", "c"]
    changed = Partition("2026-01", 1, 7, "z", ())
    assert partitions.figures(made, [changed]).is_empty()
    assert partitions.without_figures(made, [one, changed, other]) == [changed]
    told = made.query("FROM mart.intraday_partition ORDER BY bucket").rows()
    assert told == [("2026-01", 1, "x", 7, MOMENT), ("2026-01", 2, "y", 8, MOMENT)]


def test_figures_are_written_all_or_none() -> None:
    made = books("mart.intraday")
    with pytest.raises(Exception, match="intraday_partition"):
        partitions.write(made, {Partition("2026-01", 1, 7, "x", ()): figures("a")}, MOMENT)
    assert made.query("FROM mart.intraday").height == 0
    assert empty(SYSTEM_TABLES["mart.intraday"]).columns[:3] == ["month", "bucket", "digest"]
