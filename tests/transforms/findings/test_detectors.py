"""What is rare of loans: no day that only follows from a long closure, and no span with one."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from transforms.findings.detectors import (
    LONG_CLOSURE,
    Series,
    change_of_loans,
    change_with_amount,
    rare_day,
    rare_day_of_loans,
)
from transforms.findings.finding import History

COUNT = 600
NOTHING = np.full(COUNT, np.nan)


def loans(last: tuple[float, ...], closed: int, before: int) -> Series:
    """Balances that change by up to 1% a day, and end so; closed days lie before that session.

    Each is published on the next session, the last one after as long a closure as there was.
    """
    changes = np.random.default_rng(11).uniform(-0.01, 0.01, COUNT)
    changes[-len(last) :] = last
    days = [date(2022, 1, 3) + timedelta(days=n) for n in range(COUNT)]
    days = [day + timedelta(days=closed if n >= before else 0) for n, day in enumerate(days)]
    out = np.array([*days[1:], days[-1] + timedelta(days=1)], dtype="datetime64[us]")
    if before == COUNT:
        out[-1] += np.timedelta64(closed, "D")
    history = History(np.array(days, dtype="datetime64[D]"), 1e12 * np.cumprod(1 + changes), out,
                      NOTHING)  # fmt: skip
    return Series(history, "CNY", relative=True)


SHORT, LONG = LONG_CLOSURE - 2, LONG_CLOSURE - 1  # closed days, one less than from day to day


@pytest.mark.parametrize(
    ("last", "closed", "before", "told_of"),
    [
        ((0.0098, 0.0), LONG, COUNT - 2, False),  # taken up again on the first session after it
        ((0.0098, 0.0), SHORT, COUNT - 2, True),  # a weekend with a holiday is none
        ((-0.0098, 0.0), LONG, COUNT - 2, True),  # fell, where such a day usually rises
        ((-0.0098, 0.0), LONG, COUNT - 1, False),  # repaid on the last session before it
        ((0.0098, 0.0), LONG, COUNT - 1, True),
        ((0.0, -0.0098), LONG, COUNT, False),  # the newest, which is published after it
        ((0.05, 0.0), LONG, COUNT - 2, True),  # the largest of all, such days among them
    ],
)
def test_a_day_beside_a_long_closure_is_told_against_its_season_or_as_a_record(
    last, closed, before, told_of
):
    series = loans(last, closed, before)

    assert rare_day(series, COUNT - 2) is not None
    assert (rare_day_of_loans(series, COUNT - 2) is not None) is told_of


@pytest.mark.parametrize(
    ("closed", "is_less"), [(LONG, True), (SHORT, False)], ids=["long closure", "weekend"]
)
def test_loans_taken_up_after_a_long_closure_are_held_against_their_like(closed, is_less):
    series = loans((0.05, 0.05, 0.05), closed, COUNT - 3)
    plain, found = change_with_amount(series, COUNT - 3), change_of_loans(series, COUNT - 3)

    assert plain is not None
    assert found is not None
    assert found.numbers == plain.numbers
    assert found.rarity.q == plain.rarity.q
    assert (found.rarity.surprise < plain.rarity.surprise) is is_less


def test_a_span_of_nothing_but_days_of_the_season_has_no_rare_day():
    series = loans((0.0098,), LONG, COUNT - 1)

    assert rare_day(series, COUNT - 1) is not None
    assert rare_day_of_loans(series, COUNT - 1) is None
