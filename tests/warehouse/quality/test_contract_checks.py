"""Judging rows: shape and types, days that can be, and what is said of those that cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from warehouse.cadence import Reference
from warehouse.catalog import Dataset, Publication
from warehouse.contract import Table, count, measure, nothing_or, share_code, text
from warehouse.contract import day as date_of
from warehouse.errors import InputRefused
from warehouse.quality import contract_checks as checks
from warehouse.quality.contract_checks import Context, by_rule, check, complaint, sentence, shaped
from warehouse.quality.quarantine import Checked
from warehouse.units import Unit

FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2026, 1, n) for n in (9, 10, 12, 13))
TODAY = date(2026, 1, 14)


class Drawn(Table):
    """Something of a share and a day."""

    day = date_of("Day", key=True)
    code = share_code("Share", key=True)
    value = measure("Value", Unit.CNY, min=1_000, nullable=True)
    number = count("Things", nullable=True)
    told = date_of("Told", nullable=True)
    name = text("Name", nullable=True)
    lines = text("Lines", lines=True, nullable=True)
    extra = text("Extra", optional=True)
    value_is_plausible = nothing_or("value", 1e4)


D = Dataset("drawn", "Drawn", "share", Drawn, Publication("day"), Reference(), trading_day="day")
CONTEXT = Context(pl.Series([FRIDAY, MONDAY]), TODAY)
GOOD: dict[str, Any] = {
    "day": MONDAY, "code": "600519.SH", "value": 20_000.0, "number": 1, "told": MONDAY,
    "name": "a", "lines": "b", "extra": "c",
}  # fmt: skip


def frame(*rows: dict[str, Any], **columns: pl.Series) -> pl.DataFrame:
    made = pl.DataFrame([GOOD | row for row in rows] or [GOOD])
    return made.with_columns(**columns)


def judged(*rows: dict[str, Any], d: Dataset = D, context: Context = CONTEXT) -> Checked:
    return check(d, shaped(d, frame(*rows), "x.csv"), context)


def reasons(checked: Checked) -> list[tuple[str, str, str]]:
    return checked.rejected.select("column_name", "rule", "lost").rows()


def test_columns_stand_as_in_the_contract_and_optional_ones_may_be_left_out() -> None:
    given = frame().drop("extra").select("value", "day", pl.exclude("value", "day"))
    found = shaped(D, given, "x.csv")
    assert found.columns == Drawn.column_names()
    assert found["extra"].to_list() == [None]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            frame().drop("name"),
            r"^x.csv: column name is missing \(rule: columns as in the contract",
        ),
        (frame().with_columns(odd=1), r"^x.csv: column odd is not part of drawn \(rule"),
        (
            frame().drop("name").with_columns(odd=1),
            "column name is missing; column odd is not part",
        ),
        (frame().drop("name"), r"It has day, code, .*; the contract has day, code, value"),
    ],
)
def test_other_columns_are_refused_by_name(given: pl.DataFrame, said: str) -> None:
    with pytest.raises(InputRefused, match=said):
        shaped(D, given, "x.csv")


TYPES = [
    ("day", ["2026-01-12"], MONDAY),
    ("day", [datetime(2026, 1, 12)], MONDAY),
    ("day", [None], None),
    ("value", ["20000"], 20_000.0),
    ("value", [20_000], 20_000.0),
    ("number", [2.0], 2),
    ("number", ["2"], 2),
    ("name", [7], "7"),
    ("name", ["a\u200b b"], "a b"),
    ("name", ["a\nb"], "a b"),
    ("lines", ["a\u200b\nb"], "a\nb"),
    ("code", ["600519.SH\u200b"], "600519.SH\u200b"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "given", "read"), TYPES)
def test_a_cell_is_read_as_what_it_says(column: str, given: list[Any], read: Any) -> None:
    rows = frame().with_columns(pl.Series(column, given))
    assert shaped(D, rows, "x.csv")[column].to_list() == [read]


def test_a_number_of_four_bytes_keeps_its_seven_digits() -> None:
    rows = frame().with_columns(value=pl.Series([12_345.67], dtype=pl.Float32))
    assert shaped(D, rows, "x.csv")["value"].to_list() == [12_345.67]


def test_a_time_is_of_the_day_in_its_own_zone() -> None:
    midnight = pl.Series([datetime(2026, 1, 11, 16)]).dt.replace_time_zone("UTC")
    rows = frame().with_columns(day=midnight.dt.convert_time_zone("Asia/Shanghai"))
    assert shaped(D, rows, "x.csv")["day"].to_list() == [MONDAY]


REFUSED = [
    ("day", pl.Series([20_260_112]), "holds Int64, which is not Date"),
    ("day", pl.Series([datetime(2026, 1, 12, 9)]), "which is not Date"),
    ("day", pl.Series(["12.1.2026"]), "column day cannot be read as Date"),
    ("day", pl.Series(["1799-12-31"]), "1 cells are before 1800-01-01 or after 2999-12-31"),
    ("day", pl.Series(["3000-01-01"]), "376,200 days from 1970-01-01"),
    ("day", pl.Series([datetime(3000, 1, 1)]), "376,200 days from 1970-01-01"),
    ("number", pl.Series([2.5]), "holds Float64, which is not Int64"),
    ("number", pl.Series(["x"]), "column number cannot be read as Int64"),
    ("number", pl.Series([True]), "holds Boolean, which is not Int64"),
    ("name", pl.Series([["a"]]), "which is not String"),
    ("name", pl.Series([b"a"]), "holds Binary, which is not String"),
    ("name", pl.Series([True]), "holds Boolean, which is not String"),
    ("value", pl.Series([MONDAY]), "holds Date, which is not Float64"),
]


@pytest.mark.parametrize(("column", "given", "said"), REFUSED)
def test_a_cell_that_says_something_else_is_refused(column: str, given: Any, said: str) -> None:
    with pytest.raises(InputRefused, match=f"^x.csv: column {column}") as refused:
        shaped(D, frame().with_columns(given.alias(column)), "x.csv")
    assert said in str(refused.value)


@pytest.mark.parametrize("shown", [date(1800, 1, 1), date(2999, 12, 31)])
def test_the_days_that_can_be_shown_have_their_ends(shown: date) -> None:
    assert shaped(D, frame({"told": shown}), "x.csv")["told"].to_list() == [shown]


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        (MONDAY, None),
        (SATURDAY, "not_a_trading_day"),
        (TUESDAY, "beyond_the_calendar"),
        (TODAY, "beyond_the_calendar"),
        (TODAY + timedelta(days=1), "in_the_future"),
    ],
)
def test_a_day_is_one_on_which_the_mainland_traded(day: date, rule: str | None) -> None:
    checked = judged({"day": day})
    assert reasons(checked) == ([("day", rule, "row")] if rule else [])
    assert (checked.gone, checked.unidentified) == (int(rule is not None), int(rule is not None))


def test_elsewhere_it_is_any_weekday_up_to_today() -> None:
    abroad = replace(D, on_mainland=pl.lit(value=False))
    assert reasons(judged({"day": TUESDAY}, d=abroad)) == []
    assert reasons(judged({"day": SATURDAY}, d=abroad)) == [("day", "weekend", "row")]
    undated = replace(D, trading_day=None)
    assert reasons(judged({"day": SATURDAY}, d=undated)) == []
    later = judged({"day": TODAY + timedelta(days=1)}, d=undated)
    assert reasons(later) == [("day", "in_the_future", "row")]
    never = replace(undated, publication=Publication(None))
    assert reasons(judged({"day": date(2027, 1, 1)}, d=never)) == []


def test_a_day_that_a_reader_could_not_read_is_unknown_or_costs_the_row() -> None:
    told = judged({"told": date(1899, 12, 31)}, {"code": "000001.SZ", "told": date(1900, 1, 1)})
    assert reasons(told) == [("told", "unreadable", "field")]
    assert told.valid.sort("code")["told"].to_list() == [date(1900, 1, 1), None]


@pytest.mark.parametrize(("days", "rule"), [(3, None), (4, "too_far_ahead")])
def test_a_day_of_publication_may_lie_so_far_ahead(days: int, rule: str | None) -> None:
    announced = replace(
        D, publication=Publication("day", by="told", ahead=timedelta(days=3)), trading_day="day"
    )
    checked = judged({"told": TODAY + timedelta(days=days)}, d=announced)
    assert reasons(checked) == ([("told", rule, "field")] if rule else [])


def test_equal_rows_are_one_and_two_stories_of_one_key_are_none() -> None:
    twice = judged({}, {}, {"code": "000001.SZ"})
    assert (twice.valid.height, twice.repeated, twice.gone) == (2, 1, 0)
    other = judged({}, {"value": 30_000.0}, {"code": "000001.SZ"})
    assert (other.valid.height, other.repeated, other.gone) == (1, 0, 2)
    assert {rule for _, rule, _ in reasons(other)} == {"primary_key"}


def test_what_is_known_to_be_wrong_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def corrected(name: str, rows: pl.DataFrame, calendar: pl.Series, today: date) -> Any:
        asked.append((name, calendar.to_list(), today))
        return rows.head(1), 1

    monkeypatch.setattr(checks, "corrected", corrected)
    checked = judged({}, {"code": "000001.SZ"})
    assert (checked.valid.height, checked.corrected) == (1, 1)
    assert asked == [("drawn", [FRIDAY, MONDAY], TODAY)]


@pytest.mark.parametrize(
    ("rule", "column", "words"),
    [
        ("min", "value", "is below the smallest plausible value, 1,000 CNY"),
        ("max", "value", "is above the largest plausible value"),
        ("min", "key", "is below the smallest plausible value"),
        ("value_is_plausible", "value",
         "Value: nothing, or at least 10,000; between, somebody mixed up the units."),
        ("primary_key", "key", "the key must be unique"),
        ("odd", "value", "odd"),
    ],
)  # fmt: skip
def test_a_rule_is_told_in_words_with_its_bound(rule: str, column: str, words: str) -> None:
    assert sentence(D, rule, column) == words


def test_a_complaint_counts_rows_by_column_and_rule_and_shows_the_first() -> None:
    rejected = pl.DataFrame(
        [
            ("min", "value", '{"value": 1}'),
            ("primary_key", "key", '{"b": "\x07"}'),
            ("min", "value", '{"value": 2}'),
            ("no_control_characters", "name", '{"name": "a\\u0007"}'),
        ],
        schema=["rule", "column_name", "content"],
        orient="row",
    )
    one, two, three = complaint(D, rejected, "x.csv").split("; ")[0:3]
    assert one == (
        "x.csv: column value: rule min (is below the smallest plausible value, 1,000 CNY) is "
        'broken by 2 rows, first: {"value": 1}'
    )
    assert two == (
        "column key (day, code): rule primary_key (the key must be unique) is broken by 1 row, "
        'first: {"b": "\\x07"}'
    )
    assert three.startswith(
        "column name: rule no_control_characters (must hold no control or direction-changing "
        "characters: U+0007) is broken by 1 row, first: "
    )
    assert three.endswith("register a known upstream error in warehouse/corrections.toml.")
    assert by_rule(D, rejected)[0] == {
        "dataset": "drawn",
        "column": "value",
        "rule": "min (is below the smallest plausible value, 1,000 CNY)",
        "rows": 2,
        "first": '{"value": 1}',
    }
    assert len(by_rule(D, rejected)) == 3
