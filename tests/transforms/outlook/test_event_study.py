"""What followed warnings, run-ups and first days, on markets small enough to work out by hand."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.outlook.base_rates import CLASSES, RunUp, armed, first_days, published, run_ups
from transforms.outlook.event_study import AFTER, warnings

FIRST = date(2024, 1, 1)
DAYS = [FIRST + timedelta(days=7 * (n // 5) + n % 5) for n in range(200)]
EVENT = 100
INDEX = "000300.SH"


def shares(paths: dict[str, list[float | None]]) -> pl.DataFrame:
    """Daily closes by code from the first day on; None is a day without a bar."""
    frames = [
        pl.DataFrame(
            {"code": code, "trade_date": DAYS[: len(path)], "close": path},
            schema_overrides={"close": pl.Float64},
        )
        for code, path in paths.items()
    ]
    bars = pl.concat(frames).drop_nulls("close")
    return bars.with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))


def notices(*told: tuple[str, int], kind: str = "abnormal_fluctuation") -> pl.DataFrame:
    rows = [{"code": c, "announcement_date": DAYS[n], "kind": kind} for c, n in told]
    schema = {"code": pl.String, "announcement_date": pl.Date, "kind": pl.String}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.with_columns(known_at=pl.col("announcement_date").cast(pl.Datetime("us")))


def classes(*codes: str, board: str = "Main") -> pl.DataFrame:
    return pl.DataFrame({"code": codes, "industry": "chips", "board": board,
                         "valid_from": [FIRST] * len(codes), "valid_to": None},
                        schema_overrides={"valid_to": pl.Date})  # fmt: skip


def rising(to: float, fall: float = 0.0, count: int = 200) -> list[float | None]:
    """10 until 30 bars before the event, then up to `to` on
    the bar before it, then a fall in a day.
    """
    up = np.exp(np.linspace(0, math.log(to / 10), 31))
    path = [10.0] * (EVENT - 31) + list(10 * up)
    return [*path, *[to] * 10, *[to * (1 + fall)] * (count - len(path) - 10)][:count]


def quiet_market(**more: list[float | None]) -> dict[str, list[float | None]]:
    """A hundred shares that never move, and those given (an underscore for the dot)."""
    calm = {f"60{n:04d}.SH": [10.0] * 200 for n in range(100)}
    return calm | {name.replace("_", "."): path for name, path in more.items()}


def value(study: pl.DataFrame, measure: str) -> float:
    return study.filter(measure=measure)["value"].item()


@pytest.fixture(scope="module")
def warned() -> tuple[pl.DataFrame, pl.DataFrame]:
    """One share is warned of and falls by 30 %; one that rose as much is not, and falls by 10 %."""
    paths = quiet_market(
        A00001_SH=rising(20, -0.3), A00002_SH=rising(20, -0.1), A00003_SH=rising(19.5, -0.5)
    )
    board = classes(*paths).with_columns(
        board=pl.when(pl.col("code") == "A00003.SH").then(pl.lit("STAR")).otherwise("board")
    )
    return warnings(shares(paths), notices(("A00001.SH", EVENT)), board)


def test_the_placebo_is_the_share_that_had_risen_as_much_on_the_same_board(warned):
    study, _ = warned

    assert value(study, "placebo_completed") == 1
    assert value(study, "held_median") == pytest.approx(-0.3)
    assert value(study, "placebo_held_median") == pytest.approx(-0.1)
    assert value(study, "drawdown_median") == pytest.approx(-0.3)
    assert value(study, "fell_20_share") == 1.0
    assert value(study, "placebo_fell_20_share") == 0.0


def test_the_market_s_own_move_is_taken_off(warned):
    """103 shares; the mean of the day on which all three fall is a 103rd of their falls."""
    _, events = warned
    fall = (-0.3 - 0.1 - 0.5) / 103
    study, _ = warned

    assert value(study, "after_median") == pytest.approx(-0.3 - fall)
    assert events["held"].to_list() == [pytest.approx(-0.3)]


def test_an_event_counts_once_its_sixty_bars_are_over():
    paths = quiet_market(
        A00001_SH=rising(20, -0.3, count=EVENT + AFTER),
        A00002_SH=rising(20, -0.3, count=EVENT + AFTER + 1),
    )
    study, events = warnings(
        shares(paths), notices(("A00001.SH", EVENT), ("A00002.SH", EVENT)), classes(*paths)
    )

    assert dict(events.select("entity", "sessions_so_far").iter_rows()) == {
        "A00001.SH": AFTER - 1,
        "A00002.SH": AFTER,
    }
    assert events.filter("completed")["entity"].to_list() == ["A00002.SH"]
    assert value(study, "completed") == 1
    assert value(study, "pending") == 1


def test_what_is_known_later_changes_no_completed_event():
    paths = quiet_market(A00001_SH=rising(20, -0.3), A00002_SH=rising(20, -0.1))
    bars, told = shares(paths), notices(("A00001.SH", EVENT))
    cut = bars.filter(pl.col("trade_date") <= DAYS[EVENT + AFTER])
    _, late = warnings(bars, told, classes(*paths))
    _, early = warnings(cut, told, classes(*paths))

    assert early.filter("completed").height == 1
    assert early.equals(late)


def test_repeated_notices_of_a_run_are_one_event():
    paths = quiet_market(A00001_SH=rising(20))
    told = notices(("A00001.SH", 100), ("A00001.SH", 103), ("A00001.SH", 110), ("A00001.SH", 165))
    study, events = warnings(shares(paths), told, classes(*paths))

    assert events["event_date"].to_list() == [DAYS[100], DAYS[165]]
    assert value(study, "overlap_share") == pytest.approx(0.5)


def test_a_notice_of_a_suspended_share_counts_from_its_first_bar():
    path = rising(20)
    path[100:104] = [None] * 4
    paths = quiet_market(A00001_SH=path)
    _, events = warnings(shares(paths), notices(("A00001.SH", EVENT)), classes(*paths))

    assert events["event_date"].to_list() == [DAYS[104]]


def test_a_share_that_was_warned_of_lately_is_no_placebo():
    paths = quiet_market(A00001_SH=rising(20), A00002_SH=rising(20))
    once = notices(("A00001.SH", EVENT))
    twice = notices(("A00001.SH", EVENT), ("A00002.SH", EVENT - 40))
    alone, _ = warnings(shares(paths), once, classes(*paths))
    both, _ = warnings(shares(paths), twice, classes(*paths))

    assert value(alone, "placebo_completed") == 1
    assert value(both, "completed") == 2
    assert value(both, "placebo_completed") == 1  # of the earlier one, when it had not risen


def test_a_notice_to_come_changes_no_placebo():
    """Notices follow large moves: to leave out who gets one later would be to pick by outcome."""
    paths = quiet_market(A00001_SH=rising(20, -0.3), A00002_SH=rising(20, -0.1))
    now, later = ("A00001.SH", EVENT), ("A00002.SH", EVENT + 20)
    before, _ = warnings(shares(paths), notices(now), classes(*paths))
    after, _ = warnings(shares(paths), notices(now, later), classes(*paths))

    assert value(before, "placebo_held_upper_quartile") == pytest.approx(-0.1)
    assert value(after, "placebo_held_lower_quartile") < -0.02  # the other event's stood still


def test_a_share_is_compared_with_the_industry_that_it_was_in_on_the_day():
    """Six shares rise by 5 % on the bar after the event; one of them leaves that industry later."""
    jump = [10.0] * (EVENT + 1) + [10.5] * (199 - EVENT)
    paths = quiet_market(**{f"A0000{n}_SH": jump for n in range(1, 7)})
    then = classes(*paths).with_columns(
        industry=pl.when(pl.col("code").str.starts_with("A"))
        .then(pl.lit("ships"))
        .otherwise("industry")
    )
    now = classes("A00001.SH").with_columns(valid_from=pl.lit(DAYS[190]))
    told = notices(("A00001.SH", EVENT))
    study, _ = warnings(shares(paths), told, pl.concat([then, now]))

    assert value(study, "after_median") == pytest.approx(0.0)


@pytest.mark.parametrize("kind", ["risk_warning", "clarification", "delisting_risk_warning"])
def test_notices_of_other_things_are_not_studied(kind):
    paths = quiet_market(A00001_SH=rising(20))
    study, events = warnings(shares(paths), notices(("A00001.SH", EVENT), kind=kind), None)

    assert study.is_empty()
    assert events.is_empty()


def test_an_empty_market_a_vanished_and_an_unknown_share_do_no_harm():
    paths = quiet_market(A00001_SH=rising(20)[: EVENT + 3])
    told = notices(("A00001.SH", EVENT), ("A09999.SH", EVENT), ("A00001.SH", 190))
    study, events = warnings(shares(paths), told, None)

    assert events["sessions_so_far"].to_list() == [2]
    assert value(study, "pending") == 1
    assert not study["value"].is_nan().any()
    for part in warnings(shares(paths).clear(), told, None):
        assert part.is_empty()
    for part in warnings(shares({"A00001.SH": [10.0] * 200}), notices(("A00001.SH", 50)), None):
        assert part.height > 0


def index(values: list[float]) -> pl.DataFrame:
    days = [date(2000, 1, 3) + timedelta(days=n) for n in range(len(values))]
    return pl.DataFrame(
        {
            "metric": "close",
            "entity": INDEX,
            "observation_date": days,
            "value": values,
            "known_at": [datetime(d.year, d.month, d.day, 8) for d in days],
        }
    )


TWENTY: RunUp = CLASSES[0]


def test_a_run_up_arms_once_in_250_sessions_and_only_near_its_high():
    up = list(np.linspace(100, 130, 31))
    crash = list(np.linspace(130, 60, 40))
    rebound = list(np.linspace(60, 75, 31))  # a fifth up, far below the high
    values = np.array([100.0] * 50 + up + [130.0] * 100 + crash + rebound + [75.0] * 300)

    found = armed(values, TWENTY)

    assert len(found) == 1
    assert values[found[0]] >= 120


def test_what_followed_a_run_up_by_hand():
    up = list(np.linspace(100, 130, 31))
    values = [100.0] * 50 + up + [130.0] * 200 + [70.0] * 400
    study, events = run_ups(index(values), (INDEX,))
    twenty = study.filter(reference=f"{INDEX} {TWENTY.name}")
    (event,) = events.filter(reference=f"{INDEX} {TWENTY.name}").iter_rows(named=True)

    assert event["size"] == pytest.approx(0.20)
    assert event["completed"]
    assert event["drawdown"] == pytest.approx(70 / 130 - 1)
    assert value(twenty, "fell_share") == 1.0
    assert value(twenty, "completed") == 1


def test_a_run_up_whose_window_is_open_is_listed_and_not_counted():
    values = [100.0] * 50 + list(np.linspace(100, 130, 31)) + [130.0] * 100
    study, events = run_ups(index(values), (INDEX,))
    twenty = study.filter(reference=f"{INDEX} {TWENTY.name}")

    assert events.filter(reference=f"{INDEX} {TWENTY.name}")["completed"].to_list() == [False]
    assert value(twenty, "completed") == 0
    assert "fell_share" not in twenty["measure"].to_list()


@pytest.mark.parametrize("values", [[], [100.0], [100.0] * 40])
def test_an_index_that_never_ran_has_no_events(values):
    assert run_ups(index(values), (INDEX,))[1].is_empty()


def test_what_others_found_stands_beside_what_we_find():
    ours, _ = run_ups(index([100.0] * 60), (INDEX,))

    assert published(ours)["value"].to_list() == [0.53, 0.069, 0.172]
    assert published(ours.clear()).is_empty()


def test_first_days_by_venue_and_year_without_those_under_the_cap():
    moment = datetime(2024, 1, 1)
    mainland = pl.DataFrame({
        "code": ["600001.SH", "600002.SH", "688001.SH"], "board": ["Main", "Main", "STAR"],
        "listing_date": [date(2023, 1, 5), date(2023, 6, 5), date(2023, 6, 6)],
        "offer_price_cny": [10.0] * 3, "first_day_close_cny": [14.4, 9.0, 30.0],
        "first_day_return": [None, None, 2.0], "proceeds_cny": [1e9, 1e9, None],
        "known_at": [moment] * 3,
    })  # fmt: skip
    hong_kong = pl.DataFrame({
        "code": ["00001.HK", "00002.HK", "00003.HK"], "listing_date": [date(2025, 1, 5)] * 3,
        "funds_raised_hkd": [3e9, 1e9, 0.0], "offer_price_hkd": [10.0] * 3,
        "first_day_close_hkd": [12.0, 9.0, 50.0], "first_day_return": [None] * 3,
        "known_at": [moment] * 3,
    }, schema_overrides={"first_day_return": pl.Float64})  # fmt: skip

    found = first_days({"ipo_a": mainland, "ipo_hk": hong_kong})
    told = {(r, m): v for r, m, v in found.select("reference", "measure", "value").iter_rows()}

    assert told["Main 2023", "median"] == pytest.approx(-0.1)
    assert told["Main 2023", "below_offer_share"] == 1.0
    assert told["STAR 2023", "median"] == 2.0
    assert ("STAR 2023", "weighted_by_money") not in told
    assert told["HK 2025", "median"] == pytest.approx(0.05)
    assert told["HK 2025", "weighted_by_money"] == pytest.approx((0.2 * 3 - 0.1) / 4)
    assert first_days({}).is_empty()
