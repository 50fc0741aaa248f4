"""What industries, themes and single shares did over the week, in no language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from templates.issue_view import latest, newest_of_each
from templates.wording.catalogue import BY_INDEX
from templates.wording.names import THEMES
from templates.wording.verbs import Band, band
from transforms.facts import Fact
from transforms.findings.span import FULL_WEEK, Kind
from transforms.formulas.printed_value import printed
from transforms.issue.issue import Issue

WEEK, MONTH = "group_return_5d", "group_return_20d"
RISEN, HIGHS = "group_risen_5d_share", "group_new_high_share"
BEST, WORST = "best_share_return_5d", "worst_share_return_5d"
CODES = {name: f"{code}.SW" for code, name in BY_INDEX.items()}
# The industries that the theme of technology lists, in either classification.
TECHNOLOGY = {
    "半导体", "元器件", "软件服务", "通信设备", "IT设备", "互联网", "电子", "计算机", "通信",
}  # fmt: skip
SHOWN = 31  # industries that a page has room for: all of Shenwan's first level
EACH_END = 12  # of a finer list, so many of the best and of the worst
MANY = 20  # shares from which an industry is named in the headline, if there are such
CROWDED = 90.0  # percentile of crowding from which it is told
BOARD = re.compile(r"(.+) \((?:Eastmoney|THS)\)")


@dataclass(frozen=True)
class Industry:
    """One industry: what its middle share did, and how it trades; None where not measured."""

    entity: str
    week: Fact
    month: Fact | None
    risen: Fact | None
    highs: Fact | None
    average: Fact | None
    turnover: Fact | None
    crowding: Fact | None

    @property
    def technology(self) -> bool:
        """Whether the theme of technology lists it."""
        return self.entity in TECHNOLOGY


@dataclass(frozen=True)
class Industries:
    """All industries of the newest day, the best first; week: whether that is the issue's week.

    rows: those that are shown, the best and worst of a long list.
    """

    all: tuple[Industry, ...]
    rows: tuple[Industry, ...]
    week: bool

    @property
    def cut(self) -> bool:
        """Whether the middle of the list is left out."""
        return len(self.rows) < len(self.all)

    @property
    def named(self) -> tuple[Industry, ...]:
        """Those that a headline may name: of many shares, all where none has as many."""
        return tuple(one for one in self.all if (one.week.n or 0) >= MANY) or self.all

    @property
    def rose(self) -> int:
        """How many have a middle share that rose, as printed."""
        return sum(move(one.week) > 0 for one in self.all)

    @property
    def crowded(self) -> Industry | None:
        """The most crowded one, if it is so against its own past."""
        known = [one for one in self.all if one.crowding and one.crowding.percentile is not None]
        most = max(known, key=lambda one: _rank(one.crowding), default=None)
        return most if most and _rank(most.crowding) >= CROWDED else None


@dataclass(frozen=True)
class Theme:
    """A listed theme or an industry by its middle share, or a board by its index.

    board, industry: whether it is one;
    ranked: whether its past tells how rare its move is; that of a list drawn up later does not.
    """

    entity: str
    week: Fact
    month: Fact | None
    risen: Fact | None
    board: bool
    ranked: bool
    industry: bool = False

    @property
    def rarity(self) -> float:
        """How far its move stands from the middle of its own history, 0 to 50; −1 if unranked."""
        known = self.ranked and self.week.percentile is not None
        return abs((self.week.percentile or 0.0) - 50) if known else -1.0


def move(fact: Fact) -> float:
    """A move as it is printed, in per cent."""
    return float(printed(fact.value, fact.unit))


def strength(fact: Fact) -> Band:
    """The band of a move among all of its own history."""
    rank = fact.percentile
    q = rank if rank is None or fact.value > 0 else 100 - rank
    return band(q, printed_zero=move(fact) == 0, dated=False)


def is_week(issue: Issue) -> bool:
    """Whether five sessions are the issue's week."""
    span = issue.span
    return span is not None and span.kind is Kind.WEEK and len(span) == FULL_WEEK


