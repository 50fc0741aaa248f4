"""Lists of shares and what follows from them: collected
rows are the market's, whoever serves them.
"""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.sandbox import Fault, Kind
from flows.sandbox.market.story import INDUSTRIES
from warehouse.catalog import dataset
from warehouse.datasets import security

MONDAY, TUESDAY = date(2025, 11, 24), date(2025, 11, 25)
SINA, TENCENT, EASTMONEY = "vip.stock.finance.sina.com.cn", "proxy.finance.qq.com", "*push2*"
FACTORS = "sina_adjustment_factors"
EX_RIGHTS = "000002.SZ"  # goes ex-dividend on that Monday


def down(*hosts: str) -> list[Fault]:
    return [Fault(Kind.RESET, host=host) for host in hosts]


FRIDAY = date(2025, 11, 21)


def load(office, name: str, rows: pl.DataFrame) -> None:
    """Rows that an earlier run may have left in the warehouse."""
    d = dataset(name)
    shaped = pl.DataFrame(
        {
            c: rows[c] if c in rows.columns else [None] * rows.height
            for c in d.contract.column_names()
        },
        schema_overrides={c: k.dtype for c, k in d.contract.columns().items()},
    )
    loading = office.ws.loading(name, "Sina", "earlier", rows.height)
    with office.ws.writing() as warehouse, warehouse.transaction():
        warehouse.load(d, shaped, loading, office.ws.calendar)


@pytest.fixture
def stocked(desk, truth):
    """`stocked(days, chained=True)`: Tuesday evening with the shares and the bars of some days."""

    def start(*days: date, chained: bool = True):
        office = desk()
        load(office, "security", truth("security").filter(pl.col("valid_from") <= TUESDAY))
        bars = truth("stock_daily").filter(pl.col("trade_date").is_in(list(days)))
        price = pl.col("previous_close") if chained else pl.lit(None, pl.Float64)
        load(office, "stock_daily", bars.with_columns(previous_close=price))
        return office

    return start


@pytest.fixture
def evening(stocked):
    return stocked(MONDAY, TUESDAY)


def listed(market, day=TUESDAY):
    return set(market.companies.filter(pl.col("listing_date") <= day)["code"])


@pytest.fixture
def few_classes(market, monkeypatch) -> None:
    """Only classes that one of the few companies is in; no real class is empty."""
    there = set(market.companies.filter(pl.col("listing_date") <= TUESDAY)["industry"])
    kept = {i.shenwan[:2] for i in INDUSTRIES if i.name in there}
    for level in set(security.SHENWAN_INDEX) - kept:
        monkeypatch.delitem(security.SHENWAN_INDEX, level)


@pytest.mark.usefixtures("few_classes")
@pytest.mark.parametrize(
    ("broken", "source"),
    [
        ([], "SSE, SZSE, BSE, Shenwan"),
        ([Fault(Kind.RESET, host="query.sse.com.cn")], "Sina, Shenwan"),
        ([Fault(Kind.RESET, endpoint="shenwan_classification")],
         "SSE, SZSE, BSE, Shenwan indices"),
        ([Fault(Kind.RESET, host="query.sse.com.cn"), Fault(Kind.RESET, host="www.swsresearch.com")],
         "Tencent, Legulegu"),
    ],
)  # fmt: skip
def test_the_list_of_shares_is_filled_by_other_hosts(desk, market, truth, broken, source) -> None:
    office = desk()
    office.break_(*broken)
    (outcome,) = office.collect("security")
    assert outcome.missing == []
    rows = office.core("security")
    assert source in set(rows["source"])
    assert set(rows["code"]) == listed(market)
    facts = rows.join(truth("security"), on=["code", "valid_from"], suffix="_true")
    assert facts.height == rows.height
    assert (facts["industry"] == facts["industry_true"]).all()
    assert (facts["board"] == facts["board_true"]).all()


@pytest.mark.usefixtures("few_classes")
def test_members_of_indices_add_nothing_to_shares_whose_classes_are_known(stocked, truth) -> None:
    office = stocked()
    known = truth("security").filter(pl.col("valid_from") <= TUESDAY).height
    office.break_(Fault(Kind.RESET, endpoint="shenwan_classification"))
    office.collect("security")
    assert office.core("security").height == known


def test_no_class_is_invented_when_nobody_tells_it(desk) -> None:
    office = desk()
    office.break_(*down("www.swsresearch.com", "legulegu.com"))
    (outcome,) = office.collect("security")
    assert outcome.missing
    assert office.core("security").is_empty()


