"""What is true of scenarios, out of a few drawn facts and rows of the outlook."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from templates.sections.scenarios import facts as scenarios
from templates.sections.scenarios.facts import Chance, Outcomes
from transforms.facts import Fact, FactBook
from transforms.outlook.scenarios import EVENTS, HEADLINE, HORIZONS, INDICES, OUTCOMES
from transforms.prepared.indices import CHINEXT, CSI_300, SHANGHAI_COMPOSITE, STAR_50

DAY = date(2026, 1, 13)


def fact(metric: str, entity: str, value: float = 1.0) -> Fact:
    return Fact(
        fact_id=f"{metric}/{entity}/{DAY}", metric=metric, entity=entity, observation_date=DAY,
        value=value, unit="fraction", known_at=datetime(2026, 1, 13), n_obs=600,
        first_observation=date(2020, 1, 2), sources=(), query="",
    )  # fmt: skip


CHOSEN = {"published": pl.Boolean, "entity": pl.String, "target": pl.String, "estimator": pl.String}
MADE = {"entity": pl.String, "horizon": pl.Int64, "estimator": pl.String, "target": pl.String,
        "p_adjusted": pl.Float64}  # fmt: skip
BINS = {"entity": pl.String, "horizon": pl.Int64, "estimator": pl.String, "forecast": pl.Float64}
TOLD = {"kind": pl.String, "side": pl.String}
SERIES = {"metric": pl.String, "entity": pl.String, "observation_date": pl.Date,
          "value": pl.Float64}  # fmt: skip


def issue(
    facts: Iterable[Fact] = (),
    *,
    chosen: Iterable[tuple[object, ...]] = (),
    made: Iterable[tuple[object, ...]] = (),
    bins: Iterable[tuple[object, ...]] = (),
    told: Iterable[tuple[object, ...]] = (),
    series: Iterable[tuple[object, ...]] = (),
) -> Any:
    """What the section reads of an issue, and no more."""

    def rows(given: Iterable[tuple[object, ...]], schema: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame(list(given), schema, orient="row")

    outlook = SimpleNamespace(
        scenarios=rows(chosen, CHOSEN), record=rows(made, MADE), reliability=rows(bins, BINS),
        followed=SimpleNamespace(summary=rows(told, TOLD)),
    )  # fmt: skip
    book = FactBook(tuple(facts))
    past = rows(series, SERIES)
    return SimpleNamespace(
        facts=book, outlook=outlook, values_of=lambda metric: past.filter(metric=metric)
    )


def outcomes(entity: str, horizon: int, *values: float) -> list[Fact]:
    """The probabilities of the four outcomes, each with its interval and its base rate."""
    return [
        fact(f"{target}_{horizon}d{part}", entity, value + more)
        for target, value in zip(OUTCOMES, values, strict=True)
        for part, more in (("", 0.0), ("_low", -0.1), ("_high", 0.1), ("_base", 0.01))
    ]


SHARES = (0.2, 0.4, 0.3, 0.1)


def test_the_outcomes_of_an_index_have_their_value_interval_and_base_rate() -> None:
    known = issue(outcomes(HEADLINE, 60, *SHARES) + outcomes(CSI_300, 20, *SHARES))
    found = scenarios.outlook(known)

    assert found
    assert [(one.entity, list(one.by_horizon)) for one in found.indices] == [
        (HEADLINE, [60]), (CSI_300, [20])
    ]  # fmt: skip
    first = found.indices[0].by_horizon[60]
    assert [one.outcome for one in first] == list(OUTCOMES)
    assert [
        round(part.value, 2)
        for part in (first[0].value, first[0].low, first[0].high, first[0].base)
    ] == [0.2, 0.1, 0.3, 0.21]
    assert (found.likeliest.outcome, found.horizon, found.tied) == (OUTCOMES[1], 60, False)


def test_the_likeliest_is_of_sixty_sessions_or_of_the_first_horizon_there_is() -> None:
    both = outcomes(HEADLINE, 20, 0.7, 0.1, 0.1, 0.1) + outcomes(HEADLINE, 60, *SHARES)
    middle, first = scenarios.outlook(issue(both)), scenarios.outlook(issue(both[:16]))

    assert middle
    assert first
    assert (middle.horizon, middle.likeliest.outcome) == (60, OUTCOMES[1])
    assert (first.horizon, first.likeliest.outcome) == (20, OUTCOMES[0])


def test_two_that_are_as_likely_are_tied() -> None:
    found = scenarios.outlook(issue(outcomes(HEADLINE, 60, 0.4, 0.4, 0.1, 0.1)))

    assert found
    assert found.tied
    assert found.likeliest.outcome == OUTCOMES[0]


def test_nothing_is_told_without_the_first_index_or_with_an_outcome_less() -> None:
    assert scenarios.outlook(issue()) is None
    assert scenarios.outlook(issue(outcomes(CSI_300, 60, *SHARES))) is None
    whole = outcomes(HEADLINE, 60, *SHARES)
    for lacking in range(4):
        assert scenarios.outlook(issue(whole[:lacking] + whole[lacking + 1 :])) is None


@pytest.mark.parametrize(
    ("chosen", "informed"),
    [
        ([], False),
        ([(True, HEADLINE, OUTCOMES[0], "climatology")], False),
        ([(True, HEADLINE, OUTCOMES[0], "climatology"), (True, HEADLINE, OUTCOMES[0], "x")], True),
        ([(False, HEADLINE, OUTCOMES[0], "x")], False),
        ([(True, CSI_300, OUTCOMES[0], "x")], False),
        ([(True, HEADLINE, OUTCOMES[1], "x")], False),
    ],
)
def test_a_forecast_is_informed_where_a_published_one_is_no_base_rate(chosen, informed) -> None:
    found = scenarios.outlook(issue(outcomes(HEADLINE, 60, *SHARES), chosen=chosen))

    assert found
    assert found.informed is informed


def test_a_forecast_rests_on_the_days_of_the_first_index() -> None:
    rests = [fact("scenario_days_60d", HEADLINE, 24), fact("scenario_days_20d", HEADLINE, 70)]
    found = scenarios.outlook(issue(outcomes(HEADLINE, 60, *SHARES) + rests))

    assert found
    assert found.rests == ((60, rests[0]),)


def test_an_event_is_told_with_what_is_known_at_any_horizon() -> None:
    fall, rise = next(iter(EVENTS)), list(EVENTS)[-1]
    given = [fact(f"{fall}_60d", HEADLINE), fact(f"{fall}_60d_base", HEADLINE, 0.5),
             fact(f"{rise}_20d_base", HEADLINE), fact(f"{rise}_20d", CSI_300)]  # fmt: skip
    (one,) = scenarios.events(issue(given))

    assert one.target == fall
    assert one.by_horizon == tuple(
        (given[0], given[1]) if horizon == 60 else (None, None) for horizon in HORIZONS
    )
    assert one.informed
    alone, equal = ((given[0], None), (None, given[1])), ((given[0], given[0]),)
    assert not scenarios.Event(fall, alone).informed
    assert not scenarios.Event(fall, equal).informed


def test_what_followed_a_reading_is_told_by_index_and_horizon() -> None:
    cases = [fact(f"followed_heat_cases_{h}d", f"CN/{CSI_300}", h) for h in (20, 60)]
    more = [fact("followed_heat_median_return_60d", f"CN/{CSI_300}", 0.03),
            fact("followed_heat_base_median_return_60d", f"CN/{CSI_300}", 0.02),
            fact("followed_heat_median_return_120d", f"CN/{CSI_300}", 0.1),
            fact("followed_state_cases_20d", f"CN/{STAR_50}", 9)]  # fmt: skip
    (one,) = scenarios.readings(issue(cases + more, told=[("heat", "hot"), ("momentum", "up")]))

    assert (one.kind, one.word, one.index) == ("heat", "hot", CSI_300)
    assert [after and after.cases.value for after in one.by_horizon] == [20, 60, None]
    assert one.by_horizon[1] == scenarios.After(cases[1], more[0], more[1])


def test_lines_of_axes_stand_first_and_say_which_way_they_lie() -> None:
    entities = ["rsi_14/A/b", "overheating/CN/x", "rsi_14/A/a", "structural_momentum/CN/x", "z/A/a"]
    given = [fact("triggers_line", entity, 70) for entity in entities]
    given += [
        fact("triggers_distance", entity, value)
        for entity, value in zip(entities, [-1.0, 0.0, 2.0, 1.0], strict=False)
    ]
    now = fact("rsi_14", "A", 60)
    found = scenarios.triggers(issue([*given, now]))

    assert [(one.metric, one.effect, one.below) for one in found] == [
        ("overheating", "x", False), ("structural_momentum", "x", False),
        ("rsi_14", "a", False), ("rsi_14", "b", True),
    ]  # fmt: skip
    assert [one.now for one in found] == [None, None, now, now]
    assert found[3].line == given[0]


def growth(index: str, p: float) -> list[Fact]:
    return [fact("explosive_p_value", index, p), fact("bsadf_weekly", index, 2.0),
            fact("bsadf_bootstrap_95", index, 1.5), fact("explosive_weeks", index, 3.0),
            fact("lppls_confidence_positive", index, 0.1)]  # fmt: skip


def course(metric: str, index: str, count: int, value: float) -> list[tuple[object, ...]]:
    days = [DAY - timedelta(weeks=back) for back in range(count)][::-1]
    return [(metric, index, day, value + n) for n, day in enumerate(days)]


def test_the_index_that_grows_explosively_is_drawn_else_the_first() -> None:
    calm = growth(STAR_50, 0.05) + growth(CHINEXT, 0.3)
    hot = growth(STAR_50, 0.05) + growth(CHINEXT, 0.049)
    series = [
        *course("bsadf_weekly", STAR_50, 3, 0.0), *course("bsadf_weekly", CHINEXT, 110, 100.0),
        *course("bsadf_bootstrap_95", CHINEXT, 2, 50.0),
    ]  # fmt: skip
    first, found = (scenarios.explosive(issue(given, series=series)) for given in (calm, hot))

    assert first
    assert found
    assert [row.index for row in first.rows] == [STAR_50, CHINEXT]
    assert first.past.values == [0.0, 1.0, 2.0]
    assert scenarios.drawn(first).index == STAR_50
    assert scenarios.drawn(found).index == CHINEXT
    assert found.past.values == [float(n) for n in range(106, 210)]
    assert found.line == (*[None] * 102, 50.0, 51.0)
    assert [first.grows, found.grows] == [False, True]
    row = found.rows[1]
    assert [one and one.value for one in (row.p, row.weeks, row.statistic, row.critical, row.pattern)] == [
        0.049, 3.0, 2.0, 1.5, 0.1
    ]  # fmt: skip
    assert scenarios.explosive(issue(growth(STAR_50, 0.01)[1:])) is None


def scored(index: str, horizon: int = 60, skill: float | None = 0.1) -> list[Fact]:
    names = {"published_brier": 0.2, "published_brier_climatology": 0.25,
             "published_independent": 9.0, "published_skill": skill,
             "price_analogues_skill": 0.3, "price_analogues_p_value": 0.4}  # fmt: skip
    return [
        fact(f"hindcast_{name}_{horizon}d", index, value)
        for name, value in names.items()
        if value is not None
    ]


def of_test(index: str, p: float | None, horizon: int = 60, **other: str) -> tuple[object, ...]:
    return (index, horizon, other.get("estimator", "published"), other.get("target", "outcomes"), p)


@pytest.mark.parametrize(
    ("skill", "rows", "expected"),
    [
        (0.1, [of_test(CHINEXT, 0.10)], True),
        (0.1, [of_test(CHINEXT, 0.101)], False),
        (0.1, [of_test(CHINEXT, None)], False),
        (0.1, [], False),
        (0.0, [of_test(CHINEXT, 0.01)], False),
        (None, [of_test(CHINEXT, 0.01)], False),
        (0.1, [of_test(CSI_300, 0.01)], False),
        (0.1, [of_test(CHINEXT, 0.01, 20)], False),
        (0.1, [of_test(CHINEXT, 0.01, estimator="x")], False),
        (0.1, [of_test(CHINEXT, 0.01, target="x")], False),
    ],
)
def test_a_third_index_is_scored_only_where_its_record_is_beyond_chance(
    skill, rows, expected
) -> None:
    found = scenarios.record(issue(scored(STAR_50) + scored(CHINEXT, skill=skill), made=rows))

    assert found
    assert [(row.index, row.beyond_chance) for row in found.rows] == [
        (STAR_50, False), *([(CHINEXT, True)] if expected else [])
    ]  # fmt: skip
    assert found.verdict == ("better" if expected else "no_better")


@pytest.mark.parametrize(
    ("skills", "verdict"),
    [((-0.1, -0.2), "worse"), ((-0.1, 0.0), "no_better"), ((None, None), "no_better")],
)
def test_a_record_is_worse_where_none_is_as_good_as_the_base_rate(skills, verdict) -> None:
    given = scored(STAR_50, skill=skills[0]) + scored(CSI_300, skill=skills[1])
    found = scenarios.record(issue(given))

    assert found
    assert found.verdict == verdict


def test_a_score_has_its_measures_and_our_own_issues_stand_beside() -> None:
    own = [fact("own_calls_issues", "60 sessions", 12), fact("own_calls_skill", "60 sessions", 0.2),
           fact("own_calls_skill", "20 sessions", 0.1)]  # fmt: skip
    found = scenarios.record(issue(scored(STAR_50) + own))

    assert found
    (row,) = found.rows
    told = (row.independent, row.brier, row.base, row.skill, row.alike, row.p)
    assert [one and one.value for one in told] == [9.0, 0.2, 0.25, 0.1, 0.3, 0.4]
    assert found.own == (scenarios.Own(60, own[0], None, own[1]),)
    assert scenarios.record(issue(own)) is None
    for lacking in range(3):
        one = scored(STAR_50)
        assert scenarios.record(issue(one[:lacking] + one[lacking + 1 :])) is None


def test_bins_are_of_the_first_index_over_sixty_sessions_and_at_least_two() -> None:
    rows = [(HEADLINE, 60, "published", 0.5), (HEADLINE, 60, "published", 0.1),
            (CSI_300, 60, "published", 0.2), (HEADLINE, 20, "published", 0.3),
            (HEADLINE, 60, "x", 0.4)]  # fmt: skip

    assert scenarios.reliability(issue(bins=rows))["forecast"].to_list() == [0.1, 0.5]
    assert scenarios.reliability(issue(bins=rows[1:])).is_empty()


@pytest.mark.parametrize(("cases", "told"), [(0, None), (1, False), (4, False), (5, True)])
def test_a_share_of_run_ups_is_one_of_five_cases(cases, told) -> None:
    entity = f"{SHANGHAI_COMPOSITE} {scenarios.CLASSES[1]}"
    names = ("completed", "fell", "fell_share", "median_250_sessions_ahead")
    given = [fact(f"index_run_ups_{name}", entity, cases) for name in names]
    found = scenarios.run_ups(issue(given))

    if told is None:
        assert found == ()
    else:
        share, year = given[2:] if told else (None, None)
        assert found == (scenarios.RunUp(scenarios.CLASSES[1], given[0], given[1], share, year),)


def test_base_rates_of_others_stand_by_kind_and_size() -> None:
    given = [fact("published_base_rates_index", "a", 0.1),
             fact("published_base_rates_industry", "b", 0.9),
             fact("published_base_rates_industry", "c", 0.2), fact("close", "d", 0.0)]  # fmt: skip

    assert [one.entity for one in scenarios.priors(issue(given))] == ["c", "b", "a"]


def test_states_that_never_occurred_have_no_row_and_no_column() -> None:
    """A state counts that was left, or that was arrived at."""
    states = list(dict.fromkeys(scenarios.STATES.values()))
    to_second = f"state_changes_{scenarios.then(states[1])}"
    given = [fact(to_second, states[0], 3.0)]
    found = scenarios.followed(issue(given))

    assert [(row.state, row.then) for row in found] == [
        (states[0], (None, given[0])), (states[1], (None, None))
    ]  # fmt: skip


def test_indices_without_outcomes_are_no_rows() -> None:
    found = scenarios.outlook(issue(outcomes(HEADLINE, 60, *SHARES)))

    assert found
    assert [one.entity for one in found.indices] == [INDICES[0]]
    assert isinstance(found.indices[0], Outcomes)
    assert isinstance(found.likeliest, Chance)
