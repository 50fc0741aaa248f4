"""Specs of the mentions of policy in the evening news."""

import math
from datetime import date, timedelta

import polars as pl
import pytest

from tests.markets.drawing import known

FIRST = date(2024, 1, 1)
TERMS = pl.DataFrame(
    {
        "term": ["新质生产力", "人工智能", "大模型"],
        "basket": ["NQPF", "AI", "AI"],
        "valid_from": [date(2024, 1, 3), date(2012, 7, 2), date(2012, 7, 2)],
    }
)


def broadcasts(term, hits, *, first=FIRST, items=10, characters=10_000, by_items=True):
    """One broadcast a day with so many mentions; None is a day without a broadcast."""
    said = [(n, hit) for n, hit in enumerate(hits) if hit is not None]
    frame = pl.DataFrame(
        {
            "broadcast_date": [first + timedelta(days=n) for n, _ in said],
            "hits": [hit for _, hit in said],
            "items_with_term": [min(hit, items) if by_items else None for _, hit in said],
        },
        schema_overrides={"items_with_term": pl.Int64},
    )
    counted = frame.with_columns(term=pl.lit(term), items=items, characters=characters)
    return known(counted, "broadcast_date", 13)


def measured(measure, metric, *counts, entity=None, **more):
    found = measure(metric, policy_term_count=pl.concat(counts), policy_term=TERMS, **more)
    return found if entity is None else found[entity]


def test_mentions_are_per_ten_thousand_characters_and_begin_with_the_first(measure):
    spoken = broadcasts("新质生产力", [0, 0, 0, 2, 0, 1], characters=5_000)

    assert measured(measure, "policy_frequency", spoken) == {
        "2024-01-04": 4.0,
        "2024-01-05": 0.0,
        "2024-01-06": 2.0,
    }


def test_a_term_does_not_count_before_it_was_coined(measure):
    """The list says 3 January; a mention on the 1st is another sense of the words."""
    found = measured(measure, "policy_frequency", broadcasts("新质生产力", [5, 0, 0, 1]))

    assert found == {"2024-01-04": 1.0}


def test_a_missing_day_and_a_fragment_of_a_broadcast_are_not_zero(measure):
    fragment = broadcasts("人工智能", [9], first=date(2024, 1, 4), characters=1_900)
    whole = broadcasts("人工智能", [1, None, 2])

    found = measured(measure, "policy_frequency", whole, fragment)

    assert found == {"2024-01-01": 1.0, "2024-01-03": 2.0}


def test_a_quarter_of_the_usual_length_is_a_whole_broadcast(measure):
    short = broadcasts("人工智能", [9], first=date(2024, 1, 4), characters=2_500)

    found = measured(measure, "policy_frequency", broadcasts("人工智能", [1, None, 2]), short)

    assert found == {"2024-01-01": 1.0, "2024-01-03": 2.0, "2024-01-04": 36.0}


def test_a_basket_adds_the_mentions_of_its_terms(measure):
    both = [broadcasts("人工智能", [1, 1]), broadcasts("大模型", [0, 2])]

    found = measured(measure, "policy_frequency", *both, by="entity")

    assert found["AI"] == 3.0


def test_the_month_weighs_mentions_by_the_length_of_the_broadcasts(measure):
    short = broadcasts("人工智能", [1] * 20, characters=5_000)
    long = broadcasts("人工智能", [4] * 10, first=FIRST + timedelta(days=20))

    found = measured(measure, "policy_frequency_30d", short, long)

    assert min(found) == "2024-01-20", "twenty broadcasts make a month"
    assert found["2024-01-30"] == pytest.approx(10_000 * (20 + 40) / (20 * 5_000 + 10 * 10_000))


def test_the_share_of_items_needs_a_count_of_items(measure):
    counted = broadcasts("人工智能", [2, 0])

    assert measured(measure, "policy_item_share", counted) == {"2024-01-01": 0.2, "2024-01-02": 0.0}
    unknown = broadcasts("人工智能", [2, 0], by_items=False)
    assert measured(measure, "policy_item_share", unknown) == {}


