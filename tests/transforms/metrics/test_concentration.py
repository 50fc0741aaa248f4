"""Specs of concentration and crowding of the sectors."""

import math

import polars as pl
import pytest

from transforms.formulas.concentration import (
    distance,
    entropy_number,
    herfindahl,
    largest,
    normalised_herfindahl,
)

CODES = ["801080.SW", "801750.SW", "801760.SW", "801770.SW", "801780.SW", "801790.SW"]
TMT = CODES[:4]
DAY = "2026-01-13"


def shown(shares: list[float], measure: pl.Expr) -> float | None:
    return pl.DataFrame({"share": shares}, schema={"share": pl.Float64}).select(measure).item()


SHARE = pl.col("share")


@pytest.mark.parametrize(
    ("measure", "equal", "single", "skewed"),
    [
        (herfindahl(SHARE), 0.25, 1.0, 0.46),
        (normalised_herfindahl(SHARE), 0.0, None, 0.19),
        (1 / herfindahl(SHARE), 4.0, 1.0, 1 / 0.46),
        (entropy_number(SHARE), 4.0, 1.0, math.exp(-sum(s * math.log(s) for s in (0.6, 0.3, 0.1)))),
        (largest(SHARE, 2), 0.5, None, 0.9),
    ],
)
def test_measures_of_concentration(measure, equal, single, skewed):
    assert shown([0.25] * 4, measure) == pytest.approx(equal)
    assert shown([1.0], measure) == pytest.approx(single)
    assert shown([0.6, 0.3, 0.1], measure) == pytest.approx(skewed)


def test_a_share_of_nothing_adds_nothing():
    assert shown([0.5, 0.5, 0.0], entropy_number(SHARE)) == pytest.approx(2.0)
    assert shown([], herfindahl(SHARE)) == 0.0


def test_distance_is_what_would_have_to_move():
    shares = pl.DataFrame({"a": [0.5, 0.5], "b": [0.75, 0.25]})

    assert shares.select(distance(pl.col("a"), pl.col("b"))).item() == 0.25
    assert shares.select(distance(pl.col("a"), pl.lit(None, pl.Float64))).item() is None


def sectors(weekdays, closes: dict[str, list[float]], shares: dict[str, float], caps=None):
    """sector_daily with the closes; constant shares of turnover and capitalisations."""
    rows = [
        (code, day, "L1", close, shares.get(code, 0.0), (caps or {}).get(code, 100.0))
        for code, path in closes.items()
        for day, close in zip(weekdays(len(path)), path, strict=True)
    ]
    names = ["code", "trade_date", "level", "close", "amount_share", "float_value_cny"]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return frame.with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))


FLAT = {code: [10.0, 10.0] for code in CODES}
SHARES = dict(zip(CODES, (0.3, 0.1, 0.05, 0.05, 0.25, 0.25), strict=True))


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("turnover_hhi", 0.09 + 0.01 + 0.0025 * 2 + 0.0625 * 2),
        ("turnover_effective_sectors", 1 / 0.23),
        ("turnover_hhi_normalised", (0.23 - 1 / 6) / (1 - 1 / 6)),
        ("turnover_top3_share", 0.8),
        ("turnover_cap_distance", 0.5 * sum(abs(s - 1 / 6) for s in SHARES.values())),
    ],
)
def test_turnover_by_sector(weekdays, measure, metric, expected):
    found = measure(metric, sector_daily=sectors(weekdays, FLAT, SHARES))

    assert found[DAY] == pytest.approx(expected)


def test_tmt_is_its_four_sectors_together(weekdays, measure):
    frame = sectors(weekdays, FLAT, SHARES)
    share = measure("turnover_share", by="entity", sector_daily=frame)
    kappa = measure("crowding", by="entity", sector_daily=frame)

    assert share["TMT"] == pytest.approx(0.5)
    assert share["801080.SW"] == pytest.approx(0.3)
    assert kappa["TMT"] == pytest.approx(math.log(0.5 / (4 / 6)))
    assert kappa["801080.SW"] == pytest.approx(math.log(0.3 * 6))


