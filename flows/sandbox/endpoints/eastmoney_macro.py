"""Eastmoney's data centre on the economy: rates, money, credit, surveys, prices, output, yields."""

from collections.abc import Callable
from datetime import date

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, page
from flows.sandbox.market import macro
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

CENTER = "datacenter-web.eastmoney.com"
REPORT = r"/api/data/v1/get"
BOND_NAMES = {
    "CN": {"2": "EMM00588704", "5": "EMM00166462", "10": "EMM00166466", "30": "EMM00166469"},
    "US": {"2": "EMG00001306", "5": "EMG00001308", "10": "EMG00001310", "30": "EMG00001312"},
}
STEEPNESS = {"CN": "EMM01276014", "US": "EMG01339436"}


@endpoint(CENTER, REPORT, reportName="RPTA_WEB_RATE")
def eastmoney_prime_rates(view: View, query: Query) -> Answer:
    """A page of loan prime rates, newest first, per cent; from nine o'clock of their day."""
    today = view.now.date()
    known = macro.prime_rates().filter(
        pl.col("quoted_on") <= today, (pl.col("quoted_on") < today) | (view.now.hour >= 9)
    )
    rows = [
        {"TRADE_DATE": f"{r['quoted_on']} 00:00:00", "LPR1Y": _percent(r["lpr_1y"], 2),
         "LPR5Y": _percent(r["lpr_5y"], 2), "RATE_1": 4.35, "RATE_2": 4.9}
        for r in known.sort("quoted_on", descending=True).to_dicts()
    ]  # fmt: skip
    return _report(rows, int(query["pageNumber"]), int(query["pageSize"]))


@endpoint(CENTER, REPORT, reportName="RPT_ECONOMY_CURRENCY_SUPPLY")
def eastmoney_money_supply(view: View, query: Query) -> Answer:
    """Money by month, newest first: 100 million CNY, per cent."""
    return _monthly(view, query, macro.money_supply(view.market.parameters.seed), MONEY_OUT, _money)


@endpoint(CENTER, REPORT, reportName="RPT_ECONOMY_RMB_LOAN")
def eastmoney_new_loans(view: View, query: Query) -> Answer:
    """New loans of a month and of the year so far, newest first: 100 million CNY."""
    flows = macro.social_financing(view.market.parameters.seed)
    so_far = pl.col("new_loans_cny").cum_sum().over(pl.col("month").dt.year())
    return _monthly(view, query, flows.with_columns(so_far=so_far), MONEY_OUT, _loans)


@endpoint(CENTER, REPORT, reportName="RPT_ECONOMY_PMI")
def eastmoney_pmi(view: View, query: Query) -> Answer:
    """Purchasing managers' indices, newest first; a month's come out on the first of the next."""
    return _monthly(view, query, macro.surveys(view.market.parameters.seed), SURVEY_OUT, _pmi)


@endpoint(CENTER, REPORT, reportName="RPT_ECONOMY_CPI")
def eastmoney_cpi(view: View, query: Query) -> Answer:
    """Consumer prices, newest first: per cent, and the level where a year ago was 100."""
    return _monthly(view, query, macro.surveys(view.market.parameters.seed), PRICES_OUT, _cpi)


@endpoint(CENTER, REPORT, reportName="RPT_ECONOMY_GDP")
def eastmoney_gdp(view: View, query: Query) -> Answer:
    """Output of the year so far by sector, newest first: 100 million CNY, per cent."""
    known = macro.published(
        macro.gross_product(), "quarter", view.now.date(), day=17, months_later=3
    )
    rows = [_gdp(r) for r in known.sort("quarter", descending=True).to_dicts()]
    return _report(rows, int(query["pageNumber"]), int(query["pageSize"]))


@endpoint("datacenter.eastmoney.com", r"/api/data/get", type="RPTA_WEB_TREASURYYIELD")
def eastmoney_treasury_yields(view: View, query: Query) -> Answer:
    """A page of yields of both countries by day, newest first, per cent; America's a day later."""
    rows = macro.yields(view.market.parameters.seed)
    today = view.now.date()
    wide = {c: _yields(rows, c, today) for c in ("CN", "US")}
    days = sorted(wide["CN"], reverse=True)
    return _report(
        [{"SOLAR_DATE": f"{d} 00:00:00", **wide["CN"][d], **wide["US"][d],
          "EMM00000024": 5.0, "EMG00159635": 2.8} for d in days],
        int(query["p"]), int(query["ps"]),
    )  # fmt: skip


