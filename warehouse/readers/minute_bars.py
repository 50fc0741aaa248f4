"""Minute bars: which minutes a session has, and how pages of them are read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date

import polars as pl

from warehouse.catalog import Call, Request
from warehouse.readers.text import day, number, sina_symbol

OPENING_AUCTION = 9 * 60 + 25
MORNING = (9 * 60 + 30, 11 * 60 + 30)
AFTERNOON = (13 * 60, 15 * 60)
MINUTES = 240  # of a whole day; the auction may have a bar of its own
WHOLE = 0.9  # share of them that a day on a page has; of fewer the page is cut off within it
INDEX = r"^(000\d{3}\.SH|(399|97\d|98\d)\d{3}\.SZ)$"

SINA_DAYS, EASTMONEY_DAYS = 8, 5  # sessions on a page: the newest 1,970 minutes, and five days


def is_index() -> pl.Expr:
    """Whether a code is an index's: its price is a level, its volume that of its constituents."""
    return pl.col("code").str.contains(INDEX)


def in_session() -> pl.Expr:
    """Whether a bar ends in a minute of the session, or is that of the opening auction."""
    minute = pl.col("minute")
    auction = minute == OPENING_AUCTION
    return auction | minute.is_between(*MORNING) | minute.is_between(*AFTERNOON)


def on_page(request: Request, sessions: int) -> tuple[date, ...]:
    """The wanted days that a page of so many sessions shows at the time of the request."""
    shown = bisect_right(request.calendar, request.session)
    past = {*request.calendar[max(shown - sessions, 0) : shown]}
    return tuple(d for d in request.days if d in past)


def calls(function: str, request: Request, sessions: int, **arguments: str) -> list[Call]:
    """One call per code, in Sina's spelling, if its page shows a wanted day."""
    days = on_page(request, sessions)
    return [
        Call(function, {"symbol": sina_symbol(code), **arguments}, days, code)
        for code in (request.codes if days else ())
    ]


def bars(
    answer: pl.DataFrame, call: Call, names: Mapping[str, str], multiple: float = 1.0
) -> pl.DataFrame:
    """The bars of the days that were asked for and are whole on the page.

    names: column of the page by `time`, `open`, `high`, `low`, `close`, `volume`, `amount`;
    multiple: shares in a unit of its volume. A price of 0 is none: Eastmoney shows opening prices
    of the newest day only.
    """
    prices = {c: number(names[c]) for c in ("open", "high", "low", "close")}
    clock = pl.col(names["time"]).cast(pl.String).str.extract(r" (\d{2}:\d{2})")
    hours, minutes = (clock.str.slice(at, 2).cast(pl.Int64) for at in (0, 3))
    rows = answer.select(
        code=pl.lit(call.label),
        trade_date=day(names["time"]),
        minute=hours * 60 + minutes,
        **{c: pl.when(price != 0).then(price) for c, price in prices.items()},
        volume_shares=number(names["volume"], multiple),
        amount_cny=number(names["amount"]),
    ).filter(pl.col("trade_date").is_in(list(call.days)))
    traded = pl.col("minute").is_between(MORNING[0] + 1, AFTERNOON[1])
    seen = pl.col("minute").filter(traded).n_unique().over("trade_date")
    return with_auction(rows.filter(seen >= WHOLE * MINUTES))


def with_auction(rows: pl.DataFrame) -> pl.DataFrame:
    """The opening auction counted in 09:31, as Sina does, and a bar of 13:00 in 13:01.

    Two sources must cut a day alike: else one that stands in for another counts the auction twice.
    A row that is there twice stays so, and is refused.
    """
    early = pl.col("minute").is_in([OPENING_AUCTION, MORNING[0], AFTERNOON[0]])
    if rows.filter(early).is_empty():
        return rows
    first = {
        MORNING[0]: MORNING[0] + 1,
        OPENING_AUCTION: MORNING[0] + 1,
        AFTERNOON[0]: AFTERNOON[0] + 1,
    }
    before = rows.filter(early).sort("minute").with_columns(pl.col("minute").replace(first))
    key = ["code", "trade_date", "minute"]
    opened = before.group_by(key).agg(
        pl.coalesce(pl.col("open").first(), pl.col("close").first()).alias("open"),
        pl.col("high").max(), pl.col("low").min(), pl.col("volume_shares", "amount_cny").sum(),
    )  # fmt: skip
    both = rows.filter(~early).join(opened, on=key, how="left", suffix="_before")
    added = {c: pl.col(c) + pl.col(f"{c}_before").fill_null(0.0) for c in TRADED}
    return both.with_columns(
        open=pl.coalesce("open_before", "open"),
        high=pl.max_horizontal("high", "high_before"),
        low=pl.min_horizontal("low", "low_before"),
        **added,
    ).select(rows.columns)


TRADED = ("volume_shares", "amount_cny")
