"""akshare, run against the exchange's lists of shares, gives the market's own figures back."""

from datetime import date, datetime

import akshare as ak
import numpy as np
import polars as pl
import pytest

from warehouse.readers.text import short_name

BREAK = date(2026, 1, 13)

pytestmark = pytest.mark.usefixtures("exchange")


@pytest.mark.parametrize(
    ("function", "symbol", "exchange_name", "columns"),
    [
        ("stock_info_sh_delist", "全部", "SSE", ["公司代码", "公司简称", "上市日期", "暂停上市日期"]),
        ("stock_info_sz_delist", "终止上市公司", "SZSE",
         ["证券代码", "证券简称", "上市日期", "终止上市日期"]),
    ],
)  # fmt: skip
def test_delisted_companies(market, function, symbol, exchange_name, columns) -> None:
    answer = getattr(ak, function)(symbol)
    truth = market.delisted.filter(pl.col("exchange") == exchange_name)
    assert list(answer.columns) == columns
    assert answer[columns[0]].tolist() == truth["code"].str.head(6).to_list()
    assert answer[columns[3]].tolist() == truth["delisting_date"].to_list()
    assert answer["上市日期"].tolist() == truth["listing_date"].to_list()


def test_names_of_special_treatment_are_the_same_in_every_list(market) -> None:
    treated = market.special_treatment.filter(
        pl.col("since") <= BREAK, pl.col("until") > BREAK
    ).select(pl.col("code").str.head(6), "mark")
    names = [
        ak.stock_zh_a_spot()[["代码", "名称"]],
        ak.stock_zh_a_spot_tx()[["code", "name"]],
        ak.stock_zh_a_st_em()[["代码", "名称"]],
    ]
    beijing = ak.stock_info_bj_name_code()[["证券代码", "证券简称"]]
    lists = [ak.stock_info_sh_name_code(s)[["证券代码", "证券简称"]] for s in ("主板A股", "科创板")]
    lists += [ak.stock_info_sz_name_code()[["A股代码", "A股简称"]], beijing]
    for frame in names:
        frame.columns = ["code", "name"]
        marked = frame[frame["name"].str.contains("ST")]
        assert set(marked["code"].str[-6:]) == set(treated["code"])
    found = set()
    for frame in lists:
        frame.columns = ["code", "name"]
        found |= set(frame[frame["name"].str.contains("ST")]["code"])
    assert found == set(treated["code"])


def test_tencent_quotes_are_texts_in_lots_and_ten_thousands(market) -> None:
    answer = ak.stock_zh_a_spot_tx().set_index("code")
    truth = {s["symbol"]: s for s in market.snapshot(BREAK).to_dicts()}
    assert set(answer.index) == set(truth)
    row, stock = answer.loc["sh688523"], truth["sh688523"]
    assert float(row["zxj"]) == stock["close"]
    assert float(row["volume"]) * 100 == stock["volume_shares"]
    assert float(row["turnover"]) * 1e4 == pytest.approx(stock["amount_cny"], abs=5e3)
    assert not {"open", "high", "low"} & set(answer.columns)


