"""Plausibility checks against loaded data: unit slips, repeated days, truncated lists.

An answer may keep every rule of its contract and still be half of a list, the page of the day
before, or a hundred times too large. Each of these shows only against what is known already. The
declarations are in `catalog.Plausibility`; this is the one place that judges them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from warehouse.catalog import Call, Chain, Dataset, Plausibility, Total
from warehouse.errors import ContractViolated, SourceEmpty
from warehouse.storage.store import Reader

FLOOR = 0.9  # share of the rows known that must be there again; suspensions take 1–2 %
TENFOLD = 10.0  # units slip by a hundred at least (手, 万, 亿); no market moves tenfold in a month
NEAR = timedelta(days=45)  # how far away the day may be with which a day is compared
YOUNG = timedelta(days=90)  # a new figure, index or exchange may grow tenfold from day to day
ODD = 0.2  # share of the shares whose turnover may move more than tenfold on one day
AGREED = 0.8  # share of claims that must be true; on the busiest day 7 % of shares go ex-dividend
CLOSE_ENOUGH = 1e-3
FEWEST, REVISED, REWRITTEN = 20, 0.01, 0.5  # of 20 known figures, half may change by more than 1 %


def insist_on_plausible(
    reader: Reader, d: Dataset, chain: Chain, plausibility: Plausibility, rows: pl.DataFrame
) -> None:
    """Raise SourceEmpty or ContractViolated if the rows of a unit cannot be true."""
    if plausibility.listed:
        _all_are_there(d, rows, int(reader.query(plausibility.listed).item()))
    if plausibility.full:
        _refuse_few(reader, d, chain, rows)
    for total in plausibility.totals:
        _refuse_other_total(reader, d, total, rows)
    if d.trading_day and (plausibility.level or plausibility.moves):
        pairs = _pairs(reader, d, rows)
        if plausibility.moves:
            _refuse_repeated(d, chain, pairs, plausibility.still)
        if plausibility.level:
            _refuse_slipped(d, chain, pairs, plausibility.level, plausibility.rescaled)


def refuse_rewritten(reader: Reader, d: Dataset, rows: pl.DataFrame) -> None:
    """Raise ContractViolated if an answer rewrites the past: columns changed places, or a unit did.

    Whole histories come with each answer; publishers revise some of their figures, never most.
    """
    numbers = [c for c in d.values if rows.schema[c].is_numeric()]
    span, days = "", list[date]()
    if d.dated_by in d.key and rows.height:
        span = f"WHERE {d.dated_by} BETWEEN ? AND ?"
        days = [rows[d.dated_by].min(), rows[d.dated_by].max()]  # type: ignore[list-item]
    known = reader.query(f"SELECT {', '.join([*d.key, *numbers])} FROM core.{d.name} {span}", days)
    both = rows.join(known, on=d.key, suffix="_known")
    for column in numbers:
        pairs = both.select(new=column, old=f"{column}_known").drop_nulls()
        other = (pl.col("new") - pl.col("old")).abs() > REVISED * pl.col("old").abs()
        if pairs.height >= FEWEST and (share := pairs.select(other.mean()).item()) > REWRITTEN:
            raise ContractViolated(
                f"{d.name}: {share:.0%} of {pairs.height:,} figures of {column} that were known differ "
                f"by more than {REVISED:.0%} (rule: the past stands); columns may have changed places. "
                "Compare the body in the raw archive with another source."
            )


def _all_are_there(d: Dataset, rows: pl.DataFrame, listed: int) -> None:
    day = str(d.trading_day)
    counts = rows.group_by(day).agg(pl.col("code").n_unique().alias("codes"))
    for when, codes in counts.filter(pl.col("codes") < FLOOR * listed).sort(day).iter_rows():
        raise ContractViolated(
            f"{d.name}: only {codes:,} of {listed:,} listed codes on {when} (rule: {FLOOR:.0%} must "
            "be there); the list was cut off. It is asked again in the next run."
        )


def _refuse_few(reader: Reader, d: Dataset, chain: Chain, rows: pl.DataFrame) -> None:
    """A list grows and shrinks, but not by a tenth from one day to the next."""
    day = str(d.trading_day)
    of = f"AND list_contains(?, {chain.column})" if chain.entities else ""
    there = reader.query(
        f"SELECT {day} AS day, {day} AS known_day, count(*) AS known FROM core.{d.name} "
        f"WHERE {day} BETWEEN ? AND ? {of} GROUP BY ALL",
        [rows[day].min() - NEAR, rows[day].max() + NEAR, *([list(chain.entities)] if of else [])],  # type: ignore[operator]
    )
    counts = rows.group_by(pl.col(day).alias("day")).agg(pl.len()).sort("day")
    both = counts.join_asof(there.sort("day"), on="day", strategy="nearest", tolerance=NEAR)
    for when, number, other, known in both.filter(pl.col("len") < FLOOR * pl.col("known")).rows():
        raise ContractViolated(
            f"{d.name}: {number:,} rows of {when}, {known:,} of {other} (rule: at least "
            f"{FLOOR:.0%}); the list was cut off. It is asked again in the next run."
        )


def _refuse_other_total(reader: Reader, d: Dataset, total: Total, rows: pl.DataFrame) -> None:
    """A list that is cut off, of another day or in another unit does not add up."""
    day = str(d.trading_day)
    sums = rows.group_by(pl.col(day).alias("day")).agg(pl.col(total.column).sum(), rows=pl.len())
    both = sums.join(reader.query(total.known), on="day", how="left").sort("day")
    unknown = both.filter(pl.col("total").is_null())["day"]
    if len(unknown):
        raise SourceEmpty(
            f"{d.name}: core has no total for {unknown[0]} that would tell whether all rows are "
            "there; it is compared in the next run"
        )
    gap = (pl.col(total.column) - pl.col("total")).abs()
    wrong = both.filter(gap > total.rounding + total.within * pl.col("total").abs())
    for when, summed, number, known in wrong.select("day", total.column, "rows", "total").rows():
        raise ContractViolated(
            f"{d.name}: the {number:,} rows of {when} add up to {summed:,.0f} of {total.column}, the "
            f"total is {known:,.0f} (rule: detail = total); rows are missing or of another day. "
            "They are asked again in the next run."
        )


def steady(reader: Reader, d: Dataset, call: Call, rows: int) -> None:
    """Raise ContractViolated if the same call had many more rows the last time it was loaded."""
    said = json.dumps(dict(call.arguments), ensure_ascii=False)
    before = reader.query(
        "SELECT rows FROM raw.answer WHERE dataset = ? AND function = ? AND arguments = ? "
        "ORDER BY rowid DESC LIMIT 1",
        [d.name, call.function, said],
    )
    if before.height and rows < FLOOR * before.item():
        raise ContractViolated(
            f"{d.name}: {call.function}({said}) has {rows:,} rows, the last time {before.item():,} "
            f"(rule: at least {FLOOR:.0%}); the list was cut off. It is asked again in the next run."
        )


def _pairs(reader: Reader, d: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """New rows and their neighbours in core as pairs of successive days of one entity.

    Columns: entity, day, new, and each value beside its value of the day before (`…_before`).
    """
    day, columns = str(d.trading_day), d.contract.column_names()
    near = reader.query(
        f"SELECT {', '.join(columns)} FROM core.{d.name} WHERE {day} BETWEEN ? AND ?",
        [rows[day].min() - NEAR, rows[day].max() + NEAR],  # type: ignore[operator]
    ).join(rows, on=d.key, how="anti")
    named = [c for c in d.key if c != day]
    entity = pl.concat_str(named, separator=" ") if named else pl.lit("")
    both = pl.concat([near.with_columns(new=False), rows.select(columns).with_columns(new=True)])
    both = both.with_columns(entity=entity, day=pl.col(day)).sort("entity", "day")
    before = pl.col("day", "new", *d.values).shift(1).over("entity").name.suffix("_before")
    return both.with_columns(before).filter(
        pl.col("new") | pl.col("new_before"), pl.col("day") - pl.col("day_before") <= NEAR
    )


def _refuse_repeated(d: Dataset, chain: Chain, pairs: pl.DataFrame, still: float | None) -> None:
    numbers = [c for c, kind in pairs.select(d.values).schema.items() if kind.is_numeric()]
    same = [pl.col(c) == pl.col(f"{c}_before") for c in numbers]
    repeated = pl.all_horizontal(s.fill_null(value=True) for s in same) & pl.any_horizontal(same)
    odd = pairs.with_columns(odd=repeated.fill_null(value=False))
    if (when := _odd_day(d, chain, odd, still)) is None:
        return
    raise SourceEmpty(
        f"{d.name}: the figures for {when} are those of the day before to the last digit; the "
        "upstream has not been updated. They are asked again in the next run."
    )


def _refuse_slipped(
    d: Dataset, chain: Chain, pairs: pl.DataFrame, level: str, rescaled: str | None
) -> None:
    split = pl.col(rescaled) if rescaled else pl.lit(1.0)
    ratio = pl.col(level) * split / pl.col(f"{level}_before")
    judged = pairs.filter(pl.col(level) > 0, pl.col(f"{level}_before") > 0)
    if _followed(d, chain):
        first = pl.col("entity").replace_strict(dict(chain.entities), default=None)
        judged = judged.filter((pl.col("day_before") - first > YOUNG).fill_null(value=True))
    slipped = judged.with_columns(odd=~ratio.is_between(1 / TENFOLD, TENFOLD))
    if (when := _odd_day(d, chain, slipped)) is None:
        return
    raise ContractViolated(
        f"{d.name}: {level} on {when} is more than {TENFOLD:.0f} times or less than a "
        f"{TENFOLD:.0f}th of that of the day before (rule: units do not slip). Compare the body in "
        "the raw archive with another source."
    )


def _followed(d: Dataset, chain: Chain) -> bool:
    """Whether the rows are those of the few entities that a part follows, not of many codes."""
    return bool(chain.entities) and chain.column in d.key


def _odd_day(
    d: Dataset, chain: Chain, pairs: pl.DataFrame, allowed: float | None = None
) -> date | None:
    """The first day with an odd entity; among thousands of codes, with many of them."""
    if allowed is None:
        allowed = 0.0 if _followed(d, chain) else ODD
    days = pairs.group_by("day").agg(pl.col("odd").mean()).filter(pl.col("odd") > allowed)
    return days["day"].min()  # type: ignore[return-value]


def agreement(reader: Reader, of: str, stated: pl.DataFrame) -> float | None:
    """Share of the closes stated (code, trade_date, close) that core has too, on the day that
    agrees least; None: of some day core has none.
    """
    if stated.is_empty():
        return None
    known = reader.query(
        f"SELECT code, trade_date, close AS known FROM core.{of} WHERE trade_date BETWEEN ? AND ?",
        [stated["trade_date"].min(), stated["trade_date"].max()],
    )
    both = stated.join(known, on=["code", "trade_date"]).drop_nulls()
    true = (pl.col("close") / pl.col("known") - 1).abs() < CLOSE_ENOUGH
    days = both.group_by("trade_date").agg(agreed=true.mean())
    known_all = days.height == stated["trade_date"].n_unique()
    return days["agreed"].min() if known_all else None  # type: ignore[return-value]


def refuse_other_day(d: Dataset, days: Sequence[date], agreed: float | None) -> None:
    """Raise SourceEmpty if an undated page shows another day than the one it was asked for."""
    wanted = ", ".join(map(str, sorted(set(days))))
    if agreed is None:
        raise SourceEmpty(
            f"{d.name}: the page bears no date and core has nothing that would tell whether it "
            f"shows {wanted}; back-fill the day before first"
        )
    if agreed < AGREED:
        raise SourceEmpty(
            f"{d.name}: the page does not show {wanted}: only {agreed:.0%} of the closes that it "
            "states are those in core; the upstream has not been updated"
        )
