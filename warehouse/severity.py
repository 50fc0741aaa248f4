"""What a broken rule costs: a field, its row, or the whole answer.

The policy, for answers of upstreams, lists, events and imported files alike:

- A *field* that breaks a rule becomes null where the row is useful without it: the contract lets it
  be absent, and it neither identifies nor dates the row.
- A *row* that breaks a rule otherwise is set aside, and so is one that has no value at all.
- An *answer* is refused whole where many of its rows are not identified or dated, or where so much
  of it is set aside that its format must have changed (`warehouse.quality.refusal`).

A rule over one column doubts that column. A rule over several cannot tell which of them is wrong:
it doubts all, and costs what the most precious one costs. Fields that break a rule of their own are
nulled first, and the row is judged again (`warehouse.quality.quarantine`).
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from warehouse.catalog import Dataset
from warehouse.contract import reads

KEY_RULE = "primary_key"


class Severity(StrEnum):
    """What is lost when a rule is broken."""

    FIELD = "null"  # the field becomes null, its row stays
    ROW = "row"  # the row is set aside
    ANSWER = "answer"  # the row is set aside; many such rows, and the whole answer is refused


@cache  # asked for each column of each rule that rows break
def of_column(d: Dataset, column: str) -> Severity:
    """What it costs if a column breaks a rule."""
    if column in d.key or column in d.dates:
        return Severity.ANSWER
    return Severity.FIELD if d.contract.columns()[column].nullable else Severity.ROW


@cache
def of_rule(d: Dataset, rule: str) -> Severity:
    """What it costs to break a rule: the most that one of the columns costs that it doubts."""
    found = {of_column(d, column) for column in doubted(d, rule)}
    return max(found, key=list(Severity).index)


@cache
def doubted(d: Dataset, rule: str) -> tuple[str, ...]:
    """The columns one of which must be wrong where a rule is broken.

    rule: as dataframely names it: `column|rule`, `primary_key`, or a rule of the contract. Columns
    of the key are doubted where the rule reads no other or bears their name: elsewhere they say
    which bound holds.
    """
    column, _, name = rule.rpartition("|")
    if column:
        return (column,)
    if name == KEY_RULE:
        return tuple(d.key)
    read = reads(d.contract, name)
    about = subject(d, name)
    return tuple(c for c in read if c not in d.key or c == about) or tuple(read)


def subject(d: Dataset, rule: str) -> str:
    """The column that a rule of the contract speaks about, by its name `<column>_is_plausible`;
    `key`, or `row` where it names none.
    """
    if rule == KEY_RULE:
        return "key"
    columns = sorted(d.contract.column_names(), key=len, reverse=True)
    return next((c for c in columns if rule.startswith(c)), "row")
