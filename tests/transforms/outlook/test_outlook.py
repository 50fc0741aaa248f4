"""The numbers of scenarios, records and studies as facts, and where the studies come from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import polars as pl
import pytest

from transforms.facts import Fact
from transforms.outlook import backtest
from transforms.outlook.backtest import RECORD, SCENARIOS, Outlook, outlook
from transforms.outlook.event_study import EVENT_FRAME, STUDY_FRAME
from transforms.outlook.outlook import outlook_facts, studies

AS_OF, KNOWN = date(2026, 1, 13), datetime(2026, 1, 13, 8)
HEADLINE, OTHER = "000688.SH", "000300.SH"
SOURCES = {
    "index_daily": ("sina", "csi"), "index_valuation": ("csi",), "ipo_hk": ("hkex",),
    "margin_market": ("sse",), "stock_daily": ("sina",),
}  # fmt: skip


def scenario(**more: object) -> dict[str, object]:
    """A row of SCENARIOS: climatology's, published."""
    return {
        "entity": HEADLINE, "horizon": 20, "estimator": "climatology", "target": "bust",
        "value": 0.123, "printed": 0.1, "low": 0.05, "high": 0.2, "base": 0.123, "effective": 33.0,
        "days": 77, "published": True, "observation_date": AS_OF, "since": date(2014, 1, 6),
        "known_at": KNOWN, **more,
    }  # fmt: skip


def facts(
    scenarios: list[dict[str, object]] | None = None,
    records: list[dict[str, object]] | None = None,
    told: list[dict[str, object]] | None = None,
) -> dict[str, Fact]:
    seen = Outlook(
        pl.DataFrame(scenarios or [], SCENARIOS),
        pl.DataFrame(records or [], RECORD),
        pl.DataFrame(),
    )
    found = outlook_facts(seen, pl.DataFrame(told or [], STUDY_FRAME), AS_OF, SOURCES)
    return {f"{one.metric}/{one.entity}": one for one in found}


def test_an_outcome_is_told_with_its_base_rate_and_its_interval():
    usual = scenario(published=False, printed=0.15)
    own = scenario(estimator="quadrant", days=9)
    found = facts([usual, own])

    assert {name: (one.value, one.unit) for name, one in found.items()} == {
        f"bust_20d/{HEADLINE}": (0.1, "probability"),
        f"bust_20d_base/{HEADLINE}": (0.15, "probability"),
        f"bust_20d_low/{HEADLINE}": (0.05, "probability"),
        f"bust_20d_high/{HEADLINE}": (0.2, "probability"),
    }
    assert found[f"bust_20d/{HEADLINE}"].n == 9
    assert found[f"bust_20d_base/{HEADLINE}"].n == 77


def test_a_base_rate_is_that_of_the_same_index_horizon_and_target():
    rows = [
        scenario(), scenario(entity=OTHER, printed=0.3), scenario(horizon=60, printed=0.4),
        scenario(target="correction", printed=0.5),
    ]  # fmt: skip
    found = facts(rows)

    assert found[f"bust_20d_base/{OTHER}"].value == 0.3
    assert found[f"bust_60d_base/{HEADLINE}"].value == 0.4
    assert found[f"correction_20d_base/{HEADLINE}"].value == 0.5
    assert found[f"bust_20d_base/{HEADLINE}"].value == 0.1


def test_what_is_not_published_is_not_told():
    assert facts([scenario(published=False)]) == {}


@pytest.mark.parametrize(
    ("entity", "target", "told"),
    [
        (HEADLINE, "fall_20", True),
        (OTHER, "fall_20", False),  # events are told of the headline alone
        (OTHER, "bust", True),
        (HEADLINE, "return_q50", False),
    ],
)
def test_events_are_those_of_the_headline_and_quantiles_are_no_facts(entity, target, told):
    assert bool(facts([scenario(entity=entity, target=target)])) is told


def test_the_number_of_days_stands_once_beside_the_outcomes():
    found = facts([scenario(), scenario(target="continuation")])

    assert found[f"scenario_days_20d/{HEADLINE}"].value == 33.0
    assert found[f"scenario_days_20d/{HEADLINE}"].unit == "count"
    assert f"scenario_days_20d/{HEADLINE}" not in facts([scenario()])


def test_a_bound_is_in_the_unit():
    found = facts([scenario(bound="under")])

    assert found[f"bust_20d/{HEADLINE}"].unit == "probability under"
    assert found[f"bust_20d_low/{HEADLINE}"].unit == "probability"


def test_a_fact_of_a_scenario_names_its_row_its_past_and_its_sources():
    one = facts([scenario()])[f"bust_20d/{HEADLINE}"]

    assert (one.fact_id, one.observation_date) == (f"bust_20d/{HEADLINE}/2026-01-13", AS_OF)
    assert (one.known_at, one.first_observation, one.n_obs) == (KNOWN, date(2014, 1, 6), 77)
    assert one.query == (
        "SELECT printed FROM mart.scenario WHERE as_of = DATE '2026-01-13' AND entity = "
        "'000688.SH' AND horizon = 20 AND estimator = 'climatology' AND target = 'bust'"
    )
    assert one.sources == ("csi", "sina")
    assert (
        "csi"
        in facts([scenario(), scenario(estimator="analogues")])[f"bust_20d/{HEADLINE}"].sources
    )


