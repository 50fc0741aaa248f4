"""The archive: all issues on one page, with both axes over all time and what happened on them.

One file for each language that needs nothing outside itself, with or without script. It lies in the
folder of the issues, so its links work from a disk and from any web server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import NAMESPACE_URL, uuid5

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from templates.archive import chart, chinese, english
from templates.archive.chart import Numbered
from templates.screen import policy, script_of, style_of
from templates.wording.fixed import NAMES, TAGS
from templates.wording.language import LANGUAGES
from templates.wording.speller import SPELLERS, Speller
from templates.wording.states import HOT, TRAITS
from transforms.formulas.printed_value import whole

NUMBERED = 7  # findings on the chart: those of the issues whose first finding is the rarest
WIDE, NARROW = (1080, 320), (358, 260)  # pixels: each is drawn for its width, never scaled
WORDS = {"en": english, "zh": chinese}
OTHER = {"en": "zh", "zh": "en"}
PAGE = {"en": "index.html", "zh": "index_zh.html"}
FEED = {"en": "feed.xml", "zh": "feed_zh.xml"}
FED = 52  # issues; a reader of feeds keeps those that it has seen


@dataclass(frozen=True)
class FiledEdition:
    """One edition of an issue.

    files: where they lie, by part, from the folder of the issues; made_at: when it was rendered
    (naive UTC); earlier: whether there is a newer revision of it.
    """

    language: str
    revision: int
    headline: str
    files: Mapping[str, str]
    made_at: datetime
    earlier: bool = False


@dataclass(frozen=True)
class FiledIssue:
    """One issue with all its editions, the newest revision of each language first.

    state, momentum, heat: as its own evaluation found them; surprise: of its first finding.
    """

    issue_id: str
    as_of: date
    state: str | None
    momentum: float | None
    heat: float | None
    surprise: float
    editions: tuple[FiledEdition, ...]

    def newest(self, language: str) -> FiledEdition | None:
        """Its newest edition in a language."""
        return next((one for one in self.editions if one.language == language), None)

    def first(self, language: str) -> datetime:
        """When it was first rendered in a language."""
        return min(one.made_at for one in self.editions if one.language == language)


@dataclass(frozen=True)
class Archive:
    """All issues, newest first, and both axes over all time as they are known now.

    axes: observation_date, momentum, heat; states: observation_date, state. Sorted by day. address:
    of the folder of the issues on the web, empty where it is not known.
    """

    issues: tuple[FiledIssue, ...]
    axes: pl.DataFrame
    states: pl.DataFrame
    simulated: bool
    address: str = ""


@dataclass(frozen=True)
class Line:
    """An issue as a row of the table; moves are against the issue before."""

    issue: FiledIssue
    label: str
    day: str
    headline: str
    headline_lang: str
    state: str
    hot: bool
    momentum: str
    momentum_move: str
    heat: str
    heat_move: str
    number: int | None


def archive(one: Archive, language: str) -> str:
    """The page of all issues in a language."""
    s, words = SPELLERS[language](as_of=one.issues[0].as_of), WORDS[language]
    numbered = _numbered(one)
    lines = [
        _line(issue, before, numbered.get(issue.issue_id), s)
        for issue, before in zip(one.issues, (*one.issues[1:], None), strict=True)
    ]
    marks = [
        Numbered(number, issue.as_of)
        for issue in one.issues
        if (number := numbered.get(issue.issue_id))
    ]
    drawn = [
        chart.axes(one.axes, one.states, sorted(marks), s, size)
        for size in (WIDE, NARROW)
        if one.axes.height  # before either score was ever known there is nothing to draw
    ]
    style, script = style_of("archive", "archive.css"), script_of("archive", "archive.js")
    return _environment().get_template("archive.html.j2").render(
        edition_words=WORDS, lines=lines, told=sorted((x for x in lines if x.number), key=lambda x: x.number or 0),
        drawn=drawn, title=_title(one, s),
        weeks=_weeks(one, s), words=words, s=s, simulated=one.simulated, tag=TAGS[language],
        names=NAMES, other=OTHER[language], style=Markup(style), script=Markup(script),  # noqa: S704
        policy=policy(style, script), states=sorted({x.state for x in lines if x.state}),
        feed=FEED[language] if any(issue.newest(language) for issue in one.issues) else "",
        summary_text=words.summary(len(lines), sum(x.hot for x in lines), s),
    )  # fmt: skip


def feed(one: Archive, language: str) -> str | None:
    """The issues that have an edition in a language as an Atom feed (RFC 4287), the newest first.

    None where no issue has one: a feed must say when it was updated, and there is nothing to say.
    An entry is an issue, whatever its revision: its id is that of issue and language, and it was
    updated when its newest revision was rendered. No moment is that of the making of the feed.
    """
    s, name = SPELLERS[language](as_of=one.issues[0].as_of), FEED[language]
    found = [(issue, own) for issue in one.issues if (own := issue.newest(language))][:FED]
    if not found:
        return None
    entries = [
        {
            "title": headline(own), "id": _urn(language, issue.issue_id),
            "published": _moment(issue.first(language)), "updated": _moment(own.made_at),
            "address": own.files.get("web") or own.files["pdf"],
            "summary": _told(_line(issue, None, None, s), s),
        }
        for issue, own in found
    ]  # fmt: skip
    return _environment().get_template("feed.xml.j2").render(
        s=s, tag=TAGS[language], base=one.address, simulated=one.simulated, own=name,
        page=PAGE[language], identity=_urn(language), entries=entries,
        updated=_moment(max(own.made_at for _, own in found)),
    )  # fmt: skip


def _urn(*parts: str) -> str:
    """A name for ever, the same wherever the issues lie."""
    return uuid5(NAMESPACE_URL, "/".join(("china-tech-briefing", *parts))).urn


def _moment(instant: datetime) -> str:
    """Naive UTC as RFC 3339."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _told(line: Line, s: Speller) -> str:
    """Where the market stood: 2026-W03, 16 January 2026: overheated advance, heat 60 and so on."""
    scores = f"{s.fixed('archive.momentum')} {line.momentum}, {s.fixed('archive.heat')} {line.heat}"
    return f"{line.label}, {line.day}: {', '.join(filter(None, (line.state, scores)))}"


