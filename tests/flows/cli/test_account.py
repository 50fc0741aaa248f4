"""The end of a command that mails or alerts: who got it, and whether all did."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from flows.cli import commands


@pytest.mark.parametrize(
    ("went", "ends"), [([True, True], None), ([True, False], 1), ([False, False], 1), ([], None)]
)
def test_one_letter_that_did_not_go_fails_the_command(capsys, went, ends) -> None:
    letters = [
        SimpleNamespace(recipient=f"{n}@example.org", state="SENT", detail="250 taken", ok=ok)
        for n, ok in enumerate(went)
    ]
    if ends:
        with pytest.raises(SystemExit) as ended:
            commands.account(letters)
        assert ended.value.code == ends
    else:
        commands.account(letters)
    said = capsys.readouterr().out.splitlines()
    assert said == [f"{n}@example.org: SENT 250 taken" for n in range(len(went))]


@pytest.mark.parametrize(("taken", "ends"), [([True, True], None), ([True, False], 1)])
def test_one_service_that_does_not_take_the_test_fails_it(monkeypatch, capsys, taken, ends) -> None:
    receipts = [SimpleNamespace(taken=t, said=f"{n}: {t}") for n, t in enumerate(taken)]
    stand_in = SimpleNamespace(send_test=lambda _ws: receipts)
    monkeypatch.setitem(sys.modules, "flows.alerts.notify", stand_in)
    monkeypatch.setattr(commands, "here", lambda: None)
    if ends:
        with pytest.raises(SystemExit):
            commands.notify_test()
    else:
        commands.notify_test()
    assert capsys.readouterr().out.splitlines() == [r.said for r in receipts]
