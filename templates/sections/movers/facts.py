"""What is true of run-ups and of company notices this week, in no language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from templates.issue_view import History, history, latest, newest_of_each
from transforms.facts import Fact
from transforms.findings.finding import Finding
from transforms.issue.issue import Issue
from transforms.outlook.event_study import STUDY as WARNINGS

DAYS, SHOWN = 250, 8
RAN_UP = 0.9
HIGH, LOW = 90.0, 10.0  # percentiles beyond which a count is news
RECENT = timedelta(days=28)  # 20 sessions, after which a notice is no news
FEWEST = 5  # members from which on a share or a median is one

Standing = Literal["high", "usual", "low", "unknown"]
Kind = Literal["moves", "severe_moves", "notices", "severe_notices", "risk_notices"]
CASES: dict[Kind, str] = {
    "moves": "abnormal_moves_5d",
    "severe_moves": "severe_moves_5d",
    "notices": "abnormal_notices_5d",
    "severe_notices": "severe_notices_5d",
    "risk_notices": "risk_notices_5d",
}


@dataclass(frozen=True)
class RunUps:
    """How many shares stand 90% or more above the lowest of 30 sessions."""

    fact: Fact
    finding: Finding | None
    past: History

    @property
    def percentile(self) -> float | None:
        """Where the count stands in its own history, as page 1 ranks it."""
        return self.finding.rarity.percentile if self.finding else self.fact.percentile

    @property
    def standing(self) -> Standing:
        return standing(self.percentile)


@dataclass(frozen=True)
class Case:
    """Cases of five sessions: met by prices (moves) or announced (notices); its n counts them."""

    kind: Kind
    fact: Fact


@dataclass(frozen=True)
class Moves:
    """Cases by the exchanges' rule over time, per 1,000 shares."""

    fact: Fact
    past: History

    @property
    def rare(self) -> Fact | None:
        """The cases, if they are many by their own history."""
        return self.fact if standing(self.fact.percentile) == "high" else None


@dataclass(frozen=True)
class Notices:
    """What companies announced: the finding of the span, repeats by share, technology's part."""

    week: Finding | None
    repeats: tuple[Fact, ...]
    technology: Fact | None

    def __bool__(self) -> bool:
        return bool(self.week or self.repeats or self.technology)


@dataclass(frozen=True)
class Mover:
    """A share of a theme on its last day; None where unknown."""

    code: str
    close: Fact | None
    day: Fact | None
    run_up: Fact | None
    drawdown: Fact | None
    peak: date | None
    repeats: Fact | None


@dataclass(frozen=True)
class Movers:
    """The shares of the followed themes, the largest run-up first.

    day: the one that the table is of; followed: how many have a run-up, shown or not; ran_up: how
    many of them stand 90% or more above their low; moves: the medians of themes.
    """

    rows: tuple[Mover, ...]
    day: date | None
    followed: int
    ran_up: int
    moves: tuple[Finding, ...]

    @property
    def noticed(self) -> bool:
        """Whether any of the shown ones gave notice again and again."""
        return any(row.repeats for row in self.rows)


@dataclass(frozen=True)
class Compared:
    """One measure of what followed, warned beside not warned."""

    measure: str
    warned: Fact
    control: Fact


@dataclass(frozen=True)
class Aftermath:
    """What followed company warnings, beside shares that had risen as much without one."""

    warned: Fact
    control: Fact
    pending: Fact
    rows: tuple[Compared, ...]
    difference: tuple[Fact, Fact, Fact] | None
    overlap: Fact | None

    def of(self, measure: str) -> Compared | None:
        """One of the rows."""
        return next((row for row in self.rows if row.measure == measure), None)


def standing(percentile: float | None) -> Standing:
    """Whether a count is news by its own history."""
    if percentile is None:
        return "unknown"
    if percentile >= HIGH:
        return "high"
    return "low" if percentile <= LOW else "usual"


