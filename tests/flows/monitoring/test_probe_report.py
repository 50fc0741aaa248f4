"""The report of live sources: shapes only, bounded, nobody named; hostile ones are refused."""

from __future__ import annotations

import getpass
import json
import socket
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from flows.monitoring import probe_report
from flows.monitoring.probe_report import (
    BLANK,
    CELL,
    MOST_BYTES,
    Report,
    SourceReport,
    anonymous,
    distinct,
    read_report,
    running,
    shape_of,
    write_report,
)
from flows.monitoring.source_probe import probe, reported
from flows.sandbox import Fault
from flows.sandbox.faults import Kind
from tests.flows.desk import MONDAY, TUESDAY
from warehouse.catalog import Call
from warehouse.errors import InputRefused

CALL = Call("stock_margin_sse", {"start_date": "20251124"}, (MONDAY,), "SSE")


def shape(**columns: list) -> probe_report.Shape:
    return shape_of(CALL, pl.DataFrame(columns), transcribed=False)


def one_source(*shapes: probe_report.Shape) -> SourceReport:
    return SourceReport(
        dataset="margin_exchange", part="SSE", source="SSE", host="query.sse.com.cn",
        verdict="ok", rows=1, newest="2025-11-24", seconds=0.5, says="", answers=list(shapes),
    )  # fmt: skip


def test_a_shape_has_types_height_and_three_rows_as_text() -> None:
    found = shape(
        日期=[20251120, 20251121, 20251124, 20251125],
        余额=[1.5, None, float("nan"), 4.0],
        标的=["甲", "乙", "丙", "丁"],
        时间=[datetime(2025, 11, 24, 15)] * 4,
    )
    assert [(c.name, c.dtype) for c in found.columns] == [
        ("日期", "int64"), ("余额", "float64"), ("标的", "str"), ("时间", "datetime64[us]"),
    ]  # fmt: skip
    assert found.head == [
        ["20251120", "1.5", "甲", "2025-11-24 15:00:00"],
        ["20251121", None, "乙", "2025-11-24 15:00:00"],
        ["20251125", "4.0", "丁", "2025-11-24 15:00:00"],
    ]
    assert (found.height, found.arguments, found.days, found.label) == (
        4, {"start_date": "20251124"}, ["2025-11-24"], "SSE",
    )  # fmt: skip


@pytest.mark.parametrize(
    "column",
    ["联系人", "董秘", "法人代表", "法定代表人", "发审委委员", "签字会计师", "审计机构", "姓名", "实际控制人",
     "分析师", "联系地址", "CHAIRMAN", "SECRETARY", "contact_name", "CEO", "LEGAL_REP", "股东名称"],
)  # fmt: skip
def test_columns_that_may_name_people_are_blanked(column) -> None:
    found = shape(**{column: ["张三"], "代码": ["600519"]})
    assert found.head == [[None, "600519"]]
    assert [c.blanked for c in found.columns] == [True, False]


@pytest.mark.parametrize("column", ["联系电话", "TEL", "org_fax", "E_MAIL", "董秘手机"])
def test_columns_that_lead_to_people_are_blanked_as_figures_too(column) -> None:
    assert shape(**{column: [13800138000]}).head == [[None]]


@pytest.mark.parametrize(
    "column", ["归属于母公司股东的净利润", "股东户数", "HOLDER_PROFIT", "管理人", "代码"]
)
def test_columns_of_figures_and_companies_are_kept(column) -> None:
    assert shape(**{column: ["12"]}).head == [["12"]]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("写信给 ir@example.com.cn 索取", f"写信给 {BLANK} 索取"),
        ("电话13800138000", f"电话{BLANK}"),
        ("致电 010-62345678。", f"致电 {BLANK}。"),
        ("20251124", "20251124"),
        ("13800138000.5", "13800138000.5"),
        ("000001.SZ", "000001.SZ"),
    ],
)
def test_addresses_and_telephones_are_blanked_in_any_cell(cell, kept) -> None:
    assert shape(标题=[cell]).head == [[kept]]


def test_long_cells_wide_frames_and_many_answers_are_cut() -> None:
    found = shape(正文=["长" * 5_000])
    assert found.head == [["长" * (CELL - 1) + "…"]]
    wide = shape(**{f"c{i}": [1] for i in range(5_000)})
    assert len(wide.columns) == len(wide.head[0]) == probe_report.COLUMNS
    assert len(distinct([shape(**{f"c{i}": [1]}) for i in range(50)])) == probe_report.ANSWERS
    assert len(distinct([shape(a=[]), shape(a=[1]), shape(a=[2])])) == 2


