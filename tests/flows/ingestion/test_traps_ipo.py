"""Traps of the primary markets' sources, each by its name."""

from __future__ import annotations

import re
from datetime import date, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from flows.ingestion.fetch import conformed, perform
from flows.ingestion.load import unknown_words
from flows.network.transport import open_network
from flows.sandbox import Fault, Kind
from warehouse.catalog import Call, Request, dataset
from warehouse.datasets import (
    hk_security,
    ipo_a,
    ipo_hk,
    ipo_pipeline,
    ipo_proceeds_monthly,
    ipo_review,
    unicorn_company,
)
from warehouse.errors import ContractViolated, SourceChanged, SourceEmpty, UnknownFormat
from warehouse.quality.contract_checks import Context, check, shaped
from warehouse.quality.quarantine import Checked
from warehouse.quality.refusal import refuse_many
from warehouse.records.collection_log import Answer
from warehouse.shanghai import SHANGHAI

pytestmark = pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning")

TUESDAY = date(2025, 11, 25)
NOW = datetime(2025, 11, 25, 21, tzinfo=SHANGHAI)
TODAY = Request((TUESDAY,), NOW)
CONTEXT = Context(pl.date_range(date(2010, 1, 1), date(2026, 12, 31), eager=True), TUESDAY)
CENTER = "datacenter-web.eastmoney.com"


def answered(desk, source, call):
    with open_network(desk.ws) as recorder:
        return perform(source, call, recorder, attempts=1)


def issue(**changed: object) -> pl.DataFrame:
    """A line of Eastmoney's common list: 万股."""
    row = {
        "股票代码": "301502",
        "股票简称": "华阳智能",
        "申购日期": "2024-01-24",
        "上市日期": "2024-02-02",
        "发行价格": 28.01,
        "发行总数": 1427.1,
        "首日收盘价": 59.97,
    }
    return pl.DataFrame([row | changed])


def beijing_issue(**changed: object) -> pl.DataFrame:
    """A line of its Beijing list: single shares."""
    row = {
        "代码": "836547", "简称": "无锡晶海", "申购日": "2023-11-17", "上市首日-上市日": "2023-11-28",
        "发行价格": 16.53, "发行总数": 15_600_000, "最新价格-累计涨幅": 1.1, "上市首日-涨幅": 60.62,
        "上市首日-每百股获利": 1002.0,
    }  # fmt: skip
    return pl.DataFrame([row | changed])