def test_without_one_of_its_sectors_there_is_no_tmt(weekdays, measure):
    """The others hold 95 % of the turnover, so that the day itself counts."""
    three = {code: FLAT[code] for code in CODES if code != TMT[2]}
    found = measure("turnover_share", by="entity", sector_daily=sectors(weekdays, three, SHARES))

    assert "TMT" not in found
    assert found["801080.SW"] == pytest.approx(0.3 / 0.95)


def test_sectors_that_hold_too_little_of_the_turnover_say_nothing(weekdays, measure):
    some = {code: FLAT[code] for code in CODES[:4]}

    assert measure("turnover_hhi", sector_daily=sectors(weekdays, some, SHARES)) == {}


def test_a_capitalisation_that_is_missing_silences_what_needs_all(weekdays, measure):
    caps = dict.fromkeys(CODES, 100.0) | {CODES[5]: None}
    frame = sectors(weekdays, FLAT, SHARES, caps)

    assert measure("turnover_cap_distance", sector_daily=frame) == {}
    assert measure("crowding", sector_daily=frame) == {}
    assert DAY in measure("turnover_hhi", sector_daily=frame)


def test_one_sector_alone(weekdays, measure):
    frame = sectors(weekdays, {CODES[0]: [10.0, 11.0]}, {CODES[0]: 1.0})

    assert measure("turnover_hhi", sector_daily=frame)[DAY] == 1.0
    assert measure("turnover_hhi_normalised", sector_daily=frame) == {}
    assert measure("turnover_top3_share", sector_daily=frame) == {}


def rising(days: int, *steps: float) -> dict[str, list[float]]:
    return {
        code: [100.0 * (1 + step) ** at for at in range(days)]
        for code, step in zip(CODES, steps, strict=True)
    }


def test_contributions_of_sectors_add_up_to_the_markets_return(weekdays, measure):
    frame = sectors(weekdays, rising(61, 0.01, 0.002, 0, 0.001, -0.001, 0), SHARES)
    found = measure("contribution_60d", by="entity", sector_daily=frame)
    # Constant capitalisations: each day's return of the market is the plain mean of the sectors'.
    market = (1 + (0.01 + 0.002 + 0.001 - 0.001) / 6) ** 60

    assert sum(found[code] for code in CODES) == pytest.approx(market - 1, rel=1e-12)
    assert found["TMT"] == pytest.approx(sum(found[code] for code in TMT), rel=1e-12)
    assert found["801080.SW"] > 0 > found["801780.SW"]


def test_few_sectors_that_make_the_whole_rise(weekdays, measure):
    frame = sectors(weekdays, rising(61, 0.01, 0, 0, 0, 0, 0), SHARES)

    assert measure("contribution_effective_60d", sector_daily=frame)[DAY] == pytest.approx(1.0)
    assert measure("contribution_top3_60d", sector_daily=frame)[DAY] == pytest.approx(1.0)
    assert measure("tmt_contribution_share_60d", sector_daily=frame)[DAY] == pytest.approx(1.0)


def test_a_fall_is_shared_out_in_its_own_direction(weekdays, measure):
    """All fall, one most: the three that fell most make up more than half; nobody rose."""
    frame = sectors(weekdays, rising(61, -0.01, -0.001, -0.001, -0.001, -0.001, -0.001), SHARES)
    top = measure("contribution_top3_60d", sector_daily=frame)[DAY]

    assert top == pytest.approx(0.012 / 0.015, rel=1e-6)
    assert measure("contribution_effective_60d", sector_daily=frame) == {}