MONEY_OUT, SURVEY_OUT, PRICES_OUT = (13, 1), (1, 1), (9, 1)  # day of the month, months later


def _monthly(
    view: View, query: Query, rows: pl.DataFrame, out: tuple[int, int], write: Callable[[Row], Row]
) -> Answer:
    day, later = out
    known = macro.published(rows, "month", view.now.date(), day=day, months_later=later)
    written = [
        {"REPORT_DATE": f"{r['month']} 00:00:00", "TIME": f"{r['month']:%Y年%m月份}", **write(r)}
        for r in known.sort("month", descending=True).to_dicts()
    ]
    return _report(written, int(query["pageNumber"]), int(query["pageSize"]))


def _report(rows: list[Row], number: int, size: int) -> Answer:
    """A page of a report; nothing at all is `"result": null`."""
    pages = -(-len(rows) // size)

    def wrap(shown: list[Row]) -> Row:
        result = {"pages": pages, "data": shown, "count": len(rows)} if shown else None
        return {"version": "0", "result": result, "success": bool(shown), "code": 0}

    return json_answer(page(rows, number, size), wrap)


def _percent(fraction: float | None, digits: int = 1) -> float | None:
    return None if fraction is None else round(100 * fraction, digits)


def _money(row: Row) -> Row:
    kinds = {"BASIC_CURRENCY": "m2", "CURRENCY": "m1", "FREE_CASH": "m0"}
    return {
        name: value
        for prefix, kind in kinds.items()
        for name, value in (
            (prefix, row[f"{kind}_cny"] / 1e8),
            (f"{prefix}_SAME", _percent(row[f"{kind}_yoy"])),
            (f"{prefix}_SEQUENTIAL", 0.5),
        )
    }


def _loans(row: Row) -> Row:
    return {
        "RMB_LOAN": row["new_loans_cny"] / 1e8,
        "RMB_LOAN_SAME": 3.1,
        "RMB_LOAN_SEQUENTIAL": -2.0,
        "RMB_LOAN_ACCUMULATE": row["so_far"] / 1e8,
        "LOAN_ACCUMULATE_SAME": 1.4,
    }


def _pmi(row: Row) -> Row:
    return {
        "MAKE_INDEX": row["manufacturing_pmi"],
        "MAKE_SAME": 0.4,
        "NMAKE_INDEX": row["non_manufacturing_pmi"],
        "NMAKE_SAME": -0.2,
    }


def _cpi(row: Row) -> Row:
    year, month = _percent(row["cpi_yoy"]), _percent(row["cpi_mom"])
    level = round(100 + 100 * row["cpi_yoy"], 1)
    figures = {"SAME": year, "BASE": level, "SEQUENTIAL": month, "ACCUMULATE": level}
    return {
        f"{place}_{name}": value
        for place in ("NATIONAL", "CITY", "RURAL")
        for name, value in figures.items()
    }


def _gdp(row: Row) -> Row:
    last = (row["quarter"].month + 2) // 3
    span = f"第1-{last}季度" if last > 1 else "第1季度"
    sectors = {"FIRST": "primary", "SECOND": "secondary", "THIRD": "tertiary"}
    return {
        "REPORT_DATE": f"{row['quarter']} 00:00:00",
        "TIME": f"{row['quarter'].year}年{span}",
        "DOMESTICL_PRODUCT_BASE": round(row["gdp_cny"] / 1e8, 1),
        **{f"{s}_PRODUCT_BASE": round(row[f"{c}_cny"] / 1e8, 1) for s, c in sectors.items()},
        "SUM_SAME": _percent(row["gdp_yoy"]),
        **{f"{s}_SAME": _percent(row["gdp_yoy"]) for s in sectors},
    }


def _yields(rows: pl.DataFrame, country: str, today: date) -> dict[date, Row]:
    """Of each day the fields of a country; null for what is not out yet."""
    fields: dict[date, Row] = {}
    known = rows.filter(pl.col("country") == country, pl.col("yield_date") <= today)
    for r in known.to_dicts():
        out = country == "CN" or r["yield_date"] < today
        value = {t: _percent(r[f"yield_{t}y"], 4) if out else None for t in BOND_NAMES[country]}
        steep = round((value["10"] or 0) - (value["2"] or 0), 4) if out else None
        named = {name: value[t] for t, name in BOND_NAMES[country].items()}
        fields[r["yield_date"]] = {**named, STEEPNESS[country]: steep}
    return fields
