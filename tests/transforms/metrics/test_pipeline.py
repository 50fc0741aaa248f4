"""Specs of applications for listing: where they stand, and how many get through."""

from datetime import date, timedelta

import polars as pl
import pytest

from tests.markets.drawing import known

FIRST = date(2025, 1, 6)


def seen(*rows):
    """(company, days after the first, stage), known on the same evening."""
    frame = pl.DataFrame(
        [(company, "STAR", FIRST + timedelta(days=after), stage) for company, after, stage in rows],
        schema={"company": pl.String, "board": pl.String, "updated_on": pl.Date,
                "stage": pl.String},
        orient="row",
    )  # fmt: skip
    return known(frame, "updated_on", 12)


def standing(measure, stage, frame):
    found = measure("ipo_pipeline_count", ipo_pipeline=frame, by="entity")
    return found.get(stage)


def test_an_application_stands_at_its_newest_status(measure):
    frame = seen(
        ("a", 0, "accepted"), ("b", 0, "accepted"), ("a", 10, "inquiry"), ("b", 20, "ended")
    )

    assert standing(measure, "accepted", frame) == 0
    assert standing(measure, "inquiry", frame) == 1
    assert standing(measure, "ended", frame) == 1
    assert standing(measure, "running", frame) == 1


def test_the_count_of_a_day_is_that_of_what_was_seen_by_then(measure):
    frame = seen(("a", 0, "accepted"), ("b", 5, "accepted"), ("a", 10, "registered"))
    running = measure("ipo_pipeline_count", ipo_pipeline=frame.filter(pl.col("stage") != "x"))

    assert len(running) == 3
    assert standing(measure, "running", frame.head(2)) == 2


def test_a_status_told_again_or_told_late_moves_nobody(measure):
    told_again = seen(("a", 0, "accepted"), ("a", 10, "inquiry"), ("a", 12, "inquiry"))
    late = seen(("a", 0, "inquiry")).with_columns(
        known_at=pl.col("known_at").dt.offset_by("30d"), updated_on=FIRST - timedelta(days=9)
    )

    for frame in (told_again, pl.concat([told_again, late])):
        assert standing(measure, "inquiry", frame) == 1


def test_the_rate_is_of_those_that_ran_ninety_days_ago(measure):
    """Twelve run from the first day on, of which three are registered within the ninety days."""
    running = [(f"{n}", 0, "accepted") for n in range(12)]
    through = [(f"{n}", 60, "registered") for n in range(3)]
    news = ("z", 95, "accepted")

    found = measure("ipo_registration_rate_90d", ipo_pipeline=seen(*running, *through, news))

    assert found == {str(FIRST + timedelta(days=95)): pytest.approx(3 / 12)}


def test_what_was_registered_before_does_not_run_any_more(measure):
    running = [(f"{n}", 0, "accepted") for n in range(13)]
    early = [("0", 5, "registered"), ("1", 100, "registered")]
    found = measure("ipo_registration_rate_90d", ipo_pipeline=seen(*running, *early))

    assert found == {str(FIRST + timedelta(days=100)): pytest.approx(1 / 12)}


def test_applications_that_were_only_seen_registered_say_nothing(measure):
    only = [(f"{n}", n, "registered") for n in range(200)]

    assert measure("ipo_registration_rate_90d", ipo_pipeline=seen(*only)) == {}


def test_meetings_passed_are_counted_over_twelve_months_with_a_result(measure):
    outcomes = ["passed"] * 9 + ["refused", "cancelled", "deferred", "other"]
    rows = [(f"{n}", FIRST + timedelta(days=n), outcome) for n, outcome in enumerate(outcomes)]
    rows += [("old", FIRST - timedelta(days=380), "refused")]
    frame = pl.DataFrame(rows, schema=["company", "review_date", "outcome"], orient="row")
    found = measure("ipo_review_pass_rate_12m", ipo_review=known(frame, "review_date"))

    assert found[str(FIRST + timedelta(days=11))] == pytest.approx(9 / 12)
    assert min(found) == str(FIRST + timedelta(days=9)), "ten meetings"


def test_an_empty_list_is_no_pipeline(measure):
    for metric in ("ipo_pipeline_count", "ipo_registration_rate_90d"):
        assert measure(metric, ipo_pipeline=seen()) == {}


def test_the_change_of_a_week_is_told_of_all_stages_on_each_day_with_news(measure):
    """b moves on the eighth day: what stood at its old stage a week before has left it."""
    frame = seen(
        ("a", 0, "accepted"), ("b", 0, "accepted"), ("b", 8, "inquiry"), ("c", 9, "registered")
    )
    found = measure("ipo_pipeline_change_7d", ipo_pipeline=frame, by="entity")

    assert found == {"accepted": -1, "inquiry": 1, "registered": 1, "running": 0}


def test_the_first_week_of_a_pipeline_has_no_change(measure):
    frame = seen(("a", 0, "accepted"), ("b", 6, "accepted"))

    assert measure("ipo_pipeline_change_7d", ipo_pipeline=frame) == {}