def test_what_looks_at_axes_follows_from_all_that_they_do():
    quadrant = facts([scenario(published=False), scenario(estimator="quadrant")])

    assert "sse" in quadrant[f"bust_20d/{HEADLINE}"].sources
    assert "sse" not in quadrant[f"bust_20d_base/{HEADLINE}"].sources


def recorded(**more: object) -> dict[str, object]:
    return {
        "entity": HEADLINE, "horizon": 20, "estimator": "published", "target": "outcomes",
        "origins": 300, "independent": 60.0, "informed": 0, "first_origin": date(2016, 1, 4),
        "last_origin": date(2025, 12, 1), "known_at": KNOWN, "brier": 0.6,
        "brier_climatology": 0.7, "skill": 0.14, **more,
    }  # fmt: skip


def test_the_record_of_what_was_published_is_told_without_what_it_lacks():
    found = facts(records=[recorded()])

    assert {name.partition("/")[0]: (one.value, one.unit) for name, one in found.items()} == {
        "hindcast_published_brier_20d": (0.6, "brier"),
        "hindcast_published_brier_climatology_20d": (0.7, "brier"),
        "hindcast_published_skill_20d": (0.14, "fraction"),
        "hindcast_published_independent_20d": (60.0, "count"),
    }
    one = found[f"hindcast_published_skill_20d/{HEADLINE}"]
    assert (one.observation_date, one.first_observation, one.n) == (
        date(2025, 12, 1), date(2016, 1, 4), 300,
    )  # fmt: skip
    assert one.query.startswith("SELECT skill FROM mart.scenario_record WHERE")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"estimator": "price analogues", "informed": 1}, True),
        ({"estimator": "price analogues", "informed": 0}, False),
        ({"estimator": "climatology", "informed": 9}, False),
        ({"target": "bust", "informed": 9}, False),
    ],
)
def test_estimators_are_told_where_they_were_informed_and_climatology_never(more, told):
    found = facts(records=[recorded(p_value=0.04, **more)])

    assert bool(found) is told
    assert not told or f"hindcast_price_analogues_p_value_20d/{HEADLINE}" in found


def study(**more: object) -> dict[str, object]:
    return {
        "study": "first_days", "reference": "HK 2025", "measure": "median", "value": 0.2,
        "unit": "fraction", "n": 40, "first_day": date(2025, 1, 2), "last_day": date(2025, 12, 30),
        "known_at": KNOWN, **more,
    }  # fmt: skip


def test_a_study_s_number_names_its_row_and_the_datasets_that_the_study_reads():
    (one,) = facts(told=[study()]).values()

    assert one.fact_id == "first_days_median/HK 2025/2025-12-30"
    assert (one.metric, one.value, one.unit, one.n, one.n_obs) == (
        "first_days_median", 0.2, "fraction", 40, 40,
    )  # fmt: skip
    assert (one.first_observation, one.sources) == (date(2025, 1, 2), ("hkex",))
    assert one.query == (
        "SELECT value FROM mart.study WHERE as_of = DATE '2026-01-13' AND study = 'first_days' "
        "AND reference = 'HK 2025' AND measure = 'median'"
    )


def test_a_study_without_days_is_of_the_issue_s_day_and_of_nobody_s_sources():
    rows = [study(study="published_base_rates", first_day=None, last_day=None, n=None)]
    (one,) = facts(told=rows).values()

    assert (one.observation_date, one.first_observation) == (AS_OF, AS_OF)
    assert (one.n, one.n_obs, one.sources) == (None, 0, ())


def test_a_study_of_the_axes_has_their_sources():
    (one,) = facts(told=[study(study="state_changes")]).values()

    assert "sse" in one.sources


def metric_rows(metric: str, entity: str, values: list[float]) -> pl.DataFrame:
    days = pl.date_range(date(2024, 1, 1), date(2026, 1, 13), "1d", eager=True)[: len(values)]
    return pl.DataFrame({
        "metric": metric, "entity": entity, "observation_date": days, "value": values,
        "unit": "fraction", "known_at": days.cast(pl.Datetime("us")),
    })  # fmt: skip


def test_without_shares_or_notices_there_is_no_study_of_warnings():
    closes = metric_rows("close", OTHER, [100.0] * 40 + [130.0] * 5)
    frame = pl.concat([closes, metric_rows("rsi_14", OTHER, [50.0] * 299 + [40.0])])
    for frames in ({}, {"stock_daily": pl.DataFrame(), "announcement": pl.DataFrame()}):
        found, events = studies(frame, frames, pl.DataFrame())
        assert found.schema == STUDY_FRAME
        assert events.schema == EVENT_FRAME
        assert set(found["study"]) == {"index_run_ups", "published_base_rates", "triggers"}
        assert events["entity"].unique().to_list() == [OTHER]


def test_forecasts_are_made_in_one_thread(monkeypatch):
    """So that the last bits are the same on every machine."""
    inside: list[bool] = []

    @contextmanager
    def one_thread() -> Iterator[None]:
        inside.append(True)
        yield
        inside.append(False)

    def made(_: pl.DataFrame) -> Outlook:
        assert inside == [True]
        return Outlook.empty()

    monkeypatch.setattr(backtest, "one_thread", one_thread)
    monkeypatch.setattr(backtest, "_outlook", made)

    assert outlook(pl.DataFrame()).scenarios.is_empty()
    assert inside == [True, False]
