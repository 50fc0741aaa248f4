"""Specs of what is said about a number that is not there."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.engine.evaluate import METRIC_FRAME
from transforms.engine.metric import metrics
from transforms.issue.doubts import DOUBTS
from transforms.issue.missing import ABSENCE, absences

AS_OF = date(2026, 1, 13)


@pytest.fixture
def indices(bars) -> pl.DataFrame:
    return bars(**{"000300_SH": [100.0 + n for n in range(40)]})


def measured(metric: str, entity: str, day: date, score: float | None = 50.0, n_obs: int = 900):
    row = {"metric": metric, "entity": entity, "observation_date": day, "score": score}
    return pl.DataFrame([row | {"n_obs": n_obs}]).match_to_schema(
        METRIC_FRAME, missing_columns="insert"
    )


def told(frames, found, metric: str, entity: str = "") -> dict[str, object]:
    rows = absences(frames, found, AS_OF).filter(metric=metric, entity=entity)
    return rows.row(0, named=True) if rows.height else {}


NOTHING = METRIC_FRAME.to_frame()


def test_with_nothing_at_all_every_metric_names_a_dataset():
    found = absences({}, NOTHING, AS_OF)

    assert found.schema == ABSENCE
    assert set(found["metric"]) == set(metrics())
    roots = found.filter(kind="no rows")
    assert roots.height > 0.9 * found.height
    assert (roots["missing"] != "").all()


def test_a_dataset_without_rows_is_named():
    line = told({}, NOTHING, "margin_industry_hhi")

    assert line["reason"].startswith("margin_security")
    assert line["reason"].endswith("no rows known on 2026-01-13")
    assert (line["missing"], line["since"]) == ("margin_security", None)


def test_a_row_that_is_not_known_yet_is_not_there(indices):
    tomorrow = indices.with_columns(known_at=datetime(2026, 1, 14, 8))

    assert told({"index_daily": tomorrow}, NOTHING, "rsi_14")["missing"] == "index_daily"
    assert told({"index_daily": indices}, NOTHING, "rsi_14")["kind"] == "no value"


def test_the_reason_of_a_metric_of_a_metric_is_that_of_its_input(indices):
    """The premium follows from valuation and bond yields; there are no yields."""
    frames = {"index_daily": indices, "index_valuation": indices.rename({"close": "pe_ttm"})}

    assert told(frames, NOTHING, "equity_risk_premium_percentile_10y")["missing"] == (
        "government_yield"
    )


def test_inputs_that_give_nothing_are_named_with_how_far_a_value_looks_back(indices):
    line = told({"index_daily": indices}, NOTHING, "momentum_12_1")

    assert line["kind"] == "no value"
    assert "index_daily" in line["reason"]
    assert f"{metrics()['momentum_12_1'].window} observations are looked at" in line["reason"]


def test_a_member_of_a_block_with_too_short_a_history_says_how_much_it_needs(indices):
    newest = measured("momentum_12_1", "000300.SH", AS_OF, score=None, n_obs=120)
    line = told({"index_daily": indices}, newest, "momentum_12_1", "000300.SH")

    minimum = metrics()["momentum_12_1"].score.minimum
    assert line["reason"] == f"history of 120 observations, {minimum} are needed for a score"
    assert line["kind"] == "short history"


def test_a_member_that_is_too_old_to_count_says_since_when(indices):
    """Two sessions are allowed: Friday counts on Tuesday, Thursday does not."""
    name, entity = "momentum_12_1", "000300.SH"
    friday = measured(name, entity, date(2026, 1, 9))
    thursday = measured(name, entity, date(2026, 1, 8))

    assert told({"index_daily": indices}, friday, name, entity) == {}
    line = told({"index_daily": indices}, thursday, name, entity)
    assert (line["reason"], line["since"]) == ("no value since 2026-01-08", date(2026, 1, 8))


def test_the_dataset_that_has_ended_is_named(indices):
    """Margins end on the day of the newest value, while the indices go on."""
    last = AS_OF - timedelta(days=30)
    margin = pl.DataFrame(
        {"trade_date": [last], "financing_balance_cny": [1.0], "known_at": [datetime(2025, 12, 15)]}
    )
    frames = {"index_daily": indices, "margin_market": margin}
    line = told(
        frames,
        measured("margin_financing_change_20d", "CN", last),
        "margin_financing_change_20d",
        "CN",
    )

    assert line["missing"] == "margin_market"
    assert line["reason"] == f"no value since {last}; margin_market ends there"


def test_an_entity_that_a_composite_needs_and_does_not_have_is_named(indices):
    """CSI 300 has a value, STAR 50 has none."""
    newest = measured("momentum_12_1", "000300.SH", AS_OF)
    line = told({"index_daily": indices}, newest, "momentum_12_1", "000688.SH")

    assert line["reason"].startswith("index_daily gives no value for 000688.SH")


def test_a_block_that_is_dropped_and_an_axis_that_is_withheld_are_told(indices):
    blocks = measured("block_score", "heat/technical", AS_OF)
    frames = {"index_daily": indices}

    dropped = told(frames, blocks, "block_score", "heat/leverage")
    assert dropped["reason"] == "under half of the weight of its metrics has a score"
    assert told(frames, blocks, "block_score", "heat/technical") == {}
    assert told(frames, blocks, "overheating")["reason"] == "block_score gives no value"


def test_what_no_composite_needs_is_silent_after_two_years(indices):
    frames = {"index_daily": indices}
    lately = measured("ipo_count_12m", "A", date(2024, 2, 1))
    long_ago = measured("ipo_count_12m", "A", date(2023, 2, 1))

    assert told(frames, lately, "ipo_count_12m") == {}
    assert told(frames, long_ago, "ipo_count_12m")["reason"] == "no value since 2023-02-01"


def test_a_metric_is_as_old_as_the_newest_of_its_entities(indices):
    old = measured("ipo_count_12m", "A", date(2020, 2, 3))
    newer = measured("ipo_count_12m", "HK", date(2025, 2, 3))

    for found in (pl.concat([old, newer]), pl.concat([newer, old])):
        assert told({"index_daily": indices}, found, "ipo_count_12m") == {}


def test_a_dataset_ends_with_the_newest_row_that_is_known(indices):
    """A row of today that is known tomorrow does not say today that the dataset goes on."""
    last = AS_OF - timedelta(days=30)
    margin = pl.DataFrame(
        {
            "trade_date": [last, AS_OF],
            "financing_balance_cny": [1.0, 1.0],
            "known_at": [datetime(2025, 12, 15), datetime(2026, 1, 14, 1)],
        }
    )
    frames = {"index_daily": indices, "margin_market": margin}
    name = "margin_financing_change_20d"
    today, tomorrow = (
        absences(frames, measured(name, "CN", last), day).filter(metric=name, entity="CN")
        for day in (AS_OF, AS_OF + timedelta(days=1))
    )

    assert (today["missing"].item(), tomorrow["missing"].item()) == ("margin_market", "")


def adjusted_until(day: date) -> pl.DataFrame:
    return pl.DataFrame(
        [("stock_daily", "adjusted prices", date(2020, 1, 2), day, 1, 2, "")],
        DOUBTS, orient="row",
    )  # fmt: skip


@pytest.mark.parametrize(("days", "kind"), [(-1, "ended"), (0, "ended"), (1, "adjusted prices")])
def test_a_metric_of_traded_prices_ended_for_them_only_if_they_are_adjusted_later(
    indices, days, kind
):
    last = AS_OF - timedelta(days=30)
    found = measured("limit_up_share", "all", last)
    rows = absences({"index_daily": indices}, found, AS_OF, adjusted_until(last + timedelta(days)))
    line = rows.filter(metric="limit_up_share", entity="all").row(0, named=True)

    assert (line["kind"], line["since"]) == (kind, last)
    assert (line["missing"] == "stock_daily") is (kind == "adjusted prices")