def leading(issue: FiledIssue, language: str) -> str:
    """The page beside an issue's editions that leads on to the newest one in a language.

    Where there is none it says so and names the one that there is.
    """
    found = issue.newest(language)
    other = issue.newest(OTHER[language])
    target = _beside(found) if found else ""
    return _environment().get_template("leading.html.j2").render(
        issue=issue, target=target, other=_beside(other) if other else "", tag=TAGS[language],
        words=WORDS[language], name=NAMES[OTHER[language]],
    )  # fmt: skip


def _beside(edition: FiledEdition) -> str:
    """The file of an edition as an address in its own folder: the web page, else the PDF."""
    return (edition.files.get("web") or edition.files["pdf"]).rpartition("/")[2]


def _title(one: Archive, s: Speller) -> str:
    """Where the market stands at the end of the chart, and since when."""
    scores = {name: _last(one.axes, name) for name in ("momentum", "heat")}
    state, since = "", None
    for day, now in one.states.select("observation_date", "state").iter_rows():
        if now != state:
            state, since = now, day
    current = (
        one.states.height
        and since
        and one.states["observation_date"].max() == one.axes["observation_date"].max()
    )
    name = s.state(state) if current else ""
    return str(WORDS[s.code].title(scores, name, since, s))


def _last(axes: pl.DataFrame, name: str) -> float | None:
    known = axes[name].drop_nulls()
    return float(known[-1]) if len(known) else None


def _numbered(one: Archive) -> dict[str, int]:
    """The issues whose finding stands on the chart, numbered by day."""
    drawn = set(one.axes["observation_date"])
    there = [issue for issue in one.issues if issue.as_of in drawn]
    rare = sorted(there, key=lambda issue: (-issue.surprise, issue.as_of))[:NUMBERED]
    by_day = sorted(rare, key=lambda issue: (issue.as_of, issue.issue_id))
    return {issue.issue_id: number for number, issue in enumerate(by_day, start=1)}


def _line(issue: FiledIssue, before: FiledIssue | None, number: int | None, s: Speller) -> Line:
    own = issue.newest(s.code) or issue.editions[0]
    return Line(
        issue, issue.issue_id, str(s.dated(issue.as_of)), headline(own), TAGS[own.language],
        s.state(issue.state) if issue.state else "", issue.state in TRAITS[HOT],
        _score(issue.momentum), _move(issue.momentum, before.momentum if before else None),
        _score(issue.heat), _move(issue.heat, before.heat if before else None), number,
    )  # fmt: skip


def headline(edition: FiledEdition) -> str:
    """The finding of a subject, without the issue behind it and the marks before it."""
    language = LANGUAGES[edition.language]
    told = edition.headline.rpartition(language.bar)[0] or edition.headline
    return told.removeprefix(language.simulated)


def _score(value: float | None) -> str:
    return "–" if value is None else f"{whole(value)}"


def _move(now: float | None, before: float | None) -> str:
    """The change of the printed scores, so that what stands in the table adds up."""
    if now is None or before is None:
        return ""
    gained = whole(now) - whole(before)
    return f"{'+' if gained > 0 else '−' if gained < 0 else ''}{abs(gained)}"


def _weeks(one: Archive, s: Speller) -> list[tuple[int, str, str, str, str]]:
    """The last day of each week of the chart: place, day, momentum, heat, state; newest first."""
    placed = one.axes.sort("observation_date").with_row_index("at")
    daily = placed.join(one.states, on="observation_date", how="left", maintain_order="left")
    week = pl.col("observation_date").dt.truncate("1w")
    last = daily.with_columns(week=week).unique("week", keep="last", maintain_order=True)
    columns = ("at", "observation_date", "momentum", "heat", "state")
    return [
        (at, str(s.dated(day)), _score(momentum), _score(heat), s.state(state) if state else "–")
        for at, day, momentum, heat, state in last.reverse().select(columns).iter_rows()
    ]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("templates.archive", "."), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
