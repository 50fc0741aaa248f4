"""Every digit on the page is a fact, a date, or furniture; nothing is typed in or made up."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser

import polars as pl
import pytest

from templates import format as words
from templates import render
from templates.sections.health import GROUPS, NAMED, reasons
from templates.sections.verdict.triggers import rules
from transforms.engine.metric import metrics
from transforms.facts import Fact
from transforms.issue.issue import Issue

MOODS = ("rising", "falling", "thin")
DIGITS = re.compile(r"\d[\d.,]*\d|\d")
SVG = "{http://www.w3.org/2000/svg}"

# What the page's own words contain: names, windows, scales and the day of the article.
FURNITURE = (
    "RSI-14", "of 100", "0 to 100", "pale 0 to dark 100", "90%", "30-day", "50-day", "200-day",
    "50- and 200-day", "20 sessions", "in 90 days", "30 sessions", "60 sessions", "20-day", "20-session",
    "120 sessions", "21 sessions", "fall of 10%", "Fall of 10%", "10 to 20%", "20% or more", "Fall of 20%",
    "Fall of 30%", "10% higher", "20% higher", "80% interval", "steps of 5%", "fell by 40%",
    "40% from a peak", "50% within one", "250 sessions",
    "12–1", "13 January 2026", "January 2026", "= 100",
)  # fmt: skip


class Page(HTMLParser):
    """Splits a document into marked numbers, dates, figures and everything else."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[tuple[str, str]] = []
        self.dates: list[str] = []
        self.figures: list[str] = []
        self.rest: list[str] = []
        self._inside: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "img":
            self.figures.append(found["src"])
        elif tag in ("data", "time", "style", "title"):
            self._inside.append((tag, found.get("value") or ""))

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1][0] == tag:
            self._inside.pop()

    def handle_data(self, data):
        match self._inside[-1:]:
            case [("data", reference)]:
                self.numbers.append((reference, data.strip()))
            case [("time", _)]:
                self.dates.append(data)
            case []:
                self.rest.append(data)


def read(document: str) -> Page:
    page = Page()
    page.feed(document)
    return page


def spellings(fact: Fact, part: str) -> set[str]:
    """All ways in which the page may write one number of a fact."""
    if part == "change_1w":
        return {words.spell_difference(fact.change_1w, fact.unit, metric=fact.metric)}
    if part == "n":
        return {words.decimal(fact.n, 0)}
    if part == "percentile":
        return {str(words.percentile(fact))}
    if part == "coverage":
        return {words.spell(fact.coverage, "fraction")}
    value = fact.previous_record_value if part == "previous_record_value" else fact.value
    plain = words.spell(abs(value), fact.unit, metric=fact.metric)
    signed = words.spell(value, fact.unit, metric=fact.metric, signed=True)
    level = words.spell(value, fact.unit, metric=fact.metric)
    return {plain, signed, level, words.money_digits(abs(value))}


def counts(issue: Issue) -> dict[str, str]:
    """The counts that the page makes of what it shows."""
    read, rest = issue.health.filter("read"), issue.health.filter(~pl.col("read"))
    late = read["state"].is_in(["late", "missing"]).sum()
    codes = issue.movers["code"].to_list()
    returns = [issue.facts.maybe_latest("return_1d", code) for code in codes]
    silent = reasons(issue)
    sizes = {f"absent#{k}/{m}": len(names) for k, m, names in silent.iter_rows()}
    further = {f"{ref}#more": size - NAMED for ref, size in sizes.items()}
    otherwise = sum([*sizes.values()][GROUPS:])
    absent = {"absent#metrics": issue.absent["metric"].n_unique(), "absent#otherwise": otherwise}
    doubted = {
        f"doubt#{name}/{day}/{part}": f"{number:,}"
        for name, day, *numbers in issue.doubted.select(
            "dataset", "first_day", "there", "usual"
        ).iter_rows()
        for part, number in zip(("there", "usual"), numbers, strict=True)
    }
    return {
        **doubted,
        **{ref: str(size) for ref, size in (sizes | further | absent).items()},
        "health#all": str(read.height),
        "health#late": str(late),
        "health#fresh": str(read.height - late),
        "health#others": str(rest.height),
        "health#others_missing": str((rest["state"] == "missing").sum()),
        "health#others_fresh": str((~rest["state"].is_in(["late", "missing"])).sum()),
        "movers#all": str(len(codes)),
        "movers#fell": str(sum(fact is not None and fact.value < 0 for fact in returns)),
    }


