"""What would change the view: lines fixed in advance, and on which side of them we stand."""

from __future__ import annotations

from dataclasses import dataclass

from templates.issue_view import latest
from templates.wording.page_words import Crossing
from transforms.axes.regimes import borders, quadrants
from transforms.facts import Fact
from transforms.formulas.rsi import OVERBOUGHT
from transforms.issue.issue import Issue
from transforms.prepared.indices import SHANGHAI_COMPOSITE


@dataclass(frozen=True)
class Rule:
    """A line that a metric can cross; `up` and `down` say what crossing it would mean."""

    slug: str
    metric: str
    entity: str
    line: float
    subject: str
    up: str
    down: str
    span: float


RULES = (
    Rule(
        "ma50",
        "share_above_ma50",
        "tech",
        0.5,
        "the share of technology shares above their 50-day average",
        "Stronger",
        "Weaker",
        0.25,
    ),
    Rule(
        "rsi",
        "rsi_14",
        SHANGHAI_COMPOSITE,
        OVERBOUGHT,
        "the RSI of the Shanghai Composite",
        "Hotter",
        "Cooler",
        15.0,
    ),
    Rule(
        "financing",
        "margin_financing_change_20d",
        "CN",
        0.0,
        "the 20-day change of the financing balance",
        "Hotter",
        "Cooler",
        0.05,
    ),
    Rule(
        "runups",
        "runup_30d_ge_90pct_count",
        "all",
        20.0,
        "the number of stocks 90% above their 31-day low",
        "Hotter",
        "Cooler",
        40.0,
    ),
)
SHOWN = 4
# How a crossing of either axis is worded: slug, subject, upwards, downwards.
AXES = {
    "overheating": ("heat", "overheating", "Hotter", "Cooler"),
    "structural_momentum": ("momentum", "structural momentum", "Stronger", "Weaker"),
}
SPAN_OF_AXES = 20.0


def crossings(issue: Issue) -> list[Crossing]:
    """The rules nearest to their lines, in the order in which the rules are listed."""
    return [
        Crossing(_meaning(rule, fact).lower(), fact, _rises(rule, fact), rule.line, _ref(rule))
        for rule, fact in _nearest(issue)
    ]


def _nearest(issue: Issue) -> list[tuple[Rule, Fact]]:
    known = [(rule, latest(issue, rule.metric, rule.entity)) for rule in rules(issue)]
    present = [(rule, fact) for rule, fact in known if fact is not None]
    nearest = sorted(present, key=lambda pair: abs(pair[1].value - pair[0].line) / pair[0].span)
    kept = {rule.slug for rule, _ in nearest[:SHOWN]}
    return [(rule, fact) for rule, fact in present if rule.slug in kept]


def rules(issue: Issue) -> tuple[Rule, ...]:
    """All rules; those of the axes are where the market would leave the state that it is in."""
    states = quadrants(issue.series)["state"]
    nearest = {one.axis: one for one in reversed(borders(states[-1] if len(states) else None))}
    of_axes = [
        Rule(slug, axis, "CN", nearest[axis].line, subject, up, down, SPAN_OF_AXES)
        for axis, (slug, subject, up, down) in AXES.items()
    ]
    return (*of_axes, *RULES)


def _rises(rule: Rule, fact: Fact) -> bool:
    return fact.value < rule.line


def _meaning(rule: Rule, fact: Fact) -> str:
    return rule.up if _rises(rule, fact) else rule.down


def _ref(rule: Rule) -> str:
    return f"rule/{rule.slug}"
