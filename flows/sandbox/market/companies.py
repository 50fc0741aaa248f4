"""The companies of the simulated market: codes, boards, industries, sizes, listing days.

Codes follow the real boards' number ranges, because upstreams and readers derive the board from
them. Names are invented and say so (模拟…), except for the members of the theme in `story`.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice

import numpy as np
import polars as pl

from flows.sandbox.market.paths import Floats
from flows.sandbox.market.story import AEROSPACE, INDUSTRIES, ThemeMember
from flows.sandbox.market.trading_days import trading_days
from warehouse.readers.code_changes import code_changes

REAL_NUMBER = 5400  # of companies; in a smaller market each one stands for several
MARKET_VALUE = 78e12  # CNY, of all companies together at the start, whatever their number
FEWEST_SHARES = 3e7  # no company with fewer is let in
THEME_SHARE = 0.004  # of the market's value, before the craze
NEWCOMERS = 0.09  # share of companies that list during the story
NEWCOMER_PERIOD = (np.datetime64("2023-02-01"), np.datetime64("2026-01-15"))

# board: exchange, first digits, share of companies, earliest listing, daily price limit
BOARDS = {
    "SSE Main": ("SSE", ("600", "601", "603", "605"), 0.315, date(1994, 1, 1)),
    "SZSE Main": ("SZSE", ("000", "002", "001", "003"), 0.275, date(1994, 1, 1)),
    "ChiNext": ("SZSE", ("300", "301"), 0.25, date(2010, 1, 4)),
    "STAR": ("SSE", ("688",), 0.11, date(2019, 7, 22)),
    "BSE": ("BSE", ("920",), 0.05, date(2021, 11, 15)),
}
SUFFIX = {"SSE": "SH", "SZSE": "SZ", "BSE": "BJ"}
LIMIT = {"Main": 0.10, "ChiNext": 0.20, "STAR": 0.20, "BSE": 0.30}


def companies(number: int, seed: int) -> pl.DataFrame:
    """One row per company, sorted by code; `number` includes the members of the theme.

    Columns: code, symbol (as Sina writes it), name, industry, group, exchange, board, listing_date,
    newcomer, theme, run_up, plunge, price (CNY, first close), shares, float_shares, beta,
    volatility (of a day), liquidity (1 = average).
    """
    rng = np.random.default_rng([seed, 1])
    listed = pl.concat([_theme(), _others(number - len(AEROSPACE), rng)]).sort("code")
    listed = _with_industry(listed)
    return _with_sizes(_with_listing_days(listed, rng), rng)


def _theme() -> pl.DataFrame:
    return pl.DataFrame([_member(m) for m in AEROSPACE])


def _member(member: ThemeMember) -> dict[str, object]:
    row = {"code": member.code, "place": _place_of(member.code), "name": member.name}
    story = {"run_up": member.run_up, "plunge": member.plunge}
    return {**row, "industry": member.industry, "theme": True, **story}


def _place_of(code: str) -> str:
    return next(place for place, board in BOARDS.items() if code[:3] in board[1])


def _others(number: int, rng: np.random.Generator) -> pl.DataFrame:
    rows = []
    for place, count in _counts(number).items():
        names = np.array([i.name for i in INDUSTRIES])
        industries = rng.choice(names, size=count, p=_shares(place))
        codes = islice(_free_codes(place), count)
        rows += [
            {"code": code, "place": place, "name": None, "industry": industry, "theme": False}
            for code, industry in zip(codes, industries, strict=True)
        ]
    nothing = [pl.lit(0.0).alias("run_up"), pl.lit(0.0).alias("plunge")]
    schema = {"code": pl.String, "place": pl.String, "name": pl.String}
    frame = pl.DataFrame(rows, schema_overrides={**schema, "industry": pl.String})
    return frame.with_columns(nothing)


def _counts(number: int) -> dict[str, int]:
    counts = {place: max(2, round(number * board[2])) for place, board in BOARDS.items()}
    counts["SSE Main"] += number - sum(counts.values())
    return counts


def _shares(place: str) -> Floats:
    """How likely each industry is on a board: the new boards are full of technology."""
    weights = np.array([i.share for i in INDUSTRIES])
    technology = np.array([i.group == "technology" for i in INDUSTRIES])
    finance = np.array([i.group == "finance" for i in INDUSTRIES])
    weights = np.where(technology, weights * {"STAR": 4.0, "ChiNext": 1.4}.get(place, 0.7), weights)
    main = place.endswith("Main")
    weights = np.where(finance, weights * (1.6 if main else 0.0), weights)
    shares: Floats = weights / weights.sum()
    return shares


def _free_codes(place: str) -> Iterator[str]:
    """Codes of a board in ascending order within its ranges, without those of the theme and those
    that a share gave up.
    """
    exchange, ranges, *_ = BOARDS[place]
    taken = {member.code for member in AEROSPACE} | set(code_changes())
    for digits in ranges:
        for tail in range(1, 1000):
            code = f"{digits}{tail:03d}.{SUFFIX[exchange]}"
            if code not in taken:
                yield code


def _with_industry(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds the group, the size factor of the industry, and names for those that have none."""
    table = pl.DataFrame(
        [(i.name, i.group, i.size) for i in INDUSTRIES],
        schema=["industry", "group", "industry_size"],
        orient="row",
    )
    number = pl.int_range(1, pl.len() + 1).over("industry").cast(pl.String).str.zfill(3)
    frame = frame.join(table, on="industry", how="left", maintain_order="left")
    frame = frame.with_columns(pl.coalesce("name", pl.lit("模拟") + pl.col("industry") + number))
    exchanges = {place: board[0] for place, board in BOARDS.items()}
    return frame.with_columns(
        exchange=pl.col("place").replace_strict(exchanges),
        board=pl.col("place").str.split(" ").list.last(),
        symbol=pl.col("code").str.slice(7).str.to_lowercase() + pl.col("code").str.slice(0, 6),
    )


