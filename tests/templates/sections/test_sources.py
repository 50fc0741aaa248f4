"""Inputs, second sources, and what is missing, as the page on data tells them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from templates.page import Absent, Content, Passages, Stack, Table
from templates.sections import sources
from templates.sections.sources import chinese, english
from templates.sections.sources.facts import (
    Input,
    Inputs,
    Pair,
    inputs,
    pairs,
    printed,
    silent,
    speaking,
)
from templates.wording.speller import SPELLERS
from transforms.engine.metric import lineage, metrics
from transforms.issue.issue import Issue
from warehouse.catalog import catalogue
from warehouse.contract import rules
from warehouse.quality.contract_checks import GENERIC

AS_OF = date(2026, 1, 16)


def some(number: int, state: str) -> tuple[Input, ...]:
    return tuple(Input("index_daily", None, None, None, "", state) for _ in range(number))


def read(late: int, missing: int, on_time: int) -> Inputs:
    return Inputs(some(late, "late"), some(missing, "missing"), some(on_time, "fresh"), 0, 0, 0)


def compared(*, outside: int = 0, apart: tuple[str, ...] = (), series: str = "turnover") -> Pair:
    return Pair(series, 21, outside, {}, apart)


@pytest.mark.parametrize(
    ("found", "second", "said", "gesagt"),
    [
        (read(0, 0, 45), (compared(),), "All 45 inputs are on time; second sources agree",
         "45项数据全部正常，第二来源相符"),
        (read(1, 30, 14), (compared(outside=14),),
         "Of 45 inputs 30 were not received, 1 is late; turnover differed from its second source in the month",
         "45项数据中30项未取得、1项逾期，成交额一个月内曾与第二来源不符"),
        (read(2, 0, 43), (compared(outside=1, apart=("SSE",)), compared(series="index_close")),
         "Of 45 inputs 2 are late; turnover differs from its second source",
         "45项数据中2项逾期，成交额与第二来源不符"),
        (read(0, 1, 0), (), "Of 1 inputs 1 was not received; no second source at this date",
         "1项数据中1项未取得，无第二来源可比"),
        (read(0, 0, 0), (), "No input is known at this date; no second source at this date",
         "截至当日无任何数据，无第二来源可比"),
    ],
)  # fmt: skip
def test_the_headline_says_what_is_not_there(found, second, said, gesagt):
    en, zh = (SPELLERS[code](as_of=AS_OF) for code in ("en", "zh"))
    short = said if len(said) <= 90 else said.partition(";")[0]

    assert str(english.headline(found, second, en)) == short
    assert str(chinese.headline(found, second, zh)) in {gesagt, gesagt.partition("，")[0]}


def content(issue: Issue, code: str = "en") -> Content:
    return sources.build(issue, SPELLERS[code](as_of=issue.as_of))


def passages(found: Content) -> list[Passages]:
    return [b for row in found.rows for b in row.blocks if isinstance(b, Passages)]


def health(*rows: tuple[str, str, date | None, date | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"dataset": name, "label": name, "newest_observation": newest,
             "expected_observation": expected, "behind": 0, "known_at": None,
             "fetched_at": datetime(2026, 1, 15, 17) if newest else None,
             "sources": "import index_daily.parquet" if newest else None, "rows": 1, "state": state,
             "read": True}
            for name, state, newest, expected in rows
        ],
        schema_overrides={"newest_observation": pl.Date, "fetched_at": pl.Datetime("us"),
                          "expected_observation": pl.Date, "sources": pl.String},
    )  # fmt: skip


@pytest.mark.parametrize("code", ["en", "zh"])
def test_late_inputs_come_first_and_missing_ones_before_those_on_time(code, issues):
    stand = health(
        ("index_daily", "late", date(2026, 1, 9), AS_OF),
        ("stock_daily", "missing", None, AS_OF),
        ("market_turnover", "fresh", AS_OF, AS_OF),
        ("trade_calendar", "reference", None, None),
    )
    found = content(replace(issues["rising"], health=stand), code)
    late = found.rows[0].blocks[0]
    missing, on_time = passages(found)[:2]

    assert isinstance(late, Table)
    cells = [str(one).replace("\u00a0", " ") for one in late.rows[0].cells]
    assert (
        cells
        == {
            "en": ["Index closes", "9 Jan", "16 Jan", "16 Jan", "imported file"],
            "zh": ["指数收盘价", "1月9日", "1月16日", "1月16日", "导入文件"],
        }[code]
    )
    assert [(str(one.head), str(one.text)) for one in missing.items] == [
        {"en": ("Expected 16\u00a0Jan", "Share prices"), "zh": ("应到1月16日", "个股行情")}[code]
    ]
    assert {str(one.head) for one in on_time.items} == (
        {"en": {"16\u00a0Jan", "Undated"}, "zh": {"1月16日", "无日期"}}[code]
    )


def test_a_series_is_told_by_its_largest_difference(issues):
    (close,) = pairs(issues["rising"])

    assert close.series == "index_close"
    assert close.worst["entity"] == "000688.SH"
    assert close.worst["difference"] == pytest.approx(0.0234, abs=1e-4)
    assert close.apart == ("000688.SH",)
    assert close.outside == 1


@pytest.mark.parametrize(("code", "who"), [("en", "Addsino 16 Jan"), ("zh", "航天发展 1月16日")])
def test_a_share_bears_its_name_in_the_readers_language(code, who, issues):
    row = issues["rising"].discrepancies.head(1).with_columns(
        series=pl.lit("minute_turnover"), entity=pl.lit("000547.SZ"), observation_date=AS_OF,
        unit=pl.lit("CNY"),
    )  # fmt: skip
    s = SPELLERS[code](as_of=AS_OF, names={"000547.SZ": "航天发展"})
    found = sources.build(replace(issues["rising"], discrepancies=row), s)

    tables = [b for r in found.rows for b in r.blocks if isinstance(b, Table)]
    (told,) = next(one for one in tables if len(one.columns) == len(english.PAIR_HEADS)).rows
    where = told.cells[2]
    assert isinstance(where, Stack)
    assert f"{where.beside} {where.below[0]}".replace("\u00a0", " ") == who


def test_without_second_sources_there_is_one_line(issues):
    drawn = issues["rising"]
    found = content(replace(drawn, discrepancies=drawn.discrepancies.clear()))

    lines = [b for row in found.rows for b in row.blocks if isinstance(b, Absent)]
    assert [str(one.text).partition(":")[0] for one in lines] == ["Second sources"]


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_gap_says_why_and_what_stands_instead(code, issues):
    gaps = next(p for p in passages(content(issues["rising"], code))
                if p.title == {"en": english, "zh": chinese}[code].GAPS_TITLE)  # fmt: skip

    assert len(gaps.items) == issues["rising"].gaps.height
    assert all(str(one.text) and str(one.aside) for one in gaps.items)


def test_survivorship_is_said_once_and_only_where_shares_are_counted(issues):
    def said(issue: Issue) -> int:
        return sum("survivorship" in str(i.text) for p in passages(content(issue)) for i in p.items)

    assert said(issues["rising"]) == 1
    assert said(issues["thin"]) == 0


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", ["Is not a trading day of the mainland exchanges",
                "Quarters are reported two to eight weeks after their end.",
                "Sold: nothing, or at least 10,000; between, somebody mixed up the units.",
                "The suffix of a code is that of its exchange.", "A rule that no longer stands",
                "A rule that no longer stands"]),
        ("zh", ["并非沪深北交易所的交易日", "日期不合理", "数值超出合理范围", "文字或代码不符合规定",
                "所依规则已停用", "所依规则已停用"]),
    ],
)  # fmt: skip
def test_what_was_set_aside_is_told_in_words(code, said, issues):
    broken = [
        ("stock_daily", "not_a_trading_day"),
        ("us_megacap_earnings", "filing_date_is_within_four_months_of_quarter_end"),
        ("stock_connect", "sold_cny_is_plausible"),
        ("margin_security", "exchange_is_that_of_the_code"),
        ("index_daily", "close_is_a_rule_of_last_year"),
        ("a_dataset_of_last_year", "prices_are_ordered"),
    ]
    refusals = pl.DataFrame(
        [{"dataset": name, "rule": rule, "rows": 2, "last": AS_OF} for name, rule in broken]
    )
    found = content(replace(issues["rising"], refusals=refusals), code)
    title = {"en": english, "zh": chinese}[code].REFUSED_TITLE
    (table,) = [
        b for r in found.rows for b in r.blocks if isinstance(b, Table) and b.title == title
    ]

    assert [row.cells[2] for row in table.rows] == said


@pytest.mark.parametrize("code", ["en", "zh"])
def test_every_rule_of_a_dataset_is_told_in_words(code):
    s = SPELLERS[code](as_of=AS_OF)
    told = {
        (name, rule): sources.broken(name, rule, s)
        for name, d in catalogue().items()
        for rule in (*rules(d.contract), *GENERIC)
    }
    assert [rule for rule, text in told.items() if "_" in text or not text] == []
    assert sources.broken("index_daily", "gone", s) not in told.values()


def test_both_sources_of_a_difference_are_told_in_the_language_of_the_reader(issues):
    drawn = issues["rising"]
    hosts = drawn.discrepancies.with_columns(
        chosen_source=pl.lit("SSE"), other_source=pl.lit("import index_daily_check.csv")
    )
    told = {}
    for code in ("en", "zh"):
        found = content(replace(drawn, discrepancies=hosts), code)
        heads = {"en": english, "zh": chinese}[code].PAIR_HEADS
        (row,) = next(
            b.rows for r in found.rows for b in r.blocks
            if isinstance(b, Table) and len(b.columns) == len(heads)
        )  # fmt: skip
        told[code] = [str(cell.below[0]) for cell in row.cells[3:5]]

    assert told == {"en": ["SSE", "imported file"], "zh": ["上交所", "导入文件"]}


def test_thirty_missing_inputs_flow(issues):
    many = health(*((name, "missing", None, AS_OF) for name in ["index_daily"] * 30))
    found = content(replace(issues["rising"], health=many))

    assert found.rows[0].flows
    (told,) = passages(found)[0].items
    assert str(told.text).count("Index closes") == 30
    assert inputs(replace(issues["rising"], health=many)).read == 30


@pytest.mark.parametrize(("code", "said"), [("en", "that no page prints"), ("zh", "均不刊载")])
def test_what_no_page_prints_is_counted_and_not_named(code, said, issues):
    names = ("jump_z", "opening_gap", "rsi_14")
    absent = pl.DataFrame(
        [
            {"metric": name, "entity": "", "kind": "no rows", "reason": "", "missing": source}
            for name, source in zip(
                names, ("stock_minute", "stock_minute", "index_daily"), strict=True
            )
        ]
    ).with_columns(since=pl.lit(None, pl.Date), speaks_on=pl.lit(AS_OF))
    issue = replace(issues["rising"], absent=absent)
    assert [one.metrics for one in silent(issue)] == [("rsi_14",)]
    assert [one.readings for one in speaking(issue)] == [(("rsi_14", ""),)]
    found = sources.build(issue, SPELLERS[code](as_of=AS_OF))
    notes = [str(one.note) for one in passages(found)]
    assert [note for note in notes if said in note and "2" in note]


def test_every_metric_that_no_page_prints_follows_from_minute_bars():
    hidden = {name for name in metrics() if not printed(name)}
    assert len(hidden) == 10
    assert all("stock_minute" in lineage(name) for name in hidden)
