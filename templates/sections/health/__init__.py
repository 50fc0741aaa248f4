"""How far each input reaches, and what is late or missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from templates.format import Number
from templates.issue_view import IMPORTED, Lateness, counted, lateness
from transforms.engine.metric import metrics
from transforms.issue.doubts import Doubt
from transforms.issue.issue import Issue, Substitute
from transforms.issue.missing import Kind

SLUG, TITLE = "health", "Data health"
STANDING = 3  # reasons that are given, and others named as late, when everything is stale
SUBSTITUTES = 6  # texts with substitutes that are named; the others are counted
GROUPS, NAMED = 10, 3  # reasons that are given, and metrics that each of them names
REASONS = {
    Kind.NO_ROWS: "no rows",
    Kind.ENDED: "newest rows too old",
    Kind.NO_VALUE: "Inputs are there and give no value",
    Kind.SHORT: "History too short for a score",
    Kind.ADJUSTED: "Prices are adjusted, not as traded",
}


@dataclass(frozen=True)
class Input:
    """One dataset: what it reaches, what it should reach, when it was fetched and from where."""

    label: str
    dataset: str
    newest: date | None
    expected: date | None
    fetched: datetime | None
    sources: str
    state: str


@dataclass(frozen=True)
class Others:
    """The datasets of the warehouse that no metric of the issue reads."""

    total: Number
    fresh: Number
    late: list[str]
    more_late: Number | None
    missing: Number


@dataclass(frozen=True)
class Absent:
    """One reason why metrics are silent: how many there are, some of them, and how many more."""

    reason: str
    count: Number
    named: str
    more: Number | None


@dataclass(frozen=True)
class Partial:
    """A day that is not whole: how many codes it has, and how many it should."""

    day: date
    there: Number
    usual: Number


@dataclass(frozen=True)
class Doubted:
    """Doubts about a dataset: its newest partial days, how many more there are, and from when to
    when its prices are adjusted.
    """

    label: str
    partial: list[Partial]
    more: Number | None
    adjusted: tuple[date, date] | None


@dataclass(frozen=True)
class Odd:
    """A text as the page shows it, where it stands, and the characters that no font here has."""

    shown: str
    entity: Number | None
    dataset: str
    characters: list[Number]


@dataclass(frozen=True)
class HealthPage:
    """What the page prints."""

    inputs: list[Input]
    doubted: list[Doubted]
    others: Others
    late: list[Lateness]
    late_count: Number
    absent: list[Absent]
    absent_count: Number
    absent_otherwise: Number | None
    odd: list[Odd]
    more_odd: Number | None


def build(issue: Issue) -> HealthPage:
    """The page of an issue."""
    late = lateness(issue)
    absent = _absent(issue)
    groups = STANDING if _stands_still(issue) else GROUPS
    otherwise = int(reasons(issue)["metrics"].list.len()[groups:].sum())
    rows = issue.health.filter("read").sort("dataset").iter_rows(named=True)
    return HealthPage(
        inputs=[
            Input(
                r["label"],
                r["dataset"],
                r["newest_observation"],
                r["expected_observation"],
                r["fetched_at"],
                IMPORTED.sub("import", r["sources"] or ""),
                r["state"],
            )
            for r in rows
        ],
        doubted=_doubted(issue),
        others=_others(issue),
        late=late,
        late_count=counted(len(late), "health#late"),
        absent=absent[:groups],
        absent_count=counted(issue.absent["metric"].n_unique(), "absent#metrics"),
        absent_otherwise=counted(otherwise, "absent#otherwise") if otherwise else None,
        odd=[_odd(one) for one in issue.substituted[:SUBSTITUTES]],
        more_odd=_more(len(issue.substituted) - SUBSTITUTES, "glyphs#more"),
    )


def _stands_still(issue: Issue) -> bool:
    """Whether nothing new came at all; then the table above is long, and says most of it."""
    return issue.stale is not None and issue.stale.whole


def _odd(one: Substitute) -> Odd:
    ref = f"glyphs/{one.dataset}/{one.entity or one.shown}"
    code = Number(one.entity, ref) if one.entity else None
    return Odd(one.shown, code, one.dataset, [Number(c, ref) for c in one.characters])


def _more(number: int, ref: str) -> Number | None:
    return counted(number, ref) if number > 0 else None


def reasons(issue: Issue) -> pl.DataFrame:
    """What is not measured by its reason, most metrics first: kind, missing, metrics.

    A dataset is named where it decides alone: where it has no rows, or no new ones.
    """
    decides = pl.col("kind").is_in([Kind.NO_ROWS, Kind.ENDED])
    return (
        issue.absent.with_columns(missing=pl.when(decides).then("missing").otherwise(pl.lit("")))
        .group_by("kind", "missing")
        .agg(metrics=pl.col("metric").unique().sort())
        .sort(pl.col("metrics").list.len(), "missing", "kind", descending=[True, False, False])
    )


def _doubted(issue: Issue) -> list[Doubted]:
    """One entry for each dataset of which something is in doubt."""
    labels = dict(issue.health.select("dataset", "label").iter_rows())
    found = []
    for (name,), rows in issue.doubted.group_by("dataset", maintain_order=True):
        days = rows.filter(pl.col("kind") == Doubt.PARTIAL).sort("first_day", descending=True)
        spans = rows.filter(pl.col("kind") == Doubt.ADJUSTED).select("first_day", "last_day").rows()
        further = days.height - NAMED
        shown = days.head(NAMED).select("first_day", "there", "usual").iter_rows()
        found.append(
            Doubted(
                label=labels.get(str(name), str(name)),
                partial=[
                    Partial(
                        day,
                        counted(there, f"doubt#{name}/{day}/there"),
                        counted(usual, f"doubt#{name}/{day}/usual"),
                    )
                    for day, there, usual in shown
                ],
                more=counted(further, f"doubt#{name}#more") if further > 0 else None,
                adjusted=spans[0] if spans else None,
            )
        )
    return found


def _absent(issue: Issue) -> list[Absent]:
    """One line for each reason."""
    labels = dict(issue.health.select("dataset", "label").iter_rows())
    return [
        _line(Kind(kind), labels.get(missing, missing), names, f"absent#{kind}/{missing}")
        for kind, missing, names in reasons(issue).iter_rows()
    ]


def _line(kind: Kind, dataset: str, names: list[str], ref: str) -> Absent:
    declared = metrics()
    further = len(names) - NAMED
    return Absent(
        reason=f"{dataset}: {REASONS[kind]}" if dataset else REASONS[kind],
        count=counted(len(names), ref),
        named=", ".join(declared[name].label for name in names[:NAMED]),
        more=counted(further, f"{ref}#more") if further > 0 else None,
    )


def _others(issue: Issue) -> Others:
    rest = issue.health.filter(~pl.col("read"))
    still = _stands_still(issue)
    missing = rest.filter(pl.col("state") == "missing").height
    late = rest.filter(pl.col("state") == "late")["label"].sort().to_list()
    return Others(
        total=counted(rest.height, "health#others"),
        fresh=counted(rest.height - missing - len(late), "health#others_fresh"),
        late=late[:STANDING] if still else late,
        more_late=_more(len(late) - STANDING, "health#others_late") if still else None,
        missing=counted(missing, "health#others_missing"),
    )
