"""The documents are held against the program: names, commands, links, queries, figures."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import duckdb
import polars as pl
import pytest
import typer.main
from pydantic import BaseModel

from flows.alerts.messages import Kind
from flows.cli.commands import app
from flows.settings import Host, Settings
from templates.section import SECTIONS
from templates.wording.fixed import fixed
from tests.homes import AS_OF, LATER
from transforms.engine.metric import metrics
from transforms.metric_reference import PICTURES, markdown
from warehouse.catalog import catalogue, cutoff
from warehouse.storage.store import Reader

ROOT = Path(__file__).parents[1]
PAGES = {
    f.relative_to(ROOT).as_posix(): f.read_text("utf-8")
    for f in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
    ]
}
ALL_TEXT = "\n".join(PAGES.values())
GENERATED = ("docs/dictionary.md", "docs/metrics.md")
COMMANDS = typer.main.get_command(app)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(briefing [^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:flows|templates|transforms|warehouse|tests|docs|scripts)/[\w./-]+)`")
PLACEHOLDERS = {"D": "2026-01-13", "DAY": "2026-01-13", "YYYY-MM-DD": "2026-01-13"}
# Of a development machine: its folders and its users' homes.
MACHINE = re.compile(r"(?<!\w)/(?:work|root)/|(?<!\w)/home/(?!me\b|you\b)\w+|/Users/\w+|C:\\Users")


def fences(page: str, kind: str) -> list[str]:
    return [body for found, body in FENCE.findall(PAGES[page]) if found == kind]


def command_lines() -> Iterator[tuple[str, str]]:
    """Every `briefing …` that a page tells its reader to type."""
    for page, text in PAGES.items():
        for kind, body in FENCE.findall(text):
            if kind in ("", "bash", "sh", "console"):
                yield from ((page, x) for x in body.splitlines() if x.startswith("briefing "))
        yield from ((page, x) for x in INLINE.findall(text))


def typed(line: str) -> list[str]:
    """The words after `briefing`, up to a pipe, as a shell would hand them over."""
    line = re.sub(
        r'"\$\(cat ([^)]+)\)"', lambda m: shlex.quote((ROOT / m[1]).read_text("utf-8")), line
    )
    words = shlex.split(line, comments=True)[1:]
    end = next((n for n, w in enumerate(words) if w in {"|", ">", "&&", "&", "…"}), len(words))
    return [PLACEHOLDERS.get(word, word) for word in words[:end]]


@pytest.mark.parametrize(("page", "line"), sorted(set(command_lines())))
def test_a_command_in_the_documents_can_be_typed(page: str, line: str) -> None:
    words = typed(line)
    assert isinstance(COMMANDS, click.Group) or hasattr(COMMANDS, "commands")
    if not words or words == ["--help"]:
        return
    command = COMMANDS.commands.get(words[0])
    assert command is not None, f"{page}: there is no `briefing {words[0]}`"
    rest = [word for word in words[1:] if word != "--help"]
    asks_more = any(p.required for p in command.params)
    if rest or not asks_more:  # the bare name of a command is a mention, not a line to type
        command.make_context(words[0], rest)


@pytest.mark.parametrize("name", sorted(COMMANDS.commands))
def test_every_command_is_documented_and_has_help(name: str) -> None:
    assert re.search(rf"briefing {name}\b", ALL_TEXT), f"`briefing {name}` is in no document"
    assert COMMANDS.commands[name].help


def test_every_dataset_is_in_the_dictionary() -> None:
    assert [n for n in catalogue() if f"## core.{n}\n" not in PAGES["docs/dictionary.md"]] == []


def test_every_metric_is_described() -> None:
    assert [n for n in metrics() if f"### {n}\n" not in PAGES["docs/metrics.md"]] == []


def test_the_page_of_metrics_is_current() -> None:
    assert PAGES["docs/metrics.md"] == markdown(), "run `make handbook`"


@pytest.mark.parametrize("name", metrics())
def test_the_handbook_says_all_of_a_metric(name: str) -> None:
    one = metrics()[name]
    file = ROOT / "docs" / PICTURES / f"{name}.svg"
    drawn = file.read_text("utf-8") if file.exists() else ""

    assert one.formula, "the first paragraph of its docstring is the formula"
    assert one.reading
    assert one.pitfall
    assert one.paper
    assert f"version {one.version}<" in drawn, "run `make handbook`"


def test_no_picture_is_left_of_a_metric_that_is_gone() -> None:
    drawn = {file.stem for file in (ROOT / "docs" / PICTURES).glob("*.svg")}
    assert drawn == set(metrics())


def test_what_the_code_cites_of_the_metrics_is_there() -> None:
    folders = ("flows", "templates", "tests", "transforms", "warehouse")
    files = [file for name in folders for file in (ROOT / name).rglob("*.py")]
    texts = {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in files}
    del texts["tests/transforms/test_metric_reference.py"]  # cites what is not there, on purpose
    code = "\n".join(texts.values())
    listed = r"metrics\.md ((?:§?\d(?:\.\d+)?(?:, | and |-|; )?)+)"
    chapters = {c for found in re.findall(listed, code) for c in re.findall(r"\d(?:\.\d+)?", found)}
    numbers = set(re.findall(r"\b[MH][012]\d\b", code))
    told = PAGES["docs/metrics.md"]
    assert [c for c in chapters if f"**{c} " not in told and f"## {c} " not in told] == []
    assert [n for n in numbers if f"- {n}: " not in told] == []
    assert [name for name, text in texts.items() if re.search(r"metrics\.md §|\(§\d", text)] == []


def test_every_section_is_explained_to_its_reader() -> None:
    explained = re.findall(r"^## (.+)$", PAGES["docs/reading.md"], re.MULTILINE)
    assert [fixed(f"section.{one.SLUG}", "en") for one in SECTIONS] == explained[: len(SECTIONS)]


def leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every setting as it is written in briefing.toml, with its table in front."""
    for name, one in model.model_fields.items():
        inner = one.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from leaves(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}"


