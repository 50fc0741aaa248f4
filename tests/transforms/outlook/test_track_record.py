"""Forecasts as they were printed, their scores when the horizon is over, and the record of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from transforms.outlook.event_study import STUDY_FRAME
from transforms.outlook.scenarios import OUTCOMES, TARGETS, VERSION
from transforms.outlook.track_record import KEY, SCORES, forecasts_of, record, resolved, score

STAR, OTHER = "000688.SH", "000300.SH"
FIRST = date(2026, 1, 5)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def closes(*values: float, entity: str = OTHER) -> pl.DataFrame:
    days = [day(n) for n in range(len(values))]
    return pl.DataFrame(
        {"metric": "close", "entity": entity, "observation_date": days, "value": list(values)}
    )


def scenario(**more: object) -> dict[str, object]:
    return {
        "entity": OTHER, "horizon": 20, "estimator": "climatology", "target": "bust",
        "value": 0.123, "printed": 0.1, "low": 0.0, "high": 0.2, "base": 0.15, "effective": 40.0,
        "published": True, "bound": None, "observation_date": day(1), **more,
    }  # fmt: skip


def test_what_was_printed_and_published_is_a_forecast_with_the_close_of_its_day():
    rows = [
        scenario(), scenario(target="fall_20", printed=None), scenario(published=False),
        scenario(entity=STAR),
    ]  # fmt: skip
    frame = pl.concat([closes(1.0, 2.0), closes(1.0, 2.0).with_columns(metric=pl.lit("pe_ttm"))])
    found = forecasts_of(pl.DataFrame(rows), frame)

    assert found.select("entity", "close", "probability", "estimate", "base", "version").rows() == [
        (OTHER, 2.0, 0.1, 0.123, 0.15, VERSION), (STAR, None, 0.1, 0.123, 0.15, VERSION),
    ]  # fmt: skip


def forecasts(*rows: tuple[str, int, str, float], number: int = 0) -> pl.DataFrame:
    """entity, horizon, target, estimate, all of one day; the base is a quarter."""
    return pl.DataFrame(
        [
            {"issue_id": "W", "as_of": day(number), "entity": entity, "horizon": horizon,
             "target": target, "observation_date": day(number), "estimate": estimate, "base": 0.25}
            for entity, horizon, target, estimate in rows
        ]
    )  # fmt: skip


def test_a_forecast_is_scored_by_what_its_index_did_within_its_horizon():
    """A fall of 15 % after which the index stands 2 % above the first close."""
    frame = closes(100.0, 85.0, 102.0, 50.0, entity=STAR)
    rows = [(STAR, 2, "correction", 0.6), (STAR, 2, "bust", 0.1), (STAR, 3, "bust", 0.1)]
    found = score(forecasts(*rows), pl.concat([frame, closes(1.0, 1.0, 1.0, 1.0)]))

    assert found.schema == SCORES
    assert found.select("target", "horizon", "outcome", "due", "scored_as_of").rows() == [
        ("correction", 2, 1.0, day(2), day(3)), ("bust", 2, 0.0, day(2), day(3)),
        ("bust", 3, 1.0, day(3), day(3)),
    ]  # fmt: skip
    assert found["realised"].to_list() == pytest.approx([0.02, 0.02, -0.5])
    assert found["brier"].to_list() == pytest.approx([0.16, 0.01, 0.81])
    assert found["brier_base"].to_list() == pytest.approx([0.75**2, 0.25**2, 0.75**2])


@pytest.mark.parametrize(("horizon", "count"), [(3, 1), (4, 0)])
def test_a_forecast_waits_for_the_last_session_of_its_horizon(horizon, count):
    assert score(forecasts((OTHER, horizon, "bust", 0.1)), closes(*[1.0] * 4)).height == count


def test_of_a_day_or_an_index_without_closes_nothing_is_scored():
    unscored = forecasts((OTHER, 1, "bust", 0.1), number=9)

    assert score(unscored, closes(1.0, 1.0, 1.0)).is_empty()
    assert score(forecasts((STAR, 1, "bust", 0.1)), closes(1.0, 1.0, 1.0)).is_empty()
    nothing = score(unscored.clear(), closes(1.0))
    assert nothing.schema == SCORES


def test_timely_forecasts_are_resolved_with_those_of_before():
    unscored = forecasts((OTHER, 2, "bust", 0.1), (OTHER, 2, "correction", 0.1)).with_columns(
        in_time=pl.col("target") == "bust"
    )
    scores = score(unscored, closes(*[1.0] * 4))
    old = unscored.filter("in_time").join(scores, on=KEY).with_columns(issue_id=pl.lit("V"))

    assert resolved(unscored, scores, old)["issue_id"].to_list() == ["V", "W"]
    assert resolved(unscored, scores, old.clear())["issue_id"].to_list() == ["W"]
    assert resolved(unscored, scores.clear(), old).equals(old)
    late = unscored.with_columns(in_time=pl.lit(value=False))
    assert resolved(late, scores, old.clear()).is_empty()


def scored(entity: str, week: int, brier: float, horizon: int = 20, made: int = 0) -> pl.DataFrame:
    """The four outcomes of an index in an issue and an event beside them."""
    of = day(7 * week)
    return pl.DataFrame(
        {
            "as_of": of,
            "entity": entity,
            "horizon": horizon,
            "target": [*OUTCOMES, "fall_20"],
            "observation_date": of,
            "due": of + timedelta(days=28),
            "made_at": datetime(2026, 1, 1) + timedelta(days=made),
            "brier": brier / 4,
            "brier_base": 0.1,
        }
    )


def told(*parts: pl.DataFrame) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for reference, measure, value in (
        record(pl.concat(parts)).select("reference", "measure", "value").iter_rows()
    ):
        found.setdefault(reference, {})[measure] = value
    return found


def test_the_record_is_the_mean_of_the_four_outcomes_together():
    found = told(scored(OTHER, 0, 0.2), scored(OTHER, 8, 0.4))

    assert list(found) == [f"{OTHER} 20 sessions", "20 sessions"]
    for one in found.values():
        assert one == {
            "issues": 2, "independent": 2, "brier": pytest.approx(0.3),
            "brier_base": pytest.approx(0.4), "skill": pytest.approx(0.25),
        }  # fmt: skip


def test_indices_stand_in_their_order_and_an_issue_is_the_mean_of_its_own():
    found = told(scored(OTHER, 0, 0.2), scored(STAR, 0, 0.6), scored(OTHER, 9, 0.8, horizon=60))

    assert list(found) == [
        f"{STAR} 20 sessions", f"{OTHER} 20 sessions", "20 sessions", f"{OTHER} 60 sessions",
        "60 sessions",
    ]  # fmt: skip
    assert found["20 sessions"]["brier"] == pytest.approx(0.4)
    assert found["20 sessions"]["issues"] == 1
    assert found["60 sessions"]["brier"] == pytest.approx(0.8)


@pytest.mark.parametrize(("apart", "independent"), [(4, 2), (3, 1)])
def test_horizons_that_begin_when_the_last_is_over_are_independent(apart, independent):
    found = told(scored(OTHER, 0, 0.2), scored(OTHER, apart, 0.2))

    assert found["20 sessions"]["independent"] == independent


def test_a_record_says_since_when_and_is_known_at_the_end_of_its_last_day():
    found = record(pl.concat([scored(OTHER, 8, 0.4), scored(OTHER, 0, 0.2)]))

    assert found.schema == STUDY_FRAME
    assert found.select("first_day", "last_day", "n").unique().rows() == [(day(0), day(56), 2)]
    assert found["known_at"].unique().to_list() == [
        datetime.combine(day(84), time(15, 59, 59, 999999))
    ]
    late = record(scored(OTHER, 0, 0.2, made=99))
    assert late["known_at"].unique().to_list() == [datetime(2026, 1, 1) + timedelta(days=99)]


def test_without_a_base_to_beat_there_is_no_skill_and_without_scores_no_record():
    perfect = scored(OTHER, 0, 0.2).with_columns(brier_base=0.0)

    assert "skill" not in told(perfect)["20 sessions"]
    assert record(perfect.clear()).schema == STUDY_FRAME
    assert set(OUTCOMES) < set(TARGETS)