def test_delisted_shares_of_both_exchanges(desk, truth) -> None:
    office = desk()
    outcomes = office.collect("delisting")
    assert [o.missing for o in outcomes] == [[], []]
    columns = ["code", "name", "exchange", "listing_date", "delisting_date"]
    rows = office.core("delisting").select(columns).sort("code")
    assert rows.equals(truth("delisting").select(columns).sort("code"))
    assert office.asked() == {"query.sse.com.cn": 1, "www.szse.cn": 1}


def test_one_exchange_down_leaves_the_delistings_of_the_other(desk) -> None:
    office = desk()
    office.break_(*down("www.szse.cn"))
    sse, szse = office.collect("delisting")
    assert sse.missing == []
    assert "SZSE" in szse.shortfall
    assert set(office.core("delisting")["exchange"]) == {"SSE"}


@pytest.mark.parametrize(
    ("broken", "source"),
    [([], "Sina"), ([SINA], "Tencent"), ([SINA, TENCENT], "Eastmoney")],
)
def test_special_treatment_of_the_day_by_any_of_three_hosts(evening, truth, broken, source) -> None:
    evening.break_(*down(*broken))
    (outcome,) = evening.collect("special_treatment")
    assert outcome.missing == []
    rows = evening.core("special_treatment")
    wanted = truth("special_treatment").filter(pl.col("trade_date") == TUESDAY)
    assert set(rows.select("code", "trade_date", "mark").iter_rows()) == set(
        wanted.select("code", "trade_date", "mark").iter_rows()
    )
    assert rows.height
    assert set(rows["source"]) == {source}


def test_special_treatment_with_all_hosts_down_is_missing_and_said(evening) -> None:
    evening.break_(*down(SINA, TENCENT, EASTMONEY))
    (outcome,) = evening.collect("special_treatment")
    assert "special_treatment (A) failed" in outcome.shortfall
    assert evening.core("special_treatment").is_empty()


def test_a_page_of_the_day_before_is_no_list_of_today(evening) -> None:
    for endpoint in ("sina_stock_snapshot", "tencent_stock_quotes", "eastmoney_special_treatment"):
        evening.break_(Fault(Kind.STALE_DAY, endpoint=endpoint))
    evening.collect("special_treatment")
    assert evening.core("special_treatment").is_empty()
    assert {kind for _, kind in evening.incidents("special_treatment")} == {"SourceEmpty"}


def test_the_page_of_all_shares_is_asked_for_once_in_a_run(stocked) -> None:
    office = stocked(MONDAY)
    outcomes = office.collect("stock_daily", "special_treatment")
    assert [o.missing for o in outcomes] == [[], []]
    assert office.asked() == {SINA: 2}  # how many pages there are, and the one page
    books = office.query("SELECT bodies FROM raw.answer WHERE function = 'stock_zh_a_spot'")
    assert (books.height, books["bodies"].n_unique()) == (2, 1)
    office.collect("special_treatment")
    assert office.asked() == {SINA: 4}


def factors_asked(office) -> list[str]:
    return [e.url.split("/")[-2] for e in office.exchange.log if e.endpoint == FACTORS]


def test_factors_are_asked_for_where_the_chain_of_closes_broke(stocked, truth) -> None:
    office = stocked(FRIDAY, MONDAY, TUESDAY)
    office.collect("adjustment_factor")
    assert factors_asked(office) == ["sz000002"]
    rows = office.core("adjustment_factor")
    same = rows.join(truth("adjustment_factor"), on=["code", "ex_date"], suffix="_true")
    assert same["factor"].to_list() == pytest.approx(same["factor_true"].to_list(), rel=1e-12)
    assert set(same["ex_date"]) == {date(1900, 1, 1), MONDAY}
    office.collect("adjustment_factor")
    assert factors_asked(office) == ["sz000002"]  # the break is explained


def test_a_factor_that_is_not_out_yet_is_asked_for_again(stocked) -> None:
    office = stocked(FRIDAY, MONDAY, TUESDAY)
    office.break_(Fault(Kind.DATA_NULL, endpoint=FACTORS, times=1))
    (outcome,) = office.collect("adjustment_factor")
    assert outcome.missing == [EX_RIGHTS]
    (outcome,) = office.collect("adjustment_factor")
    assert outcome.missing == []


