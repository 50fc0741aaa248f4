"""Setting aside what breaks a rule: a field where its row can do without it, else the row.

What is left of a row is judged again, since a rule over several columns may hold by now, or another
may not. The policy stands in `warehouse.severity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import or_

import polars as pl

from warehouse.catalog import Dataset
from warehouse.contract import kept
from warehouse.severity import Severity, doubted, of_column, of_rule, subject

REJECTED = pl.DataFrame(
    schema={"rule": pl.String, "column_name": pl.String, "content": pl.String, "lost": pl.String}
)
ROW_LOST, FIELD_LOST = "row", "field"
SAYS_NOTHING = "says_nothing"


@dataclass(frozen=True)
class Checked:
    """Rows that keep every rule, and what was set aside with the rule's name.

    rejected: columns rule, column_name, content (the row as received, JSON), lost (`row`, or
    `field` where the row is valid without the figure in that column). corrected: rows that
    corrections.toml dropped. gone: rows set aside; unidentified: those of them that a broken key
    or date condemned. impaired: key and content of the valid rows that lost a field. repeated:
    rows left out since an equal one is there. empty: those of the rows gone that came without any
    value.
    """

    valid: pl.DataFrame
    rejected: pl.DataFrame = field(default_factory=REJECTED.clone)
    corrected: int = 0
    gone: int = 0
    unidentified: int = 0
    impaired: pl.DataFrame = field(default_factory=pl.DataFrame)
    repeated: int = 0
    empty: int = 0

    @property
    def doubtful(self) -> int:
        """How many rows are gone, or have lost a field."""
        return self.gone + self.impaired.height

    @property
    def received(self) -> int:
        """How many rows were judged, equal ones as one."""
        return self.valid.height + self.gone

    def nulled(self, column: str) -> int:
        """How many valid rows have lost the field in a column."""
        return self._nulled.get(column, 0)

    @cached_property
    def _nulled(self) -> dict[str, int]:
        lost = self.rejected.filter(lost=FIELD_LOST).group_by("column_name")
        return dict(lost.agg(pl.col("content").n_unique()).iter_rows())


@dataclass(frozen=True)
class Mark:
    """Rows that break a rule, the column that it is held against, and what that costs."""

    rule: str
    column: str
    severity: Severity
    where: pl.Series  # one truth value per row


def judged(d: Dataset, rows: pl.DataFrame) -> Checked:
    """The rows by all rules of the contract; costs nothing more where all of them hold."""
    good, rest, broken = _parted(d, rows)
    sound = _speaking(d, good)
    if rest.is_empty():
        return sound
    aside = tried(d, rest.with_columns(as_json(rest)), list(marks(d, rest, broken)))
    return replace(
        aside,
        valid=pl.concat([sound.valid, aside.valid]),
        rejected=pl.concat([sound.rejected, aside.rejected]),
        gone=sound.gone + aside.gone,
        empty=sound.empty,
    )


def _speaking(d: Dataset, rows: pl.DataFrame) -> Checked:
    """Rows that keep the contract; those that came without any value are set aside: in core they
    would hide that their day is missing.
    """
    if not d.may_say_nothing:
        return Checked(rows)
    silent = pl.all_horizontal(pl.col(d.values).is_null())
    empty = rows.filter(silent)
    reasons = empty.select(
        rule=pl.lit(SAYS_NOTHING),
        column_name=pl.lit("row"),
        content=as_json(empty),
        lost=pl.lit(ROW_LOST),
    )
    return Checked(rows.filter(~silent), reasons, gone=empty.height, empty=empty.height)


def retried(d: Dataset, checked: Checked, found: Sequence[Mark]) -> Checked:
    """The verdict once more, after something was found against valid rows."""
    here = any_of((mark.where for mark in found), checked.valid)
    rows = checked.valid.filter(here)
    rows = rows.with_columns(as_json(rows))
    if checked.impaired.height:  # as they were received, not as they were left
        before = rows.join(checked.impaired, on=d.key, how="left", maintain_order="left")
        rows = rows.with_columns(content=pl.coalesce(before["content_right"], "content"))
    again = tried(d, rows, [replace(mark, where=mark.where.filter(here)) for mark in found])
    lost = rows.join(again.impaired, on="content", how="anti")["content"]
    rejected = pl.concat([checked.rejected, again.rejected]).with_columns(
        lost=pl.when(pl.col("content").is_in(lost.implode()))
        .then(pl.lit(ROW_LOST))
        .otherwise("lost")
    )
    unhurt = checked.impaired
    if unhurt.height:
        unhurt = unhurt.join(rows, on="content", how="anti")
    return replace(
        checked,
        valid=pl.concat([checked.valid.filter(~here), again.valid]),
        rejected=rejected,
        gone=checked.gone + again.gone,
        unidentified=checked.unidentified + again.unidentified,
        impaired=pl.concat([unhurt, again.impaired]) if unhurt.height else again.impaired,
    )


def tried(d: Dataset, rows: pl.DataFrame, found: Sequence[Mark]) -> Checked:
    """The rows after what was found against them, judged until nothing more breaks a rule.

    rows: with their content as received. Each turn takes a field or the row from all that are left,
    so that it ends.
    """
    reasons, mended = [REJECTED.drop("lost")], [rows.clear()]
    gone: list[pl.DataFrame] = []
    while rows.height:
        reasons += [_reason(rows, mark) for mark in found]
        out = any_of((m.where for m in found if m.severity is not Severity.FIELD), rows)
        undated = any_of((m.where for m in found if m.severity is Severity.ANSWER), rows)
        gone.append(rows.select("content", unidentified=undated).filter(out))
        rows = _without(rows, found).filter(~out)
        if rows.is_empty():
            break
        good, rows, broken = _parted(d, rows)
        mended.append(good)
        found = list(marks(d, rows, broken))
    return _verdict(d, pl.concat(mended), pl.concat(reasons), gone)


def marks(d: Dataset, rows: pl.DataFrame, broken: dict[str, pl.Series]) -> Iterator[Mark]:
    """What to take from rows that break rules of the contract.

    First the fields that break a rule of their own, then those of rules that doubt several which
    all can be missed; then the rows of rules that are still broken. A row goes at once where no
    field can mend it.
    """
    fields = {n: [c for c in doubted(d, n) if of_column(d, c) is Severity.FIELD] for n in broken}
    mild = {name: mask for name, mask in broken.items() if of_rule(d, name) is Severity.FIELD}
    sure = {name: mask for name, mask in mild.items() if len(doubted(d, name)) == 1}
    hopeless = any_of(
        (
            mask & rows.select(pl.all_horizontal(pl.col(fields[n]).is_null())).to_series()
            if fields[n]
            else mask
            for n, mask in broken.items()
        ),
        rows,
    )
    clear, some = any_of(sure.values(), rows), any_of(mild.values(), rows)
    out = hopeless | ~some
    for name, mask in broken.items():
        cost = max(Severity.ROW, of_rule(d, name), key=list(Severity).index)
        if (lost := mask & out).any():
            yield Mark(name, subject_of(d, name), cost, lost)
    for name, mask in mild.items():
        turn = mask & ~out & (clear if name in sure else ~clear)
        for column in fields[name]:
            if (lost := turn & rows[column].is_not_null()).any():
                yield Mark(name, column, Severity.FIELD, lost)


def subject_of(d: Dataset, rule: str) -> str:
    """The column that a rule is about, as dataframely names the rule."""
    column, _, name = rule.rpartition("|")
    return column or subject(d, name)


def any_of(masks: Iterable[pl.Series], rows: pl.DataFrame) -> pl.Series:
    """Where one of the masks is true."""
    found = list(masks)
    return reduce(or_, found) if found else pl.repeat(value=False, n=rows.height, eager=True)


def as_json(rows: pl.DataFrame) -> pl.Series:
    """Each row as a JSON object, named content."""
    return rows.select(content=pl.struct(pl.all()).struct.json_encode())["content"]


def _parted(
    d: Dataset, rows: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, pl.Series]]:
    """The rows that keep every rule, the others, and by each broken rule which of these break it.

    rows: in the columns of the contract; others stay beside them.
    """
    each = kept(d.contract, rows)
    good = each.select(pl.all_horizontal(pl.all())).to_series()
    if good.all():
        return rows, rows.clear(), {}
    bad = each.filter(~good)
    kept_by_all = bad.select(pl.all().all()).row(0)
    names = [name for name, by_all in zip(bad.columns, kept_by_all, strict=True) if not by_all]
    return rows.filter(good), rows.filter(~good), bad.select(~pl.col(names)).to_dict()


def _reason(rows: pl.DataFrame, mark: Mark) -> pl.DataFrame:
    rule = mark.rule.rpartition("|")[2].removeprefix("check__")
    return rows.filter(mark.where).select(
        rule=pl.lit(rule), column_name=pl.lit(mark.column), content="content"
    )


def _without(rows: pl.DataFrame, found: Iterable[Mark]) -> pl.DataFrame:
    """The rows with null for each field that was found wrong."""
    wrong: dict[str, list[pl.Series]] = {}
    for mark in found:
        if mark.severity is Severity.FIELD:
            wrong.setdefault(mark.column, []).append(mark.where)
    return rows.with_columns(
        pl.when(~any_of(masks, rows)).then(column).alias(column) for column, masks in wrong.items()
    )


def _verdict(
    d: Dataset, mended: pl.DataFrame, reasons: pl.DataFrame, gone: list[pl.DataFrame]
) -> Checked:
    """What became of the rows. One that has lost all that it said is set aside too: in core it
    would hide that its day is missing.
    """
    says = pl.any_horizontal(pl.col(d.values).is_not_null()) if d.values else pl.lit(value=True)
    empty = mended.filter(~says).select("content", unidentified=pl.lit(value=False))
    out = pl.concat([*gone, empty])
    left = mended.filter(says)
    lost = pl.when(pl.col("content").is_in(out["content"].implode()))
    return Checked(
        left.drop("content"),
        reasons.with_columns(lost=lost.then(pl.lit(ROW_LOST)).otherwise(pl.lit(FIELD_LOST))),
        gone=out.height,
        unidentified=out.filter("unidentified")["content"].n_unique(),
        impaired=left.select(*d.key, "content"),
    )