def industries(issue: Issue) -> Industries | None:
    """The industries of the newest day that any has; None without one."""
    found = [fact for fact in newest_of_each(issue, WEEK) if fact.entity not in THEMES]
    day = max((fact.observation_date for fact in found), default=None)
    known = [_industry(issue, fact) for fact in found if fact.observation_date == day]
    if not known:
        return None
    ordered = tuple(sorted(known, key=lambda one: (-one.week.value, one.entity)))
    long = len(ordered) > SHOWN
    rows = ordered[:EACH_END] + ordered[-EACH_END:] if long else ordered
    return Industries(ordered, rows, is_week(issue))


def _industry(issue: Issue, week: Fact) -> Industry:
    name, day = week.entity, week.observation_date
    code = CODES.get(name, "")

    def of_day(metric: str) -> Fact | None:
        return _on(latest(issue, metric, name), day)

    return Industry(
        name,
        week,
        month=of_day(MONTH),
        risen=of_day(RISEN),
        highs=of_day(HIGHS),
        average=of_day("share_above_ma50"),
        turnover=latest(issue, "turnover_share", code),
        crowding=latest(issue, "crowding", code),
    )


def _on(fact: Fact | None, day: date) -> Fact | None:
    """The fact, if it is of that day."""
    return fact if fact and fact.observation_date == day else None


def themes(issue: Issue, found: Industries | None = None) -> tuple[Theme, ...]:
    """Listed themes and boards of vendors of the newest day, the best first.

    Beside them that industry of many shares whose move is rarer than all of theirs, if one is.
    """
    moved = [one for one in issue.findings if one.kind == "theme_move"]
    unranked = {one.entity for one in moved if one.rarity.q is None}
    listed = [
        _theme(issue, week, MONTH, ranked=name not in unranked)
        for name in THEMES
        if (week := latest(issue, WEEK, name))
    ]
    boards = [
        _theme(issue, week, "return_20d", board=True)
        for week in newest_of_each(issue, "return_5d")
        if BOARD.fullmatch(week.entity)
    ]
    known = [*listed, *boards]
    rarest = max(_many(found), key=lambda one: (one.rarity, abs(one.week.value)), default=None)
    if rarest and rarest.rarity > max((one.rarity for one in known), default=-1.0):
        known.append(rarest)
    return tuple(_newest(known))


def _many(found: Industries | None) -> list[Theme]:
    """The industries of many shares as themes."""
    return [
        Theme(one.entity, one.week, one.month, one.risen, board=False, ranked=True, industry=True)
        for one in (found.all if found else ())
        if (one.week.n or 0) >= MANY
    ]


def _theme(
    issue: Issue, week: Fact, month: str, *, board: bool = False, ranked: bool = True
) -> Theme:
    name, day = week.entity, week.observation_date
    gained, risen = (_on(latest(issue, metric, name), day) for metric in (month, RISEN))
    return Theme(name, week, gained, risen, board=board, ranked=ranked)


def _newest(found: Iterable[Theme]) -> list[Theme]:
    known = list(found)
    day = max((one.week.observation_date for one in known), default=None)
    there = [one for one in known if one.week.observation_date == day]
    return sorted(there, key=lambda one: (-one.week.value, one.entity))


def of_the_week(found: tuple[Theme, ...]) -> Theme | None:
    """The theme whose move is the rarest of its history; the largest where none has a rank."""
    return max(found, key=lambda one: (one.rarity, abs(one.week.value)), default=None)


def shares(issue: Issue, metric: str) -> tuple[Fact, ...]:
    """The five shares of the newest day that moved most one way, the farthest first."""
    found = newest_of_each(issue, metric)
    day = max((fact.observation_date for fact in found), default=None)
    there = [fact for fact in found if fact.observation_date == day]
    way = 1 if metric == WORST else -1
    return tuple(sorted(there, key=lambda fact: (way * fact.value, fact.entity)))


def _rank(fact: Fact | None) -> float:
    return fact.percentile if fact and fact.percentile is not None else -1.0
