"""What the scenarios and their record say of the real market: honest, not flattering."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.transforms.conftest import only
from transforms.engine.evaluate import evaluate
from transforms.engine.result_cache import Memory
from transforms.outlook.backtest import LOOKED_AT, PUBLISHED, WHOLE, Outlook, outlook
from transforms.outlook.base_rates import run_ups
from transforms.outlook.scenarios import CLIMATOLOGY, OUTCOMES
from transforms.prepared.indices import CSI_300

pytestmark = pytest.mark.real
AS_OF = date(2026, 1, 12)


@pytest.fixture(scope="module")
def indices(market: dict[str, pl.DataFrame], real_memory: Memory) -> pl.DataFrame:
    """What scenarios look at, of the indices alone: twenty years of closes and valuations."""
    named = {n: market[n] for n in ("index_daily", "index_valuation")}
    with only(*LOOKED_AT):
        return evaluate(named, AS_OF, real_memory)


@pytest.fixture(scope="module")
def told(indices: pl.DataFrame) -> Outlook:
    return outlook(indices)


def test_the_scenarios_of_january_2026_add_up_and_hold_their_base_rates(told: Outlook) -> None:
    published = told.scenarios.filter(pl.col("published"), pl.col("target").is_in(OUTCOMES))
    exact = pl.col("printed").filter(pl.col("bound").is_null()).sum()
    sums = published.group_by("entity", "horizon").agg(exact, pl.col("value").sum())

    assert sums.height == 9
    assert sums["printed"].to_list() == pytest.approx([1.0] * 9)
    assert sums["value"].to_list() == pytest.approx([1.0] * 9)
    assert published.filter(~pl.col("printed").is_between("low", "high")).is_empty()
    assert published.filter(pl.col("base").is_between("low", "high")).height >= 0.7 * 36


def test_the_four_outcomes_are_hardly_foreseen_and_the_record_says_so(told: Outlook) -> None:
    """Nothing beats climatology by more than chance, so that climatology is what is published."""
    record = told.record.filter(entity=CSI_300, target=WHOLE, estimator=PUBLISHED)

    assert record["skill"].abs().max() < 0.02
    assert record["p_adjusted"].fill_null(1.0).min() > 0.10
    chosen = told.scenarios.filter(published=True)["estimator"].unique()
    assert chosen.to_list() == [CLIMATOLOGY]


def test_large_moves_within_a_month_are_foreseen_a_little(told: Outlook) -> None:
    """Volatility clusters: days alike tell how far, not whither.

    Of rises it survives the count of all tests made; of falls it nearly does.
    """
    moves = told.record.filter(
        pl.col("target").is_in(["fall_10", "gain_10"]),
        pl.col("estimator") == "price analogues",
        entity=CSI_300,
        horizon=20,
    )

    assert moves["skill"].min() > 0.03
    assert moves.filter(target="gain_10")["p_adjusted"].item() < 0.05
    assert moves.filter(target="fall_10")["p_adjusted"].item() < 0.20


def test_the_run_up_of_october_2024_is_the_latest_of_its_class(indices: pl.DataFrame) -> None:
    study, events = run_ups(indices, ("000001.SH",))
    twenty = events.filter(pl.col("reference").str.ends_with(" 20% in 30 sessions"))
    last = twenty.sort("event_date").row(-1, named=True)

    assert last["event_date"] == date(2024, 10, 8)
    assert not last["completed"]
    assert last["held"] == pytest.approx(0.10, abs=0.005)
    assert date(2008, 6, 2) not in twenty["event_date"].to_list()
    assert not twenty["event_date"].is_between(date(2008, 1, 15), date(2008, 12, 31)).any()
    assert study.filter(pl.col("measure") == "fell_share")["value"].is_between(0, 1).all()
