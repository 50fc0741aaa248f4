"""What `briefing doctor --live` prints: a line per source, grouped by host, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import groupby

import polars as pl
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from flows.monitoring.doctor import Finding, Mark
from flows.monitoring.probe_report import Verdict
from flows.monitoring.source_probe import FINE, Probed, counted
from warehouse.catalog import catalogue
from warehouse.characters import escaped
from warehouse.quoting import quoted

WIDEST, NARROWEST = 120, 60  # columns; longer lines are hard to read
VERDICT, ROWS, DAY, SECONDS = 11, 9, 10, 8  # widths of columns
WITH_SOURCE = 110  # columns from which on the source's own name has room
SAID = 320  # characters of a message; the report and JSON have all of it
BELOW = " " * (VERDICT + 4)
PAPER = Console()  # measures text; nothing is printed on it
PACKAGE = "akshare's package"  # where no host is asked


class Exit(IntEnum):
    """How `briefing doctor` ends; 2 is a mistake in the command line."""

    GOOD = 0
    WRONG = 1  # something is wrong here, or some source is not as it should be
    NO_NETWORK = 3  # no host could be reached
    NO_SOURCE = 4  # a dataset has no working source


NEXT = {
    Verdict.CHANGED: (
        "changed: upstreams differ from what is known here. Run `briefing doctor --live --report "
        "FILE` and send the file in; until then the next source of each chain takes over."
    ),
    Verdict.REFUSED: (
        "refused: rows break rules, so nothing of them would be loaded. Compare with the upstream's "
        "page; if its unit or columns have changed, send in a report as above."
    ),
    Verdict.EMPTY: (
        "empty: nothing is published for the day, or nothing is here yet that would prove it. Both "
        "may be right: too early, no such share, before the first collection. Look again tomorrow."
    ),
    Verdict.UNREACHABLE: (
        "unreachable: another source of the chain takes over, where it has one. If it lasts, the "
        "host may shut out this machine's address: wait some hours, or ask it less (`hosts` in "
        "briefing.toml)."
    ),
    Verdict.BLOCKED: (
        "blocked: not sent, because today's quota is spent or the host gave no answer a short while "
        "ago. Wait as long as the line says."
    ),
}


def exit_code(findings: Iterable[Finding], found: Sequence[Probed], *, lost: bool) -> Exit:
    """The gravest of what was found."""
    if lost:
        return Exit.NO_NETWORK
    if without_source(found)[0]:
        return Exit.NO_SOURCE
    wrong = any(f.mark == Mark.BAD for f in findings)
    return Exit.WRONG if wrong or any(p.verdict not in FINE for p in found) else Exit.GOOD


def without_source(found: Iterable[Probed]) -> tuple[list[str], list[str]]:
    """Parts of datasets of which every source fails, and those of which none has shown anything."""
    parts: dict[tuple[str, str], list[Probed]] = {}
    for one in found:
        parts.setdefault((one.dataset, one.part), []).append(one)
    dead: list[str] = []
    mute: list[str] = []
    for (name, part), sources in parts.items():
        if not any(p.works for p in sources):
            said = label(name, part) + derived(name, part)
            (mute if any(p.verdict in FINE for p in sources) else dead).append(said)
    return dead, mute


def derived(name: str, part: str) -> str:
    """A remark on a part whose rows may follow from those of other datasets."""
    chain = next((c for c in catalogue()[name].chains if c.part == part), None)
    follows = chain is not None and any(s.query for s in chain.sources)
    return " (can follow from other datasets)" if follows else ""


def label(name: str, part: str) -> str:
    """A part of a dataset; the part is named where there are several."""
    return name if len(catalogue()[name].chains) == 1 else f"{name} · {part}"


def blocks(found: Iterable[Probed], width: int) -> Iterator[str]:
    """A block per host: its name, then a line for each of its sources."""
    width = max(min(width, WIDEST), NARROWEST)
    for host, group in groupby(sorted(found, key=lambda p: p.host), key=lambda p: p.host):
        yield "\n".join(block(host, list(group), width))


def block(host: str, sources: Sequence[Probed], width: int) -> Iterator[str]:
    """The lines of one host; one without any answer is said once."""
    yield escaped(f"{host or PACKAGE} · {plural(len(sources), 'source')}")
    if all(p.verdict == Verdict.UNREACHABLE for p in sources):
        yield from hanging(f"  {Verdict.UNREACHABLE:<{VERDICT}}  ", reason(sources[0]), width)
        names = dict.fromkeys(label(p.dataset, p.part) for p in sources)
        yield from hanging(BELOW, f"wanted for {', '.join(names)}", width)
        return
    labels = [label(p.dataset, p.part) for p in sources]
    before = ""
    for one in sources:
        same = labels.count(label(one.dataset, one.part)) > 1
        yield line(one, width, same=same)
        said = reason(one)
        yield from hanging(BELOW, "the same" if said and said == before else said, width)
        before = said


def line(one: Probed, width: int, *, same: bool) -> str:
    """Verdict, dataset, rows, newest day and seconds; where there is room, or need, the source."""
    wide = width >= WITH_SOURCE
    room = width - VERDICT - ROWS - DAY - SECONDS - 10
    what = label(one.dataset, one.part)
    if wide:
        what = f"{fitted(what, 36)}{one.source}"
    elif same:
        what = f"{what} ({one.source})"
    unsaid = one.verdict == Verdict.NOT_NOW
    rows = "–" if unsaid else f"{one.rows:,}"
    seconds = "–" if unsaid else f"{one.seconds:.1f} s"
    cells = (
        f"{one.verdict:<{VERDICT}}", fitted(what, room), f"{rows:>{ROWS}}",
        f"{one.newest or '–'!s:<{DAY}}", f"{seconds:>{SECONDS}}",
    )  # fmt: skip
    return escaped("  " + "  ".join(cells))


def reason(one: Probed) -> str:
    """What a source said, without its name and host, which stand above."""
    if one.verdict == Verdict.NOT_NOW:
        return ""
    return quoted(one.says.removeprefix(f"{one.source} ({one.host}) "), SAID)


def fitted(text: str, room: int) -> str:
    """A text in exactly so many columns of a terminal; Chinese characters take two each."""
    return set_cell_size(
        text if cell_len(text) <= room else set_cell_size(text, room - 1) + "…", room
    )


def hanging(start: str, text: str, width: int, indent: int | None = None) -> list[str]:
    """A text broken at the width of the page, behind a start and an indent as wide as that."""
    indent = len(start) if indent is None else indent
    lines = Text(escaped(text)).wrap(PAPER, max(width - indent, 20))
    told = [line.plain.rstrip() for line in lines]
    return [f"{start}{told[0]}", *(" " * indent + line for line in told[1:])] if text else []


def summary(found: Sequence[Probed], seconds: float, width: int) -> Iterator[str]:
    """How many sources of each verdict, which datasets have none, and what to do."""
    width = max(min(width, WIDEST), NARROWEST)
    hosts = len({p.host for p in found if p.host})
    asked = f"{plural(len(found), 'source')} on {plural(hosts, 'host')} in {lasted(seconds)}"
    yield from hanging("", f"{asked}: {counted(found)}", width)
    dead, mute = without_source(found)
    for names, said in ((dead, "No working source"), (mute, "Nothing shown yet by any source")):
        if names:
            yield from hanging("", f"{said}: {', '.join(names)}.", width, 2)
    if not dead:
        yield "Every dataset that answered has a working source."
    there = {p.verdict for p in found}
    for verdict, advice in NEXT.items():
        if verdict in there:
            yield from hanging("- ", advice, width)


def findings_lines(findings: Iterable[Finding], width: int) -> Iterator[str]:
    """What was looked at on this machine, each matter broken at the width of the terminal."""
    found = list(findings)
    first = max((len(f.matter) for f in found), default=0)
    for f in found:
        start = f"{f.matter:<{first}}  {f.mark:<5}  "
        room = max(min(width, WIDEST), NARROWEST, len(start) + 30)
        yield "\n".join(hanging(start, f.says, room))


def no_network(said: str, width: int) -> str:
    """The one message of a machine without a network."""
    message = (
        f"{said}. No source was judged and nothing else was asked. See to the connection; behind a "
        "proxy, set HTTPS_PROXY and HTTP_PROXY; then run the same command again. Without a network "
        "`briefing demo` shows everything."
    )
    return "\n".join(hanging("", message, max(min(width, WIDEST), NARROWEST)))


def table(found: Sequence[Probed]) -> pl.DataFrame:
    """The same as a frame: a row per source."""
    columns = (
        "dataset", "part", "source", "host", "verdict", "works", "rows", "newest", "seconds", "says",
    )  # fmt: skip
    rows: list[Mapping[str, object]] = [{c: getattr(p, c) for c in columns} for p in found]
    kinds = {"verdict": pl.String, "newest": pl.Date}
    return pl.DataFrame(
        rows, columns, schema_overrides=kinds | {"seconds": pl.Float64}
    ).with_columns(pl.col("seconds").round(1))


def plural(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def lasted(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
