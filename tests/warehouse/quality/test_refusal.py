"""When an answer or a file is refused whole: at each limit, and just below it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from warehouse.catalog import dataset
from warehouse.errors import ContractViolated
from warehouse.quality.quarantine import REJECTED, Checked
from warehouse.quality.refusal import (
    BROKEN,
    NEWEST,
    UNIDENTIFIED,
    refuse_many,
    refuse_repeated,
)

D = dataset("margin_market")
DOCS = Path(__file__).parents[3] / "docs" / "operating.md"


def dated(place: int, first: date = date(2020, 1, 1)) -> str:
    return json.dumps({"trade_date": str(first + timedelta(days=place)), "place": place})


def verdict(received: int, gone: int = 0, unidentified: int = 0, nulled: int = 0) -> Checked:
    """So many rows received; of those that stay so many have lost their purchases."""
    places = pl.int_range(received - gone, eager=True)
    days = pl.DataFrame({"place": places}).select(
        trade_date=date(2020, 1, 1) + pl.duration(days="place")
    )
    valid = pl.DataFrame(
        {c: pl.Series(c, [1.0] * len(places)) for c in D.values}
        | {"place": places, "trade_date": days["trade_date"]}
    ).with_columns(
        financing_purchases_cny=pl.when(places >= nulled).then(1.0),
    )
    lost = ["field"] * nulled + ["row"] * gone
    rejected = pl.DataFrame(
        {
            "rule": ["min"] * len(lost),
            "column_name": ["financing_purchases_cny"] * len(lost),
            "content": [dated(n) for n in range(len(lost))],
            "lost": lost,
        },
        schema=REJECTED.schema,
    )
    impaired = pl.DataFrame({"content": [dated(n) for n in range(nulled)]})
    return Checked(valid, rejected, 0, gone, unidentified, impaired)


@pytest.mark.parametrize(
    ("given", "few", "reason"),
    [
        # Rows that are not identified or dated.
        ((100, 2, 2), 0, None), ((100, 3, 3), 0, "key or date of 3 of 100 rows"),
        ((50, 1, 1), 0, None), ((49, 1, 1), 0, "key or date"), ((1, 1, 1), 0, "key or date"),
        # Rows set aside for any reason.
        ((100, 5), 0, None), ((100, 6), 0, "6 of 100 rows would be set aside"),
        ((20, 1), 0, None), ((19, 1), 0, "set aside"), ((1, 1), 0, "set aside"),
        # Fields of a column, of those that are there.
        ((100, 0, 0, 5), 0, None), ((100, 0, 0, 6), 0, "6 of the 100 values of column financing"),
        ((20, 0, 0, 1), 0, None), ((1, 0, 0, 1), 0, "1 of the 1 values"),
        # Each limit by itself: what is set aside, and what is left out of each column.
        ((100, 5, 2, 4), 0, None),
        # Of a short file a few may be bad in any case, unless they are more than half of it.
        ((10, 5, 5), 5, None), ((9, 5, 5), 5, "key or date"), ((13, 5), 5, None),
        ((100, 6, 6), 5, "key or date"), ((2, 1, 1), 5, None), ((2, 0, 0, 2), 5, "values of column"),
        # The faults of a history are borne: fifty bad rows, and as many lost fields, in 5,000.
        ((5000, 50, 50, 50), 0, None),
        ((0,), 0, None),
    ],
)  # fmt: skip
def test_an_answer_is_refused_beyond_a_limit(
    given: tuple[int, ...], few: int, reason: str | None
) -> None:
    checked = verdict(*given)
    if reason is None:
        refuse_many(D, checked, "somewhere", few=few, undated=few)
        return
    with pytest.raises(ContractViolated, match=reason) as caught:
        refuse_many(D, checked, "somewhere", few=few, undated=few)
    assert str(caught.value).startswith("somewhere: column financing_purchases_cny: rule min")
    assert "Nothing of it is loaded" in str(caught.value)


def test_empty_fields_are_no_evidence_for_a_column() -> None:
    """Of three figures in a hundred rows two are wrong: the column is."""
    checked = verdict(100, nulled=2)
    left = pl.when(pl.col("place") == 2).then(1.0)
    sparse = checked.valid.with_columns(financing_purchases_cny=left)
    with pytest.raises(ContractViolated, match="2 of the 3 values"):
        refuse_many(D, Checked(sparse, checked.rejected, impaired=checked.impaired), "somewhere")


@pytest.mark.parametrize(("bad", "outcome"), [(2, "loaded"), (3, "refused")])
def test_a_format_that_changed_lately_does_not_hide_behind_the_past(bad: int, outcome: str) -> None:
    """Of the newest forty days three figures are wrong, of five thousand as few as that."""
    checked = verdict(5000, nulled=bad)
    backwards = checked.valid.with_columns(
        trade_date=date(2020, 1, 1) + pl.duration(days=4999 - pl.col("place"))
    )
    reasons = [dated(4999 - n) for n in range(bad)]
    late = replace(
        checked, valid=backwards, rejected=checked.rejected.with_columns(content=pl.Series(reasons))
    )
    refuse_many(D, checked, "somewhere")
    if outcome == "refused":
        with pytest.raises(ContractViolated, match="purchases_cny of the newest 40 days"):
            refuse_many(D, late, "somewhere")
    else:
        refuse_many(D, late, "somewhere")


@pytest.mark.parametrize(("rows", "most"), [(3, 1), (97, 1), (98, 2), (4900, 100)])
def test_a_page_sent_again_hides_another(rows: int, most: int) -> None:
    refuse_repeated(replace(verdict(rows), repeated=most), "somewhere")
    more = replace(verdict(rows), repeated=most + 1)
    with pytest.raises(ContractViolated, match=f"{most + 1:,} of {rows + most + 1:,} rows are"):
        refuse_repeated(more, "somewhere")


def test_the_operator_is_told_the_limits_that_hold() -> None:
    said = " ".join(DOCS.read_text("utf-8").split())
    assert (UNIDENTIFIED, BROKEN) == (0.02, 0.05)
    assert "the key or date of more than 2 % of the rows is broken" in said
    assert "more than 5 % of the rows would be set aside" in said
    assert "more than 5 % of the values of a column" in said
    assert f"newest {NEWEST} days" in said
