"""Which lists are asked what, and from which rows: those known and dated by the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl

from transforms.issue.doubts import DOUBTS, LISTS, NOT_AS_TRADED, Doubt, doubts
from warehouse.catalog import cutoff

NOW = date(2026, 1, 13)
DAYS, CODES = 25, 60


def rows(there: int = CODES, close: float = 10.0) -> pl.DataFrame:
    """Some codes a day for 25 days, `there` of them on the last."""
    days = [NOW - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
    all_days = pl.DataFrame({"trade_date": days}).join(
        pl.DataFrame({"code": [f"{600000 + n}.SH" for n in range(CODES)]}), how="cross"
    )
    kept = (pl.col("trade_date") < NOW) | (pl.col("code") < f"{600000 + there}.SH")
    return all_days.filter(kept).with_columns(
        close=pl.lit(close), known_at=pl.col("trade_date").cast(pl.Datetime("us"))
    )


def kinds(frames: dict[str, pl.DataFrame], as_of: date = NOW) -> list[tuple[object, ...]]:
    return doubts(frames, as_of).select("dataset", "kind", "first_day").rows()


def test_a_partial_day_of_each_list_is_named_and_adjusted_prices_of_shares_alone():
    short, odd = rows(there=9), rows(close=10.1234)
    first = NOW - timedelta(days=DAYS - 1)

    assert kinds(dict.fromkeys(LISTS, short)) == [
        ("margin_security", Doubt.PARTIAL, NOW), ("stock_daily", Doubt.PARTIAL, NOW)
    ]  # fmt: skip
    assert [found[:2] for found in kinds(dict.fromkeys(LISTS, odd))] == [
        ("stock_daily", Doubt.ADJUSTED)
    ]
    assert kinds({"stock_daily": odd})[0][2] >= first
    assert kinds({"stock_daily": rows(), "margin_security": rows(), "else": short}) == []


def test_a_partial_day_says_how_many_there_are_of_how_many():
    (found,) = doubts({"margin_security": rows(there=9)}, NOW).iter_rows(named=True)

    assert found == {
        "dataset": "margin_security", "kind": "partial day", "first_day": NOW, "last_day": NOW,
        "there": 9, "usual": 60,
        "reason": "9 of 60 securities: the day is not whole and counts in no breadth",
    }  # fmt: skip


def test_doubts_stand_by_list_kind_and_day():
    both = pl.concat([rows(close=10.1234), rows(there=9).head(0)])
    hole, last = NOW - timedelta(days=2), pl.col("trade_date")
    cut = both.filter((last < hole) | (pl.col("code") < "600009.SH"))

    assert [(kind, day) for _, kind, day in kinds({"stock_daily": cut})][1:] == [
        (Doubt.PARTIAL, hole + timedelta(days=n)) for n in range(3)
    ]
    assert kinds({"stock_daily": cut})[0][1] == Doubt.ADJUSTED


def test_a_kind_of_doubt_stands_together_whichever_began_first():
    hole, day = NOW - timedelta(days=6), pl.col("trade_date")
    cut = rows().filter((day != hole) | (pl.col("code") < "600009.SH"))
    odd = cut.with_columns(close=pl.when(day > hole).then(10.1234).otherwise(pl.col("close")))

    assert kinds({"stock_daily": odd}) == [
        ("stock_daily", Doubt.ADJUSTED, hole + timedelta(days=1)),
        ("stock_daily", Doubt.PARTIAL, hole),
    ]


def test_adjusted_prices_say_of_which_days_and_how_many_closes():
    (found,) = doubts({"stock_daily": rows(close=10.1234)}, NOW).iter_rows(named=True)

    assert (found["last_day"], found["there"], found["usual"]) == (NOW, 60 * DAYS, 60 * DAYS)
    said, more = found["reason"].split("; ", 1)
    assert said.startswith("prices are adjusted, not as traded, from")
    assert more.endswith(NOT_AS_TRADED)


def test_what_is_dated_or_known_after_the_day_is_not_looked_at():
    short = rows(there=9)
    assert kinds({"stock_daily": short}, NOW - timedelta(days=1)) == []

    last = pl.col("trade_date") == NOW
    unknown, known = (
        short.with_columns(known_at=pl.when(last).then(pl.lit(moment)).otherwise("known_at"))
        for moment in (cutoff(NOW) + timedelta(seconds=1), cutoff(NOW))
    )
    assert kinds({"stock_daily": unknown}) == []
    assert kinds({"stock_daily": known}) != []
    assert kinds({"stock_daily": short.drop("known_at")}) != []


def test_without_lists_there_is_no_doubt():
    assert doubts({}, NOW).schema == DOUBTS
    nothing = rows().filter(pl.col("known_at") > datetime(2027, 1, 1))
    assert doubts({"stock_daily": nothing}, NOW).is_empty()
