"""Where each number of a file comes from: an entry at its end, to which the number is a link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from html import unescape

from markupsafe import Markup, escape

from templates.issue_view import IMPORTED
from templates.wording.names import INDICES
from templates.wording.speller import Speller
from transforms.engine.metric import lineage, metrics
from transforms.facts import Fact
from transforms.findings.facts import READS
from transforms.issue.issue import Issue
from warehouse.shanghai import AHEAD_OF_UTC

NUMBER = re.compile(r'<data value="([^"]*)">(.*?)</data>')


@dataclass(frozen=True)
class Origin:
    """What is known of one number.

    ref: of its fact, or of what the page counts; lines: head and text, without those that do not
    apply; query: what returns its value, empty of what is not stored.
    """

    anchor: str
    ref: str
    title: str
    lines: tuple[tuple[str, str], ...]
    query: str = ""


@dataclass
class Lineage:
    """The origins of the numbers of one file, in the order in which they are first printed."""

    issue: Issue
    speller: Speller
    anchors: dict[str, str] = field(default_factory=dict)

    def linked(self, markup: str) -> str:
        """The markup with each of its numbers as a link to its origin."""
        return NUMBER.sub(self._link, markup)

    def _link(self, number: re.Match[str]) -> str:
        ref, _, part = unescape(number[1]).partition("#")
        fact = self.issue.facts.get(ref)
        name = ref if fact else unescape(number[1])
        anchor = self.anchors.setdefault(name, f"n{len(self.anchors) + 1}")
        value = getattr(fact, part or "value", None) if fact else None
        stated = f' data-v="{value:.9g}"' if isinstance(value, int | float) else ""
        return f'<a class="n" href="#{anchor}"{stated}>{number[2]}</a>'

    @property
    def entries(self) -> list[Origin]:
        """One of each number that was linked."""
        return [self._origin(name, anchor) for name, anchor in self.anchors.items()]

    def _origin(self, name: str, anchor: str) -> Origin:
        fact, s = self.issue.facts.get(name), self.speller
        if fact is None:
            return Origin(anchor, name, s.fixed("web.counted"), ())
        metric = metrics().get(fact.metric)
        title = s.label(metric.label) if metric else s.fixed("web.finding")
        entity = _named(fact.entity, s)
        lines = tuple((s.fixed(f"web.{key}"), text) for key, text in self._lines(fact) if text)
        query = Markup(str(escape(fact.query)).replace("&#39;", "'"))  # noqa: S704, it is escaped
        return Origin(anchor, name, f"{title} · {entity}" if entity else title, lines, query)

    def _lines(self, fact: Fact) -> Iterator[tuple[str, str]]:
        s = self.speller
        yield "value", f"{s.natural(fact)} ({fact.value!r})"
        known = s.fixed("web.known", moment=_moment(fact.known_at, s))
        yield "day", f"{s.dated(fact.observation_date)}{known}"
        since = str(s.dated(fact.first_observation))
        among = s.fixed("web.observations", n=f"{fact.n_obs:,}", day=since)
        rank = str(s.percentile(fact)) if fact.percentile is not None else ""
        yield "standing", s.fixed("web.rank", rank=rank, among=among) if rank else among
        if fact.n is not None:
            yield "members", str(s.members(fact))
        if fact.coverage is not None and fact.coverage < 1:
            yield "coverage", str(s.covered(fact))
        if fact.previous_record is not None and fact.previous_record_value is not None:
            yield "record", f"{s.earlier_record(fact)} · {s.dated(fact.previous_record)}"
        yield "sources", ", ".join(sorted({IMPORTED.sub("import", one) for one in fact.sources}))
        yield "fetched", self._fetched(fact)

    def _fetched(self, fact: Fact) -> str:
        """When the newest rows of the datasets that it follows from were taken in."""
        moments = [self._taken[one] for one in datasets(fact.metric) if one in self._taken]
        return _moment(max(moments), self.speller) if moments else ""

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


def _named(entity: str, s: Speller) -> str:
    """What the reader calls an entity whose code stands below, empty if nothing else than that."""
    name = s.index(entity) if entity in INDICES else ""
    name = name or (s.company(entity) if entity in s.names else "")
    return "" if name == entity else name


def _moment(instant: datetime, s: Speller) -> str:
    """A moment in Beijing, from naive UTC."""
    local = instant + AHEAD_OF_UTC
    day = s.dated(date(local.year, local.month, local.day))
    return s.fixed("web.moment", day=str(day), time=f"{local:%H:%M}")
