"""The exchange keeps time, keeps the network out, gives the
same bytes twice, and breaks on demand.
"""

from datetime import UTC, date, datetime

import akshare as ak
import pytest
import requests

from flows.sandbox import Exchange, Fault, Kind
from flows.sandbox.registry import ENDPOINTS

pytestmark = pytest.mark.usefixtures("exchange")

MARGIN_FILE = "https://cdn.jin10.com/data_center/reports/fs_1.json"
TOTALS = (
    "https://query.sse.com.cn/commonQuery.do"
    "?sqlId=COMMON_SSE_SJ_GPSJ_CJGK_MRGK_C&SEARCH_DATE=2026-01-13"
)
STOCKS = "https://www.szse.cn/api/report/ShowReport?CATALOGID=1110&TABKEY=tab1&SHOWTYPE=xlsx"
BARS = "https://finance.sina.com.cn/realstock/company/sh600118/hisdata_klc2/klc_kl.js"


def newest_index_day() -> date:
    return ak.stock_zh_index_daily("sh000001")["date"].iloc[-1]


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        (datetime(2026, 1, 13, 14, 59), date(2026, 1, 12)),
        (datetime(2026, 1, 13, 15, 0), date(2026, 1, 13)),
        (datetime(2026, 1, 11, 12, 0), date(2026, 1, 9)),  # a Sunday
        (datetime(2026, 1, 13, 7, 0, tzinfo=UTC), date(2026, 1, 13)),  # 15:00 in Shanghai
        (datetime(2026, 3, 2, 12, 0), date(2026, 1, 16)),  # after the market's last day
    ],
)
def test_bars_appear_at_the_close(exchange, now, newest) -> None:
    exchange.set_now(now)
    assert newest_index_day() == newest


@pytest.mark.parametrize(
    ("function", "hour", "minute"),
    [("stock_margin_szse", 8, 50), ("stock_margin_bse", 9, 0)],
)
def test_margin_appears_the_next_trading_morning(exchange, function, hour, minute) -> None:
    """Friday's figures come on Monday; until then the upstream says what it says on a holiday."""
    exchange.set_now(datetime(2026, 1, 12, hour, minute - 1 if minute else 0))
    if not minute:
        exchange.set_now(datetime(2026, 1, 12, hour - 1, 59))
    early = answer_or_none(function, "20260109")
    exchange.set_now(datetime(2026, 1, 12, hour, minute))
    assert early is None
    assert len(getattr(ak, function)("20260109")) == 1


def answer_or_none(function: str, day: str) -> object:
    try:
        answer = getattr(ak, function)(day)
    except ValueError:
        return None
    return answer if len(answer) else None


def test_daily_totals_appear_at_half_past_four(exchange) -> None:
    exchange.set_now(datetime(2026, 1, 13, 16, 29))
    assert ak.stock_szse_summary("20260113").empty
    with pytest.raises(ValueError, match="Expected axis has 1 elements"):
        ak.stock_sse_deal_daily("20260113")
    exchange.set_now(datetime(2026, 1, 13, 16, 30))
    assert len(ak.stock_szse_summary("20260113")) == 4
    assert len(ak.stock_sse_deal_daily("20260113")) == 8


def test_a_holiday_has_no_totals() -> None:
    assert ak.stock_szse_summary("20260110").empty


def test_a_listing_is_unknown_before_its_day(exchange) -> None:
    exchange.set_now(datetime(2026, 1, 8, 18, 0))
    assert "07918" not in set(ak.stock_hk_spot()["代码"])
    with pytest.raises(TypeError):
        ak.stock_hk_security_profile_em("07918")


def test_an_index_that_csindex_does_not_keep_has_no_rows() -> None:
    with pytest.raises(ValueError, match="Expected axis has 0 elements"):
        ak.stock_zh_index_hist_csindex("399006", "20260101", "20260113")


@pytest.mark.parametrize("url", ["https://example.com/", "https://query.sse.com.cn/other.do"])
def test_an_unknown_address_is_no_connection(url) -> None:
    with pytest.raises(requests.ConnectionError, match="serves no such address: " + url):
        requests.get(url)


@pytest.mark.parametrize("url", [MARGIN_FILE, TOTALS, STOCKS, BARS])
def test_the_same_question_has_the_same_bytes(url) -> None:
    first, second = requests.get(url).content, requests.get(url).content
    assert first == second
    assert first


