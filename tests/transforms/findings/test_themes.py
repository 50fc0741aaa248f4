"""Themes from bars of single members: who counts, who led, and which span or day is told."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from tests.transforms.findings.drawn import BASE, DAYS, FRIDAY, WEEK, codes, known
from transforms.findings.finding import Finding
from transforms.findings.span import Kind, Span
from transforms.findings.themes import Theme, themes

SPAN = Span(BASE, tuple(WEEK), Kind.WEEK)
EVENING, LATE = known(FRIDAY), known(FRIDAY, 1)
SIX = codes(6)


def bars(closes: np.ndarray, known_at: datetime | None = None) -> pl.DataFrame:
    """Bars of the columns, NaN where a share did not trade; the first share's known otherwise."""
    days = DAYS[-len(closes) :]
    moments = [known(day) for day in days]
    parts = [
        pl.DataFrame({"observation_date": days, "adjusted": column, "known_at": moments})
        .with_columns(entity=pl.lit(code).cast(pl.Categorical))
        .filter(pl.col("adjusted").is_not_nan())
        for code, column in zip(codes(closes.shape[1]), closes.T, strict=True)
    ]
    if known_at is not None:
        parts[0] = parts[0].with_columns(known_at=pl.lit(known_at))
    return pl.concat(parts)


def closes(*last: float, sessions: int = 4) -> np.ndarray:
    """Closes of 10 for some sessions, and the last ones as given."""
    return np.vstack([np.full((sessions - 1, len(last)), 10.0), np.array(last)])


def test_the_middle_member_is_told_with_the_best_the_worst_and_how_many() -> None:
    theme = Theme(bars(closes(10.1, 10.2, 10.3, 10.7, 11.0, 9.0)))
    moved = theme.moved(3, 2)

    assert moved
    assert (moved.best, moved.worst) == (SIX[4], SIX[5])
    told = {role: round(number.value, 6) for role, number in moved.found.numbers.items()}
    assert told == {"median": 0.025, "best": 0.1, "worst": -0.1, "n": 6.0}
    units = {role: number.unit for role, number in moved.found.numbers.items()}
    assert units == {"median": "fraction", "best": "fraction", "worst": "fraction", "n": "count"}
    bases = {role: number.base for role, number in moved.found.numbers.items()}
    assert bases == dict.fromkeys(("median", "best", "worst"), DAYS[-3]) | {"n": None}
    assert {number.day for number in moved.found.numbers.values()} == {FRIDAY}


def test_a_member_that_did_not_trade_on_the_last_day_does_not_count() -> None:
    """One that rested before is measured from the close that it had."""
    drawn = closes(10.1, 10.2, 10.3, 10.4, 10.5, np.nan)
    drawn[-2, 0] = np.nan
    moved = Theme(bars(drawn)).moved(3, 1)

    assert moved
    assert moved.found.numbers["n"].value == 5
    assert moved.found.numbers["worst"].value == pytest.approx(0.01)
    assert moved.worst == SIX[0]


def test_of_four_members_there_is_no_middle() -> None:
    assert Theme(bars(closes(10.1, 10.2, 10.3, 10.4, np.nan, np.nan))).moved(3, 1) is None
    assert Theme(bars(closes(*[10.1] * 5))).moved(3, 1) is not None
    assert Theme(bars(closes(*[10.1] * 5))).moved(3, 4) is None  # nothing is so long


def test_the_day_before_is_told_beside_a_day_if_five_members_traded_on_it() -> None:
    drawn = closes(*[11.0] * 6)
    drawn[2] = 10.5
    day = Theme(bars(drawn)).moved(3, 1)
    assert day
    assert day.found.numbers["before"].value == pytest.approx(0.05)
    assert day.found.numbers["before"].day == WEEK[-2]
    assert day.found.numbers["before"].base == WEEK[-3]
    assert day.found.numbers["before"].known_at == known(WEEK[-2])

    over_two = Theme(bars(drawn)).moved(3, 2)
    assert over_two
    assert "before" not in over_two.found.numbers
    drawn[2, :2] = np.nan
    rested = Theme(bars(drawn)).moved(3, 1)
    assert rested
    assert "before" not in rested.found.numbers


