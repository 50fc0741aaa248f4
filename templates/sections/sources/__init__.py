"""What the issue stands on: inputs, second sources, what was set aside, what no source offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from types import ModuleType

from templates.format import Number, apart, decimal, spell_share
from templates.issue_view import IMPORTED, counted, hosts_told
from templates.page import (
    Absent,
    Block,
    Cell,
    Column,
    Content,
    Passage,
    Passages,
    Stack,
    Table,
    TableRow,
    rows,
)
from templates.sections.sources import chinese, english
from templates.sections.sources.facts import (
    BLOCK,
    GROUPS,
    NAMED,
    REASONS,
    SOON,
    SUBSTITUTES,
    Doubted,
    Fault,
    Input,
    Inputs,
    Pair,
    Silent,
    Speaking,
    counts_survivors,
    doubted,
    fault,
    inputs,
    pairs,
    silent,
    speaking,
    unprinted,
)
from templates.wording.catalogue import host, is_host
from templates.wording.names import GROUPS as GROUPS_OF_SHARES
from templates.wording.names import INDICES
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.engine.metric import metrics
from transforms.issue.issue import Issue, Substitute
from transforms.issue.reconciliation import RECONCILIATIONS
from warehouse.catalog import catalogue
from warehouse.quality.contract_checks import GENERIC, sentence

SLUG = "sources"
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words = WORDS[s.code]
    found, compared = inputs(issue), pairs(issue)
    blocks = (
        *_inputs(found, words, s),
        _pairs(compared, words, s) if compared else Absent(s.absent(words.NO_PAIRS)),
        *_refused(issue, words, s),
        *_silent(issue, words, s),
        *_gaps(issue, words, s),
        _remarks(issue, words, s),
    )
    headline = words.headline(found, compared, s)
    return Content(SLUG, s.fixed("section.sources"), headline, (*rows(*blocks),))


def dataset(name: str, s: Speller) -> str:
    """What a dataset is called."""
    return s.label(catalogue()[name].label) if name in catalogue() else name


def source(raw: str, s: Speller) -> str:
    """Sources as the reader's language names them; what only the data name stays as it is there."""
    named = IMPORTED.sub("import", raw)
    return host(named, s.code) if is_host(named) else hosts_told(named.split(", "), s)


def _inputs(found: Inputs, words: ModuleType, s: Speller) -> Iterator[Block]:
    """Late ones in a table, and the others as lists."""
    if found.late:
        name, newest, expected, fetched, sources = words.LATE_HEADS
        columns = (
            Column(name, "prose"),
            *(Column(head, "day") for head in (newest, expected, fetched)),
            Column(sources, "prose"),
        )
        drawn = tuple(TableRow(tuple(_late(one, s))) for one in found.late)
        yield Table(Text(), columns, drawn, flows=True)
    if found.missing:
        yield Passages(
            _by_day(found.missing, words.due, words, s), words.missing_title(found), running=True
        )
    if found.on_time:
        items = _by_day(found.on_time, words.reach, words, s)
        yield Passages(items, words.on_time_title(found), running=True,
                       note=words.others(found))  # fmt: skip


def _by_day(
    some: tuple[Input, ...], day: Callable[[Input, Speller], Text], words: ModuleType, s: Speller
) -> tuple[Passage, ...]:
    """The inputs of each day told together, most of them first; day: what is said of one."""
    of_day: dict[str, list[Input]] = {}
    for one in some:
        of_day.setdefault(str(day(one, s)), []).append(one)
    groups = sorted(of_day.values(), key=lambda group: (-len(group), str(day(group[0], s))))
    between: str = words.BETWEEN
    return tuple(
        Passage(
            day(group[0], s).capitalized(),
            say("{names}", names=between.join(dataset(one.dataset, s) for one in group)),
        )
        for group in groups
    )


def _late(one: Input, s: Speller) -> Iterator[Cell]:
    yield dataset(one.dataset, s)
    for day in (one.newest, one.expected, one.fetched):
        yield s.day(day) if day else "–"
    yield source(one.sources, s) or "–"


