"""What `briefing doctor` says of each matter: where it is, how it stands, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from flows.monitoring import doctor
from flows.monitoring.doctor import Finding, Mark
from flows.settings import Mail, Settings
from flows.workspace import Workspace
from transforms.issue.staleness import Input
from warehouse.errors import DeliveryFailed, WarehouseDamaged, WarehouseUnavailable
from warehouse.exchanges import HONG_KONG

TODAY = date(2026, 1, 20)


def place(mail: Mail | None = None, urls: tuple[str, ...] = (), home: Path = Path("home")):
    """What checks look at of a workspace."""
    settings = SimpleNamespace(
        mail=mail or Mail(),
        home=home,
        notify=SimpleNamespace(urls=urls),
        warehouse=SimpleNamespace(s3_secret_file=None),
        hosts={},
    )
    store = SimpleNamespace(published=nullcontext)
    return SimpleNamespace(settings=settings, today=TODAY, store=store)


@pytest.mark.parametrize("up", [True, False])
def test_a_mail_server_is_named_with_its_port(monkeypatch, up) -> None:
    def greeted(_chosen: Mail) -> str:
        if up:
            return "greets us"
        raise DeliveryFailed("no answer")

    monkeypatch.setattr(doctor, "greeted", greeted)
    chosen = Mail(server="mail.example.org", port=587, recipients=["ann@example.org"])
    (found,) = doctor.mail(place(chosen))

    mark, said = (Mark.GOOD, " greets us") if up else (Mark.BAD, ": no answer")
    assert found == Finding("mail", mark, f"mail.example.org:587{said}")


def test_without_a_server_nothing_else_is_asked() -> None:
    (found,) = doctor.mail(place(Mail()))

    assert found.mark == Mark.GOOD
    assert "outbox/" in found.says


def test_alerts_that_cannot_be_sent_are_named(monkeypatch) -> None:
    (none,) = doctor.alerts(place())
    assert (none.mark, none.says.startswith("no alerts are sent")) == (Mark.GOOD, True)

    good = SimpleNamespace(service=object(), label="1", trouble="")
    bad = SimpleNamespace(service=None, label="2 (foo)", trouble="not known")
    monkeypatch.setattr(doctor, "channels", lambda _ws: [good, bad])
    assert list(doctor.alerts(place(urls=("a", "b")))) == [
        Finding("notify", Mark.BAD, "notify.urls 2 (foo): not known")
    ]
    monkeypatch.setattr(doctor, "channels", lambda _ws: [good, good])
    (found,) = doctor.alerts(place(urls=("a", "b")))
    assert (found.mark, found.says.startswith("2 addresses;")) == (Mark.GOOD, True)


@pytest.mark.parametrize(
    ("modes", "exposed"),
    [
        ({"home": 0o700, "outbox": 0o755}, []),  # nobody gets through
        ({"home": 0o711, "outbox": 0o700}, []),
        ({"home": 0o711, "outbox": 0o711, "raw": 0o700}, ["outbox"]),
        ({"home": 0o744}, ["home"]),
        ({"home": 0o755, "writer": 0o770}, ["home", "writer"]),
        ({"home": 0o700, "secret": 0o640}, ["secret"]),
        ({"home": 0o700, "secret": 0o600}, []),
    ],
)
def test_what_others_can_read_is_named_with_the_command_that_shuts_it(
    tmp_path: Path, modes: dict[str, int], exposed: list[str]
) -> None:
    home = tmp_path / "home"
    paths = {name: home / name for name in modes} | {"home": home, "secret": tmp_path / "secret"}
    for name in modes:
        paths[name].touch() if name == "secret" else paths[name].mkdir()
    for name, mode in modes.items():
        paths[name].chmod(mode)
    chosen = Mail(password_file=paths["secret"] if "secret" in modes else None)

    found = list(doctor.privacy(place(chosen, home=home)))

    if exposed:
        assert [f.mark for f in found] == [Mark.WARNING] * len(exposed)
        for one, name in zip(found, exposed, strict=True):
            mode = 600 if name == "secret" else 700
            assert one.says.startswith(f"{paths[name]} is open")
            assert one.says.endswith(f"`chmod {mode} {paths[name]}`")
    else:
        assert found == [Finding("privacy", Mark.GOOD, f"{home} is nobody else's")]


def test_a_place_that_is_not_there_is_open_to_nobody(tmp_path: Path) -> None:
    assert doctor.mode(tmp_path / "gone") == 0


def raising(error: Exception) -> Callable[[], list[str]]:
    def look() -> list[str]:
        raise error

    return look


def test_a_verdict_says_what_was_found_and_what_to_do() -> None:
    damage = WarehouseDamaged("file")
    damage.__cause__ = OSError("block 7")

    assert doctor.verdict("w", lambda: ["a", "b"], "Heal it") == Finding(
        "w", Mark.BAD, "a; b. Heal it"
    )
    assert doctor.verdict("w", raising(damage), "Heal it") == Finding(
        "w", Mark.BAD, "damaged: block 7. Heal it"
    )
    lost = doctor.verdict("w", raising(WarehouseUnavailable("locked")), "Heal it")
    assert lost == Finding("w", Mark.BAD, str(WarehouseUnavailable("locked")))
    assert doctor.verdict("w", list, "Heal it").mark == Mark.GOOD


@pytest.mark.parametrize(("behind", "mark"), [(0, Mark.GOOD), (1, Mark.WARNING)])
def test_an_input_that_came_is_told_as_it_is(behind: int, mark: Mark) -> None:
    one = Input("index_daily", "index closes", newest=TODAY, expected=TODAY, behind=behind)

    assert doctor.news_of(one) == Finding("index_daily", mark, str(one))


def test_damage_is_told_to_the_operator_and_nothing_else(monkeypatch) -> None:
    told = []
    monkeypatch.setattr(doctor, "notify", lambda _ws, events: told.extend(events))
    monkeypatch.setattr(doctor, "standing_conditions", lambda _ws: ["standing"])
    monkeypatch.setattr(doctor.messages, "damaged", lambda said, day: (said, day))
    findings = [
        Finding("warehouse", Mark.BAD, "damaged"),
        Finding("readers", Mark.GOOD, "fine"),
        Finding("mail", Mark.BAD, "down"),
    ]

    doctor.alert(place(), findings)

    assert told == [("damaged", TODAY), "standing"]


def test_sessions_abroad_without_any_price_are_named(monkeypatch) -> None:
    asked = []

    def closed(_reader, exchange: str, due: pl.Series) -> list[date]:
        asked.append((exchange, due.min() >= date(2025, 12, 20), due.max() <= TODAY))
        return [date(2026, 1, 8)] if exchange == HONG_KONG else []

    monkeypatch.setattr(doctor.coverage, "unplanned_closes", closed)
    (found,) = doctor.closes(place())

    assert (found.matter, found.mark) == (HONG_KONG, Mark.WARNING)
    assert found.says.startswith("taken as closed on 2026-01-08")
    assert [one[1:] for one in asked] == [(True, True)] * 2


@pytest.mark.parametrize(
    ("expires", "start"),
    [
        (TODAY, "expired on"),
        (date(2026, 1, 21), "expires on"),
        (date(2026, 3, 21), "expires on"),  # in sixty days
        (date(2026, 3, 22), None),
    ],
)
def test_a_correction_is_foretold_to_end_for_sixty_days(monkeypatch, expires, start) -> None:
    entry = SimpleNamespace(dataset="index_daily", expires=expires, reason="Wrong.")
    monkeypatch.setattr(doctor, "corrections", lambda: [entry])
    *warned, last = doctor.known_errors(place())

    assert last == Finding("corrections", Mark.GOOD, "1 known errors of upstreams")
    assert [f.says.startswith(f"{start} {expires}: Wrong.") for f in warned] == [True] * bool(start)


def test_a_workspace_without_a_home_has_nothing_that_is_open(tmp_path: Path) -> None:
    ws = Workspace(Settings(home=tmp_path / "none"))

    assert [f.mark for f in doctor.privacy(ws)] == [Mark.GOOD]