def test_a_day_with_few_members_has_no_part_in_the_history() -> None:
    """Of six sessions one has four bars: three changes stand beside the last one."""
    drawn = closes(*[10.1] * 6, sessions=6)
    drawn[2, :2] = np.nan
    moved = Theme(bars(drawn)).moved(5, 1)

    assert moved
    assert moved.found.rarity.observations == 4
    assert moved.found.rarity.first == DAYS[-5]


def test_a_move_is_known_with_the_last_of_its_members() -> None:
    theme = Theme(bars(closes(*[10.1] * 5), known_at=LATE))
    moved = theme.moved(3, 1)

    assert moved
    assert {number.known_at for number in moved.found.numbers.values()} == {LATE}
    on_time = Theme(bars(closes(*[10.1] * 5))).moved(3, 1)
    assert on_time
    assert on_time.found.numbers["n"].known_at == EVENING


def frames(drawn: np.ndarray, version: str, theme: str) -> dict[str, pl.DataFrame]:
    """stock_daily of the columns, and a list of them all; its first member is in an older list."""
    rows = bars(drawn).select(
        "known_at",
        code=pl.col("entity").cast(pl.String),
        trade_date="observation_date",
        close="adjusted",
    )
    rows = rows.with_columns(previous_close=pl.col("close").shift().over("code"))
    lists = pl.DataFrame(
        {
            "theme": theme,
            "kind": "code",
            "member": codes(drawn.shape[1]),
            "valid_from": DAYS[0],
            "list_version": ["2025-01-01", *[version] * (drawn.shape[1] - 1)],
        }
    ).with_columns(valid_to=pl.lit(None, pl.Date))
    return {"stock_daily": rows, "theme_membership": lists}


def told(drawn: np.ndarray, version: str = "2025-12-19", theme: str = "robots") -> list[Finding]:
    """The findings of themes over the week to Friday."""
    return list(themes(frames(drawn, version, theme), SPAN))


def course(sessions: int = 300) -> np.ndarray:
    """Closes of six members that wobble, and rise by 1 % on each of the last five days."""
    steps = np.random.default_rng(4).normal(0, 0.002, (sessions, 6))
    steps[-5:] = 0.01
    return 10 * np.cumprod(1 + steps, axis=0)


def test_the_span_is_told_from_the_close_before_it() -> None:
    (one,) = told(course())

    assert one.numbers["median"].value == pytest.approx(1.01**5 - 1)
    assert one.numbers["median"].base == BASE
    assert (one.kind, one.entity, one.terms["theme"]) == ("theme_move", "robots", "robots")
    assert one.rarity.q == 100


def test_a_day_is_told_where_it_is_rarer_and_as_one_of_five() -> None:
    """Up a fifth, and down again; the fall had been larger once."""
    drawn = course()
    drawn[:9] *= 2
    drawn[-5:] = drawn[-6]
    drawn[-3] *= 1.2
    (one,) = told(drawn)

    assert one.numbers["median"].value == pytest.approx(0.2)
    assert (one.numbers["median"].base, one.numbers["median"].day) == (WEEK[1], WEEK[2])
    assert one.surprise == pytest.approx(np.log10(298) - np.log10(5))


def test_nothing_is_told_of_technology_or_of_what_begins_within_the_span() -> None:
    assert told(course(), theme="tech") == []
    assert told(course()[-5:]) == []
    assert len(told(course()[-6:])) == 1
    assert told(course()[:, :4]) == []
    assert len(told(course()[:, :5])) == 1


def test_a_day_on_which_few_members_traded_is_none_of_the_days_that_are_judged() -> None:
    drawn = course()
    drawn[-2, :2] = np.nan
    (one,) = told(drawn)

    assert one.numbers["median"].value == pytest.approx(1.01**5 - 1)


@pytest.mark.parametrize("left_out", ["stock_daily", "theme_membership"])
def test_without_prices_or_lists_nothing_is_told(left_out: str) -> None:
    kept = frames(course(), "2025-12-19", "robots")

    assert list(themes({name: kept[name] for name in kept if name != left_out}, SPAN)) == []


@pytest.mark.parametrize(("version", "q"), [("2025-12-19", 100), ("2025-12-20", None)])
def test_a_list_of_the_day_after_the_span_knew_what_came(version: str, q: float | None) -> None:
    (one,) = told(course(), version)

    assert one.rarity.q == q
    assert one.surprise == (0.0 if q is None else pytest.approx(np.log10(296)))
