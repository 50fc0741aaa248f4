"""A word or a code that nobody here knows refuses nothing, is counted, and is reported once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from flows.ingestion.load import judged, unknown_words
from flows.ingestion.results import Job
from flows.monitoring import source_probe
from flows.monitoring.source_probe import probe
from tests.flows.desk import EVENING
from warehouse.catalog import Call, Source, catalogue
from warehouse.records.collection_log import Answer
from warehouse.storage.store import Reader

# What dates undated pages, and the totals to which details must add up.
NEEDED = ("security", "stock_daily", "index_daily", "margin_market", "margin_exchange")
# Tables whose lines are named by these: another line is there beside those that are read.
LINES = {"item", "证券类别", "曲线名称", "预测指标"}
FOUR = {"consensus_eps"}  # of which a line has rows for four years
TUESDAY = date(*EVENING[:3])
NOTHING = pl.DataFrame(schema={"message": pl.String})
NEW_CODE, NEW_WORD = "999001", "未见"


@dataclass(frozen=True)
class Trial:
    """What became of an answer with one unknown word in a column."""

    dataset: str
    source: str
    column: str
    lost: int  # rows of the answer that were valid before
    reports: list[str]


@pytest.fixture(scope="module")
def trials(held) -> list[Trial]:
    evening = held(*EVENING)
    evening.collect(*NEEDED)
    names = [d.name for d in catalogue().values() if any(s.vocabulary for s in sources(d.name))]
    found: list[Trial] = []

    def tried(job: Job, source: Source, answers: list[Answer], reader: Reader):
        for column in source.vocabulary:
            found.extend(with_unknown(job, source, answers, column, reader))
        return judged(job, source, answers, reader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_probe, "judged", tried)
        probe(evening.ws, names)
    return found


def sources(name: str) -> list[Source]:
    return [s for chain in catalogue()[name].chains for s in chain.sources]


def with_unknown(
    job: Job,
    source: Source,
    answers: list[Answer],
    column: str,
    reader: Reader,
) -> list[Trial]:
    """The trial of a column, if an answer has it."""
    place = next((i for i, a in enumerate(answers) if column in a.published.columns), None)
    if place is None:
        return []
    one = answers[place]
    published = spoilt(one.published, column)
    changed = Answer(one.call, published, source.read(published, one.call), [])
    several = [*answers[:place], changed, *answers[place + 1 :]]
    before, after = (judged(job, source, of, reader).valid for of in (answers, several))
    lost = before.join(after, on=job.dataset.key, how="anti", nulls_equal=True).height
    reports = [str(e) for e in unknown_words(job, source, several, reader)]
    return [Trial(job.dataset.name, source.name, column, lost, reports)]


def spoilt(published: pl.DataFrame, column: str) -> pl.DataFrame:
    """The answer with an unknown word in its last row, or in one more where rows are lines."""
    last = published.tail(1)
    word = str(last[column].item())
    code = word.strip("shzbj").isdigit() and len(word) >= 6
    new = last.with_columns(pl.lit(NEW_CODE if code else NEW_WORD).alias(column))
    return pl.concat([published if column in LINES else published[:-1], new])


def test_one_unknown_word_costs_its_own_row_at_most_and_is_reported_with_its_count(trials) -> None:
    assert [t for t in trials if t.lost > (4 if t.dataset in FOUR else 1)] == []
    unsaid = [
        t
        for t in trials
        if len(t.reports) != 1 or f"{t.column} says «" not in t.reports[0]
        or not any(f"«{w}» × 1," in t.reports[0] for w in (NEW_CODE, NEW_WORD))
    ]  # fmt: skip
    assert unsaid == []


# Of thirty shares none is suspended, warned of or at its limit on that evening, and most industries
# have none: answers of these sources are drawn, a row of each and the columns with codes.
LISTED = {"证券代码": "600000", "证券简称": "模拟"}
SUSPENDED = {"停牌时间": "2025-11-25", "停牌截止时间": "2025-11-26", "停牌期限": "停牌1天",
             "停牌原因": "重大事项", "停牌事项说明": "重大事项"}  # fmt: skip
DRAWN = {
    ("announcement", "CNINFO"): [
        {"digits": "600000", "name": "模拟", "title": "股票交易风险提示公告",
         "milliseconds": 1_764_000_000_000, "art_code": "1", "org": "1"}],
    ("limit_pool", "Eastmoney"): [
        {"c": "600000", "n": "模拟", "p": 11000, "zdp": 10.0, "amount": 1e8, "ltsz": 2e9, "hs": 5.0,
         "hybk": "银行", "lbc": 1, "zbc": 0, "fund": 1e7}],
    ("suspension", "Eastmoney datacenter"): [
        {"代码": "600000", "名称": "模拟", "所属市场": "上交所主板", **SUSPENDED}],
    ("suspension", "Baidu"): [
        {"股票代码": "600000", "股票简称": "模拟", "交易所代码": "SH", **SUSPENDED}],
    ("security", "SSE, SZSE, BSE, Shenwan indices"): [LISTED],
    ("security", "Tencent, Legulegu"): [{"code": "sh600000", "name": "模拟"}],
}  # fmt: skip


@pytest.mark.parametrize(("name", "source_name"), DRAWN)
def test_one_unknown_word_among_drawn_rows_costs_its_own_row_at_most(name, source_name) -> None:
    d, source = catalogue()[name], next(s for s in sources(name) if s.name == source_name)
    rows = pl.DataFrame(DRAWN[name, source_name] * 3)
    call = Call("drawn", {}, (TUESDAY,), "up")
    job, none = SimpleNamespace(dataset=d), SimpleNamespace(query=lambda *_: NOTHING)
    for column in set(source.vocabulary) & set(rows.columns):
        published = spoilt(rows, column)
        before, after = (source.read(r, call) for r in (rows[:-1], published))
        assert before.height
        assert before.join(after, on=before.columns, how="anti", nulls_equal=True).is_empty()
        answer = Answer(call, published, after, [])
        (report,) = unknown_words(job, source, [answer], none)  # type: ignore[arg-type]
        assert f"{column} says «" in str(report) and "» × 1," in str(report)


def test_spaces_around_a_word_make_no_other_word_of_it() -> None:
    """Of four cells two hold the same unknown word, and two a known one."""
    d, source = catalogue()["suspension"], sources("suspension")[0]
    row, column = DRAWN["suspension", source.name][0], "所属市场"
    words = [row[column], f" {row[column]} ", NEW_WORD, f"{NEW_WORD}  "]
    published = pl.DataFrame([row | {column: word} for word in words])
    answer = Answer(Call("drawn", {}, (TUESDAY,), "up"), published, published, [])
    job, none = SimpleNamespace(dataset=d), SimpleNamespace(query=lambda *_: NOTHING)

    (report,) = unknown_words(job, source, [answer], none)  # type: ignore[arg-type]

    assert f"says «{NEW_WORD}» × 2," in str(report)


def test_every_source_with_codes_was_tried(trials) -> None:
    with_words = {(name, s.name) for name in catalogue() for s in sources(name) if s.vocabulary}
    assert with_words == {(t.dataset, t.source) for t in trials} | set(DRAWN)
