"""What `briefing doctor --live` prints, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.cells import cell_len

from flows import machine
from flows.cli import probe_display as display
from flows.cli.commands import main
from flows.cli.probe_display import Exit, exit_code, without_source
from flows.monitoring.doctor import Finding, Mark
from flows.monitoring.probe_report import read_report
from flows.monitoring.source_probe import Probed, Verdict
from flows.sandbox import Fault, simulated_exchange
from flows.sandbox.faults import Kind
from flows.service.server import quiet

GOOD = Probed(
    "margin_exchange", "SSE", "SSE", "query.sse.com.cn", Verdict.OK, 1_234, date(2026, 1, 12), 0.44,
    "", works=True,
)  # fmt: skip
BAD = replace(
    GOOD, source="jin10", host="cdn.jin10.com", verdict=Verdict.REFUSED, works=False,
    says="jin10 (cdn.jin10.com) macro(): rule max is broken by 7 rows, " + "第一行：融资余额 … " * 100,
)  # fmt: skip
DEAD = replace(
    BAD, dataset="gdp", part="CN", source="Eastmoney", host="datacenter-web.eastmoney.com",
    verdict=Verdict.UNREACHABLE, rows=0, newest=None, says="no response (reset)",
)  # fmt: skip
LATER = replace(DEAD, dataset="lpr", says="not asked: its host does not answer")
MUTE = replace(
    GOOD, dataset="cpi", part="CN", verdict=Verdict.EMPTY, works=False, rows=0, newest=None
)
FOUND = [GOOD, BAD, DEAD, LATER, MUTE]


@pytest.mark.parametrize("width", [20, 80, 100, 120, 300])
def test_no_line_is_wider_than_the_terminal_or_120_columns(width: int) -> None:
    text = "\n".join([*display.blocks(FOUND, width), *display.summary(FOUND, 61, width)])
    assert max(map(cell_len, text.splitlines())) <= min(max(width, 60), 120)


def test_a_line_has_verdict_rows_newest_day_and_seconds_below_its_host() -> None:
    blocks = list(display.blocks(FOUND, 80))
    assert [b.splitlines()[0] for b in blocks] == [
        "cdn.jin10.com · 1 source", "datacenter-web.eastmoney.com · 2 sources",
        "query.sse.com.cn · 2 sources",
    ]  # fmt: skip
    line = blocks[2].splitlines()[1].split()
    assert line == ["ok", "margin_exchange", "·", "SSE", "1,234", "2026-01-12", "0.4", "s"]
    assert "macro(): rule max is broken by 7 rows" in blocks[0]
    assert "jin10 (cdn.jin10.com)" not in blocks[0]
    assert len(blocks[0]) < 700


def test_a_host_without_answer_is_said_once() -> None:
    (dead,) = (b for b in display.blocks(FOUND, 120) if "eastmoney" in b)
    assert dead.count("unreachable") == 1
    assert "no response (reset)" in dead and "not asked" not in dead
    assert "wanted for gdp, lpr" in dead


def test_the_summary_counts_verdicts_and_names_datasets_without_a_source() -> None:
    text = " ".join(" ".join(display.summary(FOUND, 61, 120)).split())
    assert text.startswith(
        "5 sources on 3 hosts in 1 min 1 s: 1 ok, 1 refused, 1 empty, 2 unreachable"
    )
    assert "No working source: gdp, lpr." in text
    assert "Nothing shown yet by any source: cpi." in text
    assert "- unreachable: " in text and "- refused: " in text and "- changed: " not in text
    assert "Every dataset that answered has a working source." in " ".join(
        display.summary([GOOD, BAD], 1, 80)
    )


def test_a_dataset_with_one_working_source_is_not_without() -> None:
    assert without_source([GOOD, BAD]) == ([], [])
    assert without_source([BAD, replace(GOOD, verdict=Verdict.CHANGED)]) == ([], [])
    assert without_source([BAD]) == (["margin_exchange · SSE"], [])
    assert without_source([replace(BAD, part="BSE")])[0] == [
        "margin_exchange · BSE" + display.derived("margin_exchange", "BSE")
    ]


@pytest.mark.parametrize(
    ("found", "mark", "lost", "ends"),
    [
        ([GOOD], Mark.WARNING, False, Exit.GOOD),
        ([GOOD, MUTE], Mark.GOOD, False, Exit.GOOD),
        ([GOOD], Mark.BAD, False, Exit.WRONG),
        ([GOOD, BAD], Mark.GOOD, False, Exit.WRONG),
        ([DEAD], Mark.BAD, False, Exit.NO_SOURCE),
        ([], Mark.BAD, True, Exit.NO_NETWORK),
    ],
)
def test_the_gravest_finding_is_the_exit_status(found, mark, lost, ends) -> None:
    assert exit_code([Finding("disk", mark, "")], found, lost=lost) == ends


@pytest.fixture
def doctor(monkeypatch, tmp_path: Path, capsys):
    """`doctor(faults, *arguments)`: exit status and what was printed, in a small sandbox."""
    for name, value in quiet(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BRIEFING_SANDBOX__ENABLED", "true")
    monkeypatch.setenv("BRIEFING_SANDBOX__STOCKS", "40")

    def run(faults: list[Fault], *arguments: str):
        def broken(stocks, now):
            exchange = simulated_exchange(stocks, now)
            for fault in faults:
                exchange.inject(fault)
            return exchange

        monkeypatch.setattr(machine, "simulated_exchange", broken)
        monkeypatch.setattr("sys.argv", ["briefing", "doctor", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), capsys.readouterr()

    return run


ONE = ("--live", "--dataset", "margin_exchange")


def test_a_good_look_ends_with_0_and_writes_its_report(doctor, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    code, said = doctor([], *ONE, "--report", str(file))
    assert code == Exit.GOOD
    assert "query.sse.com.cn · 1 source" in said.out
    assert "Every dataset that answered has a working source." in said.out
    assert "query.sse.com.cn: 1 ok" in said.err and str(file) in said.err
    assert {s.verdict for s in read_report(file).sources} <= {"ok", "empty"}


def test_faults_are_told_and_end_with_their_status(doctor) -> None:
    code, said = doctor(
        [Fault(Kind.RESET, "query.sse.com.cn"), Fault(Kind.UNIT_SLIP, "cdn.jin10.com")],
        *ONE, "--format", "json",
    )  # fmt: skip
    rows = {(r["part"], r["source"]): r for r in json.loads(said.out)}
    assert code == Exit.NO_SOURCE
    assert rows["SSE", "SSE"]["verdict"] == "unreachable"
    assert (rows["SSE", "jin10"]["verdict"], rows["SSE", "jin10"]["works"]) == ("refused", False)
    assert rows["SZSE", "SZSE"]["newest"] == "2026-01-12"


def test_without_a_network_one_message_is_printed(doctor, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    code, said = doctor([Fault(Kind.UNRESOLVED)], *ONE, "--report", str(file))
    assert code == Exit.NO_NETWORK
    assert said.err.count("no network") == 1
    assert "HTTPS_PROXY" in said.err and "source" not in said.out
    assert f"{file}: not written" in said.err.replace("\n", "")
    assert not file.exists()


def test_without_a_network_one_dataset_has_no_verdict_either(doctor) -> None:
    """Its few hosts prove nothing; that a source does not work is not said of them."""
    code, said = doctor([Fault(Kind.UNRESOLVED)], "--live", "--dataset", "lpr")
    assert code == Exit.NO_NETWORK
    assert said.err.count("the network is not reachable, or none of these") == 1
    assert "No working source" not in said.out + said.err


def test_without_a_network_json_has_what_was_tried(doctor) -> None:
    code, said = doctor([Fault(Kind.UNRESOLVED)], *ONE, "--format", "json")
    assert code == Exit.NO_NETWORK
    assert {row["verdict"] for row in json.loads(said.out)} <= {"unreachable"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--report", "report.json"], "--report needs --live"),
        (["--live", "--report", "."], "name a file in a folder that is there"),
        (["--live", "--report", "no/such/folder/report.json"], "in a folder that is there"),
    ],
)
def test_a_report_that_could_not_be_written_is_refused_at_once(doctor, arguments, told) -> None:
    code, said = doctor([], *arguments)
    assert (code, told in said.err) == (1, True)


NOT_NOW = replace(MUTE, verdict=Verdict.NOT_NOW, rows=9, seconds=3.2, says="SSE (x) not in season")


@pytest.mark.parametrize("width", [80, 120])
def test_a_source_that_was_not_asked_shows_neither_rows_nor_seconds(width: int) -> None:
    (block,) = display.blocks([NOT_NOW], width)
    _, line = block.splitlines()

    assert line.split()[-3:] == ["–", "–", "–"]
    assert "season" not in block


def test_a_wide_line_names_the_source_and_a_narrow_one_only_where_it_must() -> None:
    other = replace(GOOD, source="S2")
    (wide,), (narrow,) = (list(display.blocks([GOOD], width)) for width in (120, 80))
    both = display.line(GOOD, 80, same=True), display.line(other, 80, same=True)

    assert wide.splitlines()[1].split()[1:5] == ["margin_exchange", "·", "SSE", "SSE"]
    assert narrow.splitlines()[1].split()[1:5] == ["margin_exchange", "·", "SSE", "1,234"]
    assert [" (SSE)" in both[0], " (S2)" in both[1]] == [True, True]


def test_what_two_sources_of_a_host_say_alike_is_said_once() -> None:
    one = replace(BAD, says="format changed")
    (block,) = display.blocks([one, replace(one, part="SZSE"), replace(one, says="")], 120)

    assert (block.count("format changed"), block.count("the same")) == (1, 1)


def test_findings_stand_in_columns_of_their_longest_matter() -> None:
    found = [Finding("disk", Mark.GOOD, "enough"), Finding("warehouse", Mark.BAD, "damaged " * 9)]
    first, second = display.findings_lines(found, 60)

    assert first == "disk       ok     enough"
    assert second.splitlines()[0].startswith("warehouse  wrong  damaged")
    assert {line[:18] for line in second.splitlines()[1:]} == {" " * 18}


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s")]
)
def test_time_is_told_in_minutes_and_seconds(seconds: float, said: str) -> None:
    assert display.lasted(seconds) == said


def test_the_frame_has_a_row_for_each_source() -> None:
    table = display.table([GOOD, MUTE])

    assert table.rows()[0] == (
        "margin_exchange", "SSE", "SSE", "query.sse.com.cn", "ok", True, 1_234,
        date(2026, 1, 12), 0.4, "",
    )  # fmt: skip
    assert table["newest"].to_list()[1] is None
