"""How large figures can be: beside those around them, beside those of their day, and at all.

A slip of a unit may leave every rule on one row intact. It shows as a step that no market makes.
Which figures are steady, and how much, the datasets declare (`catalog.Figure`); files and answers
of upstreams are judged alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from warehouse.catalog import Dataset, Figure
from warehouse.errors import ContractViolated
from warehouse.quality.plausibility import NEAR, YOUNG
from warehouse.quality.quarantine import Checked, Mark, retried
from warehouse.severity import Severity, of_column
from warehouse.storage.store import Reader

Array = npt.NDArray[Any]
BEGAN = date(2000, 1, 1)  # in the nineties a young market's turnover grew a hundredfold in a day
NEWEST = 40  # days that are also judged by themselves, or a quarter of them all
FEWEST = 20  # figures that make a median
FEWEST_CODES = 5  # … and codes: a share may cost 1,400 yuan
KNOWN_TIMES = 3.0  # a file that tells the past anew differs by less, unless its unit is another


@dataclass(frozen=True)
class Line:
    """Rows of core and new ones, by entity and day: their order, and in it which entity and day,
    whether they are new, and whether their entity has just begun.
    """

    order: Array
    entity: Array
    day: Array
    new: Array
    young: Array
    gap: float  # days between two rows that are compared


def sized(d: Dataset, checked: Checked, known: pl.DataFrame, where: str) -> Checked:
    """The rows without figures that are out of size; each is set aside with its row and rule.

    known: rows of core near the new ones. Whether the figure or its row goes, `warehouse.severity`
    says. Raises ContractViolated where a whole column is in another unit.
    """
    rows = checked.valid
    if rows.is_empty() or not d.figures:
        return checked
    known = known.select(rows.columns)
    again = rows.select(d.key).join(known, on=d.key, how="semi")  # the large table is on the left
    old = known.join(again, on=d.key, how="anti")
    line = _line(d, old, rows)
    restated = _restated(d, rows, known) if again.height >= FEWEST else None
    values, day = _values(d, pl.concat([old, rows])), _days(d, rows)
    gone, found = np.zeros(rows.height, dtype=np.bool_), list[Mark]()
    for place, figure in enumerate(d.figures):
        value = values[:, place].to_numpy()
        _refuse_untypical(d, figure, rows, np.abs(value[old.height :]), day, where=where)
        if restated is not None:
            _refuse_other_unit(figure, restated, where)
        severity = of_column(d, figure.column)
        for rule, odd in _odd(figure, line, value, old.height) if line else ():
            bad = odd & ~gone
            if not bad.any():
                continue
            found.append(Mark(rule, figure.column, severity, pl.Series(bad)))
            if severity is Severity.FIELD:
                kept = pl.when(pl.Series(~bad)).then(figure.column)
                rows = rows.with_columns(kept.alias(figure.column))
                values = _values(d, pl.concat([old, rows]))
            else:
                gone |= bad
    return retried(d, checked, found) if found else checked


def beside(reader: Reader | None, d: Dataset, checked: Checked, where: str) -> Checked:
    """The rows as `sized` leaves them beside those that a warehouse holds, if there is one."""
    known = neighbours(reader, d, checked.valid) if reader else checked.valid.clear()
    return sized(d, checked, known, where)


def neighbours(reader: Reader, d: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of core that new rows are judged beside: around their first and their last day."""
    day, columns = d.dated_by, ", ".join(d.contract.column_names())
    if day not in d.key or rows.is_empty() or not d.figures:
        return reader.query(f"SELECT {columns} FROM core.{d.name} WHERE false")
    first, last = rows[day].min(), rows[day].max()
    near = NEAR if d.trading_day else 10 * NEAR
    edges = [first - near, first + near, last - near, last + near]  # type: ignore[operator]
    return reader.query(
        f"SELECT {columns} FROM core.{d.name} WHERE {day} BETWEEN ? AND ? OR {day} BETWEEN ? AND ?",
        edges,
    )