def listed(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return ipo_a.combine(ipo_a.read(answer, call))


ALL, FIRST_DAYS = ipo_a.EASTMONEY.calls(TODAY)
(BEIJING,) = ipo_a.EASTMONEY_BEIJING.calls(TODAY)


def test_the_issue_size_of_stock_xgsglb_em_is_in_ten_thousand_shares() -> None:
    """The documentation says single shares."""
    row = listed(issue(), ALL).row(0, named=True)
    assert row["issue_shares"] == pytest.approx(14_271_000)
    assert row["proceeds_cny"] == pytest.approx(28.01 * 14_271_000)


@pytest.mark.parametrize("misread", [14_271_000.0, 1427.1 / 1e4])
def test_no_issue_fits_both_single_and_ten_thousand_shares(misread) -> None:
    rows = shaped(ipo_a.DATASET, listed(issue(发行总数=misread), ALL), "Eastmoney")
    assert "issue_shares" in set(check(ipo_a.DATASET, rows, CONTEXT).rejected["column_name"])


def test_eastmoney_and_cninfo_state_the_same_issue_in_the_same_unit(desk) -> None:
    office = desk(2025, 11, 25, 21)
    issues = answered(office, ipo_a.EASTMONEY, ALL).rows
    cninfo = ipo_a.fallback(ipo_a.SHENZHEN_AND_SHANGHAI)
    other = answered(office, cninfo, cninfo.calls(TODAY)[0]).rows
    both = other.join(issues, on="code", suffix="_eastmoney")
    assert both.height > 3
    assert both["issue_shares"].to_list() == pytest.approx(both["issue_shares_eastmoney"].to_list())


def test_the_beijing_branch_has_22_columns_and_single_shares(desk) -> None:
    answer = answered(desk(2025, 11, 25, 21), ipo_a.EASTMONEY_BEIJING, BEIJING)
    assert answer.published.width == 22
    row = listed(beijing_issue(), BEIJING).row(0, named=True)
    assert (row["code"], row["issue_shares"]) == ("920547.BJ", 15_600_000)  # its code of today


def test_the_rise_since_listing_of_the_beijing_branch_is_a_wrong_formula() -> None:
    """最新价格-累计涨幅 is the first close over the newest price.

    The first day's rise is another column.
    """
    for wrong in (0.2, 5.0):
        row = listed(beijing_issue(**{"最新价格-累计涨幅": wrong}), BEIJING).row(0, named=True)
        assert row["first_day_return"] == pytest.approx(0.6062, abs=5e-4)
        assert row["first_day_close_cny"] == pytest.approx(26.55)


def test_the_rise_of_the_beijing_branch_must_be_in_per_cent() -> None:
    with pytest.raises(UnknownFormat, match="another unit"):
        ipo_a.read(beijing_issue(**{"上市首日-涨幅": 0.6062}), BEIJING)


def test_beijings_issues_in_the_common_list_are_left_to_their_own_list() -> None:
    """What unit they have there nobody says."""
    assert ipo_a.read(issue(股票代码="920056"), ALL).is_empty()


def test_stock_dxsyl_em_excludes_beijing(desk) -> None:
    first_days = answered(desk(2025, 11, 25, 21), ipo_a.EASTMONEY, FIRST_DAYS).rows
    assert set(first_days["code"].str.slice(-3)) == {".SH", ".SZ"}


def test_stock_dxsyl_em_without_its_quote_join_costs_nothing(desk) -> None:
    """The name is joined from quotes: without it akshare raises KeyError."""
    office = desk(2025, 11, 25, 21)
    office.break_(Fault(Kind.RENAMED_COLUMN, endpoint="eastmoney_first_days", column="f14"))
    with pytest.raises(SourceChanged, match="股票简称"):
        answered(office, ipo_a.EASTMONEY, FIRST_DAYS)
    office.collect("ipo_a")
    assert office.core("ipo_a")["first_day_return"].null_count() == 0


def test_names_of_stock_dxsyl_em_are_quotes_with_n_and_c(desk) -> None:
    office = desk(2025, 11, 25, 21)
    quoted = answered(office, ipo_a.EASTMONEY, FIRST_DAYS).published["股票简称"]
    assert quoted.str.starts_with("C").any()
    office.collect("ipo_a")
    assert not office.core("ipo_a")["name"].str.starts_with("C").any()


def test_the_first_days_return_of_stock_xgsr_ths_is_a_fraction_and_eastmoneys_per_cent() -> None:
    ths, eastmoney = ipo_a.READERS["stock_xgsr_ths"], ipo_a.READERS["stock_dxsyl_em"]
    row = {"股票代码": "920019", "股票简称": "铜冠矿建", "上市日期": "2024-10-11", "发行价": 4.33,
           "首日收盘价": 36.0, "首日涨跌幅": 7.3141}  # fmt: skip
    fraction = ths(pl.DataFrame([row]), ALL)["stated_return"].item()
    quote = pl.DataFrame([{"股票代码": "301502", "首日涨幅": 731.41, "总发行数量": 1427.1}])
    assert fraction == pytest.approx(eastmoney(quote, FIRST_DAYS)["stated_return"].item())


@pytest.mark.parametrize("stated", [1.1410, 114.10 * 100])
def test_a_first_day_in_another_unit_does_not_fit_its_close(stated) -> None:
    first_day = pl.DataFrame([{"股票代码": "301502", "首日涨幅": stated, "总发行数量": 1427.1}])
    both = [ipo_a.read(issue(), ALL), ipo_a.read(first_day, FIRST_DAYS)]
    rows = shaped(
        ipo_a.DATASET, ipo_a.combine(pl.concat(both, how="diagonal_relaxed")), "Eastmoney"
    )
    broken = check(ipo_a.DATASET, rows, CONTEXT).rejected
    assert "first_day_return" in set(broken["column_name"])


def test_two_lists_must_state_the_same_issue_size() -> None:
    other = pl.DataFrame([{"股票代码": "301502", "首日涨幅": 114.10, "总发行数量": 14_271_000.0}])
    both = [ipo_a.read(issue(), ALL), ipo_a.read(other, FIRST_DAYS)]
    with pytest.raises(UnknownFormat, match="not the same"):
        ipo_a.combine(pl.concat(both, how="diagonal_relaxed"))


@pytest.mark.parametrize("name", ["ipo_a", "ipo_pipeline", "ipo_review"])
def test_result_null_of_a_datacenter_report_is_an_empty_source(desk, name) -> None:
    """akshare says TypeError: 'NoneType' object is not subscriptable."""
    office = desk(2025, 11, 25, 21)
    office.break_(Fault(Kind.DATA_NULL, host=CENTER))
    office.collect(name)
    assert office.incidents(name) == {("Eastmoney datacenter", "SourceEmpty")}


def test_reports_cost_their_pages_and_one_request_more(desk) -> None:
    office = desk(2025, 11, 25, 21)
    office.collect("ipo_pipeline")
    assert office.asked() == {CENTER: 2}


def test_the_documented_columns_of_the_registrations_are_not_the_real_ones(desk) -> None:
    (call,) = ipo_pipeline.EASTMONEY.calls(TODAY)
    published = answered(desk(2025, 11, 25, 21), ipo_pipeline.EASTMONEY, call).published
    assert {"企业名称", "最新状态", "行业"} <= set(published.columns)
    assert not {"发行人全称", "审核状态", "证监会行业"} & set(published.columns)


def applications(*venues: str, status: str = "已受理") -> pl.DataFrame:
    number = len(venues)
    texts = {
        c: [f"x{n}" for n in range(number)] for c in ("企业名称", "注册地", "行业", "保荐机构")
    }
    days = {c: ["2025-11-20"] * number for c in ("更新日期", "受理日期")}
    return pl.DataFrame({"拟上市地点": venues, "最新状态": [status] * number} | texts | days)


def test_an_application_to_a_board_of_another_name_is_kept_as_one_to_another_board() -> None:
    """That some board has no application refuses nobody; that most have no board refuses all."""
    (call,) = ipo_pipeline.EASTMONEY.calls(TODAY)
    rows = conformed(
        ipo_pipeline.EASTMONEY, call, applications("科创板", "科创板", "北京证券交易所")
    )
    assert rows["board"].to_list() == ["STAR", "STAR", "other"]
    with pytest.raises(SourceChanged, match="names no board in 2 of 3 rows, such as 广东"):
        conformed(ipo_pipeline.EASTMONEY, call, applications("广东", "浙江", "科创板"))


class Reported:
    """A warehouse that has these reports of drift."""

    def __init__(self, *messages: str) -> None:
        self.messages = pl.DataFrame({"message": messages}, schema={"message": pl.String})

    def query(self, _sql: str, _parameters: list[str]) -> pl.DataFrame:
        return self.messages


def test_a_word_is_reported_once_and_another_one_beside_it_alone() -> None:
    (call,) = ipo_pipeline.EASTMONEY.calls(TODAY)
    job, source = SimpleNamespace(dataset=dataset("ipo_pipeline")), ipo_pipeline.EASTMONEY
    first = applications("科创板", status="进入新阶段")
    (report,) = unknown_words(job, source, [Answer(call, first, first, [])], Reported())
    before = Reported(str(report))
    assert list(unknown_words(job, source, [Answer(call, first, first, [])], before)) == []
    both = pl.concat([first, applications("科创板", "科创板", status="又一阶段")])
    (second,) = unknown_words(job, source, [Answer(call, both, both, [])], before)
    assert "最新状态 says «又一阶段» × 2, which" in str(second)


def told(answer: pl.DataFrame, *before: str) -> list[str]:
    """What is reported of the words of an answer after these reports."""
    (call,) = ipo_pipeline.EASTMONEY.calls(TODAY)
    job, answers = (
        SimpleNamespace(dataset=dataset("ipo_pipeline")),
        [Answer(call, answer, answer, [])],
    )
    return [str(e) for e in unknown_words(job, ipo_pipeline.EASTMONEY, answers, Reported(*before))]


@pytest.mark.parametrize("absent", ["-", "", "--"])
def test_an_absent_status_is_no_stage_and_is_reported(absent) -> None:
    """It becomes «other» in core like a word that nobody knows."""
    (report,) = told(applications("科创板", "科创板", status=absent))
    assert f"最新状态 says «{absent}» × 2, which" in report
    assert told(applications("科创板", "北交所")) == []


def test_a_word_is_told_again_when_it_stands_in_ten_times_the_rows() -> None:
    strange = {n: applications(*["科创板"] * n, status="进入新阶段") for n in (12, 119, 120, 1200)}
    (first,) = told(strange[12])
    assert told(strange[119], first) == []
    (second,) = told(strange[120], first)
    assert "«进入新阶段» × 120, which" in second
    assert told(strange[120], first, second) == told(strange[12], first, second) == []
    (third,) = told(strange[1200], first, second)
    assert "× 1,200, which" in third
    assert told(strange[1200], first, second, third) == []


def test_words_beyond_the_fifth_are_counted_and_told_the_next_time() -> None:
    words = [applications("科创板", status=f"新阶段{letter}") for letter in "甲乙丙丁戊己庚"]
    (report,) = told(pl.concat(words))
    assert report.count("«") == 5 and "× 1 and 2 more, which" in report
    (rest,) = told(pl.concat(words), report)
    assert rest.count("«") == 2 and "more" not in rest.partition(", which")[0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (applications("科创板", "科创板"), []),
        (applications("中小板", "中小企业板"), []),
        (applications("科创板", status="已收到注册申请材料"), []),
        (applications("科创板", status="进入新阶段"), ["最新状态 says «进入新阶段» × 1"]),
        (
            applications("沪主板", "沪主板", "北京证券交易所"),
            ["拟上市地点 says «北京证券交易所» × 1"],
        ),
    ],
)
def test_words_that_nobody_knows_are_reported(answer, said) -> None:
    (call,) = ipo_pipeline.EASTMONEY.calls(TODAY)
    d = dataset("ipo_pipeline")
    job = SimpleNamespace(dataset=d)
    answers = [Answer(call, answer, answer, [])]
    drifts = list(unknown_words(job, ipo_pipeline.EASTMONEY, answers, Reported()))
    assert [str(d).partition(": ")[2].partition(", which")[0] for d in drifts] == said