def compared(issue: Issue, slug: str) -> str:
    """What the newest comparison of a series says of one of its parts."""
    name, _, part = slug.partition("#")
    series, _, entity = name.partition("/")
    days = issue.discrepancies.filter(series=series, entity=entity).sort("observation_date")
    row = days.row(-1, named=True)
    if part in ("compared", "outside"):
        return str(days.height if part == "compared" else (~days["agrees"]).sum())
    if part in ("difference", "tolerance"):
        sign = {1: "+", -1: words.MINUS}.get((row[part] > 0) - (row[part] < 0), "")
        return ("" if part == "tolerance" else sign) + f"{abs(row[part]) * 100:.2f}%"
    return f"{row[part]:,.2f}"  # the drawn comparisons are of index closes


def is_stated(issue: Issue, reference: str, text: str) -> bool:
    """Whether `text` is a way to write what `reference` names."""
    kind, _, slug = reference.partition("/")
    if kind == "rule":
        rule = next(rule for rule in rules(issue) if rule.slug == slug)
        unit = metrics()[rule.metric].unit
        return text == words.spell(rule.line, unit).replace(".0", "")
    if kind == "discrepancy":
        return text == compared(issue, slug)
    if kind == "rejected":
        dataset, _, rule = slug.partition("/")
        (row,) = issue.refusals.filter(dataset=dataset, rule=rule).iter_rows(named=True)
        return text == words.decimal(row["rows"], 0)
    if reference in counts(issue):
        return text == counts(issue)[reference]
    fact_id, _, part = reference.partition("#")
    return fact_id in issue.facts and text in spellings(issue.facts[fact_id], part)


def furniture(issue: Issue) -> list[str]:
    """Text with digits that is no measurement: names, codes, ids, definitions, claims."""
    codes = {name for fact in issue.facts for name in (fact.entity, fact.metric)}
    declared = [text for m in metrics().values() for text in (m.id, m.label, m.reading)]
    claimed = [text for c in issue.claims for text in (c.statement, c.note)]
    names = [*words.INDEX_NAMES.values(), *issue.names.values()]
    shown = [words.company_name(code, issue.names) for code in issue.names]
    declined = [*issue.gaps["why"], *issue.gaps["instead"], *issue.gaps["subject"]]
    inputs = [*declined, *issue.health["label"], *issue.health["sources"], *issue.health["dataset"]]
    years = [str(f.observation_date.year) for f in issue.facts] + [
        str(f.first_observation.year) for f in issue.facts
    ]
    known = [*FURNITURE, *codes, *declared, *claimed, *names, *shown, *inputs, *years]
    with_digits = {p for p in {*known, issue.issue_id} if any(map(str.isdigit, p))}
    return sorted(with_digits, key=len, reverse=True)


def without(text: str, known: list[str]) -> str:
    for piece in known:
        text = text.replace(piece, " ")
    return text


def figure_texts(source: str) -> Iterator[tuple[bool, str]]:
    """The texts of a figure, with whether they are labels of an axis."""
    root = ET.fromstring(base64.b64decode(source.partition(",")[2]))
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in root.iter(f"{SVG}text"):
        above, ids = element, []
        while above in parents:
            above = parents[above]
            ids.append(above.get("id") or "")
        yield any("tick_" in one for one in ids), "".join(element.itertext())


