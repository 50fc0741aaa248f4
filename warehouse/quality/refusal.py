"""When an answer of an upstream, or a file, is refused whole. One rule for both.

What breaks a rule is set aside by itself (`warehouse.severity`). The rest is not believed where the
faults are too many to be slips.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from warehouse.catalog import Dataset
from warehouse.errors import ContractViolated
from warehouse.quality.contract_checks import complaint
from warehouse.quality.quarantine import ROW_LOST, SAYS_NOTHING, Checked
from warehouse.readers.text import SLIPS, many
from warehouse.severity import Severity, of_column

# Rows whose key or date is broken, of all. What is stray is rare: a bar of a Saturday, a code that
# is no code, a listing told twice. Dates that are one day off show only where Friday becomes
# Saturday, in every fifth row, codes of another list seldom at all; and a true figure of the wrong
# day or share is seen by nobody afterwards. So these are borne least: one in fifty.
UNIDENTIFIED = 0.02
# Rows set aside for any reason, of all; and values of one column nulled, of those not empty. A
# column in another unit shows only in part where its rule is loose, in one of eight rows (profits)
# to one of sixteen (values of industries; tests/warehouse/quality/test_magnitude.py), and the rest
# would pass as true. One in twenty is less than each of these, and more than slips are. Rows that
# came without any value do not count: upstreams list a day before they have its figures.
BROKEN = 0.05
# Of a long history the newest days are also judged by themselves: a format changes on one day and
# stays changed, and would hide behind thousands of days before it.
NEWEST = 40
# Of a short answer a few rows are slips and no format (SLIPS): the bad entries of a list of
# fifteen would else keep the others out as long as they stand there. Of broken keys and dates it
# is one: ten days that are all one day off show it in two.
ONE = 1


def refuse_many(
    d: Dataset, checked: Checked, where: str, few: int = SLIPS, undated: int = ONE
) -> None:
    """Raise ContractViolated where more breaks a rule than may.

    few: so many rows may in any case, unless they are more than half: an answer may be short.
    undated: so many of them may have a broken key or date.
    """
    excesses = list(_excesses(d, checked, few, undated))
    if excesses:
        raise ContractViolated(
            f"{complaint(d, checked.rejected, where)} Nothing of it is loaded: {'; '.join(excesses)}."
        )


def refuse_repeated(checked: Checked, where: str) -> None:
    """Raise ContractViolated where many rows of a list in pages are there twice.

    A page that was sent again stands in the place of another one, whose rows nobody has seen.
    """
    sent = checked.received + checked.repeated
    if checked.repeated > max(ONE, UNIDENTIFIED * sent):
        raise ContractViolated(
            f"{where}: {checked.repeated:,} of {sent:,} rows are there twice (rule: at most "
            f"{UNIDENTIFIED:.0%} of a list in pages); pages may have been sent again in the place "
            "of others. It is asked again in the next run."
        )


def _excesses(d: Dataset, checked: Checked, few: int, undated: int) -> Iterator[str]:
    """Each limit that is exceeded, in words."""
    if not checked.doubtful:
        return
    if many(checked.unidentified, checked.received, UNIDENTIFIED, undated):
        yield (
            f"the key or date of {checked.unidentified:,} of {checked.received:,} rows is broken "
            f"(rule: at most {UNIDENTIFIED:.0%})"
        )
    yield from _broken(d, checked, few, "")
    if newest := _newest(d, checked):
        yield from _broken(d, newest, few, f" of the newest {NEWEST} days")


def _broken(d: Dataset, checked: Checked, few: int, part: str) -> Iterator[str]:
    """Whether too many rows would be set aside, or fields of a column nulled."""
    received = checked.received - checked.empty
    broken = checked.gone - checked.empty
    if many(broken, received, BROKEN, few):
        yield (
            f"{broken:,} of {received:,} rows{part} would be set aside (rule: at most "
            f"{BROKEN:.0%}); the format must have changed"
        )
    moved = d.publication.by if d.publication.moved else None
    for column in (c for c in d.values if c != moved and of_column(d, c) is Severity.FIELD):
        nulled = checked.nulled(column)
        if not nulled:
            continue
        figures = int(checked.valid[column].count()) + nulled
        if many(nulled, figures, BROKEN, few):
            yield (
                f"{nulled:,} of the {figures:,} values of column {column}{part} break a rule "
                f"(rule: at most {BROKEN:.0%}); the column must have changed"
            )


def _newest(d: Dataset, checked: Checked) -> Checked | None:
    """The verdict on the rows of the newest days; None where there are no others, or no series: a
    list whose entries bear dates is written at once.
    """
    day = d.dated_by
    if day is None or day not in d.key:
        return None
    days = checked.valid[day].drop_nulls().unique().sort()
    if len(days) <= NEWEST:
        return None
    late = pl.col(str(day)) >= days[-NEWEST]
    said = pl.col("content").str.json_path_match(f"$.{day}").str.to_date("%Y-%m-%d", strict=False)
    rejected = checked.rejected.filter(said >= days[-NEWEST])
    gone = rejected.filter(lost=ROW_LOST)
    return Checked(
        checked.valid.filter(late),
        rejected,
        gone=gone["content"].n_unique(),
        empty=gone.filter(rule=SAYS_NOTHING)["content"].n_unique(),
    )