@pytest.mark.parametrize(
    ("money", "shares", "yuan"),
    [
        (718_547_000.0, 17_128_600, 718_547_000.0),
        (35_164.4, 19_000_000, 351_644_000.0),
        (351.644, 19_000_000, 351.644),
        (None, 19_000_000, None),
        (35_164.4, None, 35_164.4),
    ],
)
def test_money_of_an_applicant_is_in_the_unit_that_makes_a_price(money, shares, yuan) -> None:
    """In neither unit, or without shares, it stays as sent, and the contract judges it."""
    row = pl.DataFrame({"m": [money], "s": [shares]}, schema={"m": pl.Float64, "s": pl.Int64})
    found = row.select(ipo_review.in_yuan(pl.col("m"), pl.col("s"))).item()
    assert found == pytest.approx(yuan) if yuan else found is None


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("已受理", "accepted"), ("已问询", "inquiry"), ("上市委会议通过", "passed"),
        ("上市委会议未通过", "ended"), ("暂缓审议", "suspended"), ("提交注册", "submitted"),
        ("注册生效", "registered"), ("终止注册", "ended"), ("不予注册", "ended"), ("中止", "suspended"),
        ("复审", "other"),
    ],
)  # fmt: skip
def test_a_status_that_negates_another_is_not_taken_for_it(status, stage) -> None:
    assert pl.select(ipo_pipeline.stage(pl.lit(status))).item() == stage