def test_shares_of_a_market_that_hardly_moved_are_not_said(weekdays, measure):
    frame = sectors(weekdays, rising(61, 0.001, 0, 0, 0, 0, 0), SHARES)

    assert DAY in measure("contribution_60d", sector_daily=frame)
    for metric in ("contribution_top3_60d", "tmt_contribution_share_60d"):
        assert measure(metric, sector_daily=frame) == {}


def test_a_sector_that_ends_contributes_until_then(weekdays, measure):
    """One of twelve sectors: the others still are nearly all, and their weights grow."""
    codes = [*CODES, *(f"80{n}.SW" for n in range(1110, 1170, 10))]
    closes = {code: [100.0 * 1.01**at for at in range(90)] for code in codes}
    frame = sectors(weekdays, closes, dict.fromkeys(codes, 1 / 12)).filter(
        (pl.col("code") != codes[-1]) | (pl.col("trade_date") < weekdays(40)[0])
    )
    found = measure("contribution_60d", by="entity", sector_daily=frame)

    assert sum(found[code] for code in codes) == pytest.approx(1.01**60 - 1, rel=1e-9)
    assert 0 < found[codes[-1]] < found[codes[0]]


def stocks(weekdays, steps: list[float], *, weighed: int) -> pl.DataFrame:
    """stock_daily of shares that rise by a step a day; the first so many have a turnover rate."""
    rows = [
        (f"{600000 + at}.SH", day, 10 * (1 + step) ** n, 1e6, 0.01 if at < weighed else None)
        for at, step in enumerate(steps)
        for n, day in enumerate(weekdays(62))
    ]
    names = ["code", "trade_date", "close", "volume_shares", "turnover_rate"]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return frame.with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))


def test_ten_stocks_that_lead_the_market(weekdays, measure):
    """Of twenty equal stocks two rise: they have made all of it, and count as two."""
    frame = stocks(weekdays, [0.01, 0.01] + [0.0] * 18, weighed=20)
    top = measure("stock_contribution_top10_60d", stock_daily=frame)
    effective = measure("stock_contribution_effective_60d", stock_daily=frame)

    assert top[DAY] == pytest.approx(1.0)
    assert effective[DAY] == pytest.approx(2.0)


def test_a_market_of_which_a_part_has_no_weight_has_no_leaders(weekdays, measure):
    frame = stocks(weekdays, [0.01] * 20, weighed=15)

    assert measure("stock_contribution_top10_60d", stock_daily=frame) == {}
    unweighed = stocks(weekdays, [0.01] * 20, weighed=0)
    assert measure("stock_contribution_top10_60d", stock_daily=unweighed) == {}


def test_a_market_that_is_younger_than_sixty_days_has_no_leaders(weekdays, measure):
    frame = stocks(weekdays, [0.01] * 20, weighed=20)
    young = frame.filter(pl.col("trade_date") > weekdays(60)[0])

    assert measure("stock_contribution_top10_60d", stock_daily=young) == {}


def test_a_market_of_one_stock_is_led_by_it(weekdays, measure):
    frame = stocks(weekdays, [0.01], weighed=1)

    assert measure("stock_contribution_top10_60d", stock_daily=frame)[DAY] == pytest.approx(1.0)


def test_the_crowding_score_is_a_mean_of_ranks(weekdays, measure):
    """The sector that rises ever faster stands at the top of its own past in strength."""
    days = 640
    path = {
        code: [100 * math.exp(0.05 * math.sin(at * (at_code + 2) / 9)) for at in range(days)]
        for at_code, code in enumerate(CODES)
    }
    path[CODES[0]] = [100 * math.exp(2e-6 * at**2 + 0.002 * math.sin(at)) for at in range(days)]
    frame = sectors(weekdays, path, SHARES)
    found = measure("crowding_score", by="entity", sector_daily=frame)
    days_found = measure("crowding_score", sector_daily=frame)

    assert set(found) == set(CODES)
    assert all(0 < score < 100 for score in found.values())
    assert len(days_found) == days - 60 - 500 + 1
