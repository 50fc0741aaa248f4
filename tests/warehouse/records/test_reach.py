"""What core holds: days that are there, what a part lacks, and how far each dataset reaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from tests.warehouse.records.books import MOMENT, books, day, put
from warehouse.cadence import Daily
from warehouse.catalog import Chain, cutoff, dataset
from warehouse.records import coverage
from warehouse.records.coverage import Reach, newest_whole_day, reaches
from warehouse.storage.store import Warehouse

INDICES, SHARES, CLOSES = (dataset(n) for n in ("index_daily", "stock_daily", "trade_calendar"))
TWO = Chain("two", (), "code", {"a": day(1), "b": day(6)})
ALL = Chain("all", ())
MONDAY, TUESDAY, WEDNESDAY = day(12), day(13), day(14)


def bars(of: str, *rows: tuple[str, date]) -> Warehouse:
    """A bar of each code on its day, known and loaded at once."""
    made = books(f"core.{of}", f"core.{of}_superseded", "meta.load", "meta.answered")
    put(made, f"core.{of}", ({"code": code, "trade_date": of_day} for code, of_day in rows))
    return made


def crowd(of_day: date, number: int) -> list[tuple[str, date]]:
    return [(f"{n:06d}.SZ", of_day) for n in range(number)]


def test_the_calendar_and_the_closes_begin_and_end_where_they_do() -> None:
    made = books("core.trade_calendar", "core.index_daily")
    assert coverage.last_trading_day(made) is None
    assert coverage.first_close(made) is None
    put(made, "core.trade_calendar", ({"trade_date": d} for d in (MONDAY, WEDNESDAY, TUESDAY)))
    put(made, "core.index_daily", ({"code": "a", "trade_date": d} for d in (TUESDAY, MONDAY)))
    assert coverage.last_trading_day(made) == WEDNESDAY
    assert coverage.first_close(made) == MONDAY
    assert sorted(coverage.trading_days(made)) == [MONDAY, TUESDAY, WEDNESDAY]


def test_a_fallback_adds_no_key_again_or_nothing_where_a_row_of_its_gap_is() -> None:
    made = bars("index_daily", ("a", MONDAY))
    days_only = replace(INDICES, gap=("trade_date",))
    assert coverage.keys(made, days_only).rows() == [(MONDAY,)]
    by_key = replace(INDICES, gap=())
    assert coverage.keys(made, by_key).columns == INDICES.key


@pytest.mark.parametrize(("there", "held"), [(9, True), (8, False)])
def test_a_day_is_held_with_nine_in_ten_of_the_rows_of_the_fullest(
    there: int, *, held: bool
) -> None:
    made = bars("stock_daily", *crowd(MONDAY, 10), *crowd(TUESDAY, there))
    found = set(coverage.held_days(made, SHARES, ALL))
    assert found == ({MONDAY, TUESDAY} if held else {MONDAY})


def test_of_a_part_each_day_counts_on_which_one_of_its_entities_is_there() -> None:
    rows = [("a", MONDAY), ("b", MONDAY), ("a", TUESDAY), ("c", WEDNESDAY)]
    made = bars("index_daily", *rows)
    assert set(coverage.held_days(made, INDICES, TWO)) == {MONDAY, TUESDAY}


def lacking(made: Warehouse | None, chain: Chain, *days: date) -> list[tuple[date, str | None]]:
    return coverage.lacking(made, INDICES, chain, days).sort("day", "entity").rows()


def test_each_entity_lacks_its_days_from_its_first_one_on() -> None:
    made = bars("index_daily", ("a", MONDAY), ("b", TUESDAY), ("c", MONDAY))
    assert lacking(made, TWO, MONDAY, TUESDAY) == [(MONDAY, "b"), (TUESDAY, "a")]
    assert lacking(made, TWO, day(5), day(6)) == [(day(5), "a"), (day(6), "a"), (day(6), "b")]
    assert lacking(made, TWO) == []


def test_before_anything_was_loaded_all_is_lacking() -> None:
    assert lacking(None, TWO, day(5), day(6)) == [(day(5), "a"), (day(6), "a"), (day(6), "b")]
    assert lacking(None, ALL, MONDAY) == [(MONDAY, None)]


def test_without_entities_a_day_is_lacking_that_has_no_rows_or_is_a_mere_beginning() -> None:
    made = bars("index_daily", *crowd(MONDAY, 10), *crowd(TUESDAY, 8), *crowd(day(16), 50))
    days = (MONDAY, TUESDAY, WEDNESDAY)
    assert lacking(made, ALL, *days) == [(TUESDAY, None), (WEDNESDAY, None)], "of these days only"


def test_a_session_abroad_that_did_not_take_place_lacks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    def closes(_: object, exchange: str, days: pl.Series) -> pl.Series:
        asked.append((exchange, sorted(days)))
        return pl.Series([TUESDAY])

    monkeypatch.setattr(coverage, "unplanned_closes", closes)
    abroad = replace(TWO, cadence=Daily("XHKG"))
    made = bars("index_daily", ("a", MONDAY), ("b", MONDAY))
    assert lacking(made, abroad, MONDAY, TUESDAY, WEDNESDAY) == [
        (WEDNESDAY, "a"),
        (WEDNESDAY, "b"),
    ]
    assert asked == [("XHKG", [TUESDAY, WEDNESDAY])]
    assert lacking(None, abroad, TUESDAY) == [(TUESDAY, "a"), (TUESDAY, "b")], "nobody knows"


def listed(*codes: str) -> str:
    return " UNION ALL ".join(f"SELECT '{code}' AS code, 1 AS other" for code in codes)


def test_a_share_of_a_list_lacks_a_day_unless_it_has_a_row_on_each() -> None:
    made = bars("stock_daily", ("a", MONDAY), ("a", TUESDAY), ("b", MONDAY), ("b", WEDNESDAY))
    find = coverage.lacking_shares
    assert find(made, SHARES, listed("c", "b", "a"), [MONDAY, TUESDAY]) == ("b", "c")
    assert find(made, SHARES, listed("b", "a"), [MONDAY]) == ()
    undated = replace(SHARES, trading_day=None)
    assert find(made, undated, listed("b", "a"), [MONDAY]) == ("a", "b")


def test_some_share_is_one_that_is_there() -> None:
    assert coverage.any_share(bars("stock_daily"), SHARES) is None
    assert coverage.any_share(bars("stock_daily", ("a", MONDAY), ("b", MONDAY)), SHARES) == "b"


LATE = cutoff(WEDNESDAY) + timedelta(microseconds=1)


def told() -> Warehouse:
    """Bars of two sources, one of which became known after Wednesday; and an older version."""
    made = books("core.index_daily", "core.index_daily_superseded", "meta.load")
    one = {"code": "a", "trade_date": MONDAY, "known_at": MOMENT, "source": "Sina"}
    put(
        made,
        "core.index_daily",
        [
            one | {"load_id": "early"},
            one | {"code": "b", "trade_date": TUESDAY, "known_at": cutoff(WEDNESDAY)},
            one | {"code": "c", "source": "Baidu", "load_id": "later"},
            one | {"code": "a", "trade_date": day(15), "known_at": LATE},
        ],
    )
    put(made, "meta.load", [{"load_id": "later", "fetched_at": datetime(2026, 1, 14, 9)}])
    return made


def test_a_dataset_reaches_as_far_as_was_known_at_the_end_of_the_day() -> None:
    everything = Reach(TUESDAY, cutoff(WEDNESDAY), 3, "Baidu, Sina")
    assert reaches(told(), [(INDICES, None)], WEDNESDAY) == [everything]
    assert reaches(told(), [(INDICES, None)], TUESDAY) == [Reach(MONDAY, MOMENT, 2, "Baidu, Sina")]
    by_then = reaches(told(), [(INDICES, None)], WEDNESDAY, datetime(2026, 1, 14, 8))
    assert by_then == [Reach(TUESDAY, cutoff(WEDNESDAY), 2, "Sina")]


def test_parts_reach_as_far_as_their_entities_in_the_order_in_which_they_are_asked() -> None:
    other = replace(TWO, entities={"b": day(1)})
    nobody = replace(TWO, entities={"z": day(1)})
    asked = [(INDICES, other), (INDICES, None), (INDICES, nobody), (INDICES, TWO)]
    found = reaches(told(), asked, WEDNESDAY)
    assert [(one.newest, one.rows) for one in found] == [
        (TUESDAY, 1),
        (TUESDAY, 3),
        (None, 0),
        (TUESDAY, 2),
    ]
    assert found[2].sources == ""
    assert reaches(told(), [], WEDNESDAY) == []


def test_what_has_no_day_reaches_to_the_day_on_which_it_became_known() -> None:
    undated = replace(
        INDICES, trading_day=None, publication=replace(INDICES.publication, column=None)
    )
    (one,) = reaches(told(), [(undated, None)], WEDNESDAY)
    assert one.newest == WEDNESDAY


@pytest.mark.parametrize(("there", "newest"), [(5, TUESDAY), (4, MONDAY)])
def test_half_of_the_shares_make_a_new_day(there: int, newest: date) -> None:
    made = bars("stock_daily", *crowd(MONDAY, 10), *crowd(TUESDAY, there))
    assert newest_whole_day(made, SHARES, WEDNESDAY) == newest


@pytest.mark.parametrize("code", ["HSI.HK", "SPX.US"])
def test_of_the_indices_any_of_the_mainland_makes_one_and_none_from_abroad(code: str) -> None:
    rows = [*crowd(MONDAY, 10), *crowd(TUESDAY, 1), (code, WEDNESDAY)]
    assert newest_whole_day(bars("index_daily", *rows), INDICES, WEDNESDAY) == TUESDAY


def test_the_fullest_day_is_looked_for_among_the_last_thirty_sessions() -> None:
    old = [one for n in range(29) for one in crowd(day(1) + timedelta(days=n), 3)]
    before = crowd(date(2025, 12, 31), 10)
    newest = crowd(date(2026, 1, 30), 3)
    later = date(2026, 2, 2)
    made = bars("stock_daily", *before, *old, *newest)
    assert newest_whole_day(made, SHARES, later) == date(2026, 1, 30)
    one_less = bars("stock_daily", *before, *old[3:], *newest)
    assert newest_whole_day(one_less, SHARES, later) == date(2025, 12, 31)


def test_without_rows_there_is_no_newest_day() -> None:
    assert newest_whole_day(bars("stock_daily"), SHARES, WEDNESDAY) is None
    loaded = bars("stock_daily", *crowd(MONDAY, 2))
    put(loaded, "meta.load", [{"load_id": "", "fetched_at": MOMENT}])
    assert newest_whole_day(loaded, SHARES, WEDNESDAY, MOMENT) == MONDAY
    assert newest_whole_day(loaded, SHARES, WEDNESDAY, MOMENT - timedelta(seconds=1)) is None