@pytest.mark.parametrize(
    ("result", "outcome"),
    [("审核通过", "passed"), ("审核未通过", "refused"), ("取消审核", "cancelled"), ("暂缓表决", "deferred"),
     ("未上会", "not_held")],
)  # fmt: skip
def test_not_passed_is_not_passed(result, outcome) -> None:
    assert pl.select(ipo_review.outcome(pl.lit(result))).item() == outcome


def test_the_columns_of_stock_ipo_review_em_have_ascii_brackets(desk) -> None:
    (call,) = ipo_review.EASTMONEY.calls(TODAY)
    published = answered(desk(2025, 11, 25, 21), ipo_review.EASTMONEY, call).published
    assert {"发行数量(股)", "拟融资额(元)"} <= set(published.columns)


def test_pages_that_stock_ipo_review_em_prints_and_skips_are_missed(desk, capsys) -> None:
    """Its count says how many meetings there are; an answer with fewer is not believed."""
    office = desk(2025, 11, 25, 21)
    (call,) = ipo_review.EASTMONEY.calls(TODAY)
    office.break_(Fault(Kind.TRUNCATED, endpoint="eastmoney_review_meetings"))
    with pytest.raises(SourceEmpty, match=r"rows, and the upstream counts \d+; pages were lost"):
        answered(office, ipo_review.EASTMONEY, call)
    office.collect("ipo_review")
    assert set(office.core("ipo_review")["source"]) == {"cninfo"}


