"""The table of size and power follows from its script, and its claims from the table."""

import numpy as np
import polars as pl
import pytest

from scripts.explosiveness_study import (
    BEGIN,
    END,
    GROWTH,
    OVER,
    START,
    TABLE,
    WEEKS,
    Case,
    Judged,
    drawn,
    outcome,
    path,
    plan,
    row,
)
from transforms.formulas.gsadf import Explosiveness


def test_a_cell_of_the_table_comes_out_again():
    """The volatility-robust test under a volatility that wanders: the cheapest that matters."""
    wanted = ("robust", "wandering", "none")
    (cell,) = [one for one in plan() if (one[0], one[3].noise, one[3].episode) == wanted]
    printed = pl.read_csv(TABLE).row(
        by_predicate=(pl.col("test") == wanted[0])
        & (pl.col("noise") == wanted[1])
        & (pl.col("episode") == wanted[2]),
        named=True,
    )

    found = row(*cell)

    assert {name: one for name, one in found.items() if one is not None} == pytest.approx(
        {name: one for name, one in printed.items() if one is not None}, abs=0.0006
    )


def test_the_table_has_the_cells_of_the_plan():
    table = pl.read_csv(TABLE)

    assert table.select("test", "noise", "episode").rows() == [
        (name, case.noise, case.episode) for name, _, _, case in plan()
    ]


def test_what_the_handbook_says_of_the_tests_holds():
    """No volatility makes the robust test raise many alarms; the table of steady noise does."""
    quiet = pl.read_csv(TABLE).filter(episode="none", factors=False)
    robust, table = (quiet.filter(test=name)["share"] for name in ("robust", "PSY, table"))

    assert robust.max() < 0.10
    assert table.max() > 0.3


def test_more_histories_leave_the_first_as_they_are():
    few, many = (drawn(Case("GARCH", "own", factors=True), count) for count in (2, 3))

    assert (few.index == many.index[:2]).all()


def test_an_episode_grows_by_its_level_and_loses_its_gain():
    y = path(np.zeros(WEEKS), episode=True)

    assert y[START - 1] == BEGIN
    assert y[START + 10] / y[START + 9] == pytest.approx(1 + GROWTH)
    assert y[END - 1] == pytest.approx(BEGIN * (1 + GROWTH) ** (END - START))
    assert y[OVER:] == pytest.approx(BEGIN)


def judged(statistic: np.ndarray) -> Judged:
    """Histories that rise throughout, with thresholds 2 and 1."""
    found = Explosiveness(statistic, statistic, np.zeros(statistic.shape, dtype=np.intp))
    level = np.tile(np.arange(1.0, WEEKS + 1), (len(statistic), 1))
    return Judged(found, level, np.full(statistic.shape, 2.0), np.full(statistic.shape, 1.0))


def test_an_outcome_counts_alarms_and_dates_them():
    statistic = np.zeros((2, WEEKS))
    statistic[0, START + 7 : END] = 3.0
    statistic[0, END : END + 5] = 1.5  # below the threshold of origination, above that of collapse
    found = outcome(judged(statistic), episode=True)

    assert found == (0.5, 7.0, 5.0, 0.0)
    assert outcome(judged(statistic), episode=False).share == 0.5