@pytest.mark.parametrize("setting", sorted(leaves(Settings)))
def test_every_setting_is_documented(setting: str) -> None:
    table, _, name = setting.rpartition(".")
    variable = "BRIEFING_" + setting.replace(".", "__").upper()
    in_table = any(
        f"[{table}]" in body and re.search(rf"^#? ?{name}\s*=", body, re.MULTILINE)
        for text in PAGES.values()
        for kind, body in FENCE.findall(text)
        if kind == "toml"
    )
    assert in_table or variable in ALL_TEXT or f"`{setting}`" in ALL_TEXT


def defaults(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, str]]:
    """Every setting with its default as the table of settings writes it."""
    for name, one in model.model_fields.items():
        inner = one.annotation
        if name == "hosts":
            yield from defaults(Host, 'hosts."HOST".')
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from defaults(inner, f"{above}{name}.")
        elif not one.is_required():
            blank = one.default is None
            yield f"{above}{name}", "" if blank else f"`{json.dumps(one.default, default=str)}`"


def test_the_table_of_settings_has_their_defaults() -> None:
    listed = PAGES["docs/operating.md"].partition("\n## Settings\n")[2]
    rows = re.findall(r"^\| `([^`]+)` \| (`.+?`|) ?\| .+ \|$", listed, re.MULTILINE)
    assert dict(rows) == dict(defaults(Settings))


def test_every_kind_of_alert_is_explained_to_the_operator() -> None:
    listed = PAGES["docs/operating.md"].partition("\n## Alerts\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z ]+) \| .+ \| .+ \|$", listed, re.MULTILINE)
    assert set(rows) - {"alert", "service", "mail"} == set(Kind)


def test_the_readme_counts_datasets_and_pages() -> None:
    sources = {
        name: [s for chain in one.chains for s in chain.sources]
        for name, one in catalogue().items()
    }
    fetched = [name for name, ones in sources.items() if any(s.query is None for s in ones)]
    readme = " ".join(PAGES["README.md"].split())
    assert f"{len(sources)} datasets, {len(fetched)} of them from upstreams" in readme
    assert f"a PDF of {len(SECTIONS)} sections" in readme


def test_the_examples_of_settings_are_settings() -> None:
    for page, text in PAGES.items():
        for kind, body in FENCE.findall(text):
            if kind == "toml":
                Settings(home=Path(), **tomllib.loads(body)), page


def anchors(text: str) -> set[str]:
    """The names under which a page's headings can be linked to."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", sorted(PAGES))
def test_links_lead_somewhere(page: str) -> None:
    for link in LINK.findall(PAGES[page]):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), f"{page} links to {link}"


@pytest.mark.parametrize("page", sorted(PAGES))
def test_files_that_are_named_exist(page: str) -> None:
    assert [name for name in FILE.findall(PAGES[page]) if not (ROOT / name).exists()] == []


def test_tests_that_are_named_exist() -> None:
    """The table of attacks is only as true as the tests that it names."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGES["docs/faults.md"])
    assert len(named) > 80
    for file, name in named:
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), f"{file}::{name}"


def test_every_room_is_described_as_it_describes_itself() -> None:
    page = PAGES["docs/architecture.md"]
    for package in ("flows", "templates", "transforms", "warehouse"):
        for init in (ROOT / package).glob("*/__init__.py"):
            said = ast.get_docstring(ast.parse(init.read_text("utf-8"))) or ""
            first = " ".join(said.partition("\n\n")[0].split())
            assert f"| `{package}/{init.parent.name}/` | {first} |" in page