def test_tencent_sends_all_pages_of_two_hundred(exchange, market) -> None:
    ak.stock_zh_a_spot_tx()
    pages = -(-market.snapshot(BREAK).height // 200)
    assert exchange.requests_per_host == {"proxy.finance.qq.com": pages}


def test_adjustment_factors_continue_the_ex_rights_closes(market) -> None:
    bars = market.stock_daily.sort("code", "trade_date").with_columns(
        before=pl.col("close").shift(1).over("code")
    )
    paid = bars.filter(
        pl.col("previous_close") != pl.col("before"), pl.col("trade_date") <= BREAK
    ).to_dicts()[0]
    symbol = f"{paid['code'][7:].lower()}{paid['code'][:6]}"
    factors = ak.stock_zh_a_daily(symbol, adjust="hfq-factor")
    assert list(factors.columns) == ["date", "hfq_factor"]
    dates = [d.date() for d in factors["date"]]
    assert dates == sorted(dates, reverse=True)
    assert (dates[-1], float(factors["hfq_factor"].iloc[-1])) == (date(1900, 1, 1), 1.0)
    place = dates.index(paid["trade_date"])
    step = float(factors["hfq_factor"][place]) / float(factors["hfq_factor"][place + 1])
    assert step == pytest.approx(paid["before"] / paid["previous_close"], rel=1e-12)


def test_a_share_without_ex_rights_days_has_the_first_row_only() -> None:
    factors = ak.stock_zh_a_daily("sh688523", adjust="hfq-factor")
    assert factors["hfq_factor"].tolist() == ["1.0000000000000000"]


def test_adjusted_bars_of_akshare_use_the_same_factors(market) -> None:
    """Backward-adjusted returns are free of the dividend."""
    code = market.stock_daily.filter(
        pl.col("previous_close") != pl.col("close").shift(1).over("code")
    )["code"][0]
    symbol = f"{code[7:].lower()}{code[:6]}"
    adjusted = ak.stock_zh_a_daily(symbol, "20250601", "20260113", adjust="hfq")
    bars = market.stock_daily.filter(pl.col("code") == code, pl.col("trade_date") <= BREAK)
    bars = bars.sort("trade_date")
    returns = (bars["close"] / bars["previous_close"]).to_numpy()[1:]
    closes = adjusted.set_index("date").loc[bars["trade_date"].to_list(), "close"].to_numpy()
    np.testing.assert_allclose(closes[1:] / closes[:-1], returns, atol=2e-3)


def test_months_of_both_exchanges_in_hundred_millions(market, exchange) -> None:
    newest = ak.macro_china_stock_market_cap().iloc[0]
    assert newest["数据日期"] == "2025年12月份"
    assert newest.filter(like="市价总值").isna().all()
    assert newest.filter(like="A股最高").notna().all()
    exchange.set_now(datetime(2026, 1, 16, 12))
    answer = ak.macro_china_stock_market_cap().set_index("数据日期")
    assert answer.index[0] == "2025年12月份"
    truth = market.monthly_statistics.filter(month=date(2025, 12, 31), exchange="SSE").to_dicts()[0]
    row = answer.loc["2025年12月份"]
    assert row["市价总值-上海"] * 1e8 == pytest.approx(truth["market_cap_cny"], abs=1e6)
    assert row["成交金额-上海"] * 1e8 == pytest.approx(truth["amount_cny"], abs=1e6)
    days = market.turnover.filter(
        pl.col("exchange") == "SSE",
        pl.col("trade_date").is_between(date(2025, 12, 1), BREAK.replace(day=1)),
    )
    traded = days["amount_cny"].sum()
    assert truth["amount_cny"] == pytest.approx(traded, rel=1e-9)


def test_totals_of_both_exchanges_have_market_values(market) -> None:
    shanghai = ak.stock_sse_deal_daily("20260113").set_index("单日情况")
    shenzhen = ak.stock_szse_summary("20260113").set_index("证券类别")
    for exchange_name, total, tradable, unit in (
        ("SSE", shanghai.loc["市价总值", "股票"], shanghai.loc["流通市值", "股票"], 1e8),
        ("SZSE", shenzhen.loc["股票", "总市值"], shenzhen.loc["股票", "流通市值"], 1),
    ):
        truth = market.turnover.filter(exchange=exchange_name, trade_date=BREAK)
        assert total * unit == pytest.approx(truth["market_value_cny"].sum(), abs=1e6)
        assert tradable * unit == pytest.approx(truth["float_value_cny"].sum(), abs=1e6)


def test_members_of_shenwan_indices_agree_with_the_classification(market) -> None:
    electronics = {"半导体", "元器件"}
    truth = market.companies.filter(
        pl.col("industry").is_in(electronics), pl.col("listing_date") <= BREAK
    )
    shenwan = ak.index_component_sw("801080")
    legulegu = ak.sw_index_third_cons("801080.SI")
    assert set(shenwan["证券代码"]) == set(truth["code"].str.head(6))
    assert shenwan["计入日期"].tolist() == truth["listing_date"].to_list()
    assert legulegu["股票代码"].tolist() == truth["code"].to_list()
    assert legulegu["纳入时间"].tolist() == truth["listing_date"].cast(pl.String).to_list()
    assert set(legulegu["申万1级"]) == {"电子"}


def test_shenzhen_writes_names_at_double_width_and_old_ones_with_blanks(market) -> None:
    """Their normal form is the name that all others write."""
    answer = ak.stock_info_sz_name_code("A股列表")
    listed = market.companies.filter(pl.col("exchange") == "SZSE", pl.col("listing_date") <= BREAK)
    names = dict(listed.select(pl.col("code").str.head(6), "name").rows())
    plain = pl.from_pandas(answer[["A股代码", "A股简称"]]).select("A股代码", short_name("A股简称"))
    assert {code: name.removeprefix("*").removeprefix("ST") for code, name in plain.rows()} == names
    old = answer[answer["A股代码"].str.startswith("00")]["A股简称"]
    assert old.str.contains("  ").all()
    assert answer["A股简称"].str.contains("[０-９]").any()
    assert not answer["A股简称"].str.contains("[0-9]").any()
