"""The scorecard: what its headline counts, what a row says, and claims in one measure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from types import ModuleType

import pytest

from templates.page import Missing, Picture, Stack, Table
from templates.sections import theses
from templates.sections.theses import chart, chinese, english
from templates.sections.theses.facts import Card, Standing, card, claimed
from templates.wording.language import LANGUAGES
from templates.wording.speller import SPELLERS, Speller
from templates.wording.text import Text
from transforms.facts import Fact, fact_id
from transforms.findings.span import Kind, Span
from transforms.issue.claims import ClaimCheck, Verdict
from transforms.issue.scorecard import Reading, Status
from transforms.issue.theses import THESES, Measure
from transforms.issue.theses import Thesis as Declared

AS_OF, LONG_AGO = date(2026, 1, 16), date(2012, 10, 29)
SPAN = Span(date(2026, 1, 9), tuple(date(2026, 1, d) for d in range(12, 17)), Kind.WEEK)
H, F, N = Status.HOLDS, Status.FAILS, Status.NO_DATA
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}


def fact(metric: str, value: float, unit: str, entity: str = "CN", day: date = AS_OF,
         **more: object) -> Fact:  # fmt: skip
    return Fact(fact_id(metric, entity, day), metric, entity, day, value, unit,
                datetime(2026, 1, 16, 8), n_obs=600, first_observation=LONG_AGO,
                sources=("drawn",), query="", **more)  # fmt: skip


def reading(one: Declared, status: Status, changed: date | None = date(2025, 10, 9),
            value: Fact | None = None, measured: float | None = None) -> Reading:  # fmt: skip
    weeks = tuple((AS_OF - timedelta(days=7 * n), status) for n in range(51, -1, -1))
    known = 0 if status is N else 52
    return Reading(
        one, status, value, measured, changed, None if status is N and value is None else LONG_AGO,
        line=fact("thesis_line", one.line, one.unit, one.id),
        held=fact("thesis_weeks_held", 27, "count", one.id),
        known=fact("thesis_weeks_known", known, "count", one.id), weeks=weeks, evidence=(),
    )  # fmt: skip


def scored(*statuses: Status, new: tuple[int, ...] = ()) -> Card:
    """All nine with these statuses; those of `new` changed in the week."""
    warnings = theses.facts.WARNINGS
    return Card(
        tuple(
            Standing(reading(one, status), one.id in warnings, place in new)
            for place, (one, status) in enumerate(zip(THESES, statuses, strict=True))
        )
    )


def speller(code: str, *, stale: bool = False) -> Speller:
    return SPELLERS[code](as_of=AS_OF, span=SPAN, stale=stale)


@pytest.mark.parametrize(
    ("drawn", "said", "gesagt"),
    [
        (scored(H, H, H, N, H, H, N, F, F), "Four supports stand, one of three warnings is on; none changed",
         "4项支撑成立，3项预警中1项触发，当周无变化"),
        (scored(H, H, H, N, H, H, N, F, F, new=(7, 8)),
         "Four supports stand, one of three warnings is on; overbought and blow-off no longer warn",
         "4项支撑成立，3项预警中1项触发，超买、短期急涨预警解除"),
        (scored(F, H, H, H, H, H, H, H, H, new=(0, 5)),
         "Four supports stand, four warnings are on; policy no longer stands, leverage now warns",
         "5项支撑中4项成立，4项预警全部触发，政策转为不成立，杠杆触发预警"),
        (scored(F, F, F, F, F, F, F, F, F),
         "None of five supports stands, none of four warnings is on; none changed",
         "5项支撑均不成立，4项预警均未触发，当周无变化"),
        (scored(*[N] * 9), "No support has data, no warning has data; none changed",
         "支撑项均无数据，预警项均无数据，当周无变化"),
        (Card(()), "The nine theses have no data", "九项命题均无数据"),
    ],
)  # fmt: skip
def test_the_headline_counts_supports_and_warnings(drawn, said, gesagt):
    told = str(english.headline(drawn, speller("en"))), str(chinese.headline(drawn, speller("zh")))

    assert told == (said, gesagt)


def test_many_changes_are_counted_where_their_names_do_not_fit():
    drawn = scored(H, H, H, H, H, F, F, F, F, new=tuple(range(9)))
    told = {code: WORDS[code].headline(drawn, speller(code)) for code in WORDS}

    assert str(told["en"]).endswith("; nine changed")
    assert str(told["zh"]).endswith("，9项有变化")
    assert all(LANGUAGES[c].measure(t) <= LANGUAGES[c].lengths.headline for c, t in told.items())


def test_what_stands_still_is_told_as_past():
    drawn = scored(H, H, H, N, H, H, N, F, F)

    assert "stood, one of three warnings was on" in str(
        english.headline(drawn, speller("en", stale=True))
    )


BREADTH, CROWDING, CAPITAL, RUN_UPS = (
    next(one for one in THESES if one.id == name)
    for name in ("breadth", "concentration", "capital formation", "blow-off")
)


def row_of(one: Reading, code: str, *, warns: bool = False, new: bool = False) -> list[str]:
    """What the last cell of a row says, line by line."""
    s, words = speller(code), WORDS[code]
    pages = LANGUAGES[code].pages(AS_OF, {})
    *_, cell = theses._cells(1, Standing(one, warns, new), words, pages, s)
    assert isinstance(cell, Stack)
    said = [f"{cell.head} {cell.beside}".strip(), *map(str, cell.below)]
    return [line.replace("\u00a0", " ") for line in said]


def test_a_row_says_value_line_change_and_weeks():
    share = fact("share_above_ma50", 0.928, "fraction", "tech")
    one = reading(BREADTH, H, date(2026, 1, 5), share, 0.928)

    assert row_of(one, "en") == ["holds 92.8%, line 50%", "since 5 Jan, before: fails; true in 27 of 52 weeks"]  # fmt: skip
    assert row_of(one, "zh") == ["成立 92.8%，分界线50%", "1月5日起，此前不成立；52周中27周成立"]  # fmt: skip


def test_a_rank_and_a_score_are_told_beside_the_value():
    crowded = fact("crowding", 1.62, "ratio", "TMT", percentile=93.2)
    raised = fact("ipo_hk_proceeds_90d_hkd", 133163860326.0, "HKD", "HK", date(2026, 1, 13))
    crowding = reading(CROWDING, H, date(2026, 1, 15), crowded, 93.2)
    capital = reading(CAPITAL, H, None, raised, 84.8)

    assert CROWDING.measure is Measure.PERCENTILE
    assert row_of(crowding, "en", warns=True, new=True)[:2] == [
        "warns 1.6, 93rd percentile, line 90th", "new since 15 Jan, before: quiet; true in 27 of 52 weeks"]  # fmt: skip
    assert row_of(capital, "en")[:2] == [
        "holds HK$133 bn on 13 Jan, score 85, line 50",
        "since the series began, 29 Oct 2012; true in 27 of 52 weeks"]  # fmt: skip
    assert row_of(capital, "zh")[:2] == ["成立 1,332亿港元（1月13日），得分85分，分界线50分",
                                         "2012年10月29日有数据以来；52周中27周成立"]  # fmt: skip


def test_a_thesis_without_data_says_so_and_shows_its_last_value():
    never = reading(CROWDING, N, None)
    old = reading(
        BREADTH, N, None, fact("share_above_ma50", 0.4, "fraction", "tech", date(2025, 12, 1))
    )

    assert row_of(never, "en") == ["no data line 90th", "never measured"]
    assert row_of(old, "en")[0] == "no data last 40.0% on 1 Dec 2025, line 50%"
    assert row_of(old, "zh")[1].startswith("数据过旧，不作判断；")


def test_a_count_has_no_sign():
    one = reading(
        RUN_UPS,
        F,
        None,
        fact("runup_30d_ge_90pct_count", 45, "count", "all", percentile=81.5),
        81.5,
    )

    assert row_of(one, "en", warns=True)[0].startswith("quiet 45, ")


def test_a_change_is_new_only_within_the_span(issues):
    drawn = issues["rising"]
    days = (SPAN.base, SPAN.sessions[0], None)
    some = tuple(reading(one, H, day) for one, day in zip(THESES, days, strict=False))

    assert [s.new for s in card(replace(drawn, theses=some, span=SPAN)).standings] == [
        False,
        True,
        False,
    ]


def test_a_strip_draws_full_low_and_hatched_bars():
    full, low, none = (chart.strip([status], "support", "#0b5c8a") for status in (H, F, N))

    assert "#0b5c8a" in full
    assert "#0b5c8a" in low
    assert "#0b5c8a" not in none
    assert full != low


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_claim_has_the_same_measure_on_both_sides(code, issues):
    then = fact("rsi_14", 81.4, "index 0-100", "000001.SH", date(2026, 1, 12))
    now = fact("rsi_14", 65.6, "index 0-100", "000001.SH")
    first = fact("ipo_first_day_return", 1.091, "fraction", "00100.HK", date(2026, 1, 9))
    checks = (
        ClaimCheck("rsi", "It stood at 81.", "升至81。", Verdict.HOLDS, "Agrees.", "相符。", (then,), (now,)),
        ClaimCheck("minimax", "It was.", "曾。", Verdict.IN_PART, "More.", "翻倍。", (first,), ()),
        ClaimCheck("earnings", "They do.", "将。", Verdict.UNTESTABLE, "None.", "无。", (), ()),
    )  # fmt: skip
    drawn = replace(issues["rising"], claims=checks)
    s = speller(code)
    table = theses._claims(claimed(drawn), WORDS[code], s)

    sides = [row.cells[2:] for row in table.rows]
    assert [str(one) for one in sides[0]] == {
        "en": ["81.4, 12\u00a0Jan", "65.6, 16\u00a0Jan"], "zh": ["81.4（1月12日）", "65.6（1月16日）"]
    }[code]  # fmt: skip
    assert isinstance(sides[1][0], Text)
    assert isinstance(sides[1][1], Missing)
    assert all(isinstance(one, Missing) for one in sides[2])


@pytest.mark.parametrize("code", ["en", "zh"])
def test_every_measure_of_a_claim_has_a_name(code, issues):
    from transforms.issue.claims import CLAIMS

    keys = {key[0] for one in CLAIMS for key in (*one.then, *one.now, *one.aside, *one.newest)}

    assert keys <= WORDS[code].MEASURED.keys()


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_scorecard_has_nine_rows_and_a_line_between_the_groups(code, issues):
    content = theses.build(issues["rising"], SPELLERS[code](as_of=issues["rising"].as_of))
    table = content.rows[0].blocks[0]

    assert isinstance(table, Table)
    assert len(table.rows) == 9
    assert table.every == 5
    assert all(isinstance(row.cells[2], Picture) and row.cells[2].said for row in table.rows)


def test_the_months_over_the_bars_are_those_of_the_longest_course(monkeypatch):
    named: list[int] = []
    monkeypatch.setattr(chart, "months", lambda days, _: named.append(len(days)) or "<svg/>")
    whole = scored(*[H] * len(THESES))
    last = whole.standings[-1]
    short = replace(last, reading=replace(last.reading, weeks=last.reading.weeks[-5:]))
    for standings in ((*whole.standings, short), (short, *whole.standings)):
        theses._scorecard(
            Card(standings), english, LANGUAGES["en"].pages(AS_OF, {}), SPELLERS["en"](AS_OF)
        )

    assert named == [52, 52]