def stated_tokens(issue: Issue) -> set[str]:
    """The digits of everything that a fact of the issue may look like."""
    parts = {
        "change_1w": "change_1w",
        "n": "n",
        "percentile": "percentile",
        "coverage": "coverage",
        "previous_record_value": "previous_record_value",
    }
    found: set[str] = set()
    for fact in issue.facts:
        present = [""] + [p for p, name in parts.items() if getattr(fact, name) is not None]
        for part in present:
            for text in spellings(fact, part):
                found |= set(DIGITS.findall(text))
    return found


def date_tokens(issue: Issue) -> set[str]:
    """Days of the month, and the years that the issue reaches back to."""
    years = {fact.first_observation.year for fact in issue.facts} | {issue.as_of.year}
    reach = range(min(years), issue.as_of.year + 1)
    return {str(day) for day in range(1, 32)} | {str(year) for year in reach}


@pytest.mark.parametrize("mood", MOODS)
def test_every_marked_number_is_what_its_fact_says(mood, issues, documents):
    page = read(documents[mood])

    assert page.numbers
    assert [n for n in page.numbers if not is_stated(issues[mood], *n)] == []


@pytest.mark.parametrize("mood", MOODS)
def test_no_digit_stands_outside_a_marked_number_a_date_or_furniture(mood, issues, documents):
    page = read(documents[mood])
    known = furniture(issues[mood])
    unexplained = [text for text in page.rest if DIGITS.search(without(text, known))]
    headings = [t for t in unexplained if not re.fullmatch(r"\d\s+[A-Z].*", t)]  # «2  Market …»

    assert headings == []


@pytest.mark.parametrize("mood", MOODS)
def test_labels_in_figures_are_facts_or_dates(mood, issues, documents):
    known = furniture(issues[mood])
    allowed = stated_tokens(issues[mood]) | date_tokens(issues[mood])
    labels = [
        text
        for source in read(documents[mood]).figures
        for is_tick, text in figure_texts(source)
        if not is_tick
    ]
    made_up = [text for text in labels if set(DIGITS.findall(without(text, known))) - allowed]

    assert made_up == []


@pytest.mark.parametrize("mood", MOODS)
def test_the_pdf_prints_no_digits_but_those_of_the_document(mood, issues, documents, texts):
    page = read(documents[mood])
    figures = [text for source in page.figures for _, text in figure_texts(source)]
    told = [*(text for _, text in page.numbers), *page.dates, *page.rest, *figures]
    known = {token for text in told for token in DIGITS.findall(text)}
    pages = {str(number) for number in range(1, len(texts[mood]) + 1)}
    issue = set(DIGITS.findall(issues[mood].issue_id))
    printed = {token for text in texts[mood] for token in DIGITS.findall(text)}

    assert printed - known - pages - issue == set()


@pytest.mark.parametrize("mood", MOODS)
def test_the_mail_prints_facts_and_dates_only(mood, issues):
    letter = render.mail(issues[mood])
    known = furniture(issues[mood])
    allowed = stated_tokens(issues[mood]) | date_tokens(issues[mood]) | {
        t for text in counts(issues[mood]).values() for t in DIGITS.findall(text)} | {
        t for rule in rules(issues[mood]) for t in DIGITS.findall(f"{rule.line:g} {rule.line:.0%}")}  # fmt: skip
    body = read(letter.html)
    for text in (letter.subject, letter.text, *body.rest):
        assert set(DIGITS.findall(without(text, known))) - allowed == set(), text
    assert [n for n in body.numbers if not is_stated(issues[mood], *n)] == []


def test_the_lineage_test_can_fail(issues, documents):
    """A number that its fact does not say is noticed, and so is a bare one."""
    issue = issues["rising"]
    fact = issue.facts.latest("rsi_14", "000001.SH")

    assert not is_stated(issue, fact.fact_id, "12.3")
    assert DIGITS.search(without("the RSI stood at 77.7 that day", furniture(issue)))
