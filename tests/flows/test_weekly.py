"""The weekly issue: one mail per issue and recipient, late runs, shortfalls, and kill -9."""

from __future__ import annotations

import json
import pickle
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from lxml import etree, html

from flows import briefing, mailing, measure, weekly
from flows.briefing import mail_out, rendered
from flows.collect import CollectionIncomplete
from flows.editions import Edition
from flows.ingestion.fallback_chain import Outcome
from flows.machine import workspace
from flows.mailing import send_issue
from flows.workspace import Workspace
from tests.homes import copy_of
from transforms.engine.metric import metrics
from transforms.evaluation import Evaluation
from transforms.facts import fact_id
from transforms.outlook.scenarios import OUTCOMES
from warehouse.errors import InputRefused, RenderFailed
from warehouse.storage.store import Reader

AS_OF, FRIDAY = date(2026, 1, 13), date(2026, 1, 9)
ANN, BEN = "ann@example.org", "ben@example.org"
FORECASTS = "FROM mart.forecast WHERE issue_id = '2026-01-13' ORDER BY ALL"
RUNS = """
import os, pickle, signal, sys, time
from datetime import date
from pathlib import Path
from flows import measure
from flows.weekly import weekly
from templates import publication, render
from templates.sections import verdict

measure.evaluation = lambda *_: pickle.loads(Path(sys.argv[1]).read_bytes())
render.pdf = lambda page, *_: page.encode()
publication.SECTIONS = (verdict,)
for moment in sys.stdin:
    if not (run := os.fork()):
        weekly.fn(as_of=date(2026, 1, 9), collect=False)
        os._exit(0)
    time.sleep(float(moment))
    os.kill(run, signal.SIGKILL)
    print(os.waitpid(run, 0)[1], flush=True)
"""


@pytest.fixture
def mailed(
    simulated: Path, post: Callable, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], list[str]]:
    """A mail server that Ann's copy goes to; the result says who got something so far."""
    office = post()
    monkeypatch.setenv("BRIEFING_MAIL__SERVER", "127.0.0.1")
    monkeypatch.setenv("BRIEFING_MAIL__PORT", str(office.mail.port))
    monkeypatch.setenv("BRIEFING_MAIL__STARTTLS", "false")
    monkeypatch.setenv("BRIEFING_MAIL__RECIPIENTS", f'["{ANN}"]')
    return lambda: [recipient for recipient, _ in office.taken]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The home was measured as of the day; for what is mailed it need not be measured again."""
    monkeypatch.setattr(weekly, "measure", lambda *_: 0)


@pytest.fixture
def changed_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on an issue says something else than before."""
    monkeypatch.setattr(briefing, "code", lambda: "another edition of the code")


def run(**options: object) -> Path:
    return Path(weekly.weekly.fn(as_of=AS_OF, collect=False, **options))


def test_twice_is_once_and_readers_find_what_was_mailed(
    simulated: Path, mailed: Callable[[], list[str]], measured: None
) -> None:
    before = len(workspace().places.versions)
    first = run(send=True)
    assert len(workspace().places.versions) == before + 2  # what was measured, what was mailed
    with Reader.open(simulated / "current.duckdb") as reader:
        said = "SELECT path FROM mart.issue WHERE issue_id = '2026-01-13'"
        assert reader.query(said)["path"].to_list() == [str(first.relative_to(simulated))]
        steps = "SELECT state FROM meta.delivery WHERE recipient = ? ORDER BY step"
        assert reader.query(steps, [ANN])["state"].to_list() == ["PREPARED", "SENDING", "SENT"]
        assert reader.query(FORECASTS).height > 0
    assert run(send=True) == first
    assert mailed() == [ANN]


