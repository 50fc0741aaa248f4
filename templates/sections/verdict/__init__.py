"""Page 1: the verdict, six places where the reader looks every week, and what comes next.

facts.py says what is true, english.py and chinese.py how it is said; here it is put on the page.
templates.letter says the same in the mail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import ModuleType

import polars as pl

from templates.format import MINUS, NO_BREAK, Number, places_for_three, plain, spell
from templates.page import (
    Absent,
    Block,
    Cell,
    Change,
    Column,
    Content,
    Entries,
    Entry,
    Figure,
    Findings,
    FrontPage,
    Grid,
    Missing,
    Picture,
    Ranked,
    Row,
    Table,
    TableRow,
    Tile,
    rows,
)
from templates.palette import SUPPORT
from templates.sections.verdict import chart, chinese, english, facts
from templates.sections.verdict.facts import After, Position, Reading
from templates.sections.verdict.triggers import crossings, rules
from templates.wording.front import Front, front, listed
from templates.wording.language import LANGUAGES
from templates.wording.page_words import Crossing
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.axes.regimes import ADVANCE, FADING, HOT
from transforms.findings.summary import POLICY, summary
from transforms.formulas.printed_value import printed
from transforms.issue.issue import Issue

SLUG = "verdict"
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
LOW, TALL = 66.0, 96.0  # mm of the map, beside lists under it and without any
ROUND = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0)  # ends of a scale
ONE_LINE = {"en": 48, "zh": 26}  # letters or squares that fit however wide they are
GRIDS = {1: Grid.FULL, 2: Grid.HALVES, 3: Grid.THIRDS}


def build(issue: Issue, s: Speller) -> Content:
    """Page 1 in the speller's language."""
    words, place = WORDS[s.code], facts.position(issue)
    told = told_in(issue, s)
    below = [_events(issue, words, s), _ahead(issue, words, s), _followed(issue, words, s)]
    height = TALL if all(isinstance(one, Absent) for one in below) else LOW
    return FrontPage(
        SLUG,
        s.fixed("section.verdict"),
        _in_lines(words.headline(told.headline, issue.stale, place, s), s),
        (
            Row(tuple(_tile(one, words, s) for one in facts.tiles(issue)), Grid.SIXTHS),
            *_side_by_side(
                [_map(issue, place, height, words, s), _findings(issue, told, words, s)]
            ),
            *_side_by_side(below),
            *rows(*_triggers(issue, words, s), grid=Grid.FOURTHS,
                  label=s.fixed("section.triggers")),
        ),
        lede=words.lede(told.lede, issue.stale, place, s),
        foot=words.foot(facts.health(issue), s),
    )  # fmt: skip


def _in_lines(headline: Text, s: Speller) -> Text:
    """A headline broken between two clauses, the most evenly, where both lines fit."""
    language = LANGUAGES[s.code]
    between = language.between if not str(headline).count("；") else "；"
    clauses, room = str(headline).split(between), ONE_LINE[s.code]
    if len(clauses) < 2 or language.measure(headline) <= room:
        return headline
    longer = {
        at: max(language.measure(between.join(part)) for part in (clauses[:at], clauses[at:]))
        for at in range(1, len(clauses))
    }
    at = min(longer, key=lambda place: longer[place])
    return _broken(headline, between, at) if longer[at] <= room else headline


def _broken(headline: Text, between: str, at: int) -> Text:
    """The headline with a new line behind a mark between clauses; at: which of them, from 1."""
    parts, seen = list(headline.parts), 0
    for place, part in enumerate(parts):
        if isinstance(part, str) and seen + part.count(between) >= at:
            own = part.split(between)
            before, after = between.join(own[: at - seen]), between.join(own[at - seen :])
            parts[place] = f"{before}{between.rstrip()}\n{after}"
            break
        seen += part.count(between) if isinstance(part, str) else 0
    return Text(tuple(parts))


def _side_by_side(blocks: Sequence[Block]) -> Iterator[Row]:
    """The blocks that there are, sharing the width; absent ones follow as lines."""
    present = sum(not isinstance(one, Absent) for one in blocks)
    return rows(*blocks, grid=GRIDS[max(present, 1)])


def told_in(issue: Issue, s: Speller) -> Front:
    """What happened, in words. A stale issue leads with its staleness, and lists the rest.

    What was announced stands in a list of its own, so the findings leave it out.
    """
    if issue.span is None:
        return Front(Text(), Text(), ())
    told = summary(issue.findings)
    told = replace(told, findings=tuple(one for one in told.findings if one.block != POLICY))
    return (listed if issue.stale else front)(told, s.setting, LANGUAGES[s.code])


