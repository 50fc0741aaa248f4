"""Capital raised in Hong Kong, and the claims of January 2026 held against the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from templates import canvas, charts
from templates.canvas import Line
from templates.format import company_name, level
from templates.issue_view import Footing, Lateness, footing, history, lateness, latest
from transforms.engine.metric import metrics
from transforms.facts import Fact
from transforms.issue.claims import ClaimCheck
from transforms.issue.issue import Issue

SLUG, TITLE = "listings", "Hong Kong listings, and the claims re-tested"
SHOWN = 9
MEASURES = {
    "breadth_up_share": "rose",
    "share_above_ma50": "above the 50-day mean",
    "ipo_hk_proceeds_ytd_hkd": "this year",
    "ipo_hk_proceeds_90d_hkd": "in 90 days",
    "ipo_hk_tech_share_ytd": "of it to AI and chips",
}


@dataclass(frozen=True)
class Listing:
    """One listing and its first day."""

    code: str
    name: str
    fact: Fact
    bar: float


@dataclass(frozen=True)
class Proceeds:
    """Money raised since the start of the year."""

    svg: str | None
    year: Fact
    month: Fact | None
    footing: Footing


@dataclass(frozen=True)
class Exhibit:
    """One fact held against a claim; `label` where several measures or names stand together."""

    fact: Fact
    label: str
    dated: bool


@dataclass(frozen=True)
class Claim:
    """One claim with what the data said then and, where that is something else, say now."""

    check: ClaimCheck
    then: list[Exhibit]
    now: list[Exhibit]


@dataclass(frozen=True)
class Listings:
    """The page; a figure without data is None."""

    proceeds: Proceeds | None
    rows: list[Listing]
    best: Listing | None
    worst: Listing | None
    footing: Footing
    claims: list[Claim]
    late: list[Lateness]


def build(issue: Issue) -> Listings:
    """All that the page prints."""
    rows = _rows(issue)[:SHOWN]
    ranked = sorted(rows, key=lambda row: row.fact.value)
    return Listings(
        proceeds=_proceeds(issue),
        rows=rows,
        best=ranked[-1] if ranked else None,
        worst=ranked[0] if len(ranked) > 1 else None,
        footing=footing(issue, *(row.fact for row in rows[:1])),
        claims=[_claim(issue, check) for check in issue.claims],
        late=lateness(issue, "ipo_hk", "unicorn_count"),
    )


def _rows(issue: Issue) -> list[Listing]:
    """The listings whose first day is known, the newest first."""
    facts = issue.facts.of("ipo_first_day_return")
    ordered = sorted(facts, key=lambda f: (f.observation_date, f.entity), reverse=True)
    widest = max((abs(f.value) for f in ordered[:SHOWN]), default=1.0) or 1.0
    return [
        Listing(f.entity, company_name(f.entity, issue.names), f, f.value / widest) for f in ordered
    ]


def _proceeds(issue: Issue) -> Proceeds | None:
    year = latest(issue, "ipo_hk_proceeds_ytd_hkd", "HK")
    if year is None:
        return None
    past = history(issue, "ipo_hk_proceeds_ytd_hkd", "HK")
    svg = None
    if len(past) > 1 and year.value > 0:
        past = past.since(date(year.observation_date.year, 1, 1))
        svg = charts.lines(
            past.days,
            [Line(past.values, str(level(year)), canvas.ACCENT)],
            canvas.BILLION_HKD,
            room=17.0,
            height=46.0,
            limits=(0.0, 1.12 * max(past.values)),
        )
    return Proceeds(svg, year, latest(issue, "ipo_hk_proceeds_mtd_hkd", "HK"), footing(issue, year))


def _claim(issue: Issue, check: ClaimCheck) -> Claim:
    later = tuple(fact for fact in check.now if fact not in check.then)
    return Claim(check, _exhibits(issue, check.then), _exhibits(issue, later))


def _exhibits(issue: Issue, facts: tuple[Fact, ...]) -> list[Exhibit]:
    """The facts, named where they differ in measure or share; the day once if it is the same."""
    measures, shares = {f.metric for f in facts}, {f.entity for f in facts}
    days = [f.observation_date for f in facts]
    exhibits = []
    for index, fact in enumerate(facts):
        label = MEASURES.get(fact.metric, metrics()[fact.metric].label) if len(measures) > 1 else ""
        if len(measures) == 1 and len(shares) > 1:
            label = company_name(fact.entity, issue.names)
        last_of_day = index == len(facts) - 1 or days[index + 1] != fact.observation_date
        exhibits.append(Exhibit(fact, label, last_of_day))
    return exhibits
