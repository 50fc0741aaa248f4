"""Beijing's codes: the table follows the exchange's rule, and every column of codes obeys it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from warehouse.catalog import catalogue, dataset
from warehouse.contract import is_share_code
from warehouse.files import reference
from warehouse.quality.contract_checks import shaped
from warehouse.readers.code_changes import code_changes, today
from warehouse.readers.text import code

MARKET = Path(__file__).parents[4] / "shared" / "market"
TRIAL = {"430489", "830799", "831445", "833819", "834682", "839167"}
NAMING = [(d.name, c) for d in catalogue().values() for c in d.contract.columns()
          if is_share_code(d.contract.columns()[c])]  # fmt: skip


def test_a_new_code_is_920_and_the_last_three_digits_unless_another_share_has_it() -> None:
    """Then its fourth digit moves on until nobody has it, so every digit passed over is taken."""
    changes = {old[:6]: new[:6] for old, new in code_changes().items() if old.endswith(".BJ")}
    taken = set(changes.values()) | {f"920{old[3:]}" for old in changes}
    moved_on = 0
    for old, new in changes.items():
        assert new[:3] == "920"
        assert new[4:] == old[4:]
        steps = (int(new[3]) - int(old[3])) % 10
        for step in range(steps):
            assert f"920{(int(old[3]) + step) % 10}{old[4:]}" in taken
        moved_on += steps > 0
    assert (len(changes), len(set(changes.values())), moved_on) == (248, 248, 26)


def test_six_shares_changed_in_may_and_all_others_in_october() -> None:
    rows = reference(dataset("code_change")).filter(pl.col("code").str.ends_with(".BJ"))
    early = rows.filter(pl.col("effective_on") == date(2025, 5, 6))["old_code"].str.head(6)
    assert set(early) == TRIAL
    others = rows.filter(~pl.col("old_code").str.head(6).is_in(list(TRIAL)))
    assert others["effective_on"].unique().to_list() == [date(2025, 10, 9)]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("430047", "920047.BJ"),
        ("bj831396", "920496.BJ"),  # 920396 was another share's already
        ("920047", "920047.BJ"),
        ("833874", "833874.BJ"),  # left Beijing before the change: no code is made up
        ("300114", "302132.SZ"),
        ("600000", "600000.SH"),
        ("300047", "300047.SZ"),
    ],
)
def test_a_code_is_read_in_the_form_of_today(sent: str, read: str) -> None:
    assert pl.DataFrame({"x": [sent]}).select(code("x")).item() == read


def test_an_absent_code_stays_absent() -> None:
    rows = pl.DataFrame({"x": [None, "430047.BJ"]}, schema={"x": pl.String})
    assert rows.select(today(pl.col("x")))["x"].to_list() == [None, "920047.BJ"]


@pytest.mark.parametrize(("name", "column"), NAMING)
def test_every_dataset_has_one_share_under_one_code(name: str, column: str, drawn) -> None:
    d = dataset(name)
    old, new = (drawn(name).head(1).with_columns(pl.lit(c).alias(column))
                for c in ("430047.BJ", "920047.BJ"))  # fmt: skip
    assert shaped(d, old, "x").equals(shaped(d, new, "x"))
    assert shaped(d, old, "x")[column].item() == "920047.BJ"


def test_no_column_that_may_hold_codes_of_beijing_is_forgotten() -> None:
    spelled = {
        (d.name, c)
        for d in catalogue().values()
        for c, column in d.contract.columns().items()
        if "BJ" in (getattr(column, "regex", None) or "") and c != "old_code"
    }
    assert spelled == set(NAMING)
    assert len(spelled) == 18


@pytest.mark.real
@pytest.mark.skipif(not MARKET.exists(), reason="no real market data")
def test_the_table_agrees_with_a_list_of_shares_their_bars_and_old_reports() -> None:
    """All but one that has left are listed under the new code, and had a bar before April 2024."""
    everywhere = set(code_changes().values())
    new = {code for code in everywhere if code.endswith(".BJ")}
    listed = set(pl.read_csv(MARKET / "security.csv", infer_schema=False)["code"])
    assert everywhere - listed == {"920680.BJ"}
    bars = pl.scan_parquet(MARKET / "stock_daily.parquet").filter(
        pl.col("code").str.ends_with(".BJ")
    )
    first = bars.group_by("code").agg(pl.col("trade_date").min()).collect()
    early = set(first.filter(pl.col("trade_date") < date(2024, 4, 22))["code"])
    assert early <= new
    assert set(first["code"]) - early == set(first["code"]) - new
    reports = pl.read_csv(MARKET / "analyst_eps.csv", infer_schema=False)["code"]
    old = set(reports.filter(reports.str.contains(r"^[48]")))
    assert len(old) == 21
    assert old <= set(code_changes())