def _tile(one: Reading, words: ModuleType, s: Speller) -> Tile:
    fact, name = one.fact, words.tile_name(one, s)
    if fact is None:
        return Tile(name, Missing(s.fixed("cell.no_data")))
    low, high = _bounds(one, s)
    hot = one.rank is not None and one.rank >= facts.HOT_RANK
    return Tile(
        name,
        s.level(fact),
        change=_change(one, words, s),
        rank=words.rank(one, s),
        hot=hot,
        svg=chart.spark(one.past.values, low, high, one.rank, s.palette.heat)
        if len(one.past)
        else "",
        data=pl.DataFrame({"day": one.past.days, str(name): one.past.values}),
    )  # fmt: skip


def _bounds(one: Reading, s: Speller) -> tuple[str, str]:
    """The lowest and highest value of the year, in the unit of the value beside them."""
    if not len(one.past) or one.fact is None:
        return "", ""
    unit, ends = one.fact.unit, (min(one.past.values), max(one.past.values))
    if unit in ("CNY", "HKD"):
        factor = s.money(unit, ends[1]).factor
        places = min(places_for_three(ends[1] / factor), 2)
        return plain(ends[0] / factor, places), plain(ends[1] / factor, places)
    if unit == "fraction":
        return plain(ends[0] * 100, 0), plain(ends[1] * 100, 0)
    return plain(ends[0], 0), plain(ends[1], 0)


def _change(one: Reading, words: ModuleType, s: Speller) -> Change | None:
    """What the value gained, an index in per cent, and what listings raised."""
    if one.place.finding == "proceeds":
        if one.moved is None:
            return None
        gained = _bare(s.stated(one.moved, "raised", signed=True))
        return Change(words.raised(gained, s), 1)
    if one.fact is None:
        return None
    if one.place.key == "star":
        moved = s.stated(one.moved, "change", signed=True) if one.moved else None
    else:
        moved = s.week_change(one.fact)
    if moved is None:
        return None
    way = -1 if moved.text[:1] == MINUS else 1 if moved.text[:1] == "+" else 0
    return Change(words.change(_bare(moved), one), way)


def _bare(moved: Number) -> Number:
    """A gain without its currency, which stands over it."""
    text = moved.text.replace(f"CNY{NO_BREAK}", "").replace("HK$", "")
    return Number(text.removesuffix("港元").removesuffix("元"), moved.ref)


def _map(issue: Issue, place: Position, height: float, words: ModuleType, s: Speller) -> Block:
    if not place.marks:
        return Absent(s.absent(words.MAP))
    axes = [one for one in (place.momentum, place.heat) if one]
    cross = [facts.Reach(low.value, low.value, high.value)
             for low, high in (one.spread for one in axes if one.spread)]  # fmt: skip
    said = chart.Words(
        words.ACROSS,
        words.UP,
        words.BY_ZONE,
        words.LINE,
        [str(one) for one in words.point(place, s)],
        [(i, str(s.day_tick(place.marks[i].day))) for i in _named(place.marks)],
    )
    svg = chart.position_map(
        place.marks, cross if len(cross) == 2 else (), said, lines=(FADING, ADVANCE, HOT),
        hollow=issue.stale is not None, heat=s.palette.heat, height=height,
    )  # fmt: skip
    table = [(m.day, m.momentum.value, m.heat.value, m.heat.low, m.heat.high) for m in place.marks]
    names = ["day", "momentum", "heat", "heat_low", "heat_high"]
    return Figure(words.map_title(issue.stale, place, s), svg, note=words.map_note(place, s),
                  data=pl.DataFrame(table, names, orient="row"))  # fmt: skip


def _named(marks: Sequence[facts.Mark]) -> list[int]:
    """The marks that are named: the first, the turns farthest out, and the one before the last."""
    before = range(len(marks) - 1)
    if not before:
        return []
    by_heat = sorted(before, key=lambda i: marks[i].heat.value)
    by_momentum = sorted(before, key=lambda i: marks[i].momentum.value)
    ends = [by_heat[-1], by_heat[0], by_momentum[-1], by_momentum[0]]
    return list(dict.fromkeys([before[0], *ends, before[-1]]))


def _findings(issue: Issue, told: Front, words: ModuleType, s: Speller) -> Findings:
    items = []
    for text, finding in zip(told.findings, told.listed, strict=True):
        role = facts.role(finding)
        rank, history = words.rarity(finding, role, s) if role else (Text(), Text())
        items.append(Ranked(text, rank, history))
    title = words.told_title(issue.stale, s)
    return Findings(title, tuple(items), say(words.NO_FINDING) if not items else Text())