def test_a_meeting_to_come_is_no_meeting(desk, market) -> None:
    meeting = market.primary.meetings.filter(pl.col("review_date") > TUESDAY).sort("review_date")
    announced = meeting.filter(pl.col("notice_date") <= TUESDAY)
    assert announced.height > 0
    office = desk(2025, 11, 25, 21)
    office.collect("ipo_review")
    assert office.core("ipo_review")["review_date"].max() <= TUESDAY
    assert "other" not in set(office.core("ipo_review")["outcome"])


def test_single_shares_and_yuan_of_a_meeting_make_a_price() -> None:
    row = {"company": ["甲股份有限公司"], "review_date": [TUESDAY], "outcome": ["passed"], "result": ["审核通过"],
           "issue_shares": [3650.0 * 1e4], "funds_sought_cny": [1.59e9]}  # fmt: skip
    for slip, kept in ((1.0, 1), (1e-4, 0)):
        rows = pl.DataFrame(row).with_columns(pl.col("issue_shares") * slip)
        absent = set(ipo_review.IpoReview.column_names()) - set(row)
        rows = rows.with_columns(pl.lit(None).alias(c) for c in absent)
        checked = check(ipo_review.DATASET, shaped(ipo_review.DATASET, rows, "drawn"), CONTEXT)
        assert checked.valid["issue_shares"].count() == kept
        assert checked.valid["outcome"].to_list() == ["passed"]  # the meeting stays


def test_a_dash_in_the_money_raised_is_null_only_if_the_parts_still_add_up() -> None:
    """akshare makes null of whatever is no number."""
    (call,) = ipo_proceeds_monthly.THS.calls(TODAY)
    june = {
        "月份": "2024-06",
        "募集资金": 109.70,
        "首发募集资金": 38.76,
        "增发募集资金": 70.93,
        "配股募集资金": None,
    }
    row = conformed(ipo_proceeds_monthly.THS, call, pl.DataFrame([june])).row(0, named=True)
    assert (row["month"], row["rights_cny"]) == (date(2024, 6, 1), None)
    assert row["ipo_cny"] == pytest.approx(38.76e8)
    with pytest.raises(SourceChanged, match="not the sum"):
        conformed(ipo_proceeds_monthly.THS, call, pl.DataFrame([june | {"首发募集资金": None}]))


def hong_kong(rows: pl.DataFrame) -> Checked:
    """The verdict on shares of the list. Raises ContractViolated where too many are broken."""
    found = check(hk_security.DATASET, shaped(hk_security.DATASET, rows, "drawn"), CONTEXT)
    refuse_many(hk_security.DATASET, found, "drawn")
    return found


def test_swapped_columns_of_the_hong_kong_list_are_noticed() -> None:
    """akshare names its 24 columns by their position."""
    row = {
        "代码": "00001",
        "中文名称": "长和",
        "交易类型": "",
        "日期时间": "2025/11/25 16:08:06",
    }
    (call,) = hk_security.SINA.calls(Request((TUESDAY,), NOW, calendar=(TUESDAY,)))
    assert hong_kong(conformed(hk_security.SINA, call, pl.DataFrame([row]))).valid.height == 1
    for one, other in (("代码", "日期时间"), ("交易类型", "中文名称"), ("代码", "中文名称")):
        swapped = pl.DataFrame([row]).rename({one: other, other: one})
        with pytest.raises((SourceChanged, ContractViolated)):
            hong_kong(conformed(hk_security.SINA, call, swapped))