def test_the_network_is_back_when_the_exchange_is_gone(market) -> None:
    before = requests.adapters.HTTPAdapter.send
    with Exchange(market, datetime(2026, 1, 13, 18)).installed():
        assert requests.adapters.HTTPAdapter.send is not before
    assert requests.adapters.HTTPAdapter.send is before


def test_endpoint_names_are_unique(exchange) -> None:
    names = [endpoint.name for endpoint in ENDPOINTS]
    assert len(names) == len(set(names))


def test_a_reset_is_a_connection_error(exchange) -> None:
    exchange.inject(Fault(Kind.RESET, host="cdn.jin10.com"))
    with pytest.raises(requests.ConnectionError, match="closed connection"):
        requests.get(MARGIN_FILE)
    assert requests.get(TOTALS).ok


def test_a_hang_is_a_read_timeout_at_once(exchange) -> None:
    exchange.inject(Fault(Kind.HANG))
    with pytest.raises(requests.ReadTimeout):
        requests.get(MARGIN_FILE, timeout=600)


def test_a_block_page_is_html_with_its_status(exchange) -> None:
    exchange.inject(Fault(Kind.HTML, endpoint="sina_*", status=456))
    response = requests.get(BARS)
    assert response.status_code == 456
    assert "<html>" in response.text
    with pytest.raises(IndexError):
        newest_index_day()


def test_a_fault_may_strike_a_number_of_times(exchange) -> None:
    exchange.inject(Fault(Kind.RESET, times=2))
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            requests.get(MARGIN_FILE)
    assert requests.get(MARGIN_FILE).ok


def test_healing_ends_all_faults(exchange) -> None:
    exchange.inject(Fault(Kind.RESET))
    exchange.heal()
    assert requests.get(MARGIN_FILE).ok


def test_null_data_are_what_the_upstream_says_on_a_holiday(exchange) -> None:
    exchange.inject(Fault(Kind.DATA_NULL))
    with pytest.raises(TypeError, match="NoneType"):
        ak.stock_margin_account_info()
    with pytest.raises(ValueError, match="Length mismatch"):
        ak.stock_margin_szse("20260112")


def test_a_truncated_answer_loses_rows_silently(exchange) -> None:
    whole = len(ak.stock_zh_a_spot())
    exchange.inject(Fault(Kind.TRUNCATED, endpoint="sina_stock_snapshot"))
    assert len(ak.stock_zh_a_spot()) == whole // 2


def test_a_stale_answer_is_the_day_before(exchange) -> None:
    exchange.inject(Fault(Kind.STALE_DAY, endpoint="sina_index_history"))
    assert newest_index_day() == date(2026, 1, 12)


def test_a_renamed_column_is_missed(exchange) -> None:
    exchange.inject(Fault(Kind.RENAMED_COLUMN, endpoint="bse_margin", column="rzyeRound"))
    with pytest.raises(KeyError, match="rzyeRound"):
        ak.stock_margin_bse("20260112")


def test_an_extra_column_breaks_positional_readers(exchange) -> None:
    exchange.inject(Fault(Kind.EXTRA_COLUMN, endpoint="szse_margin"))
    with pytest.raises(ValueError, match="Expected axis has 7 elements"):
        ak.stock_margin_szse("20260112")


def test_a_unit_slip_multiplies_numbers(exchange) -> None:
    before = ak.stock_margin_bse("20260112")["融资余额"].item()
    exchange.inject(Fault(Kind.UNIT_SLIP, endpoint="bse_margin", column="rzyeRound"))
    after = ak.stock_margin_bse("20260112")
    assert after["融资余额"].item() == pytest.approx(before * 10_000)


def test_a_unit_slip_reaches_numbers_written_as_texts(exchange) -> None:
    before = ak.stock_margin_szse("20260112")["融资余额"].item()
    exchange.inject(Fault(Kind.UNIT_SLIP, endpoint="szse_margin", column="jrrzye", factor=0.01))
    after = ak.stock_margin_szse("20260112")["融资余额"].item()
    assert after == pytest.approx(before / 100, abs=0.01)


def test_the_last_row_may_come_twice(exchange) -> None:
    before = len(ak.stock_zh_index_daily("sh000001"))
    exchange.inject(Fault(Kind.DUPLICATE_ROWS, endpoint="sina_index_history"))
    assert len(ak.stock_zh_index_daily("sh000001")) == before + 1


