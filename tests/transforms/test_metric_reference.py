"""docs/metrics.md refers to nothing that its reader cannot find, and calls nothing unmeasured."""

import re

import pytest

from transforms import metric_reference
from transforms.engine.metric import metrics
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
