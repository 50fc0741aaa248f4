"""Where each number of a file comes from: an entry at its end, to which the number is a link.

Entries that are read from one table by one query stand together. What all of them share is said
once above them, so that a row holds only what is its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from html import unescape

from templates.issue_view import IMPORTED, hosts_told
from templates.wording.names import INDICES
from templates.wording.speller import Speller
from transforms.engine.metric import lineage, metrics
from transforms.facts import CONDITION, STORED, Fact
from transforms.findings.facts import READS
from transforms.issue.issue import Issue
from warehouse.shanghai import AHEAD_OF_UTC

NUMBER = re.compile(r'<data value="([^"]*)">(.*?)</data>')
METRICS = "mart.metric"
# What the numbers of a table are called; those of mart.metric by their metric.
TITLES = {
    "mart.study": "web.studies",
    "mart.followed": "section.followed",
    "mart.followed_case": "section.followed",
    "mart.scenario": "section.scenarios",
    "mart.scenario_record": "section.scenarios",
    "mart.thesis": "section.theses",
    "mart.restatement": "section.restatements",
}  # fmt: skip

PARTS = ("change_1w", "percentile", "n", "coverage")  # of a fact, that a page prints by themselves

Cells = dict[str, str]


@dataclass(frozen=True)
class Origin:
    """What is known of one number and of none of its group; a cell for each head of the group."""

    anchor: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Numbers that come the same way.

    definition: the metric that they are of, where it is one; shared: head and text of what holds
    for all of them; query: what returns a value, with the heads of the cells that it needs in
    braces, empty of what is not stored.
    """

    title: str
    shared: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    entries: tuple[Origin, ...]
    query: str = ""
    definition: str = ""


@dataclass
class Lineage:
    """The origins of the numbers of one file, in the order in which they are first printed.

    defined: the metrics whose meaning the file tells.
    """

    issue: Issue
    speller: Speller
    defined: frozenset[str] = frozenset()
    anchors: dict[str, str] = field(default_factory=dict)

    def linked(self, markup: str) -> str:
        """The markup with each of its numbers as a link to its origin."""
        return NUMBER.sub(self._link, markup)

    def _link(self, number: re.Match[str]) -> str:
        ref, _, part = unescape(number[1]).partition("#")
        fact = self.issue.facts.get(ref)
        name = ref if fact else unescape(number[1])
        anchor = self.anchors.setdefault(name, f"n{len(self.anchors) + 1}")
        value = (
            getattr(fact, part, None) if fact and part else None
        )  # the fact's own is in its entry
        stated = f" data-v={value:.9g}" if isinstance(value, int | float) else ""
        if stated and part in PARTS:
            stated += f" data-p={part}"
        return f"<a class=n href=#{anchor}{stated}>{number[2]}</a>"

    @property
    def groups(self) -> list[Group]:
        """An entry for each number that was linked, with those that come the same way."""
        alike: dict[tuple[str, ...], dict[str, Fact]] = {}
        counted = []
        for name, anchor in self.anchors.items():
            fact = self.issue.facts.get(name)
            if fact is None:
                counted.append((anchor, {self.speller.fixed("web.ref"): name}))
            else:
                alike.setdefault(self._kind(fact), {})[anchor] = fact
        found = [self._group(facts) for facts in alike.values()]
        title = self.speller.fixed("web.counted")
        return [*found, _grouped(title, counted)] if counted else found

    def _kind(self, fact: Fact) -> tuple[str, ...]:
        """What facts of one group have in common."""
        table = _table(fact)
        return (table, fact.metric if table == METRICS else "", *self._asked(fact))

    def _group(self, facts: Mapping[str, Fact]) -> Group:
        """Facts of one table, and of one metric where the table is that of metrics."""
        first, s = next(iter(facts.values())), self.speller
        metric = metrics().get(first.metric) if _table(first) == METRICS else None
        fixed = s.fixed(TITLES.get(_table(first), "web.finding"))
        rows = [(anchor, self._cells(fact)) for anchor, fact in facts.items()]
        group = _grouped(s.label(metric.label) if metric else fixed, rows)
        told, asked = self._told(first), self._asked(first)
        return replace(
            group,
            shared=tuple(one for one in group.shared if one[0] in told or one[0] not in asked),
            query=_template(first, group.heads, asked),
            definition=metric.id if metric and metric.id in self.defined else "",
        )

    def _cells(self, fact: Fact) -> Cells:
        """All that is known of a fact, by head."""
        told = self._told(fact)
        return told | {head: text for head, text in self._asked(fact).items() if head not in told}

    def _told(self, fact: Fact) -> Cells:
        return {self.speller.fixed(f"web.{key}"): text for key, text in self._lines(fact) if text}

    def _asked(self, fact: Fact) -> Cells:
        """What its query names, by the head under which it is told."""
        s, found = self.speller, {}
        own = {
            "entity": (s.fixed("web.entity"), fact.entity),
            "metric": (s.fixed("web.metric"), fact.metric),
            "observation_date": (s.fixed("web.day"), fact.observation_date.isoformat()),
        }
        for name, text in _conditions(fact.query).items():
            head, same = own.get(name, (name, text))
            found[head if same == text else name] = text
        return found

    def _lines(self, fact: Fact) -> Iterator[tuple[str, str]]:
        s = self.speller
        yield "metric", fact.metric
        yield "entity", fact.entity
        yield "name", _named(fact.entity, s)
        yield "day", fact.observation_date.isoformat()
        yield "value", str(s.natural(fact))
        yield "exact", repr(fact.value)
        yield "known", _moment(fact.known_at)
        if fact.percentile is not None:
            yield "percentile", str(s.percentile(fact))
        if fact.n_obs > 1:
            yield "observations", f"{fact.n_obs:,}"
            yield "since", fact.first_observation.isoformat()
        if fact.n is not None:
            yield "members", str(s.members(fact))
        if fact.coverage is not None and fact.coverage < 1:
            yield "coverage", str(s.covered(fact))
        if fact.previous_record is not None and fact.previous_record_value is not None:
            yield "record", f"{s.earlier_record(fact)} · {fact.previous_record.isoformat()}"
        yield (
            "sources",
            hosts_told(sorted({IMPORTED.sub("import", one) for one in fact.sources}), s),
        )
        yield "fetched", self._fetched(fact)

    def _fetched(self, fact: Fact) -> str:
        """When the newest rows of the datasets that it follows from were taken in."""
        moments = [self._taken[one] for one in datasets(fact.metric) if one in self._taken]
        return _moment(max(moments)) if moments else ""

    @cached_property
    def _taken(self) -> dict[str, datetime]:
        """When the newest rows of each dataset were taken in, of those that have any."""
        rows = self.issue.health.select("dataset", "fetched_at").drop_nulls()
        return dict(rows.iter_rows())


