"""Frames of all stocks that several metrics share: marked bars, and counts per trading day.

Codes of stocks are Categorical here (4 bytes, in no order that means anything): at 13 million
rows that decides the memory. Metrics hand plain text on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from transforms.engine.metric import prepared
from transforms.formulas import stock_arrays
from transforms.formulas.expressions import positive
from transforms.formulas.price_limits import BOARDS, RULES, SPECIAL_TREATMENT, in_force
from transforms.formulas.stock_arrays import Array, Mark
from transforms.prepared.series import classified, theme_members, while_members
from transforms.prepared.whole_days import on_whole_days, whole
from warehouse.quality.traded import adjusted_rows
from warehouse.readers.text import board

LARGE = 100  # stocks of a group of which a fifth does not stop to trade on one day
FULL = 20  # trading days among which the fullest says what a full day shows
UNDER_SPECIAL_TREATMENT = ("ST", "*ST")


class Ground(NamedTuple):
    """Where the rows of sorted bars lie: first row of each stock and the end, code of each stock,
    all trading days in order, and the number of each row's day among them.
    """

    starts: Array
    codes: list[str]
    days: Array
    day: Array


@prepared
def stock_bars(
    stock_daily: pl.DataFrame,
    adjustment_factor: pl.DataFrame | None = None,
    special_treatment: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What every metric on stocks needs of each traded day: each stock's bars together, by day.

    Columns entity, observation_date, close, adjusted, return_1d (null on a stock's first bar),
    amount_cny and weight (null where they are not published), known_at, and marks: bits of
    stock_arrays.Mark; session, the number of the day among all days. weight is the value of the
    tradable shares at the stock's bar before, CNY. A suspended stock has no row, so that windows
    count the stock's own bars. Days that are not whole are left out.
    """
    bars = _by_stock(on_whole_days(stock_daily))
    ground = ground_of(bars)
    close = bars["close"].to_numpy()
    stated = bars["previous_close"].to_numpy()
    steps = _steps(ground, adjustment_factor)
    percents = limits_in_force(ground)
    special = special_rows(ground, special_treatment)
    untraded = adjusted_rows(close, stated, ground.day, len(ground.days))
    adjusted, change = np.empty(bars.height), np.empty(bars.height)
    marks = np.empty(bars.height, dtype=np.uint32)
    for rows, starts in stock_arrays.pieces(ground.starts):
        reference, is_known = stock_arrays.references(close[rows], stated[rows], starts)
        is_known |= steps.fill(reference, is_known, rows, starts)
        adjusted[rows], change[rows], of_price = stock_arrays.price_marks(
            close[rows], reference, starts
        )
        percent = percents(rows, starts, special[rows])
        previous = np.where(is_known & ~untraded[rows], reference, np.nan)
        marks[rows] = of_price | stock_arrays.limit_marks(close[rows], previous, percent)
    has_return = pl.Series(change).is_not_nan()
    return bars.drop("previous_close").with_columns(
        pl.when(has_return).then(pl.col("weight").shift()),
        steps.known_at(bars["known_at"], stated),
        adjusted=pl.Series(adjusted),
        return_1d=pl.Series(change).fill_nan(None),
        marks=pl.Series(marks),
    )


def _by_stock(stock_daily: pl.DataFrame) -> pl.DataFrame:
    """The bars with a price, by code and day."""
    is_price = positive(pl.col("close")).fill_null(value=False)
    if not stock_daily.select(is_price.all()).item():
        stock_daily = stock_daily.filter(is_price)
    there = set(stock_daily.columns)
    nothing = pl.lit(None, pl.Float64)
    shares = pl.col("volume_shares") / pl.col("turnover_rate")
    value = pl.when(pl.col("turnover_rate") > 0).then(pl.col("close") * shares)
    weighed = there.issuperset(("volume_shares", "turnover_rate"))
    bars = stock_daily.select(
        pl.col("close").cast(pl.Float64),
        "known_at",
        *(
            pl.col(name).cast(pl.Float64) if name in there else nothing.alias(name)
            for name in ("previous_close", "amount_cny")
        ),
        weight=value.cast(pl.Float64) if weighed else nothing,
        entity=pl.col("code").cast(pl.Categorical),
    )
    stock, codes = _numbered(bars.drop_in_place("entity"), pl.String())
    day, dates = _numbered(stock_daily["trade_date"], pl.Date())
    order = stock_arrays.sorting(stock, day)
    if order is not None:
        rows = pl.Series(order.astype(np.uint32))
        bars = pl.concat(_gathered(bars, rows), how="horizontal")
        stock, day = stock[order], day[order]
    return bars.with_columns(
        entity=codes.gather(stock.astype(np.uint32)),
        observation_date=dates.gather(day.astype(np.uint32)),
        session=pl.Series(day),
    ).rechunk()


