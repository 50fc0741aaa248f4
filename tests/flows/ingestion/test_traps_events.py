"""Traps of announcements, suspensions and price limits, each by its name."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.ingestion.fetch import akshare, perform
from flows.network.frozen_clock import wall_clock
from flows.network.transport import open_network
from flows.sandbox import Fault, Kind, MarketParameters, build_market
from flows.sandbox.market.notices import announcements
from warehouse.catalog import Call, Request, dataset
from warehouse.datasets import announcement, limit_pool, suspension
from warehouse.errors import (
    NotAnswered,
    NothingYet,
    SourceChanged,
    SourceEmpty,
    SourceUnavailable,
    UnknownFormat,
)
from warehouse.quality.plausibility import agreement
from warehouse.response import Response
from warehouse.shanghai import SHANGHAI

BREAK, SUNDAY, HOLIDAY = date(2026, 1, 13), date(2026, 1, 11), date(2026, 1, 1)
NIGHT = (2026, 1, 13, 22)
NOW = datetime(*NIGHT, tzinfo=SHANGHAI)
SMALL = MarketParameters(
    stocks=700, first_day=date(2025, 12, 1), last_day=date(2026, 1, 16), index_first_day=date(2025, 6, 2)
)  # fmt: skip


@pytest.fixture(scope="session")
def market():
    return build_market(SMALL)


def request(*days: date) -> Request:
    calendar = tuple(d for d in days if d.weekday() < 5)
    return Request(days, NOW, calendar=calendar)


def answer(office, source, call) -> pl.DataFrame:
    with open_network(office.ws) as recorder:
        return perform(source, call, recorder, attempts=1).rows


# Announcements


def test_a_whole_page_is_dropped_by_akshare_when_one_item_has_no_heading(desk, market) -> None:
    """It returns a hundred announcements less; we have every warning of the day."""
    office = desk(*NIGHT)
    day, total, dropped = a_day_with_an_odd_page(market)
    with office.exchange.installed():
        kept = len(akshare().stock_notice_report("全部", f"{day:%Y%m%d}"))
    assert kept == total - dropped < total
    (call,) = announcement.EASTMONEY.calls(request(day))
    rows = answer(office, announcement.EASTMONEY, call)
    warnings = market.events.warnings.filter(pl.col("announcement_date") == day)
    assert sorted(rows["code"]) == sorted(warnings["code"])
    assert rows.height > 0


def a_day_with_an_odd_page(market) -> tuple[date, int, int]:
    """A day with warnings and several pages of announcements, of which some are dropped: the day, how
    many announcements there are, and how many are on the pages that are dropped.
    """
    for back in range(40):
        day = BREAK - timedelta(days=back)
        told = announcements(market, day, day)
        place = pl.int_range(pl.len()) // 100
        pages = told.with_columns(page=place, odd=pl.col("number").cast(pl.Int64) % 173 == 0)
        bad = pages.filter(pl.col("odd").any().over("page")).height
        if 0 < bad < told.height and day in market.events.warnings["announcement_date"]:
            return day, told.height, bad
    raise AssertionError("no such day")


def item(
    number: int, columns: int = 1, codes: tuple[str, ...] = ("600000",), kind: str = "A"
) -> dict:
    share = {"short_name": "模拟银行", "ann_type": kind}
    return {
        "art_code": f"AN{number}", "title": "模拟银行:股票交易风险提示公告",
        "notice_date": "2026-01-13 00:00:00", "display_time": "2026-01-13 07:30:00:000",
        "columns": [{"column_name": "其他"}] * columns,
        "codes": [{"stock_code": c, **share} for c in codes],
    }  # fmt: skip


def page(items: list[dict], total: int) -> Response:
    body = json.dumps({"data": {"list": items, "total_hits": total}}).encode()
    return Response(
        "https://np-anotice-stock.eastmoney.com/api/security/ann?page_index=1", 200, body
    )


def notices(*heard: Response, label: str = announcement.TRADING) -> pl.DataFrame:
    call = Call("stock_notice_report", {}, (BREAK,), label)
    published = announcement.eastmoney(heard, call)
    return announcement.read_eastmoney(published, call) if published.width else published


def test_items_without_a_code_of_an_a_share_shift_no_other_rows() -> None:
    bond = item(1, codes=("123001", "123002"), kind="B")
    both = item(3, codes=("900901", "600001"))
    rows = notices(page([bond, item(2), both], 3))
    assert rows["code"].to_list() == ["600000.SH", "600001.SH"]
    assert rows["url"].str.contains("AN2|AN3").all()


def test_pages_that_move_while_they_are_read_are_noticed() -> None:
    """Somebody announces between two pages: the last item of the first comes again, one is lost."""
    first = [item(n) for n in range(3)]
    with pytest.raises(NotAnswered, match="3 of 4 announcements"):
        notices(page(first, 4), page(first, 4), page([first[-1]], 4))
    assert (
        notices(page(first, 4), page(first, 4), page([item(9)], 4)).height == 1
    )  # one title, once


def test_an_empty_day_of_announcements_is_none_only_when_nobody_works(desk) -> None:
    """akshare raises KeyError '代码'; on a trading day a list without news is an old one."""
    assert notices(page([], 0), label="").width == 0
    with pytest.raises(NothingYet, match="newest announcement is of no day"):
        notices(page([], 0))
    old = item(1) | {"display_time": "2026-01-12 20:00:00:000"}
    with pytest.raises(NothingYet, match="2026-01-12"):
        notices(page([old], 1))


def test_a_block_page_or_no_data_instead_of_announcements_is_not_none(desk) -> None:
    office = desk(*NIGHT)
    (call,) = announcement.EASTMONEY.calls(request(SUNDAY))
    for fault in (
        Fault(Kind.HTML),
        Fault(Kind.DATA_NULL),
        Fault(Kind.TRUNCATED),
        Fault(Kind.RESET),
    ):
        office.break_(fault)
        with pytest.raises((SourceUnavailable, SourceChanged, SourceEmpty)):
            answer(office, announcement.EASTMONEY, call)
        office.exchange.heal()


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("股票交易异常波动公告", "abnormal_fluctuation"),
        ("关于股票交易异常波动暨风险提示的公告", "abnormal_fluctuation"),
        ("股票交易严重异常波动公告", "severe_abnormal_fluctuation"),
        ("关于股票交易严重异常波动暨停牌核查的公告", "suspension_check"),
        ("关于股票停牌核查结果暨复牌的公告", "suspension_check"),
        ("股票交易风险提示公告", "trading_risk_warning"),
        ("关于公司股票可能被终止上市的第三次风险提示公告", "delisting_risk_warning"),
        ("关于诉讼事项的风险提示公告", "risk_warning"),
        ("关于媒体报道的澄清公告", "clarification"),
        ("控股股东关于股票交易异常波动询证函的回函", "inquiry_reply"),
        ("关于可转债交易异常波动的公告", None),
        ("关于可转换公司债券交易异常波动的公告", None),
        ("关于发行股票摊薄即期回报的风险提示公告", None),
        ("2025年年度报告", None),
    ],
)
def test_the_title_decides_and_not_the_heading_that_a_host_files_it_under(title, kind) -> None:
    rows = pl.DataFrame({"title": [title]}).select(announcement.kind_of())
    assert rows.item() == kind


def test_every_rule_of_titles_is_found_by_a_search_word() -> None:
    """Else the two hosts would not give the same announcements."""
    words = {
        kind: [w for w in announcement.KEYWORDS if w in rule]
        for kind, rule in announcement.RULES.items()
    }
    assert all(words.values())
    assert "严重异常波动".endswith(announcement.KEYWORDS[0])


def test_titles_of_cninfo_have_marks_and_one_comes_under_several_codes() -> None:
    found = {"announcementTitle": "关于股票交易<em>异常波动</em>的公告", "secName": "模拟银行", "orgId": "x",
             "announcementTime": 1768233600000, "announcementId": "1"}  # fmt: skip
    found = [found | {"secCode": code} for code in ("600000", "900901", "600000")]
    body = json.dumps({"announcements": found, "totalAnnouncement": 2}).encode()
    call = Call("", {}, (BREAK,), "异常波动")
    published = announcement.cninfo([Response("x/new/hisAnnouncement/query", 200, body)], call)
    rows = announcement.read_cninfo(published, call)
    assert rows.select("code", "title", "announcement_date").rows() == [
        ("600000.SH", "关于股票交易异常波动的公告", BREAK)
    ]


def test_searches_at_cninfo_are_at_most_a_week_wide() -> None:
    month = tuple(date(2025, 6, 1) + timedelta(days=n) for n in range(30))
    calls = announcement.CNINFO.calls(request(*month))
    assert {c.arguments["keyword"] for c in calls} == set(announcement.KEYWORDS)
    assert max((c.days[-1] - c.days[0]).days for c in calls) <= 6
    assert {d for c in calls for d in c.days} == set(month)


# Suspensions


def test_stock_tfp_em_includes_future_dates_and_other_securities(desk, market) -> None:
    """What begins later has no row yet; B shares never have one."""
    office = desk(*NIGHT)
    early = datetime.combine(market.events.suspensions["suspended_from"][-1], datetime.min.time())
    office.exchange.set_now(early - timedelta(hours=1))
    day = early.date() - timedelta(days=1)
    with office.exchange.installed():
        published = akshare().stock_tfp_em(f"{day:%Y%m%d}")
    assert early.date() in published["停牌时间"].tolist()
    (call,) = suspension.EASTMONEY.calls(request(day))
    rows = answer(office, suspension.EASTMONEY, call)
    assert (rows["suspended_from"] <= day).all()
    assert set(rows["code"]) <= set(market.companies["code"])


def test_stock_tfp_em_names_its_columns_by_position(desk) -> None:
    row = {"代码": "600000", "名称": "模拟银行", "停牌时间": "2026-01-13", "停牌截止时间": "2026-01-15",
           "停牌期限": "连续停牌", "停牌原因": "重大事项", "所属市场": "上交所主板"}  # fmt: skip
    call = Call("stock_tfp_em", {}, (BREAK,))
    assert suspension.eastmoney(pl.DataFrame([row]), call).height == 1
    for one, other in (("代码", "名称"), ("停牌原因", "所属市场"), ("停牌时间", "停牌截止时间")):
        moved = row | {one: row[other], other: row[one]}
        with pytest.raises(UnknownFormat):
            suspension.eastmoney(pl.DataFrame([moved]), call)
    with pytest.raises(UnknownFormat, match="NaT"):
        suspension.eastmoney(pl.DataFrame([row | {"停牌时间": "NaT"}]), call)


@pytest.mark.parametrize(
    ("body", "none"),
    [
        (b'{"result":null,"success":false,"code":9201}', True),
        (b'{"result":null,"success":false,"code":9501}', False),
        (b'{"result":null}', False),
        (b"<html></html>", False),
    ],
)
def test_result_null_is_none_only_with_the_number_of_that_message(body, none) -> None:
    """akshare raises TypeError for all of them."""
    assert suspension.nothing_found(body, Call("", {}, (BREAK,))) is none


def test_baidu_lists_hong_kong_too_and_proves_none_with_the_day_and_a_count(desk) -> None:
    row = {"股票代码": ["600000", "00700"], "股票简称": ["模拟银行", "腾讯"], "交易所代码": ["SH", "HK"],
           "停牌时间": ["2026-01-13"] * 2, "停牌事项说明": ["重大事项", "-"]}  # fmt: skip
    call = Call("", {}, (BREAK,))
    assert suspension.baidu(pl.DataFrame(row), call)["code"].to_list() == ["600000.SH"]
    said = {"Result": {"calendarInfo": [{"date": "2026-01-13", "total": 0, "list": []}]}}
    assert suspension.none_on_that_day(json.dumps(said).encode(), call)
    assert not suspension.none_on_that_day(json.dumps(said).encode(), Call("", {}, (SUNDAY,)))
    assert not suspension.none_on_that_day(b'{"Result":{"calendarInfo":[]}}', call)


# Price limits

MEMBER = {"c": "600000", "n": "模拟", "p": 9000, "zdp": -10.0, "amount": 1e8, "hs": 2.0, "hybk": "银行",
          "ltsz": 5e9, "fund": 1e6, "days": 1, "oc": 0}  # fmt: skip


def pool(day: int, rows: list[dict], total: int | None = None) -> Response:
    data = {"qdate": day, "tc": len(rows) if total is None else total, "pool": rows}
    return Response("https://push2ex.eastmoney.com/getTopicDTPool?date=1", 200,
                 json.dumps({"data": data}).encode())  # fmt: skip


def test_no_share_at_the_lower_limit_is_none_though_akshare_raises_type_error(desk) -> None:
    office = desk(*NIGHT)
    calls = limit_pool.EASTMONEY.calls(request(BREAK))
    empty = [c for c in calls if office.exchange.market.events.pool(c.label, BREAK).is_empty()]
    assert empty
    assert answer(office, limit_pool.EASTMONEY, empty[0]).is_empty()


@pytest.mark.parametrize("shown", [20260113, 20260115])
def test_the_newest_day_on_a_page_of_a_pool_says_nothing_of_its_shares(shown) -> None:
    """The page is of the day that was asked for, whatever day it bears."""
    call = Call("", {}, (BREAK,), "down")
    assert limit_pool.transcript([pool(shown, [MEMBER])], call).height == 1


def test_pools_of_another_day_are_known_by_the_closes_of_their_shares(desk) -> None:
    """Shares that closed elsewhere on that day were in the pool of another; prices stand in."""
    office, asked = desk(*NIGHT), BREAK
    bars = office.exchange.market.stock_daily.filter(pl.col("trade_date") <= BREAK)
    with office.ws.writing() as warehouse, warehouse.transaction():
        d, ws = dataset("stock_daily"), office.ws
        loading = ws.loading(d.name, "import bars", "bars", bars.height)
        warehouse.load(d, bars.select(d.contract.column_names()), loading, ws.calendar)
    (outcome,) = office.collect("limit_pool", span=(asked, asked))
    assert (outcome.sources, outcome.missing) == (["Eastmoney"], [])
    members = office.exchange.market.events.pool("down", asked)
    stated = members.select("code", close="close_cny", trade_date=pl.lit(date(2026, 1, 9)))
    with office.ws.reading_writer() as reader:
        assert agreement(reader, "stock_daily", stated) < 0.8


def test_an_empty_pool_without_a_day_or_of_another_day_is_not_none(desk) -> None:
    call = Call("", {}, (BREAK,), "down")
    assert limit_pool.transcript([pool(20260113, [])], call).width == 0
    with pytest.raises(NothingYet, match="page of 20260112"):
        limit_pool.transcript([pool(20260112, [])], call)
    with pytest.raises(NotAnswered, match="0 of 7"):
        limit_pool.transcript([pool(20260113, [], total=7)], call)
    with pytest.raises(NothingYet, match="no data"):
        limit_pool.transcript([Response(pool(1, []).url, 200, b'{"data":null}')], call)


def test_pools_of_more_than_a_month_ago_raise_value_error_and_are_not_asked_for(desk) -> None:
    old, kept = BREAK - timedelta(days=31), BREAK - timedelta(days=29)
    office = desk(*NIGHT)
    with (
        office.exchange.installed(),
        wall_clock(lambda: NOW),
        pytest.raises(ValueError, match="30"),
    ):
        akshare().stock_zt_pool_zbgc_em(f"{old:%Y%m%d}")
    assert limit_pool.EASTMONEY.calls(request(old)) == []
    assert len(limit_pool.EASTMONEY.calls(request(kept))) == 3
    assert office.asked().total() == 0


def test_shares_under_special_treatment_are_in_no_pool(market) -> None:
    treated = market.special_treatment["code"].to_list()
    names = [n for name in ("up", "down", "broken") for d in market.days
             for n in market.events.pool(name, d.item())["name"]]  # fmt: skip
    assert treated and not [n for n in names if "ST" in n]


def test_a_renamed_key_of_a_pool_is_a_changed_source() -> None:
    share = {"c": "600000", "n": "模拟", "p": 9000, "zdp": -10.0, "amount": 1e8, "hs": 2.0, "hybk": "银行",
             "ltsz": 5e9, "fund": 1e6, "days": 1, "opened": 0}  # fmt: skip
    call = Call("", {}, (BREAK,), "down")
    published = limit_pool.transcript([pool(20260113, [share])], call)
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="oc"):
        limit_pool.read(published, call)
    row = limit_pool.read(published.rename({"opened": "oc"}), call).to_dicts()[0]
    assert (row["close_cny"], row["change"], row["code"]) == (9.0, -0.1, "600000.SH")


@pytest.mark.parametrize("column", ["amount", "ltsz", "fund", "hs"])
def test_a_unit_that_slips_in_a_pool_does_not_agree_with_the_others(column) -> None:
    share = {"c": "600000", "n": "模拟", "p": 9000, "zdp": -10.0, "amount": 1e8, "hs": 2.0, "hybk": "银行",
             "ltsz": 5e9, "fund": 1e7, "days": 1, "oc": 0}  # fmt: skip
    assert limit_pool.agreeing(pl.DataFrame([share])).height == 1
    with pytest.raises(UnknownFormat, match="do not agree"):
        limit_pool.agreeing(pl.DataFrame([share | {column: share[column] * 1e4}]))


def test_pools_do_not_follow_from_prices_that_are_there_in_part(desk) -> None:
    office = desk(*NIGHT)
    office.break_(Fault(Kind.RESET))
    d, ws = dataset("stock_daily"), office.ws
    bars = office.exchange.market.stock_daily.filter(pl.col("trade_date") <= BREAK)
    part = bars.filter(
        (pl.col("trade_date") < BREAK) | (pl.int_range(pl.len()).over("trade_date") < 100)
    )
    with ws.writing() as warehouse, warehouse.transaction():
        loading = ws.loading(d.name, "import bars", "bars", part.height)
        warehouse.load(d, part.select(d.contract.column_names()), loading, ws.calendar)
    days = (date(2026, 1, 12), BREAK)
    (outcome,) = office.collect("limit_pool", span=days)
    assert outcome.missing == [str(BREAK)]