def _pairs(compared: tuple[Pair, ...], words: ModuleType, s: Speller) -> Table:
    figure, largest, where, used, second, why = words.PAIR_HEADS
    columns = (
        Column(figure, "text"),
        Column(largest),
        Column(where, "text"),
        *(Column(head) for head in (used, second)),
        Column(why, "prose"),
    )
    drawn = tuple(
        TableRow(tuple(_pair(one, words, s)), emphasis=bool(one.apart)) for one in compared
    )
    return Table(Text(), columns, drawn, dense=True, note=words.PAIRS_NOTE)


def _pair(one: Pair, words: ModuleType, s: Speller) -> Iterator[Cell]:
    worst, ref = one.worst, f"reconciled/{one.series}"
    reason = next(rule.reason for rule in RECONCILIATIONS if rule.series == one.series)
    yield Stack(Text(), say("{name}", name=words.SERIES[one.series]), (words.outside(one),))
    difference = Number(apart(worst["difference"]), f"{ref}#difference")
    allowed = Number(spell_share(worst["tolerance"]), f"{ref}#tolerance")
    yield Stack(Text(), say("{d}", d=difference), (words.allowed(allowed),))
    who = words.WHOLE.get(worst["entity"]) or _who(worst["entity"], s)
    yield Stack(Text(), say("{who}", who=who), (say("{d}", d=s.day(worst["observation_date"])),))
    for side in ("chosen", "other"):
        shown = Number(_figure(worst[side], worst["unit"], s), f"{ref}#{side}")
        from_ = say("{source}", source=source(worst[f"{side}_source"], s))
        yield Stack(Text(), say("{v}", v=shown), (from_,))
    yield say("{why}", why=s.label(reason)).capitalized()


def _figure(value: float, unit: str, s: Speller) -> str:
    """A figure as exactly as two hosts can differ: indices to the hundredth."""
    return decimal(value, 2) if unit == "index points" else s.spelled(value, unit)


def _refused(issue: Issue, words: ModuleType, s: Speller) -> Iterator[Block]:
    if issue.refusals.is_empty():
        return
    name, number, rule, last = words.REFUSED_HEADS
    columns = (Column(name, "text"), Column(number), Column(rule, "prose"), Column(last, "day"))
    drawn = tuple(
        TableRow((
            dataset(row["dataset"], s),
            counted(row["rows"], f"rejected/{row['dataset']}/{row['rule']}"),
            broken(row["dataset"], row["rule"], s),
            s.day(row["last"]),
        ))
        for row in issue.refusals.iter_rows(named=True)
    )  # fmt: skip
    yield Table(words.REFUSED_TITLE, columns, drawn, dense=True, flows=True)


def broken(name: str, rule: str, s: Speller) -> str:
    """What a rule demands, in English by its own words; in Chinese the kind of fault that it finds,
    where the rule is one of a dataset alone.
    """
    if rule in GENERIC:
        said = s.label(GENERIC[rule]).partition("; ")[0]  # behind it, what to do at a terminal
        return said[:1].upper() + said[1:]
    known = catalogue().get(name)
    found = fault(known, rule) if known else Fault.FORMER
    if known and found is not Fault.FORMER and s.code == "en":
        return sentence(known, rule, "")
    return s.label(found.value)


def _silent(issue: Issue, words: ModuleType, s: Speller) -> Iterator[Block]:
    found, soon, rest = silent(issue), speaking(issue), unprinted(issue)
    if found or rest:
        items = tuple(_reason(one, words, s) for one in found[:GROUPS])
        note = words.unprinted(counted(rest, "absent#unprinted")) if rest else Text()
        yield Passages(items, words.SILENT_TITLE, running=True, note=note)
    if soon:
        items = tuple(_from_day(one, words, s) for one in soon[:SOON])
        yield Passages(items, words.SPEAKING_TITLE, running=True, note=words.SPEAKING_NOTE)