def _gathered(bars: pl.DataFrame, rows: pl.Series) -> Iterator[pl.DataFrame]:
    """The rows in that order, two columns at a time: all of them would be in memory twice."""
    while bars.width:
        two = pl.DataFrame([bars.drop_in_place(name) for name in bars.columns[:2]])
        yield two.rechunk().select(pl.all().gather(rows))


def _numbered(values: pl.Series, sorted_as: pl.DataType) -> tuple[Array, pl.Series]:
    """The number of each value among all values in order, and these: codes, or days.

    The order is that in which everything is added up.
    """
    found = values.unique()
    found = found.gather(found.cast(sorted_as).arg_sort())
    physical = found.to_physical().to_numpy()
    least = int(physical.min(initial=0))
    numbers = np.zeros(int(physical.max(initial=0)) - least + 1, dtype=np.uint16)
    numbers[physical.astype(np.int64) - least] = np.arange(len(found))
    of_rows: Array = numbers[values.to_physical().to_numpy() - least]
    return of_rows, found


def ground_of(bars: pl.DataFrame) -> Ground:
    """Where the rows of sorted bars lie."""
    firsts = stock_arrays.beginnings(bars["entity"].to_physical().to_numpy())
    day = bars["session"].to_numpy()
    days: Array = np.zeros(int(day.max(initial=0)) + 1 if len(day) else 0, dtype=np.int32)
    days[day] = bars["observation_date"].to_physical().to_numpy()
    codes = bars["entity"].gather(firsts).cast(pl.String).to_list()
    return Ground(np.append(firsts, bars.height), codes, days.astype("datetime64[D]"), day)


class Steps(NamedTuple):
    """Where shares went ex rights by their adjustment factors: the rows, ascending, by how much the
    factor grew, when that was known, and for each stock whether its factors are known at all.
    """

    rows: Array
    growth: Array
    known: Array
    with_factors: Array
    ground: Ground

    def fill(self, reference: Array, is_stated: Array, rows: slice, starts: Array) -> Array:
        """Put previous closes without a statement right, in place, by what the factor grew by; say
        which of them are the exchange's to the cent: those of days on which it did not grow.
        """
        first, last = np.searchsorted(self.rows, [rows.start, rows.stop])
        at, growth = self.rows[first:last] - rows.start, self.growth[first:last]
        unstated = ~is_stated[at]
        np.divide.at(reference, at[unstated], growth[unstated])
        is_known: Array = self.with_factors[stocks_of(rows, starts, self.ground)] & ~is_stated
        is_known[at] = False
        return is_known

    def known_at(self, bars_known: pl.Series, stated: Array) -> pl.Series:
        """When each bar was known together with what put its previous close right."""
        unstated = ~(stated[self.rows] > 0)
        if not unstated.any():
            return bars_known
        moments = bars_known.cast(pl.Datetime("us")).to_physical().to_numpy().copy()
        np.maximum.at(moments, self.rows[unstated], self.known[unstated])
        return pl.Series("known_at", moments).cast(pl.Datetime("us"))