def test_a_whole_report_stays_within_its_bounds(tmp_path: Path) -> None:
    full = shape(**{f"c{i:02}{'x' * 50}": ["长" * 500] * 3 for i in range(100)})
    report = running(
        TUESDAY, simulated=False, sources=[one_source(full, full)] * probe_report.SOURCES
    )
    write_report(tmp_path / "report.json", report)
    assert (tmp_path / "report.json").stat().st_size <= MOST_BYTES
    assert read_report(tmp_path / "report.json") == report
    assert (tmp_path / "report.json").stat().st_mode & 0o077 == 0


def test_nothing_of_the_machine_stands_in_a_message(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://wang:geheim@proxy.corp.example:3128")
    monkeypatch.setattr(getpass, "getuser", lambda: "wang")
    monkeypatch.setattr(socket, "gethostname", lambda: "desk-17")
    said = (
        f"cannot open {tmp_path}/raw/a.gz as wang on desk-17 through proxy.corp.example (10.1.2.3, "
        f"http://wang:geheim@proxy.corp.example:3128); {Path.home()}/x; ask ops@corp.example"
    )
    kept = anonymous(said, tmp_path)
    for secret in (
        str(tmp_path),
        "wang",
        "desk-17",
        "corp",
        "geheim",
        "10.1.2.3",
        f"{Path.home()}/",
    ):
        assert secret not in kept
    assert "/raw/a.gz" in kept and len(anonymous("x" * 9_999, tmp_path)) == probe_report.TEXT


def test_a_look_at_a_broken_exchange_is_reported_with_the_shape_that_could_not_be_read(
    desk, tmp_path: Path
) -> None:
    evening = desk()
    evening.break_(
        Fault(Kind.UNIT_SLIP, "cdn.jin10.com"), Fault(Kind.RESET, "www.szse.cn"),
    )  # fmt: skip
    reported(probe(evening.ws, ["margin_exchange"]), tmp_path / "report.json")
    report = read_report(tmp_path / "report.json")
    found = {(s.part, s.source): s for s in report.sources}

    assert report.simulated
    assert report.versions.akshare[0].isdigit()
    slipped = found["SSE", "jin10"]
    assert (slipped.verdict, [a.function for a in slipped.answers]) == (
        "refused", ["macro_china_market_margin_sh"],
    )  # fmt: skip
    assert slipped.answers[0].height > 3 == len(slipped.answers[0].head)
    assert (found["SZSE", "SZSE"].verdict, found["SZSE", "SZSE"].answers) == ("unreachable", [])
    text = (tmp_path / "report.json").read_text()
    assert str(tmp_path) not in text and "briefing.toml" not in text


def good() -> dict:
    return json.loads(
        running(TUESDAY, simulated=False, sources=[one_source(shape(a=["1"]))]).model_dump_json()
    )


def changed(*path: object, to: object) -> str:
    """A good report with one value in it replaced."""
    report = good()
    place = report
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return json.dumps(report)


ANSWER = ("sources", 0, "answers", 0)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", "[" * 100_000, "\x00", '{"version": 1}',
        changed("version", to=2),
        changed("format", to="other"),
        changed("made", to="../../etc"),
        changed("versions", "akshare", to="../1"),
        changed("surplus", to=1),
        changed(*ANSWER, "function", to="../../evil"),
        changed(*ANSWER, "function", to="os.system"),
        changed(*ANSWER, "arguments", to={"a": ["b"]}),
        changed(*ANSWER, "columns", 0, "dtype", to="object; import os"),
        changed(*ANSWER, "columns", 0, "name", to="x" * 61),
        changed(*ANSWER, "head", to=[["1", "2"]]),
        changed(*ANSWER, "head", to=[["1"]] * 4),
        changed(*ANSWER, "head", to=[["x" * 81]]),
        changed(*ANSWER, "head", to=[[{"a": 1}]]),
        changed(*ANSWER, "height", to=-1),
        changed(*ANSWER, "days", to=["not a day"]),
        changed(*ANSWER, "height", to=10**30),
        changed("sources", to=[good()["sources"][0]] * 401),
    ],
    ids=lambda text: str(len(text)),
)  # fmt: skip
def test_a_report_that_is_not_built_as_declared_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(
        InputRefused, match=r"is not a report of .*nothing of it was used"
    ) as refused:
        read_report(path)
    assert len(str(refused.value)) < 1_000


def test_a_report_that_is_too_large_is_not_even_read(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b" " * (MOST_BYTES + 1))
    monkeypatch.setattr(Report, "model_validate_json", lambda _text: pytest.fail("it was read"))
    for endless in (path, Path("/dev/zero")):
        with pytest.raises(InputRefused, match="is no report"):
            read_report(endless)


def test_a_figure_of_billions_is_no_telephone() -> None:
    assert shape(融资余额=[13_800_138_000]).head == [["13800138000"]]


def test_a_good_report_is_taken() -> None:
    assert Report.model_validate_json(json.dumps(good())).sources[0].answers[0].head == [["1"]]