def test_dashes_take_the_place_of_numbers(exchange) -> None:
    exchange.inject(Fault(Kind.DASH_VALUES, endpoint="eastmoney_stock_quotes", column="f2"))
    assert ak.stock_zh_a_spot_em()["最新价"].isna().all()


def test_a_fault_may_strike_one_row_in_so_many(exchange) -> None:
    struck = Fault(Kind.DASH_VALUES, endpoint="eastmoney_stock_quotes", column="f2", every=10)
    exchange.inject(struck)
    prices = ak.stock_zh_a_spot_em()["最新价"]
    assert prices.isna().sum() == -(-len(prices) // 10)


def test_a_refusal_is_a_status_and_nothing_else(exchange) -> None:
    exchange.inject(Fault(Kind.FORBIDDEN, host="query.sse.com.cn"))
    answer = requests.get(TOTALS)
    assert (answer.status_code, answer.content) == (403, b"")
    with pytest.raises(ValueError, match="Expecting value"):
        ak.stock_sse_deal_daily("20260113")


def test_swapped_columns_are_taken_for_each_other(exchange) -> None:
    before = ak.stock_zh_index_daily_tx("sh000001", "20260101", "20260113").iloc[-1]
    exchange.inject(Fault(Kind.SWAPPED_COLUMNS, column="open", other="close"))
    after = ak.stock_zh_index_daily_tx("sh000001", "20260101", "20260113").iloc[-1]
    assert (after["open"], after["close"]) == (before["close"], before["open"])


def test_swapped_columns_strike_the_first_two_figures_where_none_are_named(exchange) -> None:
    before = ak.stock_margin_bse("20260112").iloc[0]
    exchange.inject(Fault(Kind.SWAPPED_COLUMNS, endpoint="bse_margin"))
    after = ak.stock_margin_bse("20260112").iloc[0]
    assert (after["融资买入额"], after["融资余额"]) == (before["融资余额"], before["融资买入额"])


def test_a_cap_cuts_every_page_and_leaves_the_total(exchange) -> None:
    whole = len(ak.stock_zh_a_spot())
    exchange.inject(Fault(Kind.ROW_CAP, endpoint="sina_stock_snapshot", most=30))
    assert len(ak.stock_zh_a_spot()) == 60 < whole


def test_later_pages_stay_away_while_the_total_says_otherwise(exchange) -> None:
    whole = len(ak.stock_zh_a_spot())
    exchange.inject(Fault(Kind.LATER_PAGES, endpoint="sina_stock_snapshot"))
    assert len(ak.stock_zh_a_spot()) == 80 < whole
    assert exchange.requests_per_host["vip.stock.finance.sina.com.cn"] > 4


@pytest.mark.parametrize(
    ("ask", "day"),
    [
        (lambda: ak.stock_zh_index_daily("sh000001")["date"], date(2026, 1, 10)),
        (
            lambda: ak.stock_zh_a_hist_tx("sh600118", "20260101", "20260113")["date"],
            date(2026, 1, 10),
        ),
        (lambda: ak.stock_margin_sse("20260101", "20260113")["信用交易日期"], "20260110"),
    ],
)
def test_a_bar_of_a_saturday_stands_among_the_others(exchange, ask, day) -> None:
    before = list(ask())
    exchange.inject(Fault(Kind.WEEKEND_BAR))
    after = list(ask())
    assert sorted(after, key=str) == sorted([*before, day], key=str)
    assert after in (sorted(after, key=str), sorted(after, key=str, reverse=True))


def test_late_publication_lacks_the_day_and_has_the_days_before(exchange) -> None:
    exchange.inject(Fault(Kind.LATE, hours=4))
    assert newest_index_day() == date(2026, 1, 12)
    assert ak.stock_szse_summary("20260113").empty
    assert len(ak.stock_szse_summary("20260112")) == 4
    assert len(ak.stock_margin_szse("20260112")) == 1


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("url", [MARGIN_FILE, TOTALS, STOCKS, BARS])
def test_every_fault_can_strike_every_format(exchange, kind, url) -> None:
    """Whatever happens, it is an answer or an error of the transport, never a failure of ours."""
    exchange.inject(Fault(kind))
    if kind in (Kind.RESET, Kind.UNRESOLVED, Kind.HANG):
        with pytest.raises(requests.RequestException):
            requests.get(url)
    else:
        assert requests.get(url).status_code in (200, 403, 456)
    assert exchange.log[-1].fault is kind