def _reason(one: Silent, words: ModuleType, s: Speller) -> Passage:
    names = [s.label(metrics()[name].label) for name in one.metrics[:NAMED]]
    name = dataset(one.dataset, s) if one.dataset else ""
    return Passage(
        words.silent(s.label(REASONS[one.kind]), name),
        words.listed(names, len(one.metrics), f"absent#{one.kind}/{one.dataset}#more"),
    )


def _from_day(one: Speaking, words: ModuleType, s: Speller) -> Passage:
    names = list(dict.fromkeys(_reading(*key, words, s) for key in one.readings))
    return Passage(
        say("{d}", d=s.dated(one.day)),
        words.listed(names[:NAMED], len(names), f"absent#speaks/{one.day}"),
    )


def _reading(metric: str, entity: str, words: ModuleType, s: Speller) -> str:
    """A reading's label, and of which index it is; of a block of an axis its name."""
    if metric == BLOCK and entity:
        return str(words.block(s.block(entity)))
    label = s.label(metrics()[metric].label)
    several = len(metrics()[metric].entities) > 1 and entity
    return str(words.of_whom(label, _who(entity, s))) if several else label


def _who(entity: str, s: Speller) -> str:
    """An index, a group of shares, or a company."""
    group = GROUPS_OF_SHARES.get(entity)
    if group:
        return group.zh if s.code == "zh" else group.en
    return s.index(entity) if entity in INDICES else s.company(entity)


def _gaps(issue: Issue, words: ModuleType, s: Speller) -> Iterator[Block]:
    items = tuple(
        Passage(
            say("{what}", what=s.label(row["subject"])),
            say("{why}", why=s.label(row["why"])),
            say("{instead}", instead=s.label(row["instead"])),
        )
        for row in issue.gaps.iter_rows(named=True)
    )
    if items:
        yield Passages(items, words.GAPS_TITLE, running=True)


def _remarks(issue: Issue, words: ModuleType, s: Speller) -> Passages:
    """What holds for the whole issue, each said once."""
    items = [part for one in doubted(issue) for part in _doubts(one, words, s)]
    if counts_survivors(issue):
        items.append(Passage(Text(), words.SURVIVORS))
    if issue.substituted:
        items.append(Passage(Text(), _odd(issue.substituted, words, s)))
    items.append(Passage(Text(), words.cut_off(issue.as_of, issue.requested, s)))
    return Passages(tuple(items), columns=1)


def _doubts(one: Doubted, words: ModuleType, s: Speller) -> Iterator[Passage]:
    name = say("{name}", name=dataset(one.dataset, s))
    if one.partial:
        days = [
            words.partial(
                day,
                counted(there, f"doubt#{one.dataset}/{day}/there"),
                counted(usual, f"doubt#{one.dataset}/{day}/usual"),
                s,
            )
            for day, there, usual in one.partial[:NAMED]
        ]
        further = len(one.partial) - NAMED
        more = counted(further, f"doubt#{one.dataset}#more") if further > 0 else None
        yield Passage(name, words.partial_days(days, more))
    if one.adjusted:
        yield Passage(name, _adjusted(*one.adjusted, words, s))


def _odd(found: tuple[Substitute, ...], words: ModuleType, s: Speller) -> Text:
    shown = [_one_odd(one, s) for one in found[:SUBSTITUTES]]
    further = len(found) - SUBSTITUTES
    text: Text = words.odd(shown, counted(further, "glyphs#more") if further > 0 else None)
    return text


def _one_odd(one: Substitute, s: Speller) -> Text:
    """A text as the page shows it, who bears it, in which dataset, and its characters."""
    ref = f"glyphs/{one.dataset}/{one.entity or one.shown}"
    signs = Text()
    for character in one.characters:
        signs = signs + " " + Number(character, ref)
    code = say(" {code}", code=Number(one.entity, ref)) if one.entity else Text()
    where = dataset(one.dataset, s) if one.dataset else "–"
    return say(WORDS[s.code].ODD, shown=one.shown, code=code, where=where, signs=signs)


def _adjusted(first: date, last: date, words: ModuleType, s: Speller) -> Text:
    """From when to when prices are adjusted."""
    return say(words.ADJUSTED, a=s.dated(first), b=s.dated(last))
