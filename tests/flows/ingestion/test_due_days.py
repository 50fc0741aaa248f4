"""When a dataset is asked again, and since when a row that came late is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from flows.ingestion import fallback_chain
from flows.ingestion.collection import Collection
from flows.ingestion.import_files import import_path
from flows.sandbox import Fault, Kind
from warehouse.cadence import WEEKLY, EventDays, Reference, Snapshot
from warehouse.catalog import Dataset, Publication
from warehouse.datasets import hk_security, margin_exchange, market_activity, stock_connect

MONDAY, TUESDAY = date(2025, 11, 24), date(2025, 11, 25)
BSE = margin_exchange.DATASET.chains[2]


def says_none_of_its_day(body: bytes, call) -> bool:
    """Beijing's answer without rows: an empty list beside the day that was asked for."""
    return f"([[],'{call.days[0]:%Y-%m-%d}'])".encode() in body


PROVING = replace(margin_exchange.BSE, none_when=says_none_of_its_day)
EVENTS = replace(
    margin_exchange.DATASET,
    cadence=EventDays(),
    chains=(replace(BSE, sources=(PROVING,), entities={}, column=None),),
)
HK = hk_security.DATASET.chains[0]
LIST = replace(
    hk_security.DATASET,
    cadence=Snapshot(WEEKLY),
    chains=(replace(HK, sources=HK.sources[:1]),),
)


@pytest.fixture
def collect(monkeypatch):
    """`collect(desk, dataset)`: collects it as the schedule does, or `named` by somebody."""

    def run(desk, d: Dataset, **how):
        monkeypatch.setattr(fallback_chain, "dataset", lambda _name: d)
        return fallback_chain.collect_dataset(Collection(desk.ws), d.name, **how)

    return run


def test_a_day_without_events_is_complete_when_the_source_has_proved_it(desk, collect) -> None:
    evening = desk()
    evening.break_(Fault(Kind.DATA_NULL, endpoint="bse_margin"))
    (outcome,) = collect(evening, EVENTS)
    assert (outcome.missing, outcome.received) == ([], 0)
    assert evening.asked() == {"www.bse.cn": 5}
    assert collect(evening, EVENTS) == []
    assert evening.asked() == {"www.bse.cn": 5}


def test_the_next_run_asks_for_the_next_day_only(desk, collect) -> None:
    collect(desk(2025, 11, 24, 19), EVENTS)
    evening = desk()
    collect(evening, EVENTS)
    assert [e.url.partition("transDate=")[2][:10] for e in evening.exchange.log] == ["2025-11-24"]
    assert evening.core("margin_exchange")["trade_date"].max() == MONDAY


@pytest.mark.parametrize("proof", [None, PROVING.none_when])
@pytest.mark.parametrize("status", [200, 403])
def test_a_block_page_is_never_none(desk, collect, proof, status) -> None:
    evening = desk()
    evening.break_(Fault(Kind.HTML, endpoint="bse_margin", status=status))
    source = replace(PROVING, none_when=lambda _body, _call: True) if proof else margin_exchange.BSE
    d = replace(EVENTS, chains=(replace(EVENTS.chains[0], sources=(source,)),))
    (outcome,) = collect(evening, d)
    assert len(outcome.missing) == 5
    assert evening.query("FROM meta.answered").is_empty()


def test_without_a_proof_nothing_is_not_none(desk, collect) -> None:
    evening = desk()
    evening.break_(Fault(Kind.DATA_NULL, endpoint="bse_margin"))
    d = replace(EVENTS, chains=(replace(EVENTS.chains[0], sources=(margin_exchange.BSE,)),))
    (outcome,) = collect(evening, d)
    assert len(outcome.missing) == 5


def test_a_fallback_is_asked_for_the_days_of_which_the_first_source_was_silent(
    desk, collect
) -> None:
    evening = desk()
    evening.break_(Fault(Kind.RESET, endpoint="bse_margin", times=2))
    second = replace(PROVING, name="second")
    d = replace(EVENTS, chains=(replace(EVENTS.chains[0], sources=(PROVING, second)),))
    (outcome,) = collect(evening, d)
    assert outcome.missing == []
    answered = evening.query("SELECT source, count(*) FROM meta.answered GROUP BY ALL")
    assert dict(answered.rows()) == {"BSE": 3, "second": 2}