def _with_listing_days(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The last companies of each board, at least one, come to the market during the story."""
    days = trading_days()
    rank = pl.int_range(pl.len()).over("place", "theme")
    number = pl.len().over("place", "theme")
    last = rank >= pl.min_horizontal(number * (1 - NEWCOMERS), number - 1)
    newcomer = frame.select(last & ~pl.col("theme")).to_series().to_numpy()
    earliest = np.array([BOARDS[p][3] for p in frame["place"]], dtype="datetime64[D]")
    before = np.searchsorted(days, np.datetime64("2022-12-01"))
    since = np.searchsorted(days, earliest)
    old = days[since + (rng.random(len(frame)) * (before - since)).astype(int)]
    opening, closing = (int(x) for x in np.searchsorted(days, np.array(NEWCOMER_PERIOD)))
    queue = rng.permutation(int(newcomer.sum())) + rng.random(int(newcomer.sum()))
    listed = old.copy()
    listed[newcomer] = days[opening + (queue / len(queue) * (closing - opening)).astype(int)]
    return frame.with_columns(
        listing_date=pl.Series(listed).cast(pl.Date), newcomer=pl.Series(newcomer)
    )


def _with_sizes(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    n = len(frame)
    size = np.exp(rng.normal(0.0, 0.9, n)) * frame["industry_size"].to_numpy()
    size *= np.where(frame["newcomer"].to_numpy(), 0.4, 1.0)
    theme = frame["theme"].to_numpy()
    size[theme] = size[~theme].sum() * THEME_SHARE / theme.sum()
    price = np.round(np.clip(np.exp(rng.normal(2.7, 0.7, n)), 3.0, 250.0), 2)
    shares = np.maximum(
        np.ceil(MARKET_VALUE * size / size.sum() / price / 1e4) * 1e4, FEWEST_SHARES
    )
    floating = np.ceil(shares * rng.uniform(0.5, 1.0, n) / 1e4) * 1e4
    technology = (frame["group"] == "technology").to_numpy()
    return frame.with_columns(
        price=pl.Series(price),
        shares=pl.Series(shares),
        float_shares=pl.Series(np.minimum(floating, shares)),
        beta=pl.Series(np.where(technology, 1.15, 0.95) + rng.normal(0.0, 0.15, n)),
        volatility=pl.Series(rng.uniform(0.010, 0.021, n) * np.where(technology, 1.15, 1.0)),
        liquidity=pl.Series(np.exp(rng.normal(0.0, 0.4, n)) / np.sqrt(np.maximum(size, 0.2))),
    )
