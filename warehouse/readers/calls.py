"""Ways of asking that several datasets share."""

from __future__ import annotations

from datetime import timedelta

from warehouse.catalog import Asker, Call, Request

HALF_A_MONTH = timedelta(days=14)


def per_day(function: str, label: str = "") -> Asker:
    """One call for each day, for upstreams that answer for a single day."""

    def calls(request: Request) -> list[Call]:
        return [Call(function, {"date": f"{d:%Y%m%d}"}, (d,), label=label) for d in request.days]

    return calls


def always(*calls: Call) -> Asker:
    """The same calls whatever is wanted: lists know no days."""
    return lambda _request: calls


def bond_yield_calls(request: Request) -> list[Call]:
    """Yields of government bonds from a day on that the newest page surely has.

    Asked from a day after the newest row, akshare would download all pages since 1990.
    """
    start = min(request.first, request.last - HALF_A_MONTH)
    dates = {"start_date": f"{start:%Y%m%d}"}
    return [Call("bond_zh_us_rate", dates, request.days, shared=True)]