def _steps(ground: Ground, adjustment_factor: pl.DataFrame | None) -> Steps:
    """Each growth of a factor at the first bar on or after its day, if that has a bar before it."""
    if adjustment_factor is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Steps(nothing, nothing, nothing, np.zeros(len(ground.codes), dtype=np.bool_), ground)
    factors = adjustment_factor.sort("code", "ex_date").with_columns(
        growth=(pl.col("factor") / pl.col("factor").shift()).over("code")
    )
    events = factors.filter(positive(pl.col("growth")) & (pl.col("growth") != 1))
    stocks, rows = _first_rows(ground, events["code"], events["ex_date"])
    within = (stocks >= 0) & (rows > ground.starts[stocks]) & (rows < ground.starts[stocks + 1])
    in_order = np.flatnonzero(within)[np.argsort(rows[within], kind="stable")]
    known = events["known_at"].cast(pl.Datetime("us")).to_physical().to_numpy()
    covered = set(adjustment_factor["code"].unique())
    with_factors = np.array([code in covered for code in ground.codes], dtype=np.bool_)
    growth = events["growth"].to_numpy()
    return Steps(rows[in_order], growth[in_order], known[in_order], with_factors, ground)


def stocks_of(rows: slice, starts: Array, ground: Ground) -> Array:
    """The number of the stock of each row of a piece."""
    first = int(np.searchsorted(ground.starts, rows.start))
    return np.repeat(np.arange(first, first + len(starts) - 1), np.diff(starts))


def _first_rows(ground: Ground, codes: pl.Series, days: pl.Series) -> tuple[Array, Array]:
    """The number of each code's stock (-1: it has no bars), and the row of its first bar on or
    after a day, which may be the end of its rows.
    """
    position = {code: n for n, code in enumerate(ground.codes)}
    stocks = np.array([position.get(code, -1) for code in codes], dtype=np.int64)
    wanted = np.searchsorted(ground.days, days.cast(pl.Date).to_numpy().astype("datetime64[D]"))
    rows = np.zeros(len(stocks), dtype=np.int64)
    for n in np.flatnonzero(stocks >= 0):
        first, end = ground.starts[stocks[n] : stocks[n] + 2]
        rows[n] = first + np.searchsorted(ground.day[first:end], wanted[n])
    return stocks, rows


def _spans(ground: Ground, members: pl.DataFrame) -> Iterator[tuple[int, slice]]:
    """The rows of each membership (entity, valid_from, valid_to), with its number."""
    end = members["valid_to"].cast(pl.Date).dt.offset_by("1d").fill_null(ground.days[-1] + 1)
    stocks, firsts = _first_rows(ground, members["entity"], members["valid_from"])
    _, ends = _first_rows(ground, members["entity"], end)
    for n in np.flatnonzero(stocks >= 0):
        yield int(n), slice(int(firsts[n]), int(ends[n]))


def limits_in_force(ground: Ground) -> Callable[[slice, Array, Array], Array]:
    """A function that gives the limit of the bars of a piece in per cent, 0 where there is none."""
    of_stock = boards_of(ground)
    rules = [in_force(RULES[name], ground.days) for name in BOARDS]
    percents, free = (np.stack(table) for table in zip(*rules, strict=True))
    special_percents, _ = in_force(SPECIAL_TREATMENT, ground.days)

    def of_piece(rows: slice, starts: Array, special: Array) -> Array:
        within = of_stock[stocks_of(rows, starts, ground)]
        day = ground.day[rows]
        percent = percents[within, day]
        percent = np.where(special & (within == 0), special_percents[day], percent)
        return np.where(stock_arrays.bar_numbers(starts) >= free[within, day], percent, 0)

    return of_piece


def boards_of(ground: Ground) -> Array:
    """The number of each stock's board among BOARDS."""
    codes = pl.DataFrame({"code": ground.codes}, schema={"code": pl.String})
    numbers = {name: n for n, name in enumerate(BOARDS)}
    return (
        codes.select(board().replace_strict(numbers, return_dtype=pl.Int64)).to_series().to_numpy()
    )


def special_rows(ground: Ground, special_treatment: pl.DataFrame | None) -> Array:
    """Whether each bar is of a day on which its share was seen under special treatment.

    Of days that were not collected nothing is known: then no close of a share under special
    treatment is found to be at its limit.
    """
    special = np.zeros(len(ground.day), dtype=np.bool_)
    if special_treatment is not None:
        seen = special_treatment.filter(pl.col("mark").is_in(UNDER_SPECIAL_TREATMENT))
        stocks, rows = _first_rows(ground, seen["code"], seen["trade_date"])
        there = (stocks >= 0) & (rows < ground.starts[stocks + 1])
        stated = seen["trade_date"].cast(pl.Date).to_numpy().astype("datetime64[D]")
        there[there] = ground.days[ground.day[rows[there]]] == stated[there]
        special[rows[there]] = True
    return special


