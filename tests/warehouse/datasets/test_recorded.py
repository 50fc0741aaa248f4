"""From a user's report to recorded answers, and what a hostile report cannot do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.monitoring.probe_report import SourceReport, running, shape_of, write_report
from tests.warehouse.datasets.recorded import from_report, main, readers, recording, rows_of
from warehouse.catalog import Call
from warehouse.errors import InputRefused

MONDAY = date(2025, 11, 24)
ROWS = pl.DataFrame(
    {
        "信用交易日期": ["20251124"],
        "融资余额": [1.5e12],
        "融资买入额": [9e10],
        "融券余量": [1e9],
        "融券余量金额": [1e10],
        "融券卖出量": [1e7],
        "融资融券余额": [1.51e12],
    }
)


def source_report(*calls: Call, **changes: object) -> SourceReport:
    said = {
        "dataset": "margin_exchange", "part": "SSE", "source": "SSE", "host": "query.sse.com.cn",
        "verdict": "ok", "rows": 1, "newest": "2025-11-24", "seconds": 0.5, "says": "",
        "answers": [shape_of(call, ROWS, transcribed=False) for call in calls],
    }  # fmt: skip
    return SourceReport(**said | changes)


def reported(*sources: SourceReport):
    return running(MONDAY, simulated=False, sources=sources)


CALL = Call("stock_margin_sse", {"start_date": "20251124", "end_date": "20251124"}, (MONDAY,))

SHAPE = shape_of(CALL, ROWS, transcribed=False)


def test_a_report_becomes_recordings_that_its_source_reads(tmp_path: Path) -> None:
    first, second = from_report(reported(source_report(CALL), source_report(CALL)), tmp_path)
    assert [p.name for p in (first, second)] == ["stock_margin_sse.json", "stock_margin_sse-2.json"]
    assert "-2025-11-24-" in first.parent.name
    recorded = recording(second)
    ((d, chain, source, call),) = readers(recorded)
    assert (d.name, chain.part, source.name, call) == ("margin_exchange", "SSE", "SSE", CALL)
    (row,) = rows_of(recorded, source, call).to_dicts()
    assert (row["trade_date"], row["financing_balance_cny"]) == (MONDAY, 1.5e12)


def test_a_day_that_is_not_among_the_rows_gives_way_to_theirs(tmp_path: Path) -> None:
    later = Call(CALL.function, CALL.arguments, (date(2025, 11, 25),))
    (path,) = from_report(reported(source_report(later)), tmp_path)
    recorded = recording(path)
    ((_, _, source, call),) = readers(recorded)
    assert rows_of(recorded, source, call)["trade_date"].to_list() == [MONDAY]


@pytest.mark.parametrize("function", ["stock_hot_rank_em", "datetime", "os", "stock_margin_sse_x"])
def test_functions_that_no_dataset_uses_are_refused_and_nothing_is_written(
    tmp_path: Path, function: str
) -> None:
    report = reported(source_report(CALL), source_report(Call(function)))
    with pytest.raises(InputRefused, match=f"no dataset uses {function}; nothing was written"):
        from_report(report, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_reports_of_one_day_lie_beside_each_other(tmp_path: Path) -> None:
    (one,) = from_report(reported(source_report(CALL)), tmp_path)
    (two,) = from_report(reported(source_report(CALL, seconds=0.7)), tmp_path)
    assert one.parent != two.parent


@pytest.mark.parametrize(
    "changed", [{"verdict": "bogus"}, {"answers": [SHAPE.model_copy(update={"head": [["x"] * 7]})]}]
)
def test_what_could_not_be_read_back_is_refused_and_nothing_is_written(
    tmp_path: Path, changed: dict
) -> None:
    with pytest.raises(InputRefused, match="nothing was written"):
        from_report(reported(source_report(CALL, **changed)), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("field", ["dataset", "part", "source", "host"])
def test_sources_that_are_not_in_the_catalogue_are_refused(tmp_path: Path, field: str) -> None:
    with pytest.raises(InputRefused, match="no source"):
        from_report(reported(source_report(CALL, **{field: "../../x"})), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote_and_what_comes_next(tmp_path: Path, capsys) -> None:
    write_report(tmp_path / "report.json", reported(source_report(CALL)))
    main([str(tmp_path / "report.json"), "--to", str(tmp_path / "answers")])
    said = capsys.readouterr().out
    (made,) = (tmp_path / "answers").glob("*/*.json")
    assert str(made) in said
    assert f"RECORDED_ANSWERS={tmp_path / 'answers'} pytest" in said


def test_the_command_refuses_a_report_that_would_escape(tmp_path: Path) -> None:
    text = reported(source_report(CALL)).model_dump_json().replace(CALL.function, "../../evil")
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(SystemExit, match="nothing of it was used"):
        main([str(tmp_path / "report.json"), "--to", str(tmp_path / "answers")])
    hostile = json.loads(reported(source_report(CALL)).model_dump_json())
    hostile["versions"]["akshare"] = "1/../../../evil"
    (tmp_path / "report.json").write_text(json.dumps(hostile))
    with pytest.raises(SystemExit, match="nothing of it was used"):
        main([str(tmp_path / "report.json"), "--to", str(tmp_path / "answers")])
    assert not (tmp_path / "answers").exists()