def test_a_chain_with_days_missing_asks_for_nothing(stocked) -> None:
    """Tuesday's previous closes are Monday's, which core lacks: nothing follows from Friday's."""
    office = stocked(FRIDAY, TUESDAY)
    office.collect("adjustment_factor")
    assert factors_asked(office) == []


def test_back_filled_bars_get_their_factors_and_a_second_run_asks_nobody(stocked, truth) -> None:
    office = stocked(FRIDAY, MONDAY, chained=False)
    (outcome,) = office.collect("adjustment_factor", span=(FRIDAY, MONDAY))
    assert outcome.missing == []
    rows = office.core("adjustment_factor")
    assert set(rows["code"]) == set(office.core("stock_daily")["code"])
    both = rows.join(truth("adjustment_factor"), on=["code", "ex_date"], suffix="_true")
    assert both.height == rows.height
    assert (both["factor"] / both["factor_true"] - 1).abs().max() < 1e-12
    asked = factors_asked(office)
    office.collect("adjustment_factor", span=(FRIDAY, MONDAY))
    assert factors_asked(office) == asked


def test_prices_times_factors_return_what_the_previous_close_says(stocked, market) -> None:
    office = stocked(FRIDAY, MONDAY, chained=False)
    office.collect("adjustment_factor", span=(FRIDAY, MONDAY))
    bars = office.query(
        "SELECT b.trade_date, b.close * f.factor AS adjusted FROM core.stock_daily b "
        "ASOF JOIN core.adjustment_factor f ON b.code = f.code AND b.trade_date >= f.ex_date "
        f"WHERE b.code = '{EX_RIGHTS}' ORDER BY b.trade_date"
    )["adjusted"]
    day = market.stock_daily.filter(code=EX_RIGHTS, trade_date=MONDAY).to_dicts()[0]
    assert bars[-1] / bars[-2] == pytest.approx(day["close"] / day["previous_close"], rel=1e-9)


def test_turnover_comes_with_market_values_in_yuan(desk, truth) -> None:
    office = desk()
    office.collect("market_turnover")
    rows = office.core("market_turnover").join(
        truth("market_turnover"), on=["exchange", "trade_date"], suffix="_true"
    )
    assert rows.height == 10  # two exchanges, five days
    for column in ("amount_cny", "market_cap_cny", "float_market_cap_cny"):
        assert (rows[column] - rows[f"{column}_true"]).abs().max() < 1.1e6  # 0.01 of 亿


def test_beijings_turnover_is_the_sum_of_its_shares(evening, truth) -> None:
    outcomes = {o.part: o for o in evening.collect("market_turnover")}
    assert outcomes["BSE"].missing == []
    rows = evening.core("market_turnover").filter(exchange="BSE").sort("trade_date")
    assert rows["trade_date"].to_list() == [MONDAY, TUESDAY]
    facts = truth("market_turnover").filter(pl.col("exchange") == "BSE")
    both = rows.join(facts, on=["exchange", "trade_date"], suffix="_true")
    assert (both["amount_cny"] - both["amount_cny_true"]).abs().max() < 1
    assert rows["market_cap_cny"].is_null().all()
    assert set(rows["source"]) == {"sum of stock_daily"}


def test_a_day_without_beijings_shares_has_no_sum(evening) -> None:
    with evening.ws.writing() as warehouse:
        warehouse.connection.execute(
            f"DELETE FROM core.stock_daily WHERE code LIKE '%.BJ' AND trade_date = '{TUESDAY}'"
        )
    evening.collect("market_turnover")
    days = evening.core("market_turnover").filter(exchange="BSE")["trade_date"]
    assert TUESDAY not in days.to_list()


def test_months_are_known_when_the_statisticians_publish_them(desk, assert_true) -> None:
    office = desk()
    (outcome,) = office.collect("market_cap_monthly")
    assert outcome.missing == []
    rows = office.core("market_cap_monthly").sort("month", "exchange")
    assert rows["month"].max() == date(2025, 10, 1)
    known = rows.filter(month=date(2025, 8, 1))["known_at"].unique().item()
    assert known.date() == date(2025, 9, 20)
    assert rows["amount_cny"].min() > 1e11
    assert_true(office, "market_cap_monthly")


def test_months_that_cannot_be_had_are_missing(desk) -> None:
    office = desk()
    office.break_(*down("datacenter-web.eastmoney.com"))
    (outcome,) = office.collect("market_cap_monthly")
    assert outcome.missing
    assert office.core("market_cap_monthly").is_empty()
