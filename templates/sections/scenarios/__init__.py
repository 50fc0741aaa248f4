"""What may come, what would move it, how good such forecasts were, and what came before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType

import polars as pl

from templates import charts
from templates.canvas import Line
from templates.issue_view import late, sourced
from templates.page import (
    HALF,
    Absent,
    Block,
    Cell,
    Column,
    Content,
    Entries,
    Entry,
    Figure,
    Grid,
    Missing,
    Table,
    TableRow,
    rows,
)
from templates.palette import GREY, INK
from templates.sections.scenarios import chart, chinese, english
from templates.sections.scenarios.facts import (
    After,
    Event,
    Explosive,
    Followed,
    Growth,
    Outcomes,
    Outlook,
    Reading,
    Record,
    RunUp,
    Scored,
    Trigger,
    drawn,
    events,
    explosive,
    followed,
    outlook,
    priors,
    readings,
    record,
    reliability,
    run_ups,
    triggers,
)
from templates.wording.speller import Scale, Speller
from templates.wording.text import Text
from transforms.facts import Fact
from transforms.issue.issue import Issue
from transforms.outlook.scenarios import HORIZONS, OUTCOMES

SLUG = "scenarios"
INPUTS = ("index_daily", "index_valuation")
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
NAMES = dict(
    zip(OUTCOMES, ("outcome.higher", "outcome.not_higher", "outcome.fall_10", "outcome.fall_20"),
        strict=True)
)  # fmt: skip
CHART_HEIGHT = 33.0


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words = WORDS[s.code]
    ahead, made = outlook(issue), record(issue)
    on_the_way, read, lines = events(issue), readings(issue), triggers(issue)
    weeks, tests, past = followed(issue), explosive(issue), run_ups(issue)
    missing = [Absent(s.absent(what)) for what in words.BLOCKS]
    bins = reliability(issue)
    return Content(
        SLUG,
        s.fixed("section.scenarios"),
        words.headline(ahead, made, s),
        (
            *rows(_outlook(issue, ahead, words, s) if ahead else missing[0]),
            *rows(_readings(issue, read, words, s) if read else missing[1]),
            *rows(
                _events(issue, on_the_way, words, s) if on_the_way else missing[2],
                _followed(issue, weeks, words, s) if weeks else missing[3],
                grid=Grid.HALVES,
            ),
            *rows(_triggers(issue, lines, words, s) if lines else missing[4]),
            *rows(
                _record(issue, made, words, s) if made else missing[5],
                _reliability(issue, made, bins, words, s) if made and bins.height else missing[6],
                grid=Grid.TWO_THIRDS,
            ),
            *rows(
                _tests(issue, tests, words, s) if tests else missing[7],
                _run_ups(issue, past, words, s) if past else missing[8],
                *([_course(issue, tests, words, s)] if tests and tests.grows else []),
                grid=Grid.HALVES,
            ),
        ),
        late=s.late(late(issue, *INPUTS)),
    )


def _none(s: Speller) -> Missing:
    return Missing(s.fixed("cell.no_data"))


def _outlook(issue: Issue, one: Outlook, words: ModuleType, s: Speller) -> Figure:
    horizons = [h for h in HORIZONS if all(h in index.by_horizon for index in one.indices)]
    groups = [_group(index, horizons, s) for index in one.indices]
    names = [s.fixed(NAMES[target]) for target in OUTCOMES]
    # As numbers of the page: the value of a bound does not say that it is one.
    drawn_rows = [
        (s.index(index.entity), h, s.fixed(NAMES[c.outcome]),
         *map(s.level, (c.value, c.low, c.high, c.base)))
        for index in one.indices for h in horizons for c in index.by_horizon[h]
    ]  # fmt: skip
    shown = [c.value for index in one.indices for h in horizons for c in index.by_horizon[h]]
    return Figure(
        words.outlook_title(one, s),
        chart.outcomes(groups, names, [words.sessions(h) for h in horizons]),
        unit=words.OUTLOOK_UNIT,
        data=pl.DataFrame(drawn_rows, words.OUTLOOK_DATA, orient="row"),
        note=words.outlook_note(one, s),
        source=sourced(issue, s, *shown, refs=_metrics(shown)),
    )


def _group(index: Outcomes, horizons: Sequence[int], s: Speller) -> chart.Group:
    columns = [
        [
            chart.Probability(c.value.value, c.low.value, c.high.value, c.base.value,
                              str(s.level(c.value)))
            for c in index.by_horizon[h]
        ]
        for h in horizons
    ]  # fmt: skip
    return chart.Group(s.index(index.entity), columns)


def _readings(issue: Issue, read: tuple[Reading, ...], words: ModuleType, s: Speller) -> Block:
    """The table; one line where no reading has cases enough to be summed up."""
    if not any(after and after.median for one in read for after in one.by_horizon):
        return Absent(words.readings_title(read, s))
    heads = [Column(words.HEADS["reading"], "text"), Column(words.HEADS["measured"], "text")]
    for h in HORIZONS:
        heads += [Column(words.cases_within(h)), Column(words.HEADS["median"], strong=True),
                  Column(words.HEADS["base"])]  # fmt: skip
    lines = [
        TableRow((words.reading(one, s), s.index(one.index),
                  *(cell for after in one.by_horizon for cell in _after(after, words, s))))
        for one in read
    ]  # fmt: skip
    shown = [part.cases for one in read for part in one.by_horizon if part]
    return Table(words.readings_title(read, s), tuple(heads), tuple(lines),
                 every=2, dense=True, note=words.READINGS_NOTE, source=sourced(issue, s, *shown, refs=_metrics(shown)))  # fmt: skip


def _after(after: After | None, words: ModuleType, s: Speller) -> Iterator[Cell]:
    if after is None:
        yield from (_none(s), _none(s), _none(s))
        return
    yield s.level(after.cases)
    yield s.signed(after.median) if after.median else Missing(words.TOO_FEW)
    yield s.signed(after.base) if after.base else _none(s)


def _events(issue: Issue, found: tuple[Event, ...], words: ModuleType, s: Speller) -> Table:
    """The base rates stand beside the probabilities only where these say more."""
    informed = any(one.informed for one in found)
    heads = [Column(words.HEADS["within"], "text")]
    for h in HORIZONS:
        heads.append(Column(words.sessions(h), strong=True))
        heads += [Column(words.HEADS["base"])] if informed else []
    lines = []
    for one in found:
        pairs = (pair if informed else pair[:1] for pair in one.by_horizon)
        cells = (s.level(fact) if fact else _none(s) for pair in pairs for fact in pair)
        lines.append(TableRow((words.EVENTS[one.target], *cells)))
    shown = [value for one in found for value, _ in one.by_horizon]
    return Table(words.events_title(found, s), tuple(heads), tuple(lines), dense=True,
                 note=words.events_note(informed=informed),
                 source=sourced(issue, s, *shown, refs=_metrics(shown)))  # fmt: skip


def _triggers(issue: Issue, found: tuple[Trigger, ...], words: ModuleType, s: Speller) -> Entries:
    items = tuple(Entry("▼" if one.below else "▲", words.trigger(one, s)) for one in found)
    lines = [one.line for one in found]
    return Entries(items, title=words.TRIGGERS_TITLE, columns=2, note=words.TRIGGERS_NOTE,
                   source=sourced(issue, s, *lines, refs=_metrics(lines)))  # fmt: skip


def _metrics(facts: Iterable[Fact | None]) -> tuple[str, ...]:
    """Each metric once, whatever its entity."""
    return tuple(dict.fromkeys(fact.metric for fact in facts if fact))


def _record(issue: Issue, made: Record, words: ModuleType, s: Speller) -> Table:
    names = ("index", "horizon", "independent", "brier", "brier_base", "skill", "alike", "p")
    heads = tuple(
        Column(words.HEADS[name], "number" if at else "text", strong=name == "skill")
        for at, name in enumerate(names)
    )
    lines = tuple(TableRow(tuple(_scored(one, words, s))) for one in made.rows)
    shown = [one.skill or one.brier for one in made.rows]
    return Table(words.record_title(made, s), heads, lines, every=3, dense=True,
                 note=words.record_note(made, s), source=sourced(issue, s, *shown, refs=_metrics(shown)))  # fmt: skip


def _scored(one: Scored, words: ModuleType, s: Speller) -> Iterator[Cell]:
    yield s.index(one.index)
    yield words.sessions(one.horizon)
    yield s.level(one.independent)
    yield s.level(one.brier)
    yield s.level(one.base)
    yield s.signed(one.skill) if one.skill else _none(s)
    yield s.signed(one.alike) if one.alike else Missing(words.NOT_TESTED)
    yield s.level(one.p) if one.p else ""


def _reliability(
    issue: Issue, made: Record, bins: pl.DataFrame, words: ModuleType, s: Speller
) -> Figure:
    columns = {name: bins[name].to_list() for name in ("forecast", "frequency", "low", "high")}
    svg = chart.reliability(*columns.values(), across=words.FORECAST)
    return Figure(
        words.RELIABILITY_TITLE, svg, unit=words.FREQUENCY,
        data=pl.DataFrame(columns).rename(words.RELIABILITY_DATA),
        note=words.RELIABILITY_NOTE, source=sourced(issue, s, made.rows[0].brier, refs=(made.rows[0].brier.metric,)),
    )  # fmt: skip


def _tests(issue: Issue, found: Explosive, words: ModuleType, s: Speller) -> Table:
    names = ("index", "p", "statistic", "critical", "weeks", "pattern")
    heads = tuple(
        Column(words.HEADS[name], "number" if at else "text", strong=name == "p")
        for at, name in enumerate(names)
    )
    lines = tuple(TableRow(tuple(_tested(one, words, s)), emphasis=one.found) for one in found.rows)
    return Table(words.tests_title(found, s), heads, lines, dense=True, note=words.TESTS_NOTE,
                 source=sourced(issue, s, *(one.p for one in found.rows), refs=("explosive_p_value", "lppls_confidence_positive")))  # fmt: skip


def _tested(one: Growth, words: ModuleType, s: Speller) -> Iterator[Cell]:
    yield s.index(one.index)
    for fact in (one.p, one.statistic, one.critical, one.weeks):
        yield s.level(fact) if fact else _none(s)
    yield s.level(one.pattern) if one.pattern else Missing(words.NOT_TESTED)


def _course(issue: Issue, found: Explosive, words: ModuleType, s: Speller) -> Block:
    one, names = drawn(found), words.COURSE
    last = str(s.level(one.statistic)) if one.statistic else ""
    lines = [
        Line(found.past.values, f"{last}\n{names[0]}", INK),
        Line(found.line, names[1], GREY),
    ]
    svg = charts.lines(
        found.past.days, lines, Scale(1.0, ""), width=HALF, height=CHART_HEIGHT, room=20.0,
        speller=s,
    )  # fmt: skip
    data = {"day": found.past.days, names[0]: found.past.values, names[1]: found.line}
    return Figure(
        words.course_title(one, s), svg, unit=words.STATISTIC,
        data=pl.DataFrame(data), source=sourced(issue, s, one.statistic, one.critical,
                       refs=("bsadf_weekly", "bsadf_bootstrap_95")),
    )  # fmt: skip


def _run_ups(issue: Issue, found: tuple[RunUp, ...], words: ModuleType, s: Speller) -> Table:
    names = ("rose", "cases", "fell", "fell_share", "year_after")
    heads = tuple(
        Column(words.HEADS[name], "number" if at else "text") for at, name in enumerate(names)
    )
    few = Missing(words.TOO_FEW)
    lines = tuple(
        TableRow(
            (
                words.CLASSES[one.name],
                s.level(one.completed),
                s.level(one.fell) if one.fell else _none(s),
                s.level(one.share) if one.share else few,
                s.signed(one.year_after) if one.year_after else few,
            )
        )
        for one in found
    )
    known = priors(issue)
    return Table(words.run_ups_title(found, s), heads, lines, dense=True,
                 note=words.run_ups_note(known, s),
                 source=sourced(issue, s, *(one.completed for one in found), refs=("index_run_ups_completed",)))  # fmt: skip


def _followed(issue: Issue, weeks: tuple[Followed, ...], words: ModuleType, s: Speller) -> Table:
    heads = (Column(words.HEADS["was"], "text"), *(Column(s.state(one.state)) for one in weeks))
    none = Text(("–",))
    lines = tuple(
        TableRow((s.state(one.state), *(s.level(f) if f else none for f in one.then)))
        for one in weeks
    )
    shown: list[Fact | None] = [fact for one in weeks for fact in one.then]
    return Table(words.FOLLOWED_TITLE, heads, lines, dense=True, note=words.FOLLOWED_NOTE,
                 source=sourced(issue, s, *shown, refs=_metrics(shown)))  # fmt: skip