def test_make_targets_that_are_named_exist() -> None:
    targets = set(
        re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    named = set(re.findall(r"`make ([a-z-]+)", ALL_TEXT)) | set(
        re.findall(r"^make ([a-z-]+)", ALL_TEXT, re.MULTILINE)
    )
    assert named - targets == set()


def test_the_changelog_speaks_of_this_version_to_everybody() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    entry = PAGES["CHANGELOG.md"].partition(f"## [{version}]")[2].partition("\n## ")[0]
    for audience in ("Readers of the briefing", "SQL users", "Operators"):
        assert f"### {audience}" in entry


def tracked() -> list[Path]:
    """The files that are, or would be, checked in."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        done = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
        return [ROOT / name for name in done.stdout.decode().split("\0") if name]
    folders = ("flows", "templates", "transforms", "warehouse", "tests", "docs", "benchmarks")
    return [f for name in folders for f in (ROOT / name).rglob("*") if f.suffix != ".pyc"]


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    told = []
    for file in tracked():
        content = file.read_bytes() if file.is_file() else b""
        if b"\0" not in content and MACHINE.search(content.decode("utf-8")):
            told.append(str(file.relative_to(ROOT)))
    assert told == []


def test_the_lock_names_versions_and_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pins = [x for x in lock.splitlines() if not x.startswith((" ", "#", "\t")) and "://" in x]
    assert pins == []
    assert "--index-url" not in lock


def queries() -> list[tuple[str, str]]:
    return [(page, sql) for page in sorted(PAGES) for sql in fences(page, "sql")]


@pytest.mark.parametrize(("page", "sql"), queries())
def test_every_query_in_the_documents_answers(told_twice: Path, page: str, sql: str) -> None:
    with Reader.open(told_twice / "current.duckdb") as reader:
        assert reader.query(sql).height > 0, page


def documented(mark: str) -> str:
    """The one query of the analyst's page that has such words."""
    (sql,) = [x for x in fences("docs/analyst.md", "sql") if mark in x]
    return sql


def test_the_documented_reading_of_the_past_is_ours(told_twice: Path) -> None:
    """The query «what did we know then» gives what the flows read, the revision left out."""
    with Reader.open(told_twice / "current.duckdb") as reader:
        ours = reader.read("index_daily", cutoff(AS_OF)).sort("code", "trade_date")
        now = reader.read("index_daily", cutoff(LATER)).sort("code", "trade_date")
        said = reader.query(documented("core.index_daily_asof"))
    assert said.equals(ours.select(said.columns))
    assert not said.equals(now.select(said.columns))


def test_the_documented_join_takes_the_newest_figure_known_on_each_day(told_twice: Path) -> None:
    with Reader.open(told_twice / "current.duckdb") as reader:
        days = reader.query(documented("LATERAL"))
        assert days.height == 20
        for known_on, balance_of, balance in days.iter_rows():
            known = reader.read("margin_market", cutoff(known_on)).sort("trade_date")
            assert known.select("trade_date", "financing_balance_cny").row(-1) == (
                balance_of,
                balance,
            )
            assert balance_of < known_on


def test_the_documents_speak_of_the_newest_evaluation(told_twice: Path) -> None:
    """Also where it is compared with the first, and after a file of one old day was loaded."""
    day = date(2025, 12, 30)
    with Reader.open(told_twice / "current.duckdb") as reader:
        latest = reader.query(documented("FROM mart.metric_latest"))
        axes = reader.query("SELECT DISTINCT as_of FROM mart.metric_latest")["as_of"].to_list()
        sql = documented("AS says_now").replace("LIMIT 20", "")
        compared = reader.query(sql).filter(entity="000001.SH", observation_date=day)
        reach = reader.query(documented("meta.freshness")).filter(dataset="index_daily")
        newest = reader.query("SELECT max(trade_date) FROM core.index_daily").item()
        facts = reader.query(documented("FROM mart.fact"))
    assert latest.height > 0
    assert axes == [LATER]
    assert compared["says_now"].item() == compared["said_first"].item() + 1
    assert reach["newest"].to_list() == [newest]
    assert newest > day
    assert set(facts["as_of"]) == {LATER}


def test_the_python_in_the_documents_runs(
    told_twice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(told_twice)
    names: dict[str, object] = {"duckdb": duckdb}
    for example in fences("docs/analyst.md", "python"):
        exec(compile(example, "docs/analyst.md", "exec"), names)
    latest, strength = names["latest"], names["strength"]
    assert isinstance(latest, pl.DataFrame) and latest.height > 0
    assert isinstance(strength, pl.Series) and strength.drop_nulls().is_between(0, 100).all()


def test_the_readme_shows_page_one_and_both_commands() -> None:
    readme = PAGES["README.md"]
    assert (ROOT / "docs" / "pictures" / "page-1.png").read_bytes().startswith(b"\x89PNG")
    assert "docs/pictures/page-1.png" in readme
    assert readme.index("make demo") < readme.index("briefing run")
    assert "make test" in readme
