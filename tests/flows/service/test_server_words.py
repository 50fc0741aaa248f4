"""What the server is told by its environment, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.service import server
from flows.service.server import address_file, alone, announcement, environment, url
from flows.settings import Schedule, Settings
from warehouse.errors import InputRefused


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    schedule = Schedule(collect=["0 18 * * 1-5", "0 9 * * 6"], weekly=[])
    return Settings(home=tmp_path, prefect_port=4321, schedule=schedule)


def test_the_server_is_locked_quiet_and_within_the_home(settings, monkeypatch) -> None:
    monkeypatch.setattr(server, "ensured_login", lambda _home: "who:what")
    assert environment(settings) == {
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS": "flows.service.log_lines.LogLines",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(server.START_SECONDS),
        "PREFECT_API_URL": "http://127.0.0.1:4321/api",
        "PREFECT_API_AUTH_STRING": "who:what",
        "PREFECT_SERVER_API_AUTH_STRING": "who:what",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "http://127.0.0.1:4321",
        "PREFECT_UI_API_URL": "/api",
        "PREFECT_TASKS_DEFAULT_NO_CACHE": "true",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "flows",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "BRIEFING_HOME": str(settings.home),
    }


def test_it_is_said_where_the_page_is_and_what_is_scheduled(settings) -> None:
    page, issues, login, collected, weekly, log = announcement(settings)
    assert page.endswith(": http://127.0.0.1:4321")
    assert issues == "all issues: http://127.0.0.1:4321/issues/"
    assert str(settings.home) in login
    assert collected == "collect: 0 18 * * 1-5; 0 9 * * 6 (cron, Asia/Shanghai)"
    assert weekly == "weekly, with mail: not scheduled (cron, Asia/Shanghai)"
    assert log.startswith(f"server log: {settings.home / 'prefect' / 'server.log'}; ")


def test_the_address_stands_in_the_home_as_long_as_it_is_served(settings) -> None:
    file = address_file(settings.home)
    file.parent.mkdir()
    file.write_text("http://127.0.0.1:9999/of/a/server/that/was/killed/api")
    with alone(settings):
        assert file.read_text() == url(settings) == "http://127.0.0.1:4321/api"
        told = f"{settings.home} is being served already, at http://127.0.0.1:4321/api"
        with pytest.raises(InputRefused, match=told), alone(settings):
            pass
    assert file.read_text() == ""