def test_what_was_collected_is_seen_though_the_issue_cannot_be_set(
    simulated: Path, measured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gather(ws: Workspace, _names: object) -> None:
        with ws.writing() as warehouse:
            warehouse.set("collected", "yes")

    def failing(*_: object) -> None:
        raise RenderFailed("a glyph is missing")

    monkeypatch.setattr(weekly, "gather", gather)
    monkeypatch.setattr(weekly, "render_each", failing)
    with pytest.raises(RenderFailed):
        weekly.weekly.fn(as_of=AS_OF)
    with Reader.open(simulated / "current.duckdb") as reader:
        assert reader.setting("collected") == "yes"


def test_a_spoilt_issue_is_made_again_to_the_byte_before_it_is_mailed(
    simulated: Path, mailed: Callable[[], list[str]]
) -> None:
    edition = rendered(workspace(), "2026-01-13")
    good = {part: file.read_bytes() for part, file in edition.parts.items()}
    assert good["workbook"].startswith(b"PK")
    edition.path.write_bytes(b"")
    edition.workbook.write_bytes(b"PK")
    edition.html.unlink()
    mail_out(workspace(), edition)
    assert mailed() == [ANN]
    assert {part: file.read_bytes() for part, file in edition.parts.items()} == good


@pytest.mark.usefixtures("front_page")
def test_a_correction_is_mailed_by_hand_only(
    mailed: Callable[[], list[str]],
    measured: None,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailing.LOG, "disabled", False)  # Prefect's set-up disables what was there
    run(send=True)
    request.getfixturevalue("changed_pages")
    corrected = run(send=True)
    assert corrected.name == "china-tech-briefing_2026-01-13_en_r2.pdf"
    assert mailed() == [ANN]
    assert "goes out only by `briefing send 2026-01-13`" in caplog.text
    mail_out(workspace(), rendered(workspace(), "2026-01-13"))
    assert mailed() == [ANN, ANN]


@pytest.mark.usefixtures("front_page")
def test_a_correction_goes_to_those_who_are_named(
    mailed: Callable[[], list[str]], measured: None, request: pytest.FixtureRequest
) -> None:
    run(send=True)
    request.getfixturevalue("changed_pages")
    run(send=True, to=[BEN])
    run(send=True, to=[BEN])
    assert mailed() == [ANN, BEN]


def test_what_a_letter_links_to_is_there_before_it_is_sent(
    simulated: Path, measured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFING_MAIL__ISSUES_URL", "https://example.org/issues/")
    there: list[bool] = []

    def mail_out(_ws: Workspace, edition: Edition, *_: object) -> list[object]:
        archive = (simulated / "issues" / "index.html").read_text()
        leading = simulated / "issues" / edition.issue_id / "en.html"
        there.append(edition.path.name in archive and leading.is_file())
        return []

    monkeypatch.setattr(mailing, "mail_out", mail_out)
    run(send=True)
    assert there == [True]


@pytest.mark.usefixtures("front_page")
def test_each_reader_gets_their_language_and_the_archive_has_both(
    simulated: Path,
    mailed: Callable[[], list[str]],
    measured: None,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    readers = [ANN, {"address": BEN, "lang": "zh"}]
    monkeypatch.setenv("BRIEFING_MAIL__RECIPIENTS", json.dumps(readers))
    paths = weekly.weekly.fn(as_of=AS_OF, collect=False, send=True).splitlines()
    assert [Path(one).name for one in paths] == [
        f"china-tech-briefing_2026-01-13_{lang}_r1.pdf" for lang in ("en", "zh")
    ]
    assert mailed() == [ANN, BEN]
    request.getfixturevalue("changed_pages")
    corrected = run(lang="en")
    folder = simulated / "issues"
    for name in ("index.html", "index_zh.html"):
        page = html.fromstring((folder / name).read_bytes())
        links = page.xpath("//td[contains(@class, 'read')]//a/@href")
        assert len(links) == 9  # three editions with three files each
        assert all((folder / link).is_file() for link in links)
        assert page.xpath("//circle[@class='number']")
    for name in ("feed.xml", "feed_zh.xml"):
        links = etree.parse(folder / name).xpath("//*[local-name()='link']/@href")
        assert len(links) == 3  # itself, the archive and the newest edition
        assert all((folder / link).is_file() for link in links)
    leading = (folder / "2026-01-13" / "en.html").read_text()
    assert corrected.with_suffix(".html").name in leading
    said = corrected.with_suffix(".mail.txt").read_text()
    assert "Revision 2 replaces r1 of 13 Jan: words or layout were corrected" in said.replace(
        "\u00a0", " "
    )
    edition = html.fromstring(corrected.with_suffix(".html").read_bytes())
    beside = edition.xpath("//p[@class='beside']/a/@href")
    assert [(corrected.parent / link).resolve().is_file() for link in beside] == [True, True]
    send_issue(workspace(), "2026-01-13")
    send_issue(workspace(), "2026-01-13")
    assert mailed() == [ANN, BEN, ANN]


@pytest.mark.usefixtures("front_page")
def test_an_issue_says_once_what_may_come(
    mailed: Callable[[], list[str]], request: pytest.FixtureRequest
) -> None:
    """Neither a second run nor a revision rewrites the calls of an issue."""
    run()
    first = written()
    request.getfixturevalue("changed_pages")
    assert run().name.endswith("_r2.pdf")
    assert first.height > 0
    assert first["in_time"].all()
    assert written().equals(first)
    told = pl.col("bound").replace_strict({"under": 0.0, "over": 1.0}, default=None)
    outcomes = first.filter(pl.col("target").is_in(OUTCOMES)).group_by("entity", "horizon")
    sums = outcomes.agg(pl.coalesce(told, "probability").sum())["bound"]
    assert sums.to_list() == pytest.approx([1.0] * first.select("entity", "horizon").n_unique())


def written() -> pl.DataFrame:
    with workspace().writing() as warehouse:
        return warehouse.query(FORECASTS)


def test_what_is_not_measured_is_kept_with_its_reason_and_printed(simulated: Path) -> None:
    """Each metric has values or a reason as of the day, once however often it is measured."""
    ws = workspace()
    first = briefing.build(ws, AS_OF).absent
    run()
    again = briefing.build(ws, AS_OF)
    known = {*again.series["metric"], *again.absent["metric"]}
    assert set(metrics()) == known
    assert again.absent.sort("metric", "entity").equals(first.sort("metric", "entity"))
    assert (again.absent["reason"] != "").all()


def test_each_number_of_what_happened_is_a_fact_that_its_query_gives(simulated: Path) -> None:
    ws = workspace()
    issue = briefing.build(ws, AS_OF)
    assert issue.span is not None
    assert issue.span.last == AS_OF
    assert [one.surprise for one in issue.findings] == sorted(
        (one.surprise for one in issue.findings), reverse=True
    )
    numbers = [
        (fact_id(f"finding_{one.kind}_{role}", one.entity, number.day), number.value)
        for one in issue.findings
        for role, number in one.numbers.items()
    ]
    assert numbers
    assert [(name, issue.facts[name].value) for name, _ in numbers] == numbers
    with Reader.open(ws.places.current) as reader:
        asked = [reader.query(issue.facts[name].query).item() for name, _ in numbers[:9]]
    assert asked == [value for _, value in numbers[:9]]


def test_without_send_nothing_is_mailed(mailed: Callable[[], list[str]], measured: None) -> None:
    run()
    assert mailed() == []


@pytest.mark.usefixtures("front_page")
def test_a_run_that_starts_late_stands_for_its_day(
    simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saturday = datetime(2026, 1, 10, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai; it is Tuesday now
    monkeypatch.setattr(weekly, "scheduled_for", lambda: saturday)
    assert weekly.overdue(workspace()) == date(2026, 1, 10)
    assert weekly.issue(workspace(), None, ["en"])[0].as_of == FRIDAY
    monkeypatch.setattr(weekly, "scheduled_for", lambda: datetime(2026, 1, 13, 1, 0, tzinfo=UTC))
    assert weekly.overdue(workspace()) is None


def test_a_scheduled_run_in_a_week_without_trading_says_so_and_ends(
    simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weekly, "gather", lambda *_: pytest.fail("it was collected"))
    saturday = datetime(2025, 10, 4, 1, 0, tzinfo=UTC)  # 1 to 8 October 2025: National Day
    monkeypatch.setattr(weekly, "scheduled_for", lambda: saturday)
    assert weekly.closed_week(workspace()) is None  # Monday and Tuesday were trading days
    monkeypatch.setattr(weekly, "scheduled_for", lambda: datetime(2024, 2, 17, 1, 0, tzinfo=UTC))
    assert weekly.weekly.fn(send=True) == (
        "no trading day in 2024-W07 up to 2024-02-17; there is no issue to make"
    )


def test_what_is_missing_fails_the_run_after_the_issue_is_out(
    mailed: Callable[[], list[str]], measured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gather(*_: object) -> None:
        raise CollectionIncomplete([Outcome("margin_market", "all", missing=["2026-01-12"])])

    monkeypatch.setattr(weekly, "gather", gather)
    with pytest.raises(CollectionIncomplete, match=r"missing 2026-01-12") as shortfall:
        weekly.weekly.fn(as_of=AS_OF, send=True)
    assert "china-tech-briefing_2026-01-13_en_r1.pdf" in shortfall.value.__notes__[0]
    assert mailed() == [ANN]


def test_a_day_or_an_address_that_cannot_be_used_is_refused_before_collecting(
    simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weekly, "gather", lambda *_: pytest.fail("it was collected"))
    with pytest.raises(InputRefused, match="lies in the future"):
        weekly.weekly.fn(as_of=date(2026, 2, 2))
    with pytest.raises(InputRefused, match="is not a mail address"):
        weekly.weekly.fn(send=True, to=["ann"])


@pytest.fixture
def evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the last evaluation is kept."""
    file, evaluation = tmp_path / "evaluation", measure.evaluation

    def kept(*arguments: object) -> Evaluation:
        found = evaluation(*arguments)
        file.write_bytes(pickle.dumps(found))
        return found

    monkeypatch.setattr(measure, "evaluation", kept)
    return file


@pytest.fixture
def runs(simulated: Path, evaluated: Path) -> Iterator[Callable[[float], None]]:
    """`runs(moment)` makes Friday's issue in a process that is killed after so many seconds.

    All are forks of one, so that what they need is imported once. They are given the evaluation
    and set no PDF, for neither writes anything: so the kills fall where something is written.
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", RUNS, evaluated],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None and parent.stdin is not None
    started, told = parent.stdin, parent.stdout

    def run(moment: float) -> None:
        started.write(f"{moment}\n")
        started.flush()
        assert int(told.readline()) in (0, signal.SIGKILL)  # 0 where it was over before

    yield run
    parent.kill()
    parent.communicate()


def made(home: Path) -> dict[str, bytes]:
    """The files of Friday's issue: PDF, page, tables and mail in two forms, the facts, and a page
    per language that leads to the newest edition.
    """
    return {f.name: f.read_bytes() for f in (home / "issues" / "2026-W02").iterdir()}


@pytest.mark.usefixtures("front_page")
def test_kill_9_at_any_moment_leaves_nothing_behind_that_matters(
    simulated: Path,
    runs: Callable[[float], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    untouched = copy_of(simulated, tmp_path / "untouched")
    with monkeypatch.context() as patch:
        patch.setenv("BRIEFING_HOME", str(untouched))
        weekly.weekly.fn(as_of=FRIDAY, collect=False)
    moments = [round(random.uniform(0.2, 6.0), 2) for _ in range(3)]
    for moment in moments:
        runs(moment)
    weekly.weekly.fn(as_of=FRIDAY, collect=False)
    with workspace().writing() as warehouse:
        rows = warehouse.query("SELECT revision, as_of FROM mart.issue ORDER BY ALL").rows()
    assert rows == [(1, FRIDAY), (1, AS_OF)], moments
    assert made(simulated) == made(untouched), moments
    assert len(made(simulated)) == 8
    assert list(simulated.rglob("*.tmp")) == [], moments
