"""docs/metrics.md refers to nothing that its reader cannot find, and calls nothing unmeasured."""

import re

import pytest

from transforms import metric_reference
from transforms.engine.metric import lineage, metrics
from transforms.metric_reference import INDICATORS, bibliography, cited, markdown

LINK = re.compile(r"\[([^\]]+)\]\(#([\w-]+)\)")
CITATION = re.compile(r"[A-Z][\w&-]+(?:(?:, | and | )(?:et al\.|[A-Z][\w&-]+|van der))* \(\d{4}\)")


@pytest.fixture(scope="module")
def page() -> str:
    return markdown()


@pytest.fixture(scope="module")
def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("name", metrics())
def test_every_source_of_a_metric_is_in_the_document(page: str, anchors: set[str], name: str):
    entry = page.partition(f"### {name}\n")[2].partition("\n### ")[0]
    (source,) = re.findall(r"^- source: (.+)$", entry, re.MULTILINE)
    links = LINK.findall(source)

    assert LINK.sub("", source).replace(", ", "") == ""
    assert len(links) == len(metrics()[name].paper.split("; "))
    for text, anchor in links:
        assert anchor in anchors
        chapter = text.removeprefix("chapter ")
        places = {
            "sources": f"\n- {text}: ",
            "1-indicators-of-momentum": f"\n- {text.replace(' ', ': ', 1)}: ",
            "2-indicators-of-heat": f"\n- {text.replace(' ', ': ', 1)}: ",
        }
        if anchor in places:
            assert places[anchor] in page
        else:
            assert f"\n**{chapter} " in page or f"\n## {chapter} " in page


@pytest.mark.parametrize("reference", ["metrics.md 7.13", "H99", "Nobody (1900)", "own work", ""])
def test_a_reference_that_leads_nowhere_is_refused(reference: str):
    with pytest.raises(KeyError):
        cited(reference)


def test_every_publication_that_is_cited_is_listed_and_every_one_listed_is_cited(page: str):
    text = page.partition("\n## Sources\n")[0]
    found = {one for one in CITATION.findall(text.replace("\n", " ")) if one in bibliography()}

    assert set(bibliography()) - found == set()
    assert [one for one in CITATION.findall(text.replace("\n", " ")) if one not in found] == []


def test_every_indicator_is_measured_by_a_metric_or_said_to_be_elsewhere(page: str):
    for number in INDICATORS:
        (line,) = re.findall(rf"^- {number}: (.+)$", page, re.MULTILINE)
        assert "`" in line or LINK.search(line), number


def test_an_indicator_that_nothing_measures_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(metric_reference.INDICATORS, "H99", "wishes")
    with pytest.raises(KeyError, match="H99"):
        markdown()


def entry_of(page: str, name: str) -> list[str]:
    return page.partition(f"### {name}\n")[2].partition("\n### ")[0].strip().split("\n")


@pytest.mark.parametrize(
    ("name", "window", "score"),
    [
        ("close", "1 observation", "none; context, shown beside the axes"),
        (
            "volatility_20d_rising",
            "61 observations",
            (
                "percentile of its own past, from 500 observations "
                "on; heat, enters heat/technical while at most 2 trading days old"
            ),
        ),
        ("turnover_vs_record", "the whole history", "none; context, shown beside the axes"),
        (
            "ipo_hk_proceeds_90d_hkd",
            "90 observations",
            (
                "robust, from 40 observations on; momentum, "
                "enters momentum/capital formation while at most 10 trading days old"
            ),
        ),
        (
            "ipo_hk_first_day_return_90d",
            "90 observations",
            (
                "percentile of its last 24 months, from 10 "
                "observations on; heat, enters heat/activity while at most 10 trading days old"
            ),
        ),
        (
            "breadth_up_share",
            "2 observations",
            (
                "lines through 0 → 0, 0.5 → 50, 0.8 → 85, 0.95 → 100; "
                "momentum, shown beside the axes"
            ),
        ),
        ("overheating", "1 observation", "the value itself; heat, shown beside the axes"),
    ],
)
def test_an_entry_says_what_is_declared_and_written_of_a_metric(page, name, window, score):
    one, entry = metrics()[name], entry_of(page, name)

    assert entry[0] == f"**{one.label}**, {one.unit}. {one.reading}"
    assert f"- formula: {one.formula}" in entry
    assert f"- window: {window}; version {one.version}" in entry
    assert f"- score: {score}" in entry
    assert f"- pitfall: {one.pitfall}" in entry
    assert f"- follows from {', '.join(sorted(lineage(name)))}" in entry
    assert f"![History of {name}](pictures/metrics/{name}.svg)" in entry


def test_families_stand_one_after_another_with_what_they_are_about(page):
    for one in metrics().values():
        head = page.index(f"\n## {one.family.capitalize()}\n")
        assert head < page.index(f"\n### {one.id}\n")


def test_the_states_are_told_with_the_lines_at_which_they_begin(page):
    assert "- overheated advance: momentum 55 or more, heat 60 or more\n" in page
    assert "- undecided: momentum between these, heat 60 not reached\n" in page
    assert "- froth without trend: momentum under 45, heat 60 or more\n" in page
