"""Applications, review meetings and registrations on the mainland: words, units and pages."""

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
from warehouse.catalog import Request, dataset
from warehouse.datasets import (
    ipo_pipeline,
    ipo_review,
)
from warehouse.errors import SourceChanged, SourceEmpty
from warehouse.quality.contract_checks import Context, check, shaped
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


@pytest.mark.parametrize("said", ["不通过", "未通过", "未获通过", "不予通过", "未予通过"])
def test_a_word_that_denies_is_no_passing(said: str) -> None:
    for words in (ipo_review.OUTCOMES, ipo_pipeline.STAGES):
        first = next(name for name, pattern in words.items() if re.search(pattern, said))
        assert first in {"refused", "ended"}


@pytest.mark.parametrize("said", ["不同意注册", "未核准", "不予注册", "终止注册"])
def test_a_registration_that_is_denied_has_ended(said: str) -> None:
    words = ipo_pipeline.STAGES.items()
    assert next(name for name, pattern in words if re.search(pattern, said)) == "ended"
