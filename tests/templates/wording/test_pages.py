"""What pages say beside the findings in both languages, as printed; `make sentences` writes it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from templates.wording.language import LANGUAGES, Language
from templates.wording.never import banned
from templates.wording.page_words import PageWords, ThesisWords
from templates.wording.text import Text
from transforms.facts import Fact, fact_id
from transforms.issue.scorecard import Reading, Status
from transforms.issue.theses import THESES, Measure
from transforms.outlook.aftermath import Aftermath
from transforms.outlook.readings import Condition

HERE = Path(__file__).parent
AS_OF, BEFORE, LONG_AGO = date(2026, 1, 16), date(2026, 1, 9), date(2019, 12, 31)
STAR, SHANGHAI = "000688.SH", "000001.SH"


def fact(metric: str, value: float, unit: str = "fraction", entity: str = "CN",
         day: date = AS_OF) -> Fact:  # fmt: skip
    return Fact(fact_id(metric, entity, day), metric, entity, day, value, unit, datetime(2026, 1, 16, 8),
                n_obs=600, first_observation=LONG_AGO, sources=("drawn",), query="")  # fmt: skip


CONDITIONS = (
    ("index_change", "close", STAR, Condition("change", "down", 5, 97.5)),
    ("index_day", "close", SHANGHAI, Condition("day", "up", 1, 90.0)),
    ("turnover_total", "turnover_cny", "SSE+SZSE", Condition("total", "high", 5, 97.5)),
    ("turnover_high", "turnover_cny", "SSE+SZSE", Condition("record", "high")),
    ("index_low", "close", SHANGHAI, Condition("extreme", "low")),
    ("above_average", "share_above_ma50", "tech", Condition("level", "low", 1, 75.0)),
    ("rsi_zone", "rsi_14", SHANGHAI, Condition("zone", "overbought")),
    ("psy", "explosive_p_value", STAR, Condition("test", "found")),
    ("state", "structural_momentum", "CN", Condition("state", "overheated advance")),
    ("heat", "overheating", "CN", Condition("band", "very hot")),
)


def aftermath(condition: int) -> Aftermath:
    kind, metric, entity, alike = CONDITIONS[condition]
    return Aftermath(
        kind, entity, metric, alike, AS_OF, STAR, 60, fact("cases", 14, "count"), LONG_AGO,
        fact("median", 0.031), fact("lower", -0.04), fact("upper", 0.09), fact("fall", -0.08),
        fact("base", -0.023), fact("base_fall", -0.1), (),
    )  # fmt: skip


def reading(place: int, status: Status, measured: float | None) -> Reading:
    one = THESES[place]
    unit = {Measure.VALUE: one.unit}.get(one.measure, "HKD")
    newest = None if measured is None else fact(one.metric, measured, unit, one.entity, BEFORE)
    return Reading(
        one, status, newest, measured, BEFORE if status is Status.HOLDS else None,
        LONG_AGO if newest else None, fact("thesis_line", one.line, one.unit),
        fact("thesis_weeks_held", 31, "count"), fact("thesis_weeks_known", 52, "count"), (), (),
    )  # fmt: skip


def said(words: PageWords) -> Iterator[tuple[str, Text | ThesisWords]]:
    """All that pages may say of what is drawn here."""
    for place, (kind, *_) in enumerate(CONDITIONS):
        yield f"reading {kind}", words.reading(aftermath(place))
    for place, status, measured in ((4, Status.HOLDS, 0.58), (6, Status.FAILS, 81.47),
                                    (1, Status.HOLDS, 85.0), (3, Status.NO_DATA, None),
                                    (0, Status.NO_DATA, -0.53)):  # fmt: skip
        yield f"thesis {THESES[place].id}", words.thesis(reading(place, status, measured))


def parts(one: Text | ThesisWords) -> list[str]:
    whole = [one] if isinstance(one, Text) else [*vars(one).values()]
    return [str(part).replace("\N{NO-BREAK SPACE}", " ") for part in whole]


def lines(language: Language) -> list[str]:
    return [f"{name} | {' | '.join(parts(one))}" for name, one in said(language.pages(AS_OF, {}))]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_of_a_page_is_the_one_that_was_read(code):
    file = HERE / f"pages.{code}.txt"
    told = lines(LANGUAGES[code])
    if os.environ.get("WRITE_SENTENCES"):
        file.write_text("\n".join(told) + "\n", encoding="utf-8")

    assert told == file.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_page_says_what_no_sentence_may(code):
    assert banned("\n".join(lines(LANGUAGES[code])), code) == []


def test_chinese_has_no_space_beside_its_characters():
    wide = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
    told = [line.partition(" | ")[2].replace(" | ", "") for line in lines(LANGUAGES["zh"])]

    assert not [one for one in told if re.search(f"{wide} | {wide}", one)]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_number_states_its_fact(code):
    words = LANGUAGES[code].pages(AS_OF, {})
    thesis = words.thesis(reading(6, Status.FAILS, 81.47))

    assert thesis.now.numbers[0].ref == f"crowding/TMT/{BEFORE}#percentile"


@pytest.mark.parametrize(("measured", "held"), [(89.49, "89"), (89.5, "90")])
def test_a_percentile_is_printed_as_it_is_judged(measured, held):
    one = reading(6, Status.HOLDS, measured)

    assert one.thesis.holds(measured) is (held == "90")
    assert LANGUAGES["zh"].pages(AS_OF, {}).thesis(one).now.numbers[0].text == f"{held}%分位"
