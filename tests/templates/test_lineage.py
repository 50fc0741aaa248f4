"""Every digit on the page is a fact, a date, or furniture; nothing is typed in or made up."""

from __future__ import annotations

import re

import pytest

from templates import render
from templates.sections.verdict.triggers import rules
from tests.templates.lineage import (
    DIGITS,
    MOODS,
    counts,
    date_tokens,
    figure_texts,
    furniture,
    is_stated,
    read,
    stated_tokens,
    without,
)
from transforms.engine.metric import metrics


@pytest.mark.parametrize("mood", MOODS)
def test_every_marked_number_is_what_its_fact_says(mood, issues, documents):
    page = read(documents[mood])

    assert page.numbers
    cited = {ref.partition("/")[0] for ref, _ in page.numbers} & metrics().keys()
    assert {text for ref, text in page.numbers if ref == "cited#metrics"} <= {f"{len(cited)}"}
    numbers = [n for n in page.numbers if n[0] != "cited#metrics"]
    assert [n for n in numbers if not is_stated(issues[mood], *n)] == []


@pytest.mark.parametrize("mood", MOODS)
def test_no_digit_stands_outside_a_marked_number_a_date_or_furniture(mood, issues, documents):
    page = read(documents[mood])
    known = furniture(issues[mood])
    unexplained = [text for text in page.rest if DIGITS.search(without(text, known))]
    # «2  Market …», and the numbers of the dots of a figure
    headings = [t for t in unexplained if not re.fullmatch(r"\d+\s+[A-Z].*|[1-9]", t)]

    assert headings == []


@pytest.mark.parametrize("mood", MOODS)
def test_labels_in_figures_are_facts_or_dates(mood, issues, monkeypatch):
    monkeypatch.setattr(render, "lean", str)  # which names no ticks
    page = read(render.html(issues[mood]))
    known = furniture(issues[mood])
    lines = {t for r in rules(issues[mood]) for t in DIGITS.findall(f"{r.line:g} {r.line:.0%}")}
    allowed = stated_tokens(issues[mood]) | date_tokens(issues[mood]) | lines
    labels = [
        text for source in page.figures for is_tick, text in figure_texts(source) if not is_tick
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
