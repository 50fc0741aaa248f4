"""The command: what it prints, where it says no, and that no user ever sees a traceback."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from pypdf import PdfReader

from flows import weekly
from flows.cli import commands
from flows.cli.commands import main
from flows.service.server import quiet
from templates import publication
from templates.sections import sources, verdict


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    code: int
    out: str
    err: str


@pytest.fixture
def briefing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Said]:
    """Runs the command as a shell would.

    Any error but an exit is a traceback and fails the test.
    """
    for name, value in quiet(tmp_path).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["briefing", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            sys.exit(main())
        printed = capfd.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing was done yet."""
    for name in [n for n in os.environ if n.startswith("BRIEFING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_version_is_told(briefing: Callable[..., Said]) -> None:
    assert briefing("--version").out.strip()[0].isdigit()


@pytest.mark.parametrize(
    "arguments", [["path"], ["status"], ["query", "SELECT 1"], ["facts"], ["explain", "x"]]
)
def test_without_a_warehouse_it_is_said_what_to_run_first(
    bare: Path, briefing: Callable[..., Said], arguments: list[str]
) -> None:
    said = briefing(*arguments)
    assert said.code == 1
    assert "there is no published warehouse at" in said.err
    assert "`briefing import PATH`" in said.err


def test_without_a_warehouse_the_outbox_is_empty(bare: Path, briefing: Callable[..., Said]) -> None:
    said = briefing("outbox")
    assert (said.code, said.err) == (0, "nothing was mailed yet\n")


@pytest.mark.parametrize("command", ["collect", "run"])
def test_an_unknown_dataset_is_refused_with_the_list(
    simulated: Path, briefing: Callable[..., Said], command: str
) -> None:
    said = briefing(command, "--dataset", "bonds")
    assert said.code == 1
    assert "unknown dataset 'bonds'; the warehouse has: " in said.err


def test_a_backfill_of_an_unknown_dataset_or_a_reversed_span_is_refused(
    simulated: Path, briefing: Callable[..., Said]
) -> None:
    said = briefing("backfill", "--from", "2026-01-05", "--to", "2026-01-06", "--dataset", "bonds")
    assert (said.code, "unknown dataset 'bonds'" in said.err) == (1, True)
    said = briefing("backfill", "--from", "2026-01-06", "--to", "2026-01-05")
    assert (said.code, "before it begins" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-02-02", "lies in the future; the latest possible day is 2026-01-13"),
        ("1999-01-04", "the data begin on"),
    ],
)
@pytest.mark.parametrize("command", ["run", "facts", "render"])
def test_a_day_outside_the_data_is_refused(
    simulated: Path, briefing: Callable[..., Said], command: str, day: str, told: str
) -> None:
    said = briefing(command, "--as-of", day)
    assert (said.code, told in said.err) == (1, True)


@pytest.mark.parametrize("day", ["13.1.2026", "2026-02-30", "yesterday"])
def test_a_malformed_day_is_refused(
    simulated: Path, briefing: Callable[..., Said], day: str
) -> None:
    said = briefing("run", "--as-of", day)
    assert said.code == 2
    assert "--as-of" in said.err


def test_on_a_holiday_the_last_trading_day_is_used_and_said(
    simulated: Path, briefing: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the PDF, of which the first page is set and the section that says it."""
    monkeypatch.setattr(publication, "SECTIONS", (verdict, sources))
    said = briefing("run", "--as-of", "2026-01-11")
    assert said.code == 0, said.err
    assert "2026-01-11 is not a trading day; the issue is as of 2026-01-09" in said.err
    issue = Path(said.out.strip())
    assert issue.name == "china-tech-briefing_2026-W02_en_r1.pdf"
    printed = " ".join(page.extract_text() for page in PdfReader(issue).pages)
    assert "Asked for 11 January 2026, which was not a trading day" in " ".join(printed.split())


def test_a_query_answers_as_table_csv_and_json(
    simulated: Path, briefing: Callable[..., Said]
) -> None:
    sql = "SELECT exchange, trade_date FROM core.market_turnover ORDER BY trade_date, 1 LIMIT 2"
    assert briefing("query", sql, "--format", "csv").out.startswith("exchange,trade_date\n")
    rows = json.loads(briefing("query", sql, "--format", "json").out)
    assert [set(row) for row in rows] == [{"exchange", "trade_date"}] * 2
    assert rows[0]["exchange"] in briefing("query", sql).out


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM core.bonds", "bonds does not exist"),
        ("DELETE FROM core.index_daily", "read-only"),
        ("CREATE TABLE mine (a INT)", "read-only"),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(
    simulated: Path, briefing: Callable[..., Said], sql: str, told: str
) -> None:
    said = briefing("query", sql)
    assert (said.code, told in said.err) == (1, True), said.err


def test_facts_are_a_list_of_objects(simulated: Path, briefing: Callable[..., Said]) -> None:
    facts = json.loads(briefing("facts", "--as-of", "2026-01-13", "--format", "json").out)
    wanted = {"fact_id", "metric", "entity", "observation_date", "value", "unit", "known_at"}
    assert len(facts) > 50
    assert [f["fact_id"] for f in facts if not wanted <= set(f)] == []
    assert len({f["fact_id"] for f in facts}) == len(facts)


def test_a_fact_is_explained_by_a_query_that_yields_it(
    simulated: Path, briefing: Callable[..., Said]
) -> None:
    fact = "close/000001.SH/2026-01-13"
    said = dict(
        line.split(maxsplit=1) for line in briefing("explain", fact).out.splitlines() if " " in line
    )
    answer = briefing("query", said["query"], "--format", "json").out
    assert float(said["value"]) in json.loads(answer)[0].values()
    assert "`briefing facts` lists them" in briefing("explain", "nothing/at/all").err


def test_a_wrong_address_is_refused_before_any_work(
    simulated: Path, briefing: Callable[..., Said]
) -> None:
    before = sorted(simulated.rglob("*"))
    said = briefing("run", "--to", "reader")
    assert (said.code, "'reader' is not a mail address" in said.err) == (1, True)
    assert sorted(simulated.rglob("*")) == before


def test_a_mail_server_that_is_down_fails_the_run_and_keeps_everything(
    simulated: Path, briefing: Callable[..., Said], nobody: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFING_MAIL__SERVER", "127.0.0.1")
    monkeypatch.setenv("BRIEFING_MAIL__PORT", str(nobody.port))  # type: ignore[attr-defined]
    monkeypatch.setattr(weekly, "measure", lambda *_: 0)  # the home was measured as of the day
    said = briefing("run", "--as-of", "2026-01-13", "--to", "reader@example.org")
    assert said.code == 1
    assert "the connection was refused" in said.err
    assert "`briefing resend 2026-01-13`" in said.err
    assert list((simulated / "issues").rglob("*.pdf"))
    (letter,) = json.loads(briefing("outbox", "--format", "json").out)
    assert (letter["recipient"], letter["state"]) == ("reader@example.org", "RETRY")


def test_wrong_settings_end_every_command_with_their_name(
    simulated: Path, briefing: Callable[..., Said]
) -> None:
    (simulated / "briefing.toml").write_text("[mail]\nprot = 25\n")
    said = briefing("status")
    assert (said.code, f"mail.prot ({simulated / 'briefing.toml'})" in said.err) == (1, True)


def test_status_lists_every_dataset(simulated: Path, briefing: Callable[..., Said]) -> None:
    from warehouse.catalog import catalogue

    rows = pl.DataFrame(json.loads(briefing("status", "--format", "json").out))
    assert set(rows["dataset"]) == set(catalogue())
    short = rows.filter(pl.col("state").is_in(["late", "missing"]))["dataset"].to_list()
    assert set(short) <= {"adjustment_factor"}  # asked only for shares that went ex-rights lately


def test_path_is_a_file_that_opens(simulated: Path, briefing: Callable[..., Said]) -> None:
    assert Path(briefing("path").out.strip()) == simulated / "current.duckdb"


def test_a_day_without_trading_is_told_with_the_day_before_it(capsys) -> None:
    calendar = pl.Series([date(2026, 1, 9), date(2026, 1, 12), date(2026, 1, 13)])
    for day in (9, 10, 11, 12):
        commands.tell_holiday(calendar, date(2026, 1, day))
    commands.tell_holiday(calendar, date(2026, 1, 8))

    said = " ".join(capsys.readouterr().err.split())
    assert said.count("is not a trading day; the issue is as of 2026-01-09, the last one") == 2
    assert "2026-01-10 is not" in said and "2026-01-11 is not" in said
