"""While a real upstream is waited for, others may write; the offline exchange answers at once."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from flows import collect
from flows.bootstrap import bootstrap
from flows.bootstrap.plan import Stage
from flows.ingestion.collection import Collection


def workspace(*, simulated: bool) -> Any:
    return SimpleNamespace(
        simulated=simulated,
        today=date(2026, 1, 20),
        settings=SimpleNamespace(coordination=None),
        writing=lambda *_: nullcontext("the writer"),
    )


@pytest.mark.parametrize(("simulated", "kept"), [(True, "the writer"), (False, None)])
def test_a_collection_keeps_the_writer_only_offline(monkeypatch, simulated, kept) -> None:
    held = []
    monkeypatch.setattr(collect, "each", lambda run, *_, **__: held.append(run.warehouse) or [])
    monkeypatch.setattr(collect, "report", lambda _outcomes: None)

    assert collect.gather(workspace(simulated=simulated)) == []
    assert held == [kept]


@pytest.mark.parametrize(("simulated", "kept"), [(True, "the writer"), (False, None)])
def test_a_stage_of_a_bootstrap_keeps_the_writer_only_offline(monkeypatch, simulated, kept) -> None:
    held = []

    def wave(run: Collection, _works: object) -> list[Any]:
        held.append(run.warehouse)
        return []

    for name, stand_in in {
        "run_wave": wave,
        "shared_network": lambda *_: nullcontext(),
        "last_trading_day": lambda _run: None,
        "insist_on_days_ahead": lambda *_: None,
        "quota_left": lambda *_: None,
        "readings_now": lambda _ws: "readings",
        "staged": lambda _said: None,
    }.items():
        monkeypatch.setattr(bootstrap, name, stand_in)

    done = bootstrap.run_stage(workspace(simulated=simulated), Stage(2, "", ((), ())), None)

    assert held == [kept] * 2
    assert (done.stage.number, done.outcomes, done.seconds) == (2, [], None)
