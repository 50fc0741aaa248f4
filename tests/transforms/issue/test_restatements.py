"""What the last issue printed is compared with what is known now, and only what shows is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from flows.workspace import packaged_calendar
from transforms.engine.evaluate import METRIC_FRAME
from transforms.facts import FactBook
from transforms.findings.kinds import KINDS
from transforms.findings.restated import restated
from transforms.issue.printable import facts
from transforms.issue.restatements import (
    RESTATEMENTS,
    LastIssue,
    printed_rows,
    restatement_facts,
    restatements,
)
from warehouse.catalog import cutoff

LAST, NOW = date(2026, 1, 16), date(2026, 1, 23)
CALENDAR = packaged_calendar()
DAYS = CALENDAR.filter(CALENDAR <= NOW).to_list()[-280:]
TURNOVER, RSI = ("turnover_cny", "SSE+SZSE"), ("rsi_14", "000001.SH")
SHARE, WEEKLY = ("breadth_up_share", "tech"), ("rsi_14_weekly", "000001.SH")
LATER = datetime(2026, 1, 19, 4)
RECORD_DAY, SECOND = date(2026, 1, 14), date(2026, 1, 13)
UNITS = {"turnover_cny": "CNY", "breadth_up_share": "fraction"}


def series(
    name: tuple[str, str], values: list[float], days: list[date], version: int = 1
) -> pl.DataFrame:
    """The rows of a metric, each known in the evening of its day."""
    rows = [
        {"metric": name[0], "entity": name[1], "observation_date": day, "value": value}
        | {"known_at": datetime.combine(day, time(10)), "metric_version": version, "n_obs": at}
        for at, (day, value) in enumerate(zip(days, values, strict=True), start=1)
    ]
    unit = pl.lit(UNITS.get(name[0], "index 0-100"))
    frame = pl.DataFrame(rows, schema_overrides={"metric_version": pl.Int64}).with_columns(
        unit=unit
    )
    return frame.match_to_schema(METRIC_FRAME, missing_columns="insert")


def drawn() -> pl.DataFrame:
    """Turnover with a record on 14 January, RSI, a share, and an index that counts by weeks."""
    money = [2e12 + 1e9 * (n % 9) for n in range(len(DAYS))]
    money[DAYS.index(SECOND)], money[DAYS.index(RECORD_DAY)] = 3.65e12, 3.94e12
    fridays = [day for day in DAYS if day.weekday() == 4]
    parts = [
        series(TURNOVER, money, DAYS),
        series(RSI, [50.0 + 20 * (n % 7 == 0) for n in range(len(DAYS))], DAYS),
        series(SHARE, [0.4] * len(DAYS), DAYS),
        series(WEEKLY, [60.0] * len(fridays), fridays),
    ]
    return pl.concat(parts)


def until(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    return frame.filter(pl.col("observation_date") <= day)


def change(
    frame: pl.DataFrame,
    name: tuple[str, str],
    day: date,
    value: float,
    known: datetime | None = LATER,
) -> pl.DataFrame:
    """The frame with another value of a day, which became known later."""
    there = (
        (pl.col("metric") == name[0])
        & (pl.col("entity") == name[1])
        & (pl.col("observation_date") == day)
    )
    at = pl.lit(known, pl.Datetime("us")) if known else pl.col("known_at")
    return frame.with_columns(
        value=pl.when(there).then(value).otherwise("value"),
        known_at=pl.when(there).then(at).otherwise("known_at"),
    )


NOTHING = pl.DataFrame(schema={"metric": pl.String, "entity": pl.String, "since": pl.Date})
LOADS = {"dataset": pl.String, "revised": pl.Int64, "late": pl.Int64}


def loads(*rows: tuple[str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), LOADS, orient="row")


REVISED = loads(("market_turnover", 1, 0), ("index_daily", 1, 0), ("stock_daily", 1, 1))


def last(frame: pl.DataFrame, as_of: date = LAST, ledger: pl.DataFrame = REVISED) -> LastIssue:
    """The issue of a day, which printed all of its facts."""
    seen = until(frame, as_of)
    book = facts(seen, as_of)
    newest = seen.group_by("metric", "entity").agg(since=pl.col("observation_date").max())
    cited = frozenset(fact.fact_id for fact in book)
    return LastIssue(as_of, printed_rows(book, cited, seen), newest, NOTHING, ledger)


def found(issue: LastIssue | None, frame: pl.DataFrame) -> list[tuple[object, ...]]:
    rows = restatements(issue, frame)
    assert rows.schema == RESTATEMENTS
    columns = ("metric", "observation_date", "field", "before", "value", "why", "known_at")
    return rows.select(columns).rows()


def test_where_nothing_changed_nothing_is_told() -> None:
    frame = drawn()
    assert found(last(frame), frame) == []
    assert found(None, frame) == []


def test_another_printed_figure_is_told_with_both_and_when_it_was_known() -> None:
    frame = drawn()
    now = change(frame, SHARE, LAST, 0.37)
    assert found(last(frame), now) == [
        ("breadth_up_share", LAST, "value", 0.4, 0.37, "restated", LATER)
    ]
    assert found(last(frame), change(frame, SHARE, LAST, 0.4003)) == []  # prints 40.0%, too


def test_only_what_was_printed_counts() -> None:
    """Of a day before the last two, and of a fact that no page cites."""
    frame = drawn()
    assert found(last(frame), change(frame, SHARE, date(2025, 12, 1), 0.1)) == []
    issue = last(frame)
    others = issue.printed.filter(pl.col("metric") != SHARE[0])
    assert found(replace(issue, printed=others), change(frame, SHARE, LAST, 0.1)) == []
    seen = until(frame, LAST)
    assert printed_rows(facts(seen, LAST), frozenset(), seen).is_empty()


def test_a_record_moves_from_the_fourteenth_to_the_thirteenth() -> None:
    """It was not the printed day's own, and the printed day's figure stays as it was."""
    frame = drawn()
    now = change(frame, TURNOVER, RECORD_DAY, 3.61e12)
    rows = restatements(last(frame), now).filter(observation_date=LAST)
    assert rows.select("field", "before", "before_day", "value", "value_day", "why").rows() == [
        ("record", 3.94e12, RECORD_DAY, 3.65e12, SECOND, "restated")
    ]
    assert rows["known_at"].to_list() == [LATER]
    (one,) = restated(rows)
    assert (one.kind, one.entity, one.surprise) == ("restated", "SSE+SZSE", 1.0)
    assert dict(one.terms) == {"what": "turnover_cny#record", "why": "restated"}
    assert (one.numbers["value"].day, one.numbers["before"].day) == (SECOND, RECORD_DAY)
    assert one.known_at == LATER
    higher = change(frame, TURNOVER, RECORD_DAY, 3.99e12)
    (record,) = restatements(last(frame), higher).filter(observation_date=LAST).rows(named=True)
    assert (record["value"], record["value_day"]) == (3.99e12, RECORD_DAY)
    assert found(last(frame), change(frame, TURNOVER, RECORD_DAY, 3.9401e12)) == []


def test_the_day_of_a_record_itself_loses_it() -> None:
    frame = until(drawn(), date(2026, 1, 15))
    now = change(drawn(), TURNOVER, RECORD_DAY, 3.61e12)
    rows = restatements(last(frame, date(2026, 1, 14)), now)
    told = (
        rows.filter(observation_date=RECORD_DAY).sort("field").select("field", "value", "value_day")
    )
    assert told.rows() == [("record", 3.65e12, SECOND), ("value", 3.61e12, RECORD_DAY)]


def test_the_day_since_when_a_figure_is_the_highest_may_change() -> None:
    frame = drawn()
    high = max(day for day in DAYS if day < LAST and (DAYS.index(day)) % 7 == 0)
    now = change(frame, RSI, high, 40.0)
    then, now = change(frame, RSI, LAST, 65.0), change(now, RSI, LAST, 65.0)
    (row,) = restatements(last(then), now).filter(observation_date=LAST).rows(named=True)
    assert (row["field"], row["before"], row["value"], row["why"]) == ("since", 65, 65, "restated")
    assert (row["before_day"], row["value_day"]) == (high, DAYS[DAYS.index(high) - 7])


def test_a_higher_version_of_the_metric_is_a_correction_of_ours() -> None:
    frame = drawn()
    newer = change(frame, SHARE, LAST, 0.37).with_columns(
        metric_version=pl.when(metric=SHARE[0]).then(2).otherwise("metric_version").cast(pl.Int64)
    )
    ((*_, why, _known),) = found(last(frame), newer)
    assert why == "corrected"


@pytest.mark.parametrize(
    ("ledger", "known", "why"),
    [
        (REVISED, LATER, "restated"),
        (REVISED, None, "late"),
        (loads(("stock_daily", 0, 9)), LATER, "late"),
        (loads(("stock_daily", 0, 9)), None, "late"),
        (loads(("stock_daily", 9, 0)), None, "restated"),
        (loads(("stock_daily", 0, 0)), None, "corrected"),
        (loads(("stock_daily", 0, 0)), LATER, "late"),
        (loads(("margin_market", 9, 9)), None, "corrected"),
        (loads(), None, "corrected"),
    ],
)
def test_the_ledger_says_why(ledger: pl.DataFrame, known: datetime | None, why: str) -> None:
    """By what was loaded since of the datasets that the figure follows from."""
    frame = drawn()
    ((*_, told, _known),) = found(
        last(frame, ledger=ledger), change(frame, SHARE, LAST, 0.37, known)
    )
    assert told == why


def test_what_was_due_and_missing_has_come() -> None:
    """A day that its publisher had out by then; a day that is published later is no news."""
    frame = drawn()
    thursday = date(2026, 1, 15)
    lacking = frame.filter(
        (pl.col("metric") != SHARE[0]) | (pl.col("observation_date") <= thursday)
    )
    issue = last(lacking)
    assert found(issue, frame) == [
        ("breadth_up_share", LAST, "came", None, 0.4, "late", datetime(2026, 1, 16, 10))
    ]
    assert found(issue, change(frame, SHARE, LAST, 0.4)) == []
    assert list(restated(restatements(issue, frame))) == []


def test_what_was_named_as_missing_has_come_whenever_it_was_known() -> None:
    frame = drawn()
    gone = frame.filter(pl.col("metric") != SHARE[0])
    named = NOTHING.clear().vstack(
        pl.DataFrame([(SHARE[0], "tech", None)], NOTHING.schema, orient="row")
    )
    issue = replace(last(gone), absent=named)
    came = change(frame, SHARE, LAST, 0.4)
    assert found(issue, came) == [("breadth_up_share", LAST, "came", None, 0.4, "late", LATER)]
    old = replace(issue, absent=named.with_columns(since=pl.lit(LAST)))
    assert found(old, came) == []
    whole = replace(
        issue,
        absent=pl.DataFrame([("series_runup_30d", "", None)], NOTHING.schema, orient="row"),
    )
    runup = series(("series_runup_30d", "000688.SH"), [0.1, 0.2], [LAST, NOW])
    other = series(("series_runup_30d", "000905.SH"), [0.1, 0.2], [LAST, NOW])
    rows = restatements(whole, pl.concat([frame, runup, other]))
    assert rows.select("entity", "value", "field").rows() == [("000688.SH", 0.1, "came")]


def test_a_value_that_is_gone_is_told_and_the_end_of_a_running_week_is_none() -> None:
    frame = drawn()
    wednesday = date(2026, 1, 14)
    running = series(WEEKLY, [58.0], [wednesday])
    issue = last(pl.concat([frame, running]), wednesday)
    assert found(issue, frame) == []
    without = frame.filter((pl.col("metric") != SHARE[0]) | (pl.col("observation_date") != LAST))
    assert found(last(frame), without) == [
        ("breadth_up_share", LAST, "withdrawn", 0.4, None, "corrected", None)
    ]


def test_each_number_of_a_row_is_a_fact_of_its_day_with_a_query() -> None:
    frame = drawn()
    rows = restatements(last(frame), change(frame, TURNOVER, RECORD_DAY, 3.61e12))
    book = FactBook(restatement_facts(rows, NOW))
    assert len(book) == 2 * rows.height
    now = book[f"restated_record_turnover_cny/SSE+SZSE/{LAST}"]
    before = book[f"restated_from_record_turnover_cny/SSE+SZSE/{LAST}"]
    assert (now.value, now.observation_date, now.known_at) == (3.65e12, SECOND, LATER)
    assert (before.value, before.observation_date) == (3.94e12, RECORD_DAY)
    assert now.query == (
        f"SELECT value FROM mart.restatement WHERE as_of = DATE '{NOW}' "
        f"AND fact_id = 'turnover_cny/SSE+SZSE/{LAST}' AND field = 'record'"
    )


def test_what_came_or_went_has_one_number() -> None:
    frame = drawn()
    without = frame.filter((pl.col("metric") != SHARE[0]) | (pl.col("observation_date") != LAST))
    (gone,) = restatement_facts(restatements(last(frame), without), NOW)

    assert (gone.metric, gone.value) == ("restated_from_withdrawn_breadth_up_share", 0.4)


def test_findings_tell_one_of_each_series_the_largest_change() -> None:
    """The record first; no division by a printed nought; roles and block as declared."""
    row = dict.fromkeys(RESTATEMENTS.names()) | {
        "fact_id": "f", "entity": "e", "observation_date": LAST, "unit": "fraction", "why": "late",
        "before_day": LAST, "value_day": LAST, "known_at": LATER, "printed_as_of": LAST,
    }  # fmt: skip
    given = [("value", "a", 0.5, 0.51), ("value", "b", 0.2, 0.3), ("since", "c", 1.0, 1.0),
             ("came", "d", None, 1.0), ("withdrawn", "x", 1.0, None)]  # fmt: skip
    names = ("field", "metric", "before", "value")
    rows = pl.DataFrame([row | dict(zip(names, one, strict=True)) for one in given], RESTATEMENTS)
    (one,) = restated(rows)
    kind = KINDS[one.kind]
    assert (one.terms["what"], one.surprise, one.block) == ("b", 0.0, kind.block)
    assert set(one.numbers) == set(kind.numbers)
    assert set(one.terms) == set(kind.terms)
    nought = rows.with_columns(before=pl.lit(0.0))
    assert [two.terms["what"] for two in restated(nought)] == ["a"]
    assert cutoff(LAST) < LATER < cutoff(NOW) - timedelta(days=3)