def _events(issue: Issue, words: ModuleType, s: Speller) -> Block:
    found = facts.events(issue)
    if not found:
        return Absent(say(words.NO_EVENTS))
    items = []
    for one in found:
        day = facts.dated(one)
        items.append(Entry(words.mark(day, s), words.event(one, day, s)))
    return Entries(tuple(items), say("{t}", t=s.fixed("section.events")), ruled=True)


def _ahead(issue: Issue, words: ModuleType, s: Speller) -> Block:
    found = list(facts.by_day(facts.ahead(issue)))
    if not found:
        return Absent(say(words.NO_CALENDAR))
    items = tuple(Entry(words.mark(day, s), words.ahead(each, s)) for day, each in found)
    return Entries(items, say("{t}", t=s.fixed("section.ahead")), ruled=True,
                   note=say(words.BEIJING))  # fmt: skip


def _followed(issue: Issue, words: ModuleType, s: Speller) -> Block:
    one = facts.after(issue)
    if one is None:
        return Absent(s.absent(words.FOLLOWED))
    pages = LANGUAGES[s.code].pages(issue.as_of, issue.names)
    values = [0.0, *(v for outcomes in one.outcomes for v in outcomes)]
    pad = max((max(values) - min(values)) * 0.06, 0.02)
    limits = (min(values) - pad, max(values) + pad)
    columns = (Column(words.SESSIONS, "text"), Column(words.CASES), Column("", "bar"),
               Column(words.MEDIAN, strong=True), Column(words.ANY_DAY))  # fmt: skip
    drawn = tuple(
        TableRow(tuple(_after(one, place, limits, s))) for place in range(len(one.horizons))
    )
    return Table(say("{t}", t=s.fixed("section.followed")), columns, drawn,
                 note=words.followed_note(one, pages.reading(one.horizons[0]), s)
                 + words.scenario(facts.scenario(issue), s))  # fmt: skip


def _after(one: After, place: int, limits: tuple[float, float], s: Speller) -> Iterator[Cell]:
    """One horizon: how many cases, each as a dot, their median, and that of any day."""
    this, values = one.horizons[place], one.outcomes[place]
    last = place == len(one.horizons) - 1
    ticks = [(at, f"{plain(at * 100, 0)}%") for at in _round_ends(limits)] if last else ()
    none = Missing(s.fixed("cell.no_data"))
    yield f"{this.horizon}"
    yield s.level(this.cases)
    median, base = (fact.value if fact else None for fact in (this.median, this.base))
    svg = chart.dots(values, median, base, limits, ticks)
    yield Picture(svg, f"{s.fixed('section.followed')} {this.horizon}")
    yield s.signed(this.median) if this.median else Missing("–")
    yield s.signed(this.base) if this.base else none


def _round_ends(limits: tuple[float, float]) -> list[float]:
    """Zero, and the largest round value on the wider side whose name has room beside it."""
    low, high = limits
    least, wider = (high - low) * 0.52, max(high, -low)
    far = max((n for n in ROUND if least <= n <= wider), default=0.0)
    return [0.0, *([far if high >= -low else -far] if far else [])]


def _triggers(issue: Issue, words: ModuleType, s: Speller) -> Iterator[Block]:
    spans = {f"rule/{rule.slug}": rule.span for rule in rules(issue)}
    for one in crossings(issue):
        yield _trigger(one, spans[one.ref], words, s)


def _trigger(one: Crossing, span: float, words: ModuleType, s: Speller) -> Figure:
    slug, fact = one.ref.removeprefix("rule/"), one.fact
    line = Number(spell(one.line, fact.unit).replace(".0", ""), one.ref)
    away = distance(fact.value, one.line, fact.unit, fact.metric)
    unit = "pp" if fact.unit == "fraction" else fact.unit
    told = Number(s.spelled(away, unit, fact.metric), f"{one.ref}#distance")
    colour = s.palette.heat if one.meaning == "hotter" else SUPPORT
    return Figure(
        say("{name}", name=words.LINES[slug]),
        chart.bar(fact.value, one.line, _limits(fact.value, one.line, span),
                  str(words.crossed(one, line)), rises=one.rises, colour=colour),
        data=pl.DataFrame({"value": [fact.value, fact.value], "line": [one.line, one.line]}),
        note=words.distance(one, s.level(fact) if fact.unit == "count" else s.natural(fact), told, s),
    )  # fmt: skip


def _limits(value: float, line: float, span: float) -> tuple[float, float]:
    """As much of the scale as shows both, as far beyond the line as before it."""
    reach = max(span, abs(value - line) * 1.15)
    return line - reach, line + reach


def distance(value: float, line: float, unit: str, metric: str = "") -> float:
    """From the printed value to its line, in the printed unit: percentage points of shares."""
    away = abs(float(printed(value, unit, metric)) - line)
    return away * 100 if unit == "fraction" else away