def run_ups(issue: Issue) -> RunUps | None:
    """The count of run-ups; None without one."""
    fact = latest(issue, "runup_30d_ge_90pct_count", "all")
    past = history(issue, "runup_30d_ge_90pct_count", "all").last(DAYS)
    if fact is None or len(past) < 2:
        return None
    told = next((one for one in issue.findings if one.kind == "runups"), None)
    same = told is not None and told.numbers["count"].day == fact.observation_date
    return RunUps(fact, told if same else None, past)


def moves(issue: Issue) -> Moves | None:
    """Abnormal fluctuations by the rule; None without any count of them."""
    fact = latest(issue, CASES["moves"], "all")
    past = history(issue, CASES["moves"], "all").last(DAYS)
    return Moves(fact, past) if fact and len(past) > 1 else None


def cases(issue: Issue) -> tuple[Case, ...]:
    """The rule and the notices side by side, those that have a count."""
    found = {kind: latest(issue, metric, "all") for kind, metric in CASES.items()}
    return tuple(Case(kind, fact) for kind, fact in found.items() if fact)


def notices(issue: Issue) -> Notices:
    """What companies announced."""
    week = next((one for one in issue.findings if one.kind == "warnings"), None)
    share = latest(issue, "abnormal_notices_tech_share", "tech")
    known = share if share and (share.n or 0) >= FEWEST else None
    return Notices(week, tuple(_repeats(issue)), known)


def _repeats(issue: Issue) -> list[Fact]:
    """Shares that gave notice again and again, those of the span first by how often."""
    first = issue.span.base if issue.span else issue.as_of
    newest = (f for f in newest_of_each(issue, "notice_repeats_20d") if f.observation_date > first)
    return sorted(newest, key=lambda fact: (-fact.value, fact.entity))


def movers(issue: Issue) -> Movers:
    """The followed shares and the medians of their themes."""
    found = [
        _mover(issue, row["code"], row["peak_date"]) for row in issue.movers.iter_rows(named=True)
    ]
    ordered = sorted(found, key=_height, reverse=True)
    days = [one.run_up.observation_date for one in found if one.run_up]
    ran_up = sum(one.run_up is not None and one.run_up.value >= RAN_UP for one in found)
    told = (one for one in issue.findings if one.kind == "theme_move")
    medians = tuple(one for one in told if one.numbers["n"].value >= FEWEST)
    return Movers(tuple(ordered[:SHOWN]), max(days, default=None), len(days), ran_up, medians)


def _mover(issue: Issue, code: str, peak: date | None) -> Mover:
    names = ("close_cny", "return_1d", "runup_30d", "drawdown_60d")
    close, day, run_up, drawdown = (latest(issue, name, code) for name in names)
    last = latest(issue, "notice_repeats_20d", code)
    repeats = last if last and issue.as_of - last.observation_date <= RECENT else None
    return Mover(code, close, day, run_up, drawdown, peak, repeats)


def _height(mover: Mover) -> float:
    return mover.run_up.value if mover.run_up else float("-inf")


def longest(rows: Sequence[Mover]) -> float:
    """The largest run-up of a table, the length of its longest bar."""
    return max((abs(_height(one)) for one in rows if one.run_up), default=0.0)


def aftermath(issue: Issue) -> Aftermath | None:
    """What followed warnings; None of fewer than five that are over."""

    def of(measure: str) -> Fact | None:
        return latest(issue, f"{WARNINGS}_{measure}", "CN")

    warned, control, pending = of("completed"), of("placebo_completed"), of("pending")
    if warned is None or control is None or pending is None:
        return None
    if min(warned.value, control.value) < FEWEST:
        return None
    names = ("after_median", "held_median", "drawdown_median", "fell_20_share")
    pairs = [(name, of(name), of(f"placebo_{name}")) for name in names]
    rows = tuple(Compared(name, a, b) for name, a, b in pairs if a and b)
    ends = of("difference"), of("difference_low"), of("difference_high")
    difference = (ends[0], ends[1], ends[2]) if ends[0] and ends[1] and ends[2] else None
    return Aftermath(warned, control, pending, rows, difference, of("overlap_share"))
