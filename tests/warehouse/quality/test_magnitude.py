"""Slips of a unit in every figure of every dataset: found, or listed with the reason why nobody can
tell.

The histories are those of the simulated market; each is judged as a file that fills an empty
warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache

import numpy as np
import polars as pl
import pytest

from flows.ingestion.import_files import FEW
from flows.sandbox import Market, MarketParameters, build_market
from flows.sandbox.archive import archive, archives
from flows.workspace import packaged_calendar
from tests.conftest import rows_of
from warehouse.catalog import Dataset, catalogue
from warehouse.contract import is_optional
from warehouse.errors import ContractViolated
from warehouse.quality.contract_checks import Context, check, shaped
from warehouse.quality.magnitude import sized, strays
from warehouse.quality.quarantine import Checked
from warehouse.quality.refusal import refuse_many

Drawn = Callable[[str], pl.DataFrame]
History = Callable[[str], pl.DataFrame]
CONTEXT = Context(packaged_calendar(), date(2026, 12, 31))
FACTORS = (1e-4, 1e-2, 1e2, 1e4, 1e8)
LAST = 40  # days
DAYS = 120  # of history
SHARES = 8  # of minute bars
# Their past is counted from all bars in seconds; a count of a day has nothing steady beside it.
COUNTED = {"limit_pool", "market_activity"}

# What a slip leaves possible: in one row, in the last days, or in the whole column.
CANNOT_TELL = {
    "a company's results jump from period to period, and nothing in the row determines the figure": {
        "earnings_report.revenue_cny": "one all",  # many are worth more than the story's giants
        "earnings_report.revenue_yoy": "one",
        "earnings_report.net_profit_yoy": "one",
        "earnings_report.book_value_per_share_cny": "one",
        "earnings_report.roe": "one",
        "earnings_report.operating_cash_per_share_cny": "one",
        "earnings_report.gross_margin": "one",
        "earnings_flash.eps_cny": "one",
        "earnings_guidance.net_profit_cny": "one",
        "earnings_guidance.net_profit_year_ago_cny": "one",
        "earnings_guidance.net_profit_yoy": "one",
        "us_megacap_earnings.net_income_usd": "one",
        "analyst_eps.eps_cny": "one",
        "analyst_eps.eps_next_year_cny": "one",
        "analyst_eps.eps_second_year_cny": "one",
    },
    "seven companies give too few growth rates of the newest periods for a median": {
        "hk_megacap_earnings.revenue_yoy": "one last",
        "hk_megacap_earnings.net_profit_yoy": "one last",
    },
    "the figure crosses zero, and may be as small as one likes": {
        "equity_bond_spread.spread": "one",
        "market_fund_flow.medium_net_cny": "one",
        "market_fund_flow.small_net_cny": "one",
        "market_fund_flow.main_net_share": "one",
        "money_supply.m1_yoy": "one",
        "money_supply.m0_yoy": "one",
        "cpi.cpi_yoy": "one",
        "cpi.cpi_mom": "one",
        "social_financing.foreign_currency_loans_cny": "one",
        "social_financing.entrusted_loans_cny": "one",
        "social_financing.trust_loans_cny": "one",
        "social_financing.undiscounted_bills_cny": "one",
        "social_financing.corporate_bonds_cny": "one",
        "social_financing.equity_cny": "one",
        "social_financing.new_loans_cny": "one",
        "sector_daily.pe": "one",
    },
    "a month or a listing raises a hundred times what another does": {
        "ipo_proceeds_monthly.total_cny": "one",
        "ipo_proceeds_monthly.ipo_cny": "one last",
        "ipo_proceeds_monthly.follow_on_cny": "one",
        "ipo_proceeds_monthly.rights_cny": "one last",
        "ipo_hk.funds_raised_hkd": "one",
    },
    "a small count; a hundredth of it is none, and none is possible": {
        "consensus_eps.reports": "one last all",
        "high_low_count.high_20": "one last all",
        "high_low_count.low_20": "one last all",
        "high_low_count.high_120": "one last all",
        "high_low_count.low_120": "one last all",
        "policy_term_count.hits": "one last all",
        "unicorn_company.rank": "one last",
    },
    "the largest and the smallest of its kind are further apart than the slip": {
        "policy_term_count.characters": "one",
        "unicorn_company.value_cny": "one",
        "margin_account.securities_lending_sold_cny": "all",
    },
    "an event of one day, which nothing before or after it resembles": {
        "hk_stock_daily.split_ratio": "one",
        "us_stock_daily.split_ratio": "one",
        "adjustment_factor.factor": "last",
    },
}
ALLOWED = {
    column: set(extents.split())
    for columns in CANNOT_TELL.values()
    for column, extents in columns.items()
}
JUDGED = sorted(set(archives()) - COUNTED - {"margin_security"})


@pytest.fixture(scope="module")
def market() -> Market:
    return build_market(MarketParameters(stocks=60, first_day=date(2022, 7, 1)))


@pytest.fixture(scope="module")
def history(market: Market) -> History:
    """The last days of a dataset, complete.

    What the market does not say stands in the drawn rows.
    """

    def drawn_up(name: str) -> pl.DataFrame:
        d, rows = catalogue()[name], archive(market, name)
        missing = {
            c: pl.lit(
                None if column.nullable or is_optional(column) else rows_of(name)[c][0],
                column.dtype,
            )
            for c, column in d.contract.columns().items()
            if c not in rows.columns
        }
        rows = rows.with_columns(**missing).select(d.contract.column_names())
        if d.dated_by:
            days = rows[d.dated_by].unique().sort().tail(DAYS)
            rows = rows.filter(pl.col(d.dated_by).is_in(days.implode()))
        if d.partitioned:  # of minutes each share has 240 a day
            shares = rows["code"].unique().sort().head(SHARES)
            rows = rows.filter(pl.col("code").is_in(shares.implode()))
        return check(d, shaped(d, rows, name), CONTEXT).valid

    return cache(drawn_up)


def judged(d: Dataset, rows: pl.DataFrame) -> Checked:
    """The verdict on a file that is the first of its dataset."""
    checked = sized(d, check(d, rows, CONTEXT), rows.clear(), d.name)
    refuse_many(d, checked, d.name, few=FEW)
    return checked


def extents(d: Dataset, rows: pl.DataFrame, column: str) -> Iterator[tuple[str, pl.Series]]:
    """Where a slip may be: everywhere, on the last days, in one row of the middle."""
    there = rows.select((pl.col(column) != 0).fill_null(value=False)).to_series()
    yield "all", there
    if d.dated_by:
        days = rows.filter(there)[d.dated_by].unique().sort()
        last = days.tail(min(LAST, len(days) // 4))
        yield "last", there & rows[d.dated_by].is_in(last.implode())
    places = there.arg_true()
    yield "one", pl.Series(range(rows.height)) == places[len(places) // 2]


def slipped(rows: pl.DataFrame, column: str, where: pl.Series, factor: float) -> pl.DataFrame:
    figures = rows[column] * factor
    if rows.schema[column].is_integer():
        figures = (rows[column].cast(pl.Float64) * factor).round().cast(pl.Int64)
    return rows.with_columns(pl.Series(column, figures.zip_with(where, rows[column])))


def is_found(d: Dataset, bad: pl.DataFrame, rows: int) -> bool:
    try:
        return judged(d, bad).rejected["content"].n_unique() >= 0.9 * rows
    except ContractViolated:
        return True


@pytest.mark.parametrize("name", JUDGED)
def test_a_slip_is_found_or_nobody_can_tell(history: History, name: str) -> None:
    d, rows = catalogue()[name], history(name)
    missed: dict[str, set[str]] = {}
    for column in (c for c in d.values if rows.schema[c].is_numeric()):
        if not rows.select((pl.col(column) != 0).any()).item():
            continue
        for extent, where in extents(d, rows, column):
            for factor in FACTORS if where.any() else ():
                if not is_found(d, slipped(rows, column, where, factor), where.sum()):
                    missed.setdefault(f"{name}.{column}", set()).add(extent)
    expected = {c: places for c, places in ALLOWED.items() if c.startswith(f"{name}.")}
    assert missed == expected


@pytest.mark.parametrize("name", JUDGED)
def test_nothing_of_a_sound_history_is_doubted(history: History, name: str) -> None:
    assert judged(catalogue()[name], history(name)).rejected.is_empty()


@pytest.mark.parametrize(
    "name", ["market_turnover", "margin_exchange", "index_daily", "stock_daily"]
)
@pytest.mark.parametrize("factor", [1e-4, 1e-2, 1e2, 1e4])
def test_one_day_is_judged_beside_what_the_warehouse_holds(
    history: History, name: str, factor: float
) -> None:
    d, rows = catalogue()[name], history(name)
    column = {"margin_exchange": "financing_purchases_cny"}.get(name, "amount_cny")
    new = pl.col("trade_date") == rows["trade_date"].max()
    known, day = rows.filter(~new), rows.filter(new)
    assert sized(d, check(d, day, CONTEXT), known, name).rejected.is_empty()
    bad = check(d, day.with_columns(pl.col(column) * factor), CONTEXT)
    with_figures = day[column].count()
    assert sized(d, bad, known, name).rejected["content"].n_unique() >= 0.9 * with_figures


def test_the_past_of_one_dear_share_is_believed(history: History) -> None:
    """A back-fill asks share by share; what is typical of many is not of one at 1,400 yuan."""
    d, rows = catalogue()["stock_daily"], history("stock_daily")
    prices = {c: pl.col(c) * 1400 / pl.col("close") for c in ("open", "high", "low", "close")}
    one = rows.filter(pl.col("code") == rows["code"][0])
    dear = one.with_columns(
        **prices,
        volume_shares=pl.lit(3e6),
        amount_cny=pl.lit(3e6 * 1400),
        turnover_rate=pl.lit(0.002),
        previous_close=pl.lit(None, pl.Float64),
    )
    assert judged(d, dear).rejected.is_empty()


@pytest.mark.parametrize("factor", [1e-4, 1e4])
@pytest.mark.parametrize(
    ("name", "column", "one"),
    [
        ("index_daily", "close", "HSI.HK"),
        ("index_daily", "amount_cny", "000001.SH"),
        ("index_daily", "volume_shares", "000300.SH"),
        ("index_valuation", "pe_ttm", "000300.SH"),
        ("margin_exchange", "financing_purchases_cny", "SZSE"),
        ("market_turnover", "amount_cny", "SSE"),
    ],
)
def test_one_entity_in_another_unit_is_refused(
    history: History, name: str, column: str, one: str, factor: float
) -> None:
    """Its figures have no other than themselves beside them, and are few among all."""
    d, rows = catalogue()[name], history(name)
    key = next(c for c in d.key if c != d.dated_by)
    bad = slipped(rows, column, rows[key] == one, factor)
    with pytest.raises(ContractViolated, match=column):
        judged(d, bad)


@pytest.mark.parametrize(
    ("column", "factor"),
    [("high", 10), ("low", 0.1), ("amount_cny", 10), ("amount_cny", 0.1), ("volume_shares", 0.1)],
)
def test_a_tenfold_figure_of_a_bar_is_set_aside_without_a_previous_close(
    history: History, column: str, factor: float
) -> None:
    """Files of adjusted prices have none; then only the bars around tell."""
    d, rows = (
        catalogue()["stock_daily"],
        history("stock_daily").with_columns(previous_close=pl.lit(None, pl.Float64)),
    )
    for _, where in extents(d, rows, column):
        assert is_found(d, slipped(rows, column, where, factor), where.sum())


@pytest.mark.parametrize(("column", "factor"), [("issue_shares", 0.01), ("funds_sought_cny", 100)])
def test_a_hundredfold_price_of_an_application_is_found_beyond_500_yuan(
    history: History, column: str, factor: float
) -> None:
    """A share may cost 1 to 500 yuan: nobody can tell 3 yuan, a hundredfold, from a dear share.

    Unless there are fewer shares than any company issues, 100,000.
    """
    d, rows = catalogue()["ipo_review"], history("ipo_review")
    places = pl.Series(range(rows.height))
    found = [
        is_found(d, slipped(rows, column, places == place, factor), 1) for place in range(len(rows))
    ]
    dear = rows["funds_sought_cny"] / rows["issue_shares"] * 100 > 500
    few = (rows["issue_shares"] * factor < 1e5) & (column == "issue_shares")
    assert found == (dear | few).to_list()
    assert len(rows) / 2 < sum(found) < len(rows)


def test_the_simulated_market_has_its_rows_in_one_order(market: Market) -> None:
    """Which row is the one in the middle must not be a matter of luck."""
    again = build_market(MarketParameters(stocks=60, first_day=date(2022, 7, 1)))
    for name in ("ipo_review", "market_turnover", "margin_market"):
        assert archive(again, name).equals(archive(market, name)), name


def test_figures_told_anew_in_another_unit_are_refused(history: History) -> None:
    d, rows = catalogue()["margin_market"], history("margin_market")
    anew = rows.with_columns(pl.col("financing_balance_cny") * 4)
    with pytest.raises(ContractViolated, match="the past stands"):
        sized(d, Checked(anew, check(d, anew, CONTEXT).rejected), rows, d.name)


def test_a_figure_is_set_aside_and_its_row_stays_where_it_can_do_without(history: History) -> None:
    d, rows = catalogue()["index_daily"], history("index_daily").sort("code", "trade_date")
    odd = (pl.col("code") == "000001.SH") & (pl.col("trade_date") == rows["trade_date"].max())
    hundredth = pl.when(odd).then(pl.col("amount_cny") / 100).otherwise("amount_cny")
    found = judged(d, rows.with_columns(amount_cny=hundredth))
    assert found.rejected.select("rule", "column_name").row(0) == ("out_of_size", "amount_cny")
    assert found.valid.height == rows.height
    assert found.valid.filter(odd)["amount_cny"].to_list() == [None]
    assert found.valid.filter(odd)["close"].null_count() == 0


def test_a_step_that_is_taken_back_is_a_slip_and_one_that_wears_off_ends() -> None:
    nothing = np.zeros(8, dtype=np.bool_)
    assert strays(np.array([0, 0, 4, 4, 0, 0, 0, 0.0]), 1, nothing).nonzero()[0].tolist() == [2, 3]
    assert strays(np.array([4, 4, 0, 0, 0, 0, 0, 0.0]), 1, nothing).nonzero()[0].tolist() == [0, 1]
    wears_off = np.array([0, 0, 1.5, 1.2, 0.9, 0.6, 0.3, 0])
    assert strays(wears_off, 1, nothing).nonzero()[0].tolist() == [2, 3]


# Figures of which the simulated market has none, and a plausible one of each.
UNSAID = {
    "index_valuation.pb": 1.5, "index_valuation.dividend_yield": 0.026,
    "ipo_hk.public_subscription_multiple": 150.0, "buffett_index.ratio_percentile_10y": 0.8,
    "market_valuation.pe_ttm_median_percentile_10y": 0.8,
    "market_valuation.pb_median_percentile_10y": 0.6,
    "us_megacap_earnings.eps_actual_usd": 1.3, "us_megacap_earnings.eps_estimate_usd": 1.26,
    "stock_connect.bought_cny": 4.1e10, "stock_connect.sold_cny": 3.98e10,
    "stock_connect.net_buy_cny": 1.2e9, "stock_connect.accumulated_net_buy_cny": 1.77e12,
}  # fmt: skip
# A rank may be as small as one likes, and so may a day's net buying.
SMALL_IN_ONE_ROW = {
    "buffett_index.ratio_percentile_10y",
    "market_valuation.pe_ttm_median_percentile_10y",
    "market_valuation.pb_median_percentile_10y",
    "ipo_hk.public_subscription_multiple",
    "stock_connect.net_buy_cny",
}


def filled(market: Market, history: History, name: str, column: str) -> pl.DataFrame:
    """The history with figures in a column that has none, 5 % around a plausible one."""
    wave = 1 + 0.05 * ((pl.int_range(pl.len()) * 7) % 11 - 5) / 5
    if name != "stock_connect":
        return history(name).with_columns((wave * UNSAID[f"{name}.{column}"]).alias(column))
    ended = archive(market, name).filter(pl.col("trade_date") <= date(2024, 8, 16))
    north = ended.filter(direction="northbound").tail(DAYS)
    bought, sold = (UNSAID[f"{name}.{c}"] * wave for c in ("bought_cny", "sold_cny"))
    d = catalogue()[name]
    amounts = north.select("direction", "trade_date", bought_cny=bought, sold_cny=sold)
    told = amounts.with_columns(net_buy_cny=pl.col("bought_cny") - pl.col("sold_cny")).with_columns(
        accumulated_net_buy_cny=1.77e12 + pl.col("net_buy_cny").cum_sum()
    )
    lacking = [pl.lit(None, pl.Float64).alias(c) for c in d.values if c not in told.columns]
    return told.with_columns(lacking).select(d.contract.column_names())


def test_every_judged_figure_has_values_in_one_of_these_histories(history: History) -> None:
    empty = {
        f"{name}.{figure.column}"
        for name in JUDGED
        for figure in catalogue()[name].figures
        if not (history(name)[figure.column].cast(pl.Float64).fill_null(0.0) != 0).any()
    }
    assert empty == set(UNSAID)


@pytest.mark.parametrize("figure", UNSAID)
def test_a_slip_is_found_in_figures_that_the_simulated_market_lacks(
    market: Market, history: History, figure: str
) -> None:
    name, _, column = figure.partition(".")
    d, rows = catalogue()[name], filled(market, history, name, column)
    assert judged(d, rows).rejected.is_empty()
    missed = [
        (extent, factor)
        for extent, where in extents(d, rows, column)
        for factor in (FACTORS if where.any() else ())
        if not is_found(d, slipped(rows, column, where, factor), where.sum())
    ]
    allowed = [("one", 1e-4), ("one", 1e-2)] if figure in SMALL_IN_ONE_ROW else []
    if column == "public_subscription_multiple":
        allowed.append(("one", 1e2))  # a thousand times subscribed, and ten times, are both usual
    assert set(missed) <= set(allowed)
    assert len(rows) == DAYS or name != "stock_connect"
