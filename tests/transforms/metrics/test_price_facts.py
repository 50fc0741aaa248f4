"""What the price metrics say of days whose story is known; the market lies beside the project."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from transforms.engine.metric import metrics, preparations
from transforms.formulas.expressions import DAYS_A_YEAR, mid_rank_percentile

pytestmark = pytest.mark.real
SHANGHAI, CSI_300, STAR_50 = "000001.SH", "000300.SH", "000688.SH"
TOP_2007, TOP_2015, JUMP = "2007-10-16", "2015-06-12", "2024-10-08"


@pytest.fixture(scope="module")
def rows(market):
    """The rows of a metric of one series on the real indices."""
    found = {"index_daily": market["index_daily"]}
    for name in ("series_bars", "trend_lines", "earlier_closes", "relative_bars"):
        one = preparations()[name]
        found[name] = one.compute(*(found.get(source) for source in one.inputs))

    def of(metric: str, entity: str) -> pl.DataFrame:
        one = metrics()[metric]
        frame = one.compute(*(found[source] for source in one.inputs))
        return frame.filter(pl.col("entity") == entity, pl.col("value").is_finite())

    return of


@pytest.fixture(scope="module")
def value(rows):
    def of(metric: str, entity: str, day: str) -> float | None:
        dated = rows(metric, entity).filter(pl.col("observation_date") == date.fromisoformat(day))
        return dated["value"].item() if dated.height else None

    return of


@pytest.mark.parametrize(
    ("metric", "entity", "day", "told"),
    [
        ("return_250d", SHANGHAI, TOP_2015, "1.545"),
        ("return_20d", SHANGHAI, JUMP, "0.228"),
        ("close_vs_ma50", SHANGHAI, JUMP, "0.216"),
        ("close_vs_ma50", SHANGHAI, "2015-04-27", "0.235"),
        ("convexity_120d", SHANGHAI, TOP_2007, "0.134"),
        ("convexity_120d", SHANGHAI, TOP_2015, "0.122"),
        ("convexity_120d", SHANGHAI, JUMP, "0.007"),
        ("skewness_60d", SHANGHAI, JUMP, "2.8"),
        ("rsi_14", SHANGHAI, JUMP, "90.19"),
        ("rsi_14", SHANGHAI, "2020-07-09", "90.79"),
        ("rsi_14", CSI_300, JUMP, "91.49"),
        ("rsi_14", STAR_50, JUMP, "90.75"),
        ("rsi_14", SHANGHAI, TOP_2007, "79.6"),
        ("rsi_14", SHANGHAI, TOP_2015, "72.6"),
    ],
)
def test_the_days_that_everybody_remembers(value, metric, entity, day, told):
    """As many digits as were told."""
    digits = len(told.partition(".")[2])

    assert f"{value(metric, entity, day):.{digits}f}" == told


@pytest.mark.parametrize(("entity", "told"), [(SHANGHAI, 0.37), (STAR_50, 0.85)])
def test_the_volatility_of_the_jump_was_told_with_252_days_a_year(value, entity, told):
    """Ours counts the mainland's 243 days, which gives 36% and 83%."""
    found = value("volatility_20d", entity, JUMP)

    assert round(found * (252 / 243) ** 0.5, 2) == told


@pytest.mark.parametrize(
    ("day", "since"), [("2025-08-25", date(2015, 8, 17)), ("2025-10-29", date(2015, 7, 24))]
)
def test_the_highs_of_2025_were_the_highest_closes_in_ten_years(value, day, since):
    back = (date.fromisoformat(day) - since).days

    assert value("years_since_higher_close", SHANGHAI, day) * DAYS_A_YEAR == pytest.approx(back)


@pytest.mark.parametrize(
    ("entity", "share"), [(SHANGHAI, 97.89), (CSI_300, 99.93), (STAR_50, 99.95)]
)
def test_the_rsi_of_the_jump_among_all_days_so_far(rows, entity, share):
    """From 1991 and 2005 on."""
    past = rows("rsi_14", entity).filter(pl.col("observation_date") <= date.fromisoformat(JUMP))
    ranks = past.select(mid_rank_percentile(pl.col("value"), past.height)).to_series()

    assert ranks[-1] == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    ("entity", "since"),
    [(SHANGHAI, date(2020, 7, 9)), (CSI_300, date(2014, 12, 8)), (STAR_50, None)],
)
def test_how_long_the_rsi_had_not_been_as_high(rows, entity, since):
    past = rows("rsi_14", entity).filter(pl.col("observation_date") <= date.fromisoformat(JUMP))
    before = past[:-1].filter(pl.col("value") >= past["value"][-1])

    assert before["observation_date"].max() == since


def test_the_jump_of_2024_is_hot_but_bends_nowhere(rows, value):
    """Volatile while it rose, far above its low, but no accelerating advance."""
    assert value("volatility_20d_rising", SHANGHAI, JUMP) == value("volatility_20d", SHANGHAI, JUMP)
    assert value("series_runup_30d", SHANGHAI, JUMP) > 0.20
    assert value("convexity_120d_rising", SHANGHAI, JUMP) is None
    assert (
        abs(value("convexity_120d_t", SHANGHAI, JUMP))
        < 2
        < value("convexity_120d_t", SHANGHAI, TOP_2015)
    )
