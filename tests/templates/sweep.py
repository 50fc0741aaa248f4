"""Weeks of drawn markets told whole, in both languages, and what is wrong with their pages.

A market is evaluated once and cut week by week. The suite reads a few weeks; of all of them:
`python -m tests.templates.sweep WEEKS`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, lru_cache
from html import unescape

import polars as pl
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from templates import canvas, glyphs, render
from tests.templates import lineage
from tests.templates.conftest import (
    GAPS,
    REFUSALS,
    SOURCES,
    dated,
    frames,
    health,
    weekdays,
)
from tests.templates.fitting import draw_with, misfits, unwritten
from tests.templates.lineage import DIGITS, furniture, is_stated, read, without
from tests.templates.test_layout import LEAST, contrast
from tests.templates.weeks import week_ends
from transforms.engine.evaluate import evaluate
from transforms.engine.metric import metrics
from transforms.facts import FactBook
from transforms.findings.facts import finding_facts
from transforms.findings.report import findings
from transforms.findings.span import span_of
from transforms.issue.claims import check_claims
from transforms.issue.issue import Issue
from transforms.issue.missing import absences
from transforms.issue.movers import chinese_names, movers, name_origins
from transforms.issue.printable import facts
from transforms.issue.reconciliation import reconcile
from transforms.issue.scorecard import readings, scorecard, thesis_facts
from warehouse.catalog import cutoff

Frames = dict[str, pl.DataFrame]

DRIFTS = (0.0009, -0.0009)
SESSIONS = 760
# The longest names that the registers have, in either language.
LONGEST = "石家庄常山北明科技股份有限公司"
LISTED = "Contemporary Amperex Technology Co., Limited - H Shares"
MARKED = re.compile(r"<(?:style|title)\b.*?</(?:style|title)>|<[^>]+>", re.DOTALL)


def weeks(count: int, drift: float, *, every: int = 1) -> Iterator[Issue]:
    """The issues of every so manieth of the last weeks of a market, the newest first."""
    days = evaluated(drift)[0]["trade_calendar"]["trade_date"].to_list()[:SESSIONS]
    for day in week_ends(days)[::-1][: count * every : every]:
        yield told(drift, day)


@cache
def evaluated(drift: float) -> tuple[Frames, pl.DataFrame]:
    """A market, whose calendar runs on for a week, and all its metrics at its end."""
    core = frames(SESSIONS, drift)
    days = core["trade_calendar"]["trade_date"].to_list()
    measured = evaluate(core, max(days))
    later = weekdays(days[-1], days[-1].replace(day=days[-1].day + 7))
    core["trade_calendar"] = pl.concat(
        [core["trade_calendar"], dated(pl.DataFrame({"trade_date": later}))]
    )
    return core, measured


@lru_cache(4)
def told(drift: float, day: date) -> Issue:
    """The issue of a day in a market, made once for all that is asked of it."""
    return of_day(*evaluated(drift), day)


def of_day(core: Frames, measured: pl.DataFrame, day: date) -> Issue:
    """The issue of a day, from what was known then of a later evaluation."""
    moment = cutoff(day)
    known = {name: frame.filter(pl.col("known_at") <= moment) if name != "trade_calendar" else frame
             for name, frame in core.items()}  # fmt: skip
    seen = measured.filter(pl.col("observation_date") <= day, pl.col("known_at") <= moment)
    absent = absences(known, seen, day)
    happened = findings(seen, known, day, absent)
    card = scorecard(seen, known["trade_calendar"], day)
    book = FactBook(
        [
            *facts(seen, day, SOURCES),
            *finding_facts(happened, day, SOURCES),
            *thesis_facts(card, day),
        ]
    )
    names = chinese_names(known)
    return Issue(
        issue_id=day.isoformat(), as_of=day, requested=day, cutoff=moment, facts=book,
        series=seen.filter(pl.col("observation_date") >= day.replace(year=day.year - 2, day=1)),
        health=health(known), gaps=GAPS, claims=check_claims(book, day), simulated=False,
        names=names, name_origins=name_origins(known), movers=movers(seen, names),
        theses=readings(card, book, day), absent=absent, findings=tuple(happened),
        span=span_of(day, sorted(known["trade_calendar"]["trade_date"])),
        discrepancies=reconcile({}, day), refusals=REFUSALS.clear(),
    )  # fmt: skip


def stretched(issue: Issue) -> Issue:
    """The same week with the longest names there are, and with sums ten times as large."""
    longest = {code: LISTED if code.endswith(".HK") else LONGEST for code in issue.names}
    grown = (
        replace(one, value=one.value * 10) if one.unit in {"CNY", "HKD"} else one
        for one in issue.facts
    )
    sums = [name for name, one in metrics().items() if one.unit in {"CNY", "HKD"}]
    series = issue.series.with_columns(
        pl.when(pl.col("metric").is_in(sums))
        .then(pl.col("value") * 10)
        .otherwise("value")
        .alias("value")
    )
    return replace(issue, names=longest, facts=FactBook(grown), series=series)


def faults(issue: Issue, code: str, patch: pytest.MonkeyPatch, *, digits: bool = True) -> list[str]:
    """What is wrong with the pages of an issue in one language.

    digits: whether each digit is held against the facts, too.
    """
    drawn: list[Figure] = []

    def kept(figure: Figure) -> str:
        drawn.append(figure)
        return canvas.svg_of(figure)

    with patch.context() as within:
        draw_with(within, kept)
        unwritten(within)
        markup = render.html(issue, code)
    found = [f"figure: {misfit}" for figure in drawn for misfit in misfits(figure)]
    found += [f"pale: {said}" for figure in drawn for said in pale(figure)]
    words = unescape(MARKED.sub("", markup))
    found += [
        f"no glyph: {sign}" for sign in sorted({*words} - glyphs.covered()) if sign.isprintable()
    ]
    if not digits:
        return found
    with patch.context() as within:
        return found + unstated(issue, markup, within)


def pale(figure: Figure) -> Iterator[str]:
    """The words of a figure that are too pale on white, but those on a ground of their own."""
    for one in figure.findobj(Text):
        colour = to_hex(one.get_color())
        if one.get_text().strip() and colour != "#ffffff" and contrast(colour, "#ffffff") < LEAST:
            yield f"{one.get_text()} in {colour}"


def unstated(issue: Issue, markup: str, patch: pytest.MonkeyPatch) -> list[str]:
    """The numbers that are not what their facts say, and the digits that belong to none."""
    page, known, counted = read(markup), furniture(issue), lineage.counts(issue)
    patch.setattr(lineage, "counts", lambda _: counted)  # else made anew for each number
    # Chinese words hold digits of their own, of which no list is kept.
    wrong = [f"not so: {ref} {text}" for ref, text in page.numbers
             if ref != "cited#metrics" and not is_stated(issue, ref, text)]  # fmt: skip
    if '<html lang="zh' in markup:
        return wrong
    bare = [text.strip() for text in page.rest if DIGITS.search(without(text, known))]
    loose = [text for text in bare if not re.fullmatch(r"\d+\s+\S.*|[1-9]", text)]
    return wrong + [f"loose: {text}" for text in loose]


def main(count: int, drifts: Sequence[float] = DRIFTS) -> int:
    """Tells what is wrong with so many weeks of each market in both languages, and how many are.

    Every fourth week is looked at with its longest names and sums, too.
    """
    read = wrong = 0
    with pytest.MonkeyPatch.context() as patch:
        for drift in drifts:
            for place, issue in enumerate(weeks(count, drift)):
                for code in ("en", "zh"):
                    found = faults(issue, code, patch)
                    if place % 4 == 0:
                        wide = faults(stretched(issue), code, patch, digits=False)
                        found += [f"stretched {one}" for one in wide]
                    lines = (f"{drift} {issue.as_of} {code} {one}\n" for one in found)
                    sys.stdout.writelines(lines)
                    wrong += len(found)
                read += 1
                sys.stdout.flush()
    sys.stdout.write(f"{read} weeks in two languages: {wrong} faults\n")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), [float(one) for one in sys.argv[2:]] or DRIFTS)))