def intensity_by_hand(x):
    """z of the last of the logs of the four-week EWMA, weights 27/29 to the power of the age."""
    smooth = [
        math.log(1 + sum(v * (27 / 29) ** (n - s) for s, v in enumerate(x[: n + 1]))
                 / sum((27 / 29) ** (n - s) for s in range(n + 1)))
        for n in range(19, len(x))
    ]  # fmt: skip
    mean = sum(smooth) / len(smooth)
    return (smooth[-1] - mean) / math.sqrt(sum((v - mean) ** 2 for v in smooth) / len(smooth))


def test_intensity_is_the_z_score_of_the_log_of_the_four_week_mean_share(measure):
    hits = [1 + n % 5 for n in range(130)]

    found = measured(measure, "policy_intensity", broadcasts("人工智能", hits))

    last = str(FIRST + timedelta(days=129))
    assert found[last] == pytest.approx(intensity_by_hand([h / 10 for h in hits]), rel=1e-9)
    assert len(found) == 130 - 19 - 99, "twenty broadcasts for the mean, a hundred for z"


def test_without_a_count_of_items_intensity_goes_by_mentions_for_the_whole_past(measure):
    """One day counted without items is enough: a history has one measure."""
    hits = [1 + n % 5 for n in range(130)]
    mixed = [
        broadcasts("人工智能", hits[:60], by_items=False),
        broadcasts("人工智能", hits[60:], first=FIRST + timedelta(days=60)),
    ]

    found = measured(measure, "policy_intensity", *mixed)

    assert found[str(FIRST + timedelta(days=129))] == pytest.approx(intensity_by_hand(hits))


def test_the_country_is_the_mean_of_the_baskets_and_says_how_many_there_are(measure):
    ai = [
        broadcasts("人工智能", [1 + n % 5 for n in range(130)]),
        broadcasts("大模型", [n % 3 for n in range(130)]),
    ]
    nqpf = broadcasts("新质生产力", [n % 4 for n in range(130)])

    found = measured(measure, "policy_intensity", *ai, nqpf, by="entity")
    share = measured(measure, "policy_intensity", *ai, nqpf, by="entity", column="coverage")

    assert found["AI"] == pytest.approx((found["人工智能"] + found["大模型"]) / 2)
    assert found["NQPF"] == found["新质生产力"]
    assert found["CN"] == pytest.approx((found["AI"] + found["NQPF"]) / 2)
    assert share["CN"] == 0.5


def test_a_term_of_equal_days_has_no_intensity(measure):
    assert measured(measure, "policy_intensity", broadcasts("人工智能", [3] * 150)) == {}


def test_the_season_is_the_median_of_the_same_week_of_two_earlier_years_at_least(measure):
    first, year = date(2022, 6, 6), timedelta(days=364)
    news = broadcasts("人工智能", [n % 5 + (n % 364 < 28) for n in range(3 * 364)], first=first)
    found = measured(measure, "policy_season_gap", news)
    intensity = measured(measure, "policy_intensity", news)

    day = first + 2 * year + timedelta(days=200)
    monday = day - timedelta(days=day.weekday())
    usual = [
        sum(intensity[str(monday - back * year + timedelta(days=n))] for n in range(7)) / 7
        for back in (1, 2)
    ]
    assert day.isocalendar().week == (day - year).isocalendar().week
    assert found[str(day)] == pytest.approx(intensity[str(day)] - sum(usual) / 2)
    assert min(found) >= str(first + 2 * year + timedelta(days=100)), "not before a third year"


def test_silence_and_an_empty_frame_have_no_values(measure):
    silent = broadcasts("人工智能", [0] * 200)

    for metric in ("policy_frequency", "policy_frequency_30d", "policy_intensity"):
        assert measured(measure, metric, silent) == {}
        assert measured(measure, metric, silent.clear()) == {}
