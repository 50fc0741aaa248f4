"""Each text that is declared in English has its Chinese, which keeps the rules of print."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from string import Formatter

import pytest

from templates.sections.sources.facts import REASONS, Fault
from templates.wording.catalogue import BY_INDEX, HOSTS, INDUSTRY, host, industry, label, messages
from templates.wording.never import banned
from transforms.engine.metric import metrics
from transforms.issue import doubts, missing, restatements, scorecard, staleness
from transforms.issue.claims import Verdict
from transforms.issue.reconciliation import RECONCILIATIONS, SUMMED
from transforms.metric_reference import INDICATORS
from warehouse.catalog import catalogue
from warehouse.datasets.board_daily import BOARDS
from warehouse.datasets.security import CLASSES
from warehouse.errors import NotTranslated
from warehouse.quality.contract_checks import GENERIC
from warehouse.records.collection_log import PROJECT
from warehouse.storage.dictionary import gap_rows

# Their texts may speak of bubbles and crashes, which is what these tests are named after.
TESTS_OF_BUBBLES = {"explosive", "lppls"}


def metric_texts() -> Iterator[str]:
    for one in metrics().values():
        yield from (one.label, one.reading, one.pitfall, one.unit, one.family.capitalize())
    yield from INDICATORS.values()


def dataset_texts() -> Iterator[str]:
    for one in catalogue().values():
        yield one.label
        yield from (source.name for part in one.chains for source in part.sources)
    yield from ("import", PROJECT)  # as pages call an imported file, and our own lists
    for row in gap_rows():
        yield from (row["subject"], row["why"], row["instead"])


def reasons() -> Iterator[str]:
    for kinds in (missing.Kind, doubts.Doubt, restatements.Why, restatements.Field, Verdict):
        yield from kinds
    yield from scorecard.Status
    yield from chain(REASONS.values(), missing.WITHHELD.values(), doubts.LISTS.values())
    yield from (missing.TOO_SHORT, missing.UNTRADED, doubts.NOT_AS_TRADED)
    yield from staleness.CORE.values()
    yield from (*GENERIC.values(), *Fault)
    yield from (SUMMED, *(one.reason for one in RECONCILIATIONS))


DECLARED = set(map(str, chain(metric_texts(), dataset_texts(), reasons())))
ENTRIES = [one for one in messages() if one.id]
TEXTS = {str(one.id): str(one.string) for one in ENTRIES if not one.context}
INDUSTRIES = {str(one.string): str(one.id) for one in ENTRIES if one.context == INDUSTRY}


def slots(text: str) -> Counter[str]:
    return Counter(slot for _, slot, _, _ in Formatter().parse(text) if slot)


def figures(text: str) -> set[str]:
    """Per cents and decimals, which nobody spells out; Chinese tells a rank in per cent."""
    ranked = re.sub("(?<=[0-9])(?: %|th percentile)", "%", text)
    return set(re.findall(r"[0-9]+(?:\.[0-9]+)?%|[0-9]+\.[0-9]+", ranked))


def test_every_declared_text_has_its_chinese():
    assert DECLARED - set(TEXTS) == set()


def test_no_entry_is_left_over():
    assert set(TEXTS) - DECLARED == set()


def test_no_english_is_entered_twice():
    said = Counter((one.context, one.id) for one in ENTRIES)
    assert [key for key, times in said.items() if times > 1] == []


def faults(english: str, chinese: str) -> list[str]:
    """Which rules an entry breaks."""
    rules = {
        "slots": slots(chinese) == slots(english),
        "figures": figures(chinese) == figures(english),
        "words": banned(chinese, "zh") == [],
        "marks": not re.search("[\u4e00-\u9fff][,.;:?!()]|[,.;:?!()][\u4e00-\u9fff]", chinese),
        "spaces": not re.search("[\u4e00-\u9fff] | [\u4e00-\u9fff]|[，。；：（）、] ", chinese),
        "spelling": not re.search(r"\d{4}-\d\d|(?<!\d)-\d|\d %", chinese),  # 6月12日, −1, 5%
        "stop": chinese.endswith("。") == english.endswith("."),
    }
    return [rule for rule, kept in rules.items() if not kept]


def test_an_entry_says_the_same_by_the_rules_of_chinese_print():
    found = {english: faults(english, chinese) for english, chinese in TEXTS.items()}
    assert {english: broken for english, broken in found.items() if broken} == {}


@pytest.mark.parametrize(
    ("english", "chinese", "broken"),
    [
        ("{n} of 9", "9家中有{m}家", ["slots"]),
        ("Half, or 40%.", "一半，即30%。", ["figures"]),
        ("A steep fall", "暴跌", ["words"]),
        ("High, low", "高,低", ["marks"]),
        ("3 of 9", "9家中 3家", ["spaces"]),
        ("Under -1", "低于-1", ["spelling"]),
        ("A sentence.", "一句话", ["stop"]),
    ],
)
def test_a_broken_rule_is_found(english, chinese, broken):
    assert faults(english, chinese) == broken


def test_no_text_of_a_metric_uses_a_word_that_pages_never_use():
    said = {
        (one.id, word)
        for one in metrics().values()
        if one.family not in TESTS_OF_BUBBLES
        for text in (one.label, one.reading, one.pitfall)
        for word in banned(text, "en")
    }
    assert said == set()


def test_english_is_its_own_label():
    assert label("Net purchases", "en") == "Net purchases"


def test_a_text_without_chinese_is_refused():
    with pytest.raises(NotTranslated, match="Nobody wrote this"):
        label("Nobody wrote this", "zh")


def test_a_source_is_told_in_the_language_of_the_reader():
    assert (host("import", "en"), host("import", "zh")) == ("imported file", "导入文件")
    assert (host("SSE", "en"), host("SSE", "zh")) == ("SSE", "上交所")
    assert host("a new host", "zh") == "a new host"
    assert set(HOSTS) - set(TEXTS) == set()


def test_every_industry_and_board_is_known_in_both_languages():
    members = {*CLASSES.values(), *BOARDS, *BY_INDEX.values()}
    assert members - set(INDUSTRIES) == set()
    assert len(set(INDUSTRIES.values())) == len(INDUSTRIES)


@pytest.mark.parametrize(
    ("entity", "english", "chinese"),
    [
        ("电子", "Electronics", "电子"),
        ("801080.SW", "Electronics", "电子"),
        ("801081.SW", "Semiconductors", "半导体"),
        ("商业航天", "Commercial aerospace", "商业航天"),
        ("海洋牧场", "Haiyang Muchang", "海洋牧场"),
        ("801999.SW", "801999.SW", "801999.SW"),
    ],
)
def test_an_industry_is_named_by_name_or_index(entity, english, chinese):
    assert industry(entity, "en") == english
    assert industry(entity, "zh") == chinese
