"""What is loaded of a unit: all of it or nothing, and of a fallback what the first source lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from flows.ingestion.collection import Collection
from flows.ingestion.load import TOLERATED, judged, refuse_many
from flows.ingestion.results import Job, Outcome
from warehouse.cadence import saturday
from warehouse.catalog import Call, as_read, dataset
from warehouse.errors import ContractViolated
from warehouse.quality.contract_checks import Checked
from warehouse.records.collection_log import Answer
from warehouse.records.coverage import full_days, lacking
from warehouse.storage.store import Warehouse

FRIDAY, MONDAY, TUESDAY = date(2025, 11, 21), date(2025, 11, 24), date(2025, 11, 25)


class CutOffError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("table", ["raw.answer", "meta.load", "raw.rejected"])
def test_a_load_that_is_cut_off_leaves_nothing(desk, monkeypatch, table) -> None:
    """Whichever book it was writing: no rows without their line, no line without its rows."""
    office, append = desk(), Warehouse.append

    def cut_off(warehouse, name, rows):
        if name == table:
            raise CutOffError
        return append(warehouse, name, rows)

    if table == "raw.rejected":
        monkeypatch.setattr("flows.ingestion.load.doubtful", lambda _checked: 0)
        monkeypatch.setattr("flows.ingestion.load.beside", one_set_aside)
    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "append", cut_off)
        with pytest.raises(CutOffError):
            office.collect("margin_market", span=(MONDAY, MONDAY))

    for emptied in ("core.margin_market", "meta.load", "raw.answer", "raw.rejected"):
        where = "" if emptied.startswith("core") else " WHERE dataset = 'margin_market'"
        assert office.query(f"FROM {emptied}{where}").is_empty(), emptied
    office.collect("margin_market", span=(MONDAY, MONDAY))
    assert office.core("margin_market").height == 1


def one_set_aside(_reader, _d, checked: Checked, _where: str) -> Checked:
    entry = {"rule": "drawn", "column_name": "x", "content": "{}"}
    aside = pl.DataFrame([entry], schema=checked.rejected.schema)
    return Checked(checked.valid, aside, checked.corrected, 0)


def checked(received: int, doubted: int) -> Checked:
    rows = pl.DataFrame({"trade_date": [MONDAY] * (received - doubted)})
    entries = [{"rule": "r", "column_name": "c", "content": str(n)} for n in range(doubted)]
    names = {"rule": pl.String, "column_name": pl.String, "content": pl.String}
    return Checked(rows, pl.DataFrame(entries, schema=names), 0, doubted)


@pytest.mark.parametrize(
    ("received", "doubted", "few", "refused"),
    [
        (100, 2, 0, False), (100, 3, 0, True), (1000, 20, 0, False), (1000, 21, 0, True),
        (1, 1, 0, True), (10, 1, 0, True),
        # Of a file a few rows may be doubted, unless they are more than half of it.
        (100, 5, 5, False), (100, 6, 5, True), (10, 5, 5, False), (9, 5, 5, True),
    ],
)  # fmt: skip
def test_a_source_of_which_more_than_two_rows_in_a_hundred_break_a_rule_is_not_believed(
    received, doubted, few, refused
) -> None:
    assert TOLERATED == 0.02
    given = dataset("margin_market"), checked(received, doubted), "somewhere"
    if refused:
        with pytest.raises(ContractViolated):
            refuse_many(*given, few=few)
    else:
        refuse_many(*given, few=few)


def test_a_fallback_fills_gaps_and_overrules_nobody(desk) -> None:
    """Both say Monday anew, a little otherwise, and Friday, which is not there."""
    d, office = dataset("margin_market"), desk()
    chain = d.chains[0]
    first, second = chain.sources[:2]
    office.collect(d.name, span=(MONDAY, MONDAY))
    monday = office.core(d.name).select(d.contract.column_names())
    friday = monday.with_columns(pl.selectors.float() * 0.99, trade_date=pl.lit(FRIDAY))
    told = pl.concat([monday.with_columns(pl.selectors.float() * 1.001), friday])
    answer = Answer(Call("drawn", {}, (FRIDAY, MONDAY)), told, told, [])
    with office.ws.writing() as warehouse:
        job = Job(Collection(office.ws), d, chain, None, Outcome(d.name, chain.part))
        kept = [
            judged(job, source, [answer], warehouse).valid["trade_date"].sort().to_list()
            for source in (first, replace(second, combine=as_read))
        ]

    assert kept == [[FRIDAY, MONDAY], [FRIDAY]]


@pytest.mark.parametrize(("rows", "whole"), [(89, False), (90, True), (100, True)])
def test_a_day_with_nine_in_ten_rows_of_the_fullest_is_whole(rows, whole) -> None:
    counts = pl.DataFrame({"day": [MONDAY, TUESDAY], "len": [100, rows]})

    assert (TUESDAY in full_days(counts)["day"].to_list()) is whole


def test_a_day_that_is_a_mere_beginning_is_asked_for_again() -> None:
    """Of the shares' bars of Monday nine in ten are there, of Tuesday's one."""
    d = dataset("stock_daily")
    chain = next(one for one in d.chains if not one.entities)

    class Counted:
        def query(self, _sql, _parameters):
            days = [MONDAY] * 90 + [TUESDAY]
            return pl.DataFrame(
                {"day": days, "entity": [None] * 91}, schema={"day": pl.Date, "entity": pl.String}
            )

    assert lacking(Counted(), d, chain, [MONDAY, TUESDAY])["day"].to_list() == [TUESDAY]


@pytest.mark.parametrize(
    ("day", "last"),
    [(date(2026, 1, 16), date(2026, 1, 10)), (date(2026, 1, 17), date(2026, 1, 17)),
     (date(2026, 1, 18), date(2026, 1, 17))],
)  # fmt: skip
def test_the_last_saturday_up_to_a_day(day, last) -> None:
    assert saturday(day) == last
