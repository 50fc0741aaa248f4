"""Two versions of akshare compared by their source: what is told, and what is never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import akshare_update
from scripts.akshare_inspect import Change, Package, changes, in_use, inspected
from scripts.akshare_update import pinned, repinned, told

INIT = "from akshare.margin import stock_margin, stock_lost as stock_gone\n"
HELPER = '''
URL = "https://query.sse.com.cn/a"

def pages(count):
    """How many."""
    return range(count)
'''
MARGIN = '''
import os
from akshare.helper import URL, pages
os.abort()  # a package that is only read is never run

def stock_margin(date: str = "20240101", symbol="all"):
    """Margin; see https://example.org/docs"""
    frame = get(URL, pages(3))
    frame.columns = ["日期", "余额"]
    return frame.rename(columns={"余额": "融资余额"})[["日期", "融资余额"]]

def stock_lost():
    return get("https://www.szse.cn/x")
'''


def package(folder: Path, margin: str = MARGIN, helper: str = HELPER, init: str = INIT) -> Path:
    """A drawn akshare of three files."""
    place = folder / "akshare"
    place.mkdir(parents=True)
    for name, text in (("__init__", init), ("margin", margin), ("helper", helper)):
        (place / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


NAMES = ("stock_margin", "stock_gone", "stock_not_ours")


def compared(folder: Path, **changed: str) -> list[Change]:
    old, new = package(folder / "old"), package(folder / "new", **changed)
    known = {"query.sse.com.cn", "www.szse.cn"}.__contains__
    return list(changes(inspected(old, NAMES), inspected(new, NAMES), known))


def test_a_function_is_read_with_all_that_it_mentions(tmp_path: Path) -> None:
    found = inspected(package(tmp_path), NAMES)
    margin = found["stock_margin"]
    assert found.keys() == {"stock_margin", "stock_gone"}
    assert margin.signature == "(date: str='20240101', symbol='all')"
    assert set(margin.sources) == {
        "akshare.margin.stock_margin", "akshare.helper.URL", "akshare.helper.pages",
    }  # fmt: skip
    assert margin.hosts == {"query.sse.com.cn"}
    assert sorted(margin.columns) == sorted(
        ["['日期', '余额']", "{'余额': '融资余额'}", "['日期']", "['融资余额']"]
    )
    assert found["stock_gone"].hosts == {"www.szse.cn"}


def test_the_same_source_with_other_comments_is_no_change(tmp_path: Path) -> None:
    other = MARGIN.replace("Margin; see https://example.org/docs", "保证金").replace("  # a", "  #")
    assert compared(tmp_path, margin=other) == []


@pytest.mark.parametrize(
    ("changed", "kind", "says"),
    [
        ({"init": "from akshare.margin import stock_lost as stock_gone"}, "gone", "not export"),
        ({"margin": MARGIN.replace('"all"', '"one"')}, "signature", "symbol='all') → (date"),
        ({"margin": MARGIN.replace('"日期", "余额"]', '"余额", "日期"]')}, "columns",
         "− ['日期', '余额']; + ['余额', '日期']"),
        ({"margin": MARGIN.replace("融资余额", "融资余额(元)")}, "columns", "+ ['融资余额(元)']"),
        ({"helper": HELPER.replace("query.sse", "www.sse")}, "host",
         "names www.sse.com.cn, which is no upstream of any dataset"),
        ({"helper": HELPER.replace("query.sse.com", "www.szse")}, "host", "names query.sse.com.cn no more"),
        ({"helper": HELPER.replace("range(count)", "range(count + 1)")}, "source",
         "akshare.helper.pages: +1 −1 lines"),
    ],
)  # fmt: skip
def test_each_kind_of_change_is_told(tmp_path: Path, changed, kind: str, says: str) -> None:
    found = [c for c in compared(tmp_path, **changed) if c.kind == kind]
    assert [c.function for c in found][:1] == ["stock_margin"]
    assert any(says in c.says for c in found), found


def test_a_known_host_is_named_without_a_warning(tmp_path: Path) -> None:
    helper = HELPER.replace("query.sse.com.cn", "www.szse.cn")
    said = [c.says for c in compared(tmp_path, helper=helper) if c.kind == "host"]
    assert said == ["names www.szse.cn", "names query.sse.com.cn no more"]


def test_functions_in_use_are_those_whose_names_stand_in_our_files(tmp_path: Path) -> None:
    ours = tmp_path / "ours.py"
    ours.write_text('Call("stock_margin", {}); other = "stock_margin_of"; stock_gone = 1')
    assert in_use([ours], Package(package(tmp_path / "old")).exported) == ["stock_margin"]


def test_changes_are_told_by_kind_and_shared_ones_once() -> None:
    same = [Change(f"f{i}", "source", "akshare.utils.get: +1 −1 lines") for i in range(5)]
    lines = list(told([*same, Change("f9", "gone", "x" * 5_000)]))
    assert lines[0] == "gone: 1"
    assert lines[1].startswith("  f9: xxx") and len(lines[1]) < 500
    assert lines[2:] == ["source: 1", "  f0, f1, f2 and 2 more: akshare.utils.get: +1 −1 lines"]
    assert list(told([])) == ["nothing changed in the functions in use"]


def test_the_pin_is_read_and_replaced() -> None:
    text = 'dependencies = [\n  "akshare==1.19.5",\n  "pandas>=2.2,<4",\n]'
    assert pinned(text) == "1.19.5"
    assert repinned(text, "1.20.0") == text.replace("1.19.5", "1.20.0")
    with pytest.raises(SystemExit, match="pins no akshare"):
        pinned("")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A drawn project with a lock, and an index that offers one newer version."""
    root, made = tmp_path / "project", tmp_path / "made"
    for room in ("datasets", "readers"):
        (root / "warehouse" / room).mkdir(parents=True)
    (root / "warehouse" / "datasets" / "margin.py").write_text('Call("stock_margin")')
    (root / "pyproject.toml").write_text('"akshare==1.0.0",\n')
    (root / "requirements.lock").write_text("akshare==1.0.0 \\\n")
    made.mkdir()

    def uv(*arguments: str, cwd: Path = root) -> None:
        if arguments[1] == "compile":
            (cwd / "requirements.lock").write_text("akshare==1.1.0 \\\n")
        if "--target" in arguments:
            package(Path(arguments[arguments.index("--target") + 1]))

    monkeypatch.setattr(akshare_update, "ROOT", root)
    monkeypatch.setattr(akshare_update, "uv", uv)
    return root


@pytest.mark.parametrize(
    "case",
    [
        (True, {}, "1.1.0"),
        (False, {"accept": True}, "1.1.0"),
        (True, {"look": True}, "1.0.0"),
    ],
)
def test_the_lock_is_written_when_tests_pass_or_it_is_accepted(
    project: Path, monkeypatch, capsys, case
) -> None:
    passes, options, locked = case
    monkeypatch.setattr(akshare_update, "checked", lambda _folder: passes)
    update(project, **options)
    assert pinned((project / "pyproject.toml").read_text()) == locked
    assert (project / "requirements.lock").read_text() == f"akshare=={locked} \\\n"
    said = capsys.readouterr().out
    assert "akshare 1.0.0 → 1.1.0" in said and "nothing changed in the functions in use" in said
    assert ("git checkout pyproject.toml requirements.lock" in said) == (locked == "1.1.0")


def test_the_lock_stays_when_tests_fail(project: Path, monkeypatch) -> None:
    monkeypatch.setattr(akshare_update, "checked", lambda _folder: False)
    with pytest.raises(SystemExit, match="are as they were"):
        update(project)
    assert pinned((project / "pyproject.toml").read_text()) == "1.0.0"
    assert (project / "requirements.lock").read_text() == "akshare==1.0.0 \\\n"


def update(project: Path, *, accept: bool = False, look: bool = False) -> None:
    akshare_update.update(project.parent / "made", None, accept=accept, look=look)
