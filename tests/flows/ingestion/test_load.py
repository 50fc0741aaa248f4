"""What is loaded of a unit: all of it or nothing, and of a fallback what the first source lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from flows.ingestion.collection import Collection
from flows.ingestion.load import judged
from flows.ingestion.results import Job, Outcome
from flows.sandbox import Fault, Kind
from warehouse.cadence import saturday
from warehouse.catalog import Call, as_read, dataset
from warehouse.quality.quarantine import Checked
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
    entry = {"rule": "drawn", "column_name": "x", "content": "{}", "lost": "field"}
    return replace(checked, rejected=pl.DataFrame([entry], schema=checked.rejected.schema))


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


REVENUE = Fault(Kind.UNIT_SLIP, column="TOTAL_OPERATE_INCOME", factor=1e-8)


def test_a_bad_figure_costs_that_figure(desk, assert_true) -> None:
    """The other rows, and what else its own row says, are as good as before."""
    office = desk()
    office.break_(replace(REVENUE, every=25))
    (outcome,) = office.collect("earnings_report")

    assert (outcome.missing, outcome.incidents) == ([], [])
    rows = office.core("earnings_report")
    lost = rows.filter(pl.col("revenue_cny").is_null())
    assert 0 < outcome.rejected == lost.height <= 2
    assert (rows.height, rows["net_profit_cny"].null_count()) == (29, 0)
    assert set(rows["source"]) == {"Eastmoney datacenter"}
    assert_true(office, "earnings_report")
    reasons = office.query("SELECT DISTINCT column_name, rule, lost FROM raw.rejected")
    assert reasons.rows() == [("revenue_cny", "revenue_cny_is_plausible", "field")]
    assert office.query("SELECT sum(rows_rejected) FROM meta.load").item() == 0


def test_a_figure_that_is_wrong_in_all_rows_refuses_the_answer(desk) -> None:
    office = desk()
    office.break_(REVENUE)
    (outcome,) = office.collect("earnings_report")

    assert outcome.missing
    assert any("values of column revenue_cny break a rule" in said for said in outcome.incidents)
    assert set(office.core("earnings_report")["source"]) == {"Sina"}


def test_another_host_is_asked_where_an_answer_is_refused_whole(desk, assert_true) -> None:
    """Nothing of the slipped figures is loaded; the second source gives the true ones."""
    d, office = dataset("margin_market"), desk()
    first, second = d.chains[0].sources[:2]
    office.break_(Fault(Kind.UNIT_SLIP, host=first.host, factor=1e-6))
    office.collect(d.name, span=(MONDAY, TUESDAY))

    assert office.incidents(d.name) >= {(first.name, "ContractViolated")}
    assert set(office.core(d.name)["source"]) == {second.name}
    assert_true(office, d.name)


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