def test_a_day_with_several_calls_is_complete_when_all_of_them_have_answered(desk, collect) -> None:
    evening = desk()
    evening.break_(Fault(Kind.RESET, endpoint="bse_margin", times=1))

    def twice(request):
        once = margin_exchange.BSE.calls(request)
        return [c for call in once for c in (call, replace(call, label="again"))]

    source = replace(PROVING, calls=twice, combine=lambda rows: rows.clear())
    d = replace(EVENTS, chains=(replace(EVENTS.chains[0], sources=(source,)),))
    (outcome,) = collect(evening, d)
    assert outcome.missing == ["2025-11-18"]
    assert evening.query("SELECT count(*) FROM meta.answered").item() == 4


def test_a_back_fill_of_events_repeats_no_day(desk, collect) -> None:
    evening = desk()
    span = (date(2025, 11, 3), MONDAY)
    collect(evening, EVENTS, span=span)
    before = evening.asked()
    assert before == {"www.bse.cn": 16}
    assert collect(evening, EVENTS, span=span) == []
    assert evening.asked() == before


def test_a_back_fill_of_a_list_goes_on_within_a_day_and_begins_anew_later(desk, collect) -> None:
    """Each answer is in the books with its rows, so that one that was cut off repeats none."""
    dated = replace(EVENTS, cadence=Reference())
    collect(desk(), dated, span=(date(2025, 11, 3), date(2025, 11, 14)))
    longer = (date(2025, 11, 3), MONDAY)
    soon, later = desk(2025, 11, 25, 20), desk(2025, 11, 27, 20)
    collect(soon, dated, span=longer)
    assert soon.asked() == {"www.bse.cn": 6}
    collect(later, dated, span=longer)
    assert later.asked() == {"www.bse.cn": 16}


def test_an_imported_file_answers_for_the_days_that_it_spans(
    desk, collect, drawn, tmp_path
) -> None:
    evening = desk()
    rows = drawn("margin_exchange").with_columns(
        trade_date=pl.Series([date(2025, 11, 19), date(2025, 11, 20), date(2025, 11, 21)])
    )
    rows.write_parquet(tmp_path / "margin_exchange.parquet")
    import_path(evening.ws, tmp_path / "margin_exchange.parquet")
    collect(evening, EVENTS)
    assert evening.asked() == {"www.bse.cn": 1}


def test_calendar_days_are_asked_for_where_every_day_counts(desk, collect) -> None:
    evening = desk()
    evening.break_(Fault(Kind.DATA_NULL, endpoint="bse_margin"))
    daily = replace(
        EVENTS,
        cadence=EventDays(every_day=True),
        publication=Publication("trade_date", time(21, 0)),
    )
    collect(evening, daily)
    days = evening.query("SELECT for_day FROM meta.answered ORDER BY 1")["for_day"].to_list()
    assert days == [date(2025, 11, d) for d in (20, 21, 22, 23, 24)]  # Tuesday's comes at 21:00


@pytest.mark.parametrize(
    ("asked", "days", "refresh"),
    [
        ((2025, 11, 22), [(24, False), (25, False), (28, False), (29, True)], 6),  # a Saturday
        ((2025, 11, 25), [(26, False), (28, False), (29, True)], 6),  # a Tuesday, by hand
        ((2025, 11, 1), [(8, False), (15, False), (21, False), (22, True)], 27),  # once a month
    ],
)
def test_lists_are_asked_for_the_weekly_issue(desk, collect, asked, days, refresh) -> None:
    """From Saturday on, once: not on each trading day, and not a day earlier every week."""
    slow = replace(LIST, cadence=Snapshot(timedelta(days=refresh)))
    collect(desk(*asked, 9), slow)
    for day, due in days:
        evening = desk(asked[0], asked[1], day, 17 if day != 29 else 9)
        collect(evening, slow)
        assert bool(evening.exchange.log) == due, day


def test_a_part_may_be_asked_more_seldom_than_its_dataset(desk, collect) -> None:
    north = stock_connect.DATASET.chains[1]
    seldom = replace(stock_connect.DATASET, chains=(north,))
    for day, due in [(24, True), (25, False), (28, False), (29, True)]:
        evening = desk(2025, 11, day, 17)
        collect(evening, seldom)
        assert bool(evening.exchange.log) == due, day
    days = evening.core("stock_connect")["trade_date"]
    assert {date(2025, 11, d) for d in range(24, 29)} <= set(days)  # nothing is lost in between