@cache
def datasets(metric: str) -> tuple[str, ...]:
    """The datasets that a metric, or a number of a finding, follows from."""
    found = (reads for kind, reads in READS.items() if metric.startswith(f"finding_{kind}_"))
    names = next(found, (metric,))
    return tuple(sorted(frozenset[str]().union(*(lineage(name) for name in names))))


def _table(fact: Fact) -> str:
    stored = STORED.match(fact.query)
    return stored["table"] if stored else ""


def _conditions(query: str) -> Cells:
    """What a stored query names: its column, and the text of each condition."""
    stored = STORED.match(query)
    if stored is None:
        return {}
    texts = {one["name"]: one["number"] or one["text"] for one in CONDITION.finditer(query)}
    return {"column": stored["column"], **texts}


def _template(fact: Fact, heads: Sequence[str], named: Mapping[str, str]) -> str:
    """The query with the heads in braces of what differs from row to row."""
    differs = {name: head for name, head in zip(_conditions(fact.query), named, strict=True)
               if head in heads}  # fmt: skip

    def put(one: re.Match[str]) -> str:
        if one["name"] not in differs:
            return one[0]
        slot = "{" + differs[one["name"]] + "}"
        return f"{one['name']} = {one['day'] or ''}" + (slot if one["number"] else f"'{slot}'")

    query = CONDITION.sub(put, fact.query)
    if "column" not in differs:
        return query
    return STORED.sub(lambda one: one[0].replace(one["column"], "{column}", 1), query)


def _grouped(title: str, rows: Sequence[tuple[str, Cells]]) -> Group:
    """Rows under heads, what is the same in all of them above; a cell that one lacks is empty."""
    fullest = max(rows, key=lambda row: len(row[1]))[1]
    heads = [*dict.fromkeys([*fullest, *(head for _, cells in rows for head in cells)])]
    texts = {head: {cells.get(head, "") for _, cells in rows} for head in heads}
    own = tuple(head for head in heads if len(texts[head]) > 1)
    shared = tuple((head, next(iter(texts[head]))) for head in heads if head not in own)
    entries = (Origin(anchor, tuple(cells.get(head, "") for head in own)) for anchor, cells in rows)
    return Group(title, shared, own, tuple(entries))


def _named(entity: str, s: Speller) -> str:
    """What the reader calls an entity whose code stands below, empty if nothing else than that."""
    name = s.index(entity) if entity in INDICES else ""
    name = name or (s.company(entity) if entity in s.names else "")
    return "" if name == entity else name


def _moment(instant: datetime) -> str:
    """A moment in Beijing, from naive UTC."""
    return f"{instant + AHEAD_OF_UTC:%Y-%m-%d %H:%M}"