@pytest.mark.parametrize("silent", [None, "vip.stock.finance.sina.com.cn"])
def test_of_the_hong_kong_lists_only_shares_are_loaded(desk, market, silent) -> None:
    """No list says of what kind a security is; from either come the same shares."""
    office = desk(2025, 11, 25, 21)
    if silent:
        office.break_(Fault(Kind.RESET, host=silent))
    office.collect("hk_security")
    listed = market.hong_kong_issues.filter(pl.col("listing_date") <= TUESDAY)["code"]
    assert set(office.core("hk_security")["code"]) == {*listed, *market.hong_kong_older["code"]}


@pytest.mark.parametrize(
    ("code", "what", "listed"),
    [
        ("00001", "长和, the first of them", True),
        ("00700", "a company of the main board", True),
        ("07618", "a company beside leveraged products", True),
        ("07801", "a share of a SPAC", True),
        ("08083", "a company of GEM", True),
        ("09626", "a company between funds in dollars", True),
        ("09988", "a company behind them", True),
        ("02800", "a fund", False),
        ("02901", "a temporary counter", False),
        ("03033", "a fund", False),
        ("04246", "a bond of the government", False),
        ("04801", "a warrant of a SPAC", False),
        ("05029", "a note for professionals", False),
        ("06288", "a depositary receipt", False),
        ("07226", "a leveraged product", False),
        ("09834", "a fund in dollars", False),
        ("13579", "a warrant", False),
        ("66666", "a certificate", False),
        ("80700", "a counter in yuan", False),
    ],
)
def test_the_code_tells_a_hong_kong_share_from_other_securities(code, what, listed) -> None:
    found = pl.select(hk_security.is_share(pl.lit(code), pl.lit("模拟"))).item()
    assert found is listed, what


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("领展房产基金", False), ("越秀房产信托基金", False), ("冠君产业信托", False), ("顺丰房托", False),
        ("阳光房地产基金", False), ("XYZ REIT", False), ("香港电讯-SS", True), ("新鸿基地产", True),
        ("中国信达", True), ("中信股份", True),
    ],
)  # fmt: skip
def test_the_name_tells_a_trust_that_has_a_code_like_a_share(name, listed) -> None:
    found = pl.select(hk_security.is_share(pl.lit("00823"), pl.lit(name))).item()
    assert found is listed


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [({"代码": "0700"}, "nullability", "code"), ({"中文名称": "-"}, "nullability", "name")],
)
def test_a_share_of_hong_kong_without_code_or_name_is_counted(row, rule, column) -> None:
    """Once it was dropped without a word. A list of many such has other columns."""
    moment = "2025/11/25 16:08:00"
    lines = [
        {"代码": f"{700 + n:05}", "中文名称": f"模拟{n}", "日期时间": moment} for n in range(60)
    ]
    warrant = {"代码": "13001", "中文名称": "", "日期时间": moment}

    def verdict(broken: int) -> Checked:
        answer = pl.DataFrame([warrant, *(n | row for n in lines[:broken]), *lines[broken:]])
        return hong_kong(hk_security.read(answer, Call("stock_hk_spot")))

    found = verdict(1)
    assert (found.valid.height, found.gone) == (59, 1)
    assert found.rejected.select("rule", "column_name").rows() == [(rule, column)]
    with pytest.raises(ContractViolated):
        verdict(4)


def test_a_hong_kong_list_of_99_pages_was_cut_off() -> None:
    line = pl.DataFrame(
        [
            {
                "代码": "00001",
                "中文名称": "长和",
                "交易类型": "",
                "日期时间": "2025/11/25 16:08:06",
            }
        ]
    )
    (call,) = hk_security.SINA.calls(Request((TUESDAY,), NOW, calendar=(TUESDAY,)))
    with pytest.raises(UnknownFormat, match="no further"):
        hk_security.read(pl.concat([line] * (99 * 60)), call)