def test_a_page_of_a_day_is_asked_after_each_session_and_not_before_the_next(desk, collect) -> None:
    """In the morning it shows the day before still.

    Asked then, the day's own must not be missed.
    """
    page = market_activity.DATASET
    runs = [(21, 17, 1), (22, 9, 0), (24, 9, 0), (24, 17, 1), (25, 9, 0), (26, 9, 1), (26, 17, 1)]
    for day, hour, requests in runs:
        run = desk(2025, 11, day, hour)
        collect(run, page)
        assert len(run.exchange.log) == requests, (day, hour)
    days = run.core("market_activity")["trade_date"].sort().to_list()
    assert days == [date(2025, 11, d) for d in (21, 24, 25, 26)]


def test_a_list_that_is_named_or_back_filled_is_asked_anyway(desk, collect) -> None:
    evening = desk()
    collect(evening, LIST)
    for how in ({"named": True}, {"span": (MONDAY, TUESDAY)}):
        before = evening.asked()
        collect(evening, LIST, **how)
        assert evening.asked() - before


def test_a_list_that_did_not_answer_is_asked_again(desk, collect) -> None:
    evening = desk()
    evening.break_(Fault(Kind.RESET, endpoint="sina_hong_kong_snapshot", times=1))
    (outcome,) = collect(evening, LIST)
    assert outcome.missing == ["stock_hk_spot"]
    (outcome,) = collect(evening, LIST)
    assert outcome.missing == []
    assert evening.query("SELECT answered_at FROM meta.answered").item() == datetime(
        2025, 11, 25, 11
    )


def known_at(desk, day: date) -> datetime:
    """When Shanghai's margin of a day became known (UTC)."""
    return desk.core("margin_exchange").filter(exchange="SSE", trade_date=day)["known_at"].item()


def test_a_late_row_is_not_known_before_it_was_last_seen_missing(desk) -> None:
    """Monday's margin is due on Tuesday at 09:00, and is not out on Tuesday at 19:00."""
    for hour in (10, 19):
        tuesday = desk(2025, 11, 25, hour)
        tuesday.break_(Fault(Kind.LATE, hours=12))
        tuesday.collect("margin_exchange")
    assert tuesday.core("margin_exchange")["trade_date"].max() == date(2025, 11, 21)
    wednesday = desk(2025, 11, 26, 9)
    wednesday.collect("margin_exchange")
    assert known_at(wednesday, MONDAY) == datetime(2025, 11, 25, 11)
    assert known_at(wednesday, date(2025, 11, 19)) == datetime(2025, 11, 20, 1)


def test_what_nobody_answered_for_is_known_since_its_publication(desk) -> None:
    tuesday = desk()
    tuesday.break_(Fault(Kind.RESET))
    tuesday.collect("margin_exchange")
    wednesday = desk(2025, 11, 26, 9)
    wednesday.collect("margin_exchange")
    assert known_at(wednesday, MONDAY) == datetime(2025, 11, 25, 1)


def test_one_exchange_being_late_makes_no_other_late(desk) -> None:
    tuesday = desk()
    tuesday.break_(Fault(Kind.LATE, hours=12, endpoint="*margin*", host="query.sse.com.cn"))
    tuesday.break_(Fault(Kind.RESET, host="cdn.jin10.com"), Fault(Kind.RESET, host="www.szse.cn"))
    tuesday.collect("margin_exchange")
    absent = tuesday.query("SELECT DISTINCT part, entity FROM meta.answered WHERE absent")
    assert absent.rows() == [("SSE", "SSE")]


def test_a_back_fill_that_finds_nothing_makes_nothing_late(desk) -> None:
    """What a host lacks of the past was published all the same."""
    tuesday = desk()
    tuesday.break_(Fault(Kind.DATA_NULL, endpoint="*margin*"))
    tuesday.collect("margin_exchange", span=(date(2025, 10, 9), date(2025, 10, 10)))
    assert tuesday.query("FROM meta.answered").is_empty()
