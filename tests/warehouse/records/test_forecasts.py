"""The ledger of calls: written once, scored once, after the horizon, whatever is measured again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from transforms.outlook.scenarios import TARGETS
from transforms.outlook.track_record import KEY, forecasts_of, record, score
from warehouse.catalog import cutoff
from warehouse.records import forecasts
from warehouse.storage.store import Warehouse

INDEX, HORIZON, WEEK = "000300.SH", 20, "2026-W03"
DAYS = [date(2025, 12, 1) + timedelta(days=7 * (n // 5) + n % 5) for n in range(80)]
AS_OF = DAYS[30]
MADE = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 12)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.writing(tmp_path / "writer.duckdb", simulated=True) as opened:
        yield opened


def closes(until: date = DAYS[-1], factor: float = 1.0) -> pl.DataFrame:
    """An index that falls by 15 % five sessions after the issue and comes back."""
    values = [100.0 * factor] * 35 + [85.0 * factor] * 5 + [102.0 * factor] * 40
    frame = pl.DataFrame(
        {"metric": "close", "entity": INDEX, "observation_date": DAYS, "value": values}
    )
    return frame.filter(pl.col("observation_date") <= until)


def scenarios(bust: float = 0.05) -> pl.DataFrame:
    shares = [0.5, 0.3, 0.2 - bust, bust, 0.3, 0.1, 0.0, 0.2, 0.1]
    return pl.DataFrame({
        "entity": INDEX, "horizon": HORIZON, "estimator": "climatology", "target": TARGETS,
        "value": shares, "printed": shares, "low": 0.0, "high": 1.0, "base": 0.25, "effective": 40.0,
        "published": True, "bound": ["under" if p < 0.025 else None for p in shares], "observation_date": AS_OF,
    })  # fmt: skip


def freeze(warehouse: Warehouse, *, bust: float = 0.05, made: datetime = MADE) -> int:
    return forecasts.freeze(
        warehouse, WEEK, AS_OF, made, forecasts_of(scenarios(bust), closes(AS_OF))
    )


def written(warehouse: Warehouse) -> pl.DataFrame:
    return warehouse.query("FROM mart.forecast ORDER BY ALL")


def settle(warehouse: Warehouse, day: date, *, factor: float = 1.0) -> int:
    found = score(forecasts.unscored(warehouse, day), closes(day, factor))
    forecasts.settle(warehouse, found)
    return found.height


def test_twice_is_once_and_the_first_stands(warehouse: Warehouse) -> None:
    assert freeze(warehouse) == len(TARGETS)
    assert freeze(warehouse, bust=0.15) == 0
    # An older home called the same issue after its week.
    said = forecasts_of(scenarios(), closes(AS_OF))
    assert forecasts.freeze(warehouse, AS_OF.isoformat(), AS_OF, MADE, said) == 0

    said = written(warehouse)
    assert said.height == len(TARGETS)
    assert said.filter(target="bust")["probability"].to_list() == [0.05]
    assert dict(said.select("target", "bound").iter_rows())["fall_30"] == "under"
    assert said["close"].unique().to_list() == [100.0]


def test_nothing_to_say_writes_nothing(warehouse: Warehouse) -> None:
    nothing = forecasts_of(scenarios().clear(), closes())
    assert forecasts.freeze(warehouse, WEEK, AS_OF, MADE, nothing) == 0


def test_a_call_is_scored_once_its_horizon_has_passed_and_only_once(warehouse: Warehouse) -> None:
    freeze(warehouse)
    assert settle(warehouse, DAYS[30 + HORIZON - 1]) == 0
    assert settle(warehouse, DAYS[30 + HORIZON]) == len(TARGETS)
    assert settle(warehouse, DAYS[30 + HORIZON + 5]) == 0

    told = forecasts.scored(warehouse, DAYS[-1])
    assert told["due"].unique().to_list() == [DAYS[30 + HORIZON]]
    outcomes = dict(told.select("target", "outcome").iter_rows())
    assert outcomes["correction"] == 1.0
    assert sum(outcomes[t] for t in TARGETS[:4]) == 1.0
    assert told.filter(target="correction")["brier"].item() == pytest.approx((0.15 - 1) ** 2)
    assert told["realised"].unique().to_list() == [pytest.approx(0.02)]


def test_a_restated_close_rewrites_neither_call_nor_score(warehouse: Warehouse) -> None:
    freeze(warehouse)
    before = written(warehouse)
    settle(warehouse, DAYS[55])
    scored = forecasts.scored(warehouse, DAYS[-1])

    assert settle(warehouse, DAYS[60], factor=3.0) == 0
    assert written(warehouse).equals(before)
    assert forecasts.scored(warehouse, DAYS[-1]).equals(scored)


def test_an_earlier_day_knows_no_later_score(warehouse: Warehouse) -> None:
    freeze(warehouse)
    settle(warehouse, DAYS[60])

    assert forecasts.scored(warehouse, DAYS[30 + HORIZON - 1]).is_empty()
    assert forecasts.scored(warehouse, DAYS[30 + HORIZON]).height == len(TARGETS)


def test_a_call_made_in_hindsight_is_kept_out_of_the_record(warehouse: Warehouse) -> None:
    freeze(warehouse, made=MADE + timedelta(days=30))
    assert settle(warehouse, DAYS[60]) == len(TARGETS)

    assert forecasts.scored(warehouse, DAYS[-1]).is_empty()
    kept = warehouse.query("SELECT DISTINCT in_time FROM mart.track_record")
    assert kept["in_time"].to_list() == [False]


def test_the_record_by_hand_even_when_it_is_negative(warehouse: Warehouse) -> None:
    freeze(warehouse)
    settle(warehouse, DAYS[60])
    told = record(forecasts.scored(warehouse, DAYS[-1])).filter(reference=f"{HORIZON} sessions")
    values = dict(told.select("measure", "value").iter_rows())

    ours = 0.5**2 + 0.3**2 + 0.85**2 + 0.05**2
    usual = 3 * 0.25**2 + 0.75**2
    assert values["issues"] == 1
    assert values["brier"] == pytest.approx(ours)
    assert values["brier_base"] == pytest.approx(usual)
    assert values["skill"] == pytest.approx(1 - ours / usual)
    assert values["skill"] < 0
    due = DAYS[30 + HORIZON]
    assert told["known_at"].unique().to_list() == [cutoff(due)]


def test_a_forecast_is_scored_as_it_was_before_rounding(warehouse: Warehouse) -> None:
    rounded = scenarios().with_columns(printed=(pl.col("value") * 10).round() / 10)
    forecasts.freeze(warehouse, WEEK, AS_OF, MADE, forecasts_of(rounded, closes(AS_OF)))
    settle(warehouse, DAYS[60])
    (row,) = forecasts.scored(warehouse, DAYS[-1]).filter(target="bust").iter_rows(named=True)

    assert (row["estimate"], row["outcome"]) == (0.05, 0.0)
    assert row["probability"] != row["estimate"]
    assert row["brier"] == pytest.approx(0.05**2)


def scored(entity: str, week: int, brier: float) -> pl.DataFrame:
    """The four scored outcomes of one index in an issue; of each a quarter of the score."""
    day = DAYS[0] + timedelta(days=7 * week)
    return pl.DataFrame({
        "as_of": day, "issue_id": f"W{week}", "entity": entity, "horizon": HORIZON,
        "target": TARGETS[:4], "observation_date": day, "due": day + timedelta(days=28),
        "made_at": MADE, "brier": brier / 4, "brier_base": 0.1,
    })  # fmt: skip


def test_two_indices_of_an_issue_are_one_observation_and_overlapping_issues_are_not_independent():
    """Nine issues a week apart, each of two indices, over four weeks: three do not overlap."""
    both = [scored("000688.SH", n, 0.2) for n in range(9)]
    both += [scored("000300.SH", n, 0.6) for n in range(9)]
    told = record(pl.concat(both))
    key = ["reference", "measure"]
    values = {(r, m): v for r, m, v in told.select(*key, "value").iter_rows()}

    assert told["reference"].unique(maintain_order=True).to_list() == [
        "000688.SH 20 sessions", "000300.SH 20 sessions", "20 sessions",
    ]  # fmt: skip
    assert told["n"].unique().to_list() == [9]
    for reference, brier in (("20 sessions", 0.4), ("000688.SH 20 sessions", 0.2)):
        assert values[reference, "issues"] == 9
        assert values[reference, "independent"] == 3
        assert values[reference, "brier"] == pytest.approx(brier)
        assert values[reference, "skill"] == pytest.approx(1 - brier / 0.4)


def test_an_index_without_closes_is_not_scored(warehouse: Warehouse) -> None:
    freeze(warehouse)
    unscored = forecasts.unscored(warehouse, DAYS[-1])

    assert unscored.select(KEY).height == len(TARGETS)
    assert score(unscored, closes().clear()).is_empty()
    assert score(unscored, closes().filter(pl.col("observation_date") != AS_OF)).is_empty()