def test_stock_ipo_hk_ths_shows_mainland_shares_and_is_not_asked() -> None:
    asked = {
        call.function
        for name in ("ipo_hk", "hk_security")
        for chain in dataset(name).chains
        for source in chain.sources
        for call in source.calls(Request((TUESDAY,), NOW, ("00001.HK",), (TUESDAY,)))
    }
    assert "stock_ipo_hk_ths" not in asked and len(asked) == 5


def test_the_first_bar_of_a_source_is_the_first_day_only_if_it_is_of_the_listing_date() -> None:
    call = Call(ipo_hk.PROFILE, {"symbol": "00700"}, (TUESDAY,), "00700.HK")
    profile = {
        "证券简称": "腾讯控股",
        "上市日期": "2004-06-16 00:00:00",
        "发行价": 3.7,
        "发行量(股)": 4.2e8,
    }
    bars = {"date": ["2006-01-03"], "close": [8.3]}
    parts = [
        ipo_hk.read(pl.DataFrame([profile]), call),
        ipo_hk.read(pl.DataFrame(bars), Call("stock_hk_daily", {}, (TUESDAY,), "00700.HK")),
    ]
    row = ipo_hk.combine(pl.concat(parts, how="diagonal_relaxed")).row(0, named=True)
    assert (row["first_day_close_hkd"], row["first_day_return"]) == (None, None)
    assert row["funds_raised_hkd"] == pytest.approx(3.7 * 4.2e8)


def test_the_list_of_unicorns_is_in_hundreds_of_millions_of_yuan() -> None:
    answer = pl.DataFrame(
        {
            "排名": [1],
            "财富": [13800.0],
            "姓名": ["张一鸣"],
            "企业": ["字节跳动"],
            "行业": ["社交媒体"],
        }
    )
    (call,) = unicorn_company.HURUN.calls(TODAY)
    row = conformed(unicorn_company.HURUN, call, answer).row(0, named=True)
    assert (row["value_cny"], row["year"]) == (1.38e12, 2025)


@pytest.mark.parametrize(("month", "year"), [(1, 2024), (9, 2024), (10, 2025), (12, 2025)])
def test_a_list_of_unicorns_is_not_asked_for_before_it_is_surely_out(month, year) -> None:
    """For a year that is not out akshare raises KeyError."""
    day = date(2025, month, 15)
    calls = unicorn_company.HURUN.calls(
        Request((day,), datetime(2025, month, 15, 9, tzinfo=SHANGHAI))
    )
    assert [c.label for c in calls] == [str(year)]


def test_lists_of_unicorns_of_two_makers_are_never_one_series(desk) -> None:
    office = desk(2025, 11, 25, 21)
    office.collect("unicorn_company")
    counted = office.query("SELECT DISTINCT list_name FROM core.unicorn_count")
    listed_ = office.query("SELECT DISTINCT list_name FROM core.unicorn_company")
    assert not set(counted["list_name"]) & set(listed_["list_name"])


def test_the_hong_kong_list_is_of_the_newest_time_on_it() -> None:
    """Shares that were not traded bear an earlier time."""
    rows = [("00001", "长和", "2025/11/21 16:08:06"), ("00002", "中电控股", "2025/11/25 16:08:06")]
    answer = pl.DataFrame(rows, schema=["代码", "中文名称", "日期时间"], orient="row")
    (call,) = hk_security.SINA.calls(Request((TUESDAY,), NOW, calendar=(TUESDAY,)))
    assert set(hk_security.read(answer, call)["first_seen"]) == {TUESDAY}


@pytest.mark.parametrize("said", ["不通过", "未通过", "未获通过", "不予通过", "未予通过"])
def test_a_word_that_denies_is_no_passing(said: str) -> None:
    for words in (ipo_review.OUTCOMES, ipo_pipeline.STAGES):
        first = next(name for name, pattern in words.items() if re.search(pattern, said))
        assert first in {"refused", "ended"}


@pytest.mark.parametrize("said", ["不同意注册", "未核准", "不予注册", "终止注册"])
def test_a_registration_that_is_denied_has_ended(said: str) -> None:
    words = ipo_pipeline.STAGES.items()
    assert next(name for name, pattern in words if re.search(pattern, said)) == "ended"