@prepared
def market_days(
    stock_bars: pl.DataFrame,
    security: pl.DataFrame | None = None,
    theme_membership: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What is counted per trading day over all stocks, technology and each board, by (entity, day).

    Entities "all", "tech", and the boards "Main", "ChiNext", "STAR", "BSE". Columns: known_at;
    traded, and under the name of each stock_arrays.Mark in small letters, numbers of stocks;
    amount_up and amount_moved, value traded in stocks that rose, and that rose or fell, with_amount
    of them; returns and squares, the sums of the day's returns and of their squares; with_weight
    and the weight_… of SUMS, the same over stocks with a weight; fullest, the largest number of
    stocks that traded on one of the last 20 days: what a full day should show.
    """
    ground = ground_of(stock_bars)
    group = np.repeat(2 * boards_of(ground).astype(np.uint8), np.diff(ground.starts))
    if theme_membership is not None:
        for _, rows in _spans(ground, theme_members("tech", security, theme_membership)):
            group[rows] |= 1
    groups = 2 * len(BOARDS)
    counted = _counted(stock_bars, ground, group, groups, len(Mark), SUMS)
    entities = {"all": range(groups), "tech": range(1, groups, 2)}
    entities |= {name: range(2 * n, 2 * n + 2) for n, name in enumerate(BOARDS)}
    days = [_of_entity(name, list(of), ground, counted) for name, of in entities.items()]
    return _with_fullest(days)


def coverage(counted: str) -> pl.Expr:
    """Share of a full day's stocks that are counted in a column of market_days, 1 at most."""
    return pl.min_horizontal(1.0, pl.col(counted) / pl.col("fullest"))


def _with_fullest(days: list[pl.DataFrame]) -> pl.DataFrame:
    """The whole days of all entities, with the most stocks that traded on one of the last 20."""
    fullest = pl.col("traded").rolling_max(FULL, min_samples=1).over("entity")
    full = [d.filter(pl.Series(whole(d["traded"].to_numpy(), fewest=LARGE))) for d in days]
    return pl.concat(full).sort("entity", "observation_date").with_columns(fullest=fullest)


SUMS = (
    "with_amount", "amount_up", "amount_moved", "returns", "squares",
    "with_weight", "weight", "weight_returns", "weight_squares",
    "weight_with_ma50", "weight_above_ma50", "weight_with_ma200", "weight_above_ma200",
)  # fmt: skip
MOMENT = (
    "known_at"  # of what is counted by cell, all is added up but this, of which the newest counts
)


def _counted(  # noqa: PLR0917 - what is counted, where, and into how many cells
    bars: pl.DataFrame,
    ground: Ground,
    group: Array,
    groups: int,
    number: int,
    wanted: Sequence[str] = (),
) -> dict[str, Array]:
    """The first so many marks and the sums wanted, by cell: a day and a group of stocks."""
    cells = len(ground.days) * groups
    marks, moments = bars["marks"].to_numpy(), bars[MOMENT].to_physical().to_numpy()
    tables = stock_arrays.tallies(cells, number)
    sums = {name: np.zeros(cells) for name in wanted}
    newest = np.full(cells, np.iinfo(np.int64).min)
    for rows in stock_arrays.chunks(bars.height):
        cell = ground.day[rows] * np.int64(groups) + group[rows]
        stock_arrays.count_marks(tables, marks[rows], cell)
        np.maximum.at(newest, cell, moments[rows])
        addends = _addends(bars[rows], marks[rows]) if wanted else {}
        for name in wanted:  # one after another in the order of the rows: bit by bit the same
            np.add.at(sums[name], cell, addends[name])
    return stock_arrays.counted(tables, number) | sums | {MOMENT: newest}


def _addends(bars: pl.DataFrame, marks: Array) -> dict[str, Array]:
    """What each bar adds to each of the SUMS; nothing where it is not known."""
    amount, change, weight = (
        np.nan_to_num(bars[name].to_numpy()) for name in ("amount_cny", "return_1d", "weight")
    )
    rose, moved = marks & Mark.ROSE > 0, marks & (Mark.ROSE | Mark.FELL) > 0
    moving = weight * (marks & Mark.WITH_RETURN > 0)
    return {
        "with_amount": np.where(moved & (amount > 0), 1.0, 0.0),
        "amount_up": amount * rose,
        "amount_moved": amount * moved,
        "returns": change,
        "squares": change * change,
        "with_weight": np.where(moving > 0, 1.0, 0.0),
        "weight": moving,
        "weight_returns": moving * change,
        "weight_squares": moving * change * change,
        "weight_with_ma50": weight * (marks & Mark.WITH_MA50 > 0),
        "weight_above_ma50": weight * (marks & Mark.ABOVE_MA50 > 0),
        "weight_with_ma200": weight * (marks & Mark.WITH_MA200 > 0),
        "weight_above_ma200": weight * (marks & Mark.ABOVE_MA200 > 0),
    }


def _of_entity(
    name: str, groups: list[int], ground: Ground, counted: dict[str, Array]
) -> pl.DataFrame:
    """The days of an entity that consists of so many groups."""
    shaped = {key: cells.reshape(len(ground.days), -1) for key, cells in counted.items()}
    totals = {}
    for key, cells in shaped.items():
        add = np.maximum if key == MOMENT else np.add
        total = cells[:, groups[0]]
        for group in groups[1:]:
            total = add(total, cells[:, group])
        totals[key] = total
    rows = pl.DataFrame({"observation_date": ground.days, **totals}).with_columns(
        pl.col("observation_date").cast(pl.Date),
        pl.col(MOMENT).cast(pl.Datetime("us")),
        entity=pl.lit(name),
    )
    return rows.filter(pl.col("traded") > 0)


@prepared
def sector_days(stock_bars: pl.DataFrame, security: pl.DataFrame) -> pl.DataFrame:
    """Shares above their means by industry and day: entity (the industry's name), observation_date,
    known_at, traded, fullest, and the marks of means; sorted by (entity, day).

    Stocks count in the industry that they were in on the day; without industries there are no rows.
    """
    ground = ground_of(stock_bars)
    names, sector = industries_of(ground, security)
    counted = _counted(stock_bars, ground, sector, len(names) + 1, stock_arrays.OF_MEANS)
    days = [_of_entity(name, [n], ground, counted) for n, name in enumerate(names)]
    return _with_fullest(days)


def industries_of(ground: Ground, security: pl.DataFrame) -> tuple[list[str], Array]:
    """All industries by name, and the number of the one that each bar's stock was in on the day;
    of a stock in none, the number after the last.
    """
    members = classified(security.drop_nulls("industry"))
    names = members["industry"].unique().sort().to_list()
    number = {name: n for n, name in enumerate(names)}
    sector: Array = np.full(len(ground.day), len(names), dtype=np.uint16)
    for n, rows in _spans(ground, members):
        sector[rows] = number[members["industry"][n]]
    return names, sector


@prepared
def followed_bars(
    stock_bars: pl.DataFrame, theme_membership: pl.DataFrame, security: pl.DataFrame | None = None
) -> pl.DataFrame:
    """All bars, by (entity, day), of every stock ever listed under commercial aerospace.

    `member` says whether the stock was listed on that day: windows need the bars before it.
    """
    members = theme_members("commercial_aerospace", security, theme_membership)
    codes = members.select(pl.col("entity").cast(pl.Categorical)).unique()
    bars = stock_bars.join(codes, on="entity", how="semi")
    days = while_members(bars, members).select("entity", "observation_date", member=True)
    marked = bars.join(days, on=["entity", "observation_date"], how="left")
    return marked.with_columns(
        pl.col("entity").cast(pl.String), pl.col("member").fill_null(value=False)
    ).sort("entity", "observation_date")