def _line(d: Dataset, old: pl.DataFrame, rows: pl.DataFrame) -> Line | None:
    """Old rows and new ones in the order of entity and day; None where rows are not of days."""
    day = d.dated_by
    if day is None or day not in d.key:
        return None
    keys = pl.concat([old.select(d.key), rows.select(d.key)]).select(
        _entity(d).cast(pl.Categorical),
        day=pl.col(day).cast(pl.Int32),
    ).with_columns(pl.col("entity").to_physical())  # fmt: skip
    order = keys.select(pl.arg_sort_by("entity", "day")).to_series().to_numpy()
    entity, days = keys["entity"].to_numpy()[order], keys["day"].to_numpy()[order]
    begins = np.flatnonzero(np.append(1, entity[1:] != entity[:-1]))
    first = np.repeat(days[begins], np.diff(np.append(begins, len(days))))
    young = (first - days.min() > YOUNG.days) & (days - first < YOUNG.days)
    gap = NEAR.days if d.trading_day else math.inf
    return Line(order, entity, days, order >= old.height, young, gap)


def _values(d: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """The figures of rows, a column each; for all at once, as each question takes a while."""
    of = (f.of if f.of is not None else pl.col(f.column) for f in d.figures)
    return rows.select(wanted.cast(pl.Float64).alias(str(n)) for n, wanted in enumerate(of))


def _odd(figure: Figure, line: Line, value: Array, olds: int) -> Iterator[tuple[str, Array]]:
    """Which new rows have the figure out of size, by rule; olds: how many rows are of core."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.log10(np.abs(value[line.order]))
    there = np.flatnonzero(np.isfinite(size))
    size, entity, day = size[there], line.entity[there], line.day[there]
    silent = line.young[there] | (day < (BEGAN - date(1970, 1, 1)).days)
    silent[1:] |= (entity[1:] != entity[:-1]) | (day[1:] - day[:-1] > line.gap)
    silent[:1] = True
    step = np.zeros(len(size))
    np.subtract(size[1:], size[:-1], out=step[1:], where=~silent[1:])
    for rule, found in (
        ("out_of_size", _of_entities(figure.near, size, step, entity, line.new[there])),
        ("day_out_of_size", _of_days(figure.crowd, step[~silent], day[~silent], day)),
    ):
        odd = np.zeros(len(line.order), dtype=np.bool_)
        odd[line.order[there[found]]] = True
        yield rule, odd[olds:]


def _of_entities(near: float | None, size: Array, step: Array, entity: Array, new: Array) -> Array:
    """Places of figures that are away from the course of their entity."""
    if near is None:
        return np.zeros(0, dtype=np.int64)
    far = math.log10(near)
    broken = np.unique(entity[np.abs(step) > far])
    begins, ends = (np.searchsorted(entity, broken, side=side) for side in ("left", "right"))
    found = [np.zeros(0, dtype=np.int64)]
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        rising = size[begin] + np.cumsum(np.append(0.0, step[begin + 1 : end]))
        found.append(begin + np.flatnonzero(strays(rising, far, ~new[begin:end])))
    return np.concatenate(found)


def _of_days(crowd: float | None, step: Array, days: Array, day: Array) -> Array:
    """Places of the figures of days on which most entities step away together."""
    if crowd is None:
        return np.zeros(0, dtype=np.int64)
    steps = pl.DataFrame({"day": days, "step": step}).group_by("day")
    medians = (
        steps.agg(pl.col("step").median(), n=pl.len()).filter(pl.col("n") >= FEWEST).sort("day")
    )
    course = np.cumsum(medians["step"].to_numpy())
    odd = strays(course, math.log10(crowd), np.zeros(len(course), dtype=np.bool_))
    return np.flatnonzero(np.isin(day, medians["day"].to_numpy()[odd]))


def strays(course: Array, far: float, trusted: Array) -> Array:
    """Which points are farther than `far` from the last one that is not: walked in the direction in
    which fewer stray, and from a trusted point on if there is one.
    """
    forwards, backwards = _walk(course, far), _walk(course[::-1], far)[::-1]
    keyed = [(int((odd & trusted).sum()), int(odd.sum()), odd) for odd in (forwards, backwards)]
    return min(keyed, key=lambda one: one[:2])[2]


def _walk(course: Array, far: float) -> Array:
    odd = np.zeros(len(course), dtype=np.bool_)
    level = course[0] if len(course) else 0.0
    for place, value in enumerate(course.tolist()):
        if abs(value - level) > far:
            odd[place] = True
        else:
            level = value
    return odd


def _days(d: Dataset, rows: pl.DataFrame) -> Array:
    """The day of each row, counted from 1970; NaN without one."""
    if d.dated_by is None:
        return np.full(rows.height, np.nan)
    return rows[d.dated_by].cast(pl.Int32).cast(pl.Float64).to_numpy()


def _refuse_untypical(
    d: Dataset, figure: Figure, rows: pl.DataFrame, value: Array, day: Array, *, where: str
) -> None:
    """A column whose middle lies outside of what the market has ever shown is in another unit; so
    it is where only that of its newest days does, or that of one entity.

    value, day: the size of the figure in each row, and the row's day.
    """
    if figure.typical is None or (figure.many and _of_few_codes(rows)):
        return
    there = np.isfinite(value) & (value > 0) & ~(day < (BEGAN - date(1970, 1, 1)).days)
    sizes, day = value[there], day[there]
    days = np.unique(day[~np.isnan(day)])
    count = min(NEWEST, len(days) // 4)
    newest = sizes[day >= days[-count]] if count else sizes[:0]
    for part, some in (("", sizes), (" of the newest days", newest)):
        if len(some) >= FEWEST:
            _refuse_middle(figure, float(np.median(some)), part, where)
    if figure.apart is not None and d.dated_by in d.key:
        figures = rows.select(*d.key, pl.Series("size", value)).filter(pl.Series(there))
        each = figures.group_by(
            _entity(d), maintain_order=True
        ).agg(pl.col("size").median(), n=pl.len())  # fmt: skip
        for one, middle, _ in each.filter(pl.col("n") >= FEWEST).iter_rows():
            _refuse_middle(figure, middle, f" of {one}", where, figure.apart)


def _entity(d: Dataset) -> pl.Expr:
    """What a row is about: its key without the day, as a text."""
    named = [pl.col(c).cast(pl.String) for c in d.key if c != d.dated_by]
    return (pl.concat_str(named, separator=" ") if named else pl.lit("")).alias("entity")


def _of_few_codes(rows: pl.DataFrame) -> bool:
    """Whether rows are of so few shares or companies that their middle is no measure."""
    named = [c for c in ("code", "ticker") if c in rows.columns]
    return bool(named) and rows[named[0]].n_unique() < FEWEST_CODES


def _refuse_middle(
    figure: Figure, middle: float, part: str, where: str, apart: float = 1.0
) -> None:
    """apart: by what factor the middle may lie outside of what is typical."""
    least, most = figure.typical or (0.0, math.inf)
    least, most = least / apart, most * apart
    if least <= middle <= most:
        return
    raise ContractViolated(
        f"{where}: column {figure.column}: the median of {figure.what}{part} is {middle:.6g} (rule: between "
        f"{least:g} and {most:g}); the column is in another unit. Convert it and try again."
    )


def _restated(d: Dataset, rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The rows whose keys are known, with the known figures beside them."""
    columns = dict.fromkeys(figure.column for figure in d.figures)
    before = known.select(*d.key, *(pl.col(c).alias(f"known {c}") for c in columns))
    return rows.select(*d.key, *columns).join(before, on=d.key)


def _refuse_other_unit(figure: Figure, restated: pl.DataFrame, where: str) -> None:
    """A column that restates known figures, most of them
    several times as large, has another unit.
    """
    column = figure.column
    old = f"known {column}"
    ratio = restated.filter(pl.col(column) != 0, pl.col(old) != 0).select(
        r=(pl.col(column) / pl.col(old)).abs()
    )
    if ratio.height < FEWEST:
        return
    middle = float(ratio["r"].median())  # type: ignore[arg-type]
    if 1 / KNOWN_TIMES <= middle <= KNOWN_TIMES:
        return
    raise ContractViolated(
        f"{where}: column {column}: {ratio.height:,} figures are {middle:.6g} times those known of the "
        "same rows, in the median (rule: the past stands); the column is in another unit. Compare one "
        "row with `briefing query`, convert the column and try again."
    )
