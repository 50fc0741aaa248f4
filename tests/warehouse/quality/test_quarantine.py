"""Whatever is broken in the rows of a dataset: no good row is lost, no bad one passes."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import rows_of
from warehouse.catalog import Dataset, catalogue, dataset
from warehouse.errors import ContractViolated
from warehouse.quality.contract_checks import Context, check, shaped
from warehouse.quality.magnitude import sized
from warehouse.quality.quarantine import Checked
from warehouse.quality.refusal import refuse_many
from warehouse.severity import Severity, of_column

WEEKDAYS = pl.date_range(date(1990, 12, 19), date(2026, 12, 31), eager=True)
CONTEXT = Context(WEEKDAYS.filter(WEEKDAYS.dt.weekday() <= 5), date(2026, 1, 20))
NUMBERS = (None, -1.0, 0.0, 1e-6, 1e3, 1e15, float("nan"), float("inf"))
TEXTS = (None, "0", "a\u0007b", "600000.SH")
DATES = (None, date(2031, 1, 1), date(2026, 1, 11), date(1989, 6, 1), date(2026, 1, 14))
ROWS = 12


@cache
def sound(name: str) -> pl.DataFrame:
    """The first drawn row on so many days: rows that keep every rule."""
    d = dataset(name)
    days = CONTEXT.calendar.filter(CONTEXT.calendar <= date(2026, 1, 13)).tail(ROWS)
    rows = pl.concat([shaped(d, rows_of(name), name).head(1)] * ROWS)
    rows = rows.with_columns(days.alias(str(d.dated_by)))
    return rows.filter(check(d, rows, CONTEXT).rejected.is_empty())


DAILY = [n for n, d in catalogue().items() if d.dated_by in d.key and sound(n).height == ROWS]


@st.composite
def broken(draw: st.DrawFn, name: str) -> tuple[pl.DataFrame, set[int]]:
    """Sound rows, some with other values or there twice; and the places that were touched."""
    rows = sound(name).to_dicts()
    touched: set[int] = set()
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(rows) - 1))
        column, kind = draw(st.sampled_from(list(sound(name).schema.items())))
        choice = DATES if kind == pl.Date else TEXTS if kind == pl.String else NUMBERS
        value = draw(st.sampled_from(choice))
        if kind == pl.Int64 and value is not None:
            value = int(value) if abs(value) < 1e16 else 10**15
        rows[place][column] = value
        touched.add(place)
    for _ in range(draw(st.integers(0, 1))):
        place = draw(st.integers(0, len(rows) - 1))
        touched |= {place, len(rows)}
        rows.append(dict(rows[place]))
    return pl.DataFrame(rows, schema=sound(name).schema), touched


def as_texts(rows: pl.DataFrame) -> list[str]:
    return rows.select(text=pl.struct(pl.all()).struct.json_encode())["text"].to_list()


def assert_policy(d: Dataset, rows: pl.DataFrame, touched: set[int], found: Checked) -> None:
    """What holds of any verdict on any rows; equal ones may be one."""
    assert found.repeated in (0, rows.height - rows.unique().height)
    sent, rows = rows, rows.unique(maintain_order=True) if found.repeated else rows
    received = Counter(as_texts(rows))
    lost = set(found.rejected.filter(lost="row")["content"])
    fields = found.rejected.filter(lost="field").select("content", "column_name").rows()
    # Every row received is valid, valid without a field, or set aside; none is invented.
    assert found.valid.height + found.gone == rows.height
    assert sum(received[text] for text in lost) == found.gone
    whole = Counter(map(str, found.valid.rows()))
    nulled = Counter(content for content, _ in set(fields))
    assert set(nulled) | lost <= set(received)
    as_sent = Counter(map(str, rows.rows()))  # where a NaN is one, which JSON does not know
    assert whole.total() == (whole & as_sent).total() + found.impaired.height
    assert found.doubtful == len(nulled) + found.gone
    # A field is nulled only where the row can do without it, and each that is has its reason.
    for content, column in fields:
        assert of_column(d, column) is Severity.FIELD
        assert column in json.loads(content)
    by_key = {tuple(row[k] for k in d.key): row for row in rows.to_dicts()}
    for row in found.valid.to_dicts():
        before = by_key[tuple(row[k] for k in d.key)]
        changed = {c for c in row if str(row[c]) != str(before[c])}
        assert all(row[c] is None for c in changed)
        assert changed <= {column for _, column in fields}
    # No valid row breaks a rule.
    again = check(d, found.valid, CONTEXT)
    assert (again.gone, again.rejected.height) == (0, 0)
    # No good row is lost because another one is bad, unless they have one key.
    keys = Counter(sent.select(d.key).rows())
    for place, row in enumerate(sent.to_dicts()):
        if place not in touched and keys[tuple(row[k] for k in d.key)] == 1:
            assert str(sent.row(place)) in whole


@pytest.mark.parametrize("name", DAILY)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_broken_goes_and_what_is_good_stays(name: str, data: st.DataObject) -> None:
    d = dataset(name)
    rows, touched = data.draw(broken(name))
    found = check(d, rows, CONTEXT)
    assert_policy(d, rows, touched, found)
    held = len(found.valid)
    # The magnitudes may doubt more of it; the account stays whole, and rules are kept.
    later = sized(d, found, found.valid.clear(), name) if d.figures and held else found
    assert later.received + later.repeated == rows.height
    assert later.doubtful == later.gone + later.impaired.height
    if not later.valid.equals(found.valid):  # those were judged again by now
        assert check(d, later.valid, CONTEXT).rejected.is_empty()


def test_half_the_datasets_are_tried() -> None:
    assert len(DAILY) > 25


def test_what_breaks_nothing_costs_nothing() -> None:
    rows = sound("stock_daily")
    found = check(dataset("stock_daily"), rows, CONTEXT)
    assert found.valid.equals(rows)
    assert (found.gone, found.unidentified, found.doubtful) == (0, 0, 0)


def companies(name: str) -> pl.DataFrame:
    """The first drawn row of a dataset, of fifty companies."""
    d = dataset(name)
    codes = pl.DataFrame({"code": [f"600{n:03}.SH" for n in range(50)]})
    row = shaped(d, rows_of(name), name).head(1)
    return codes.join(row.drop("code"), how="cross").select(row.columns)


def verdict(name: str, **values: object) -> tuple[Checked, list[tuple[str, str, str]]]:
    """The verdict on a row of a dataset with other values: itself, and the reasons."""
    d = dataset(name)
    row = sound(name).tail(1)
    row = row.with_columns(pl.lit(v, row.schema[c]).alias(c) for c, v in values.items())
    found = check(d, row, CONTEXT)
    return found, sorted(found.rejected.select("column_name", "rule", "lost").rows())


def test_a_field_of_its_own_fault_mends_the_rule_over_several() -> None:
    """An amount below its bound agrees with no price either; without it nothing is wrong."""
    found, reasons = verdict("stock_daily", amount_cny=5.0)
    assert reasons == [("amount_cny", "min", "field")]
    assert found.valid["amount_cny"].to_list() == [None]
    assert found.valid["close"].null_count() == 0


def test_of_two_broken_rows_each_loses_its_own_field_alone() -> None:
    """Both are judged again together; what is wrong in one says nothing of the other."""
    d, rows = dataset("index_daily"), sound("index_daily")
    place = pl.int_range(pl.len())
    wrong = rows.with_columns(
        pl.when(place == 2).then(-1.0).otherwise("open").alias("open"),
        pl.when(place == 5).then(-1.0).otherwise("amount_cny").alias("amount_cny"),
    )
    found = check(d, wrong, CONTEXT)
    left = found.valid.sort("trade_date")
    assert left["open"].is_null().arg_true().to_list() == [2]
    assert left["amount_cny"].is_null().arg_true().to_list() == [5]
    texts = as_texts(wrong)
    told = found.rejected.select("column_name", "content", "lost").unique().rows()
    assert sorted(told) == [("amount_cny", texts[5], "field"), ("open", texts[2], "field")]


def test_where_nobody_knows_which_of_two_is_wrong_neither_is_kept() -> None:
    both = {"net_profit_reported": 9e10, "net_profit_low_reported": 1e11}
    high = {"net_profit_high_reported": 1.2e11}
    found, reasons = verdict("hk_consensus", **both, **high)
    rule = "net_profit_reported_is_between_low_and_high"
    assert reasons == [(c, rule, "field") for c in sorted([*both, *high])]
    assert found.valid.select(*both, *high).null_count().row(0) == (1, 1, 1)


def test_a_row_goes_where_a_rule_doubts_what_it_needs() -> None:
    """More was bought on margin than is owed: the balance may be the one that slipped."""
    found, reasons = verdict("margin_market", financing_balance_cny=1.5e10)
    assert (found.valid.height, found.gone, found.unidentified) == (0, 1, 0)
    assert {lost for _, _, lost in reasons} == {"row"}


def test_a_loss_that_breaks_another_rule_costs_the_row() -> None:
    """Southbound money is complete or not there: without what was bought nothing is left."""
    southbound = {"direction": "southbound", "net_buy_hkd": 1e9, "sold_hkd": 2e9}
    empty = dict.fromkeys(c for c in dataset("stock_connect").values if c.endswith("cny"))
    found, reasons = verdict("stock_connect", **southbound, **empty, bought_hkd=-1.0)
    assert (found.valid.height, found.gone) == (0, 1)
    assert ("bought_hkd", "min", "row") in reasons


def test_a_row_that_has_lost_all_it_said_is_set_aside() -> None:
    only = {"pe_ttm": -1e9, "pb": None, "dividend_yield": None}
    found, reasons = verdict("index_valuation", **only)
    assert (found.valid.height, found.gone) == (0, 1)
    assert {lost for _, _, lost in reasons} == {"row"}


def test_rows_equal_in_every_column_are_one_row() -> None:
    d, rows = dataset("margin_market"), sound("margin_market")
    found = check(d, pl.concat([rows, rows.head(2)]), CONTEXT)
    assert found.valid.sort("trade_date").equals(rows)
    assert (found.received, found.doubtful, found.repeated) == (ROWS, 0, 2)


def test_a_row_there_twice_stands_beside_one_with_another_story() -> None:
    """What is said twice is no truer for it: both stories of the key go, each counted once."""
    d, rows = dataset("margin_market"), sound("margin_market")
    other = rows.tail(1).with_columns(financing_purchases_cny=pl.lit(None, pl.Float64))
    found = check(d, pl.concat([rows, rows.tail(1), other]), CONTEXT)
    assert found.valid.equals(rows.head(ROWS - 1))
    assert (found.gone, found.unidentified, found.repeated) == (2, 2, 1)


def test_of_two_stories_of_one_key_neither_is_mended() -> None:
    """One of them has a field that could be nulled; that makes it no better."""
    d, row = dataset("margin_market"), sound("margin_market").tail(1)
    other = row.with_columns(financing_purchases_cny=pl.lit(-1.0))
    found = check(d, pl.concat([row, other]), CONTEXT)
    assert (found.valid.height, found.gone, found.unidentified) == (0, 2, 2)


def test_a_figure_out_of_size_counts_in_the_row_that_lost_another_before() -> None:
    """One row, two fields, two reasons; both tell the row as it was received."""
    d = dataset("index_daily")
    rows = sound("index_daily").with_columns(volume_shares=pl.lit(2e10), amount_cny=pl.lit(2e11))
    last = pl.col("trade_date") == rows["trade_date"].max()
    rows = rows.with_columns(
        open=pl.when(last).then(-1.0).otherwise("open"),
        volume_shares=pl.when(last).then(2e6).otherwise("volume_shares"),
    )
    found = check(d, rows, CONTEXT)
    later = sized(d, found, found.valid.clear(), "drawn")
    assert (found.doubtful, later.doubtful, later.gone) == (1, 1, 0)
    assert later.rejected["column_name"].unique().sort().to_list() == ["open", "volume_shares"]
    assert set(later.rejected["content"]) == {as_texts(rows.filter(last))[0]}


def test_a_notice_before_its_period_ends_is_unknown_and_the_results_stay() -> None:
    """It is known from the fetch then; two rows of fifty are no reason to refuse the others."""
    d = dataset("earnings_report")
    rows = companies(d.name)
    late = pl.col("code").is_in(["600003.SH", "600004.SH"])
    wrong = rows.with_columns(notice_date=pl.when(late).then("period_end").otherwise("notice_date"))
    checked = check(d, wrong, CONTEXT)
    assert checked.valid.filter(late)["notice_date"].to_list() == [None, None]
    assert (checked.valid.height, checked.nulled("notice_date")) == (50, 2)
    refuse_many(d, checked, "somewhere")


@pytest.mark.parametrize("days", [1, 14, 15, 400])
def test_a_notice_of_the_far_future_is_unknown_and_the_results_stay(days: int) -> None:
    """One of the next two weeks is a notice of this evening: it bears the day after a holiday."""
    d, rows = dataset("earnings_report"), companies("earnings_report")
    noticed = CONTEXT.today + timedelta(days=days)
    here = pl.col("code") == "600003.SH"
    rows = rows.with_columns(notice_date=pl.when(here).then(noticed).otherwise("notice_date"))
    checked = check(d, rows, CONTEXT)
    assert (checked.valid.height, checked.gone) == (50, 0)
    kept = checked.valid.filter(here)["notice_date"].to_list()
    reasons = checked.rejected.select("rule", "column_name", "lost").rows()
    if days <= 14:
        assert (kept, reasons) == ([noticed], [])
    else:
        assert (kept, reasons) == ([None], [("too_far_ahead", "notice_date", "field")])
    refuse_many(d, checked, "somewhere")


def test_a_notice_of_the_far_future_that_names_the_row_costs_it() -> None:
    """Guidance is told apart by the day of its notice: without it nobody knows which one it is."""
    d, rows = dataset("earnings_guidance"), companies("earnings_guidance")
    here = pl.col("code") == "600003.SH"
    ahead = CONTEXT.today + timedelta(days=30)
    rows = rows.with_columns(
        period_end=date(2025, 12, 31),
        notice_date=pl.when(here).then(ahead).otherwise("notice_date"),
    )
    checked = check(d, rows, CONTEXT)
    assert (checked.valid.height, checked.gone, checked.unidentified) == (49, 1, 1)
    assert checked.valid.filter(here).is_empty()


def test_a_deadline_of_hong_kong_may_lie_three_months_ahead() -> None:
    d = dataset("hk_megacap_earnings")
    row = shaped(d, rows_of(d.name), d.name).head(1)
    year = {"period_end": date(2025, 12, 31), "published_by": date(2026, 3, 31)}
    due = row.with_columns(pl.lit(v).alias(c) for c, v in year.items())
    assert check(d, due, CONTEXT).valid.equals(due)
    wrong = due.with_columns(published_by=date(2026, 6, 30))
    assert check(d, wrong, CONTEXT).rejected["rule"].to_list() == ["too_far_ahead"]


def test_days_that_an_upstream_moves_are_told_and_refuse_nothing() -> None:
    """Eastmoney dates nearly all American quarters by the filing of a year later."""
    d = dataset("us_megacap_earnings")
    row = shaped(d, rows_of(d.name), d.name).head(1)
    rows = pl.concat(
        row.with_columns(
            quarter_end=date(2025 - n, 3, 31), filing_date=date(2026 - n, 5, 1), period=pl.lit("x")
        )
        for n in range(1, 11)
    )
    checked = check(d, rows, CONTEXT)
    assert (checked.valid.height, checked.nulled("filing_date")) == (10, 10)
    refuse_many(d, checked, "somewhere")
    revenue = check(d, rows.with_columns(revenue_usd=pl.lit(1.0)), CONTEXT)
    with pytest.raises(ContractViolated, match="column revenue_usd"):
        refuse_many(d, revenue, "somewhere")


def test_a_row_without_any_value_does_not_hide_that_its_day_is_missing() -> None:
    """It is counted with its reason, and costs no other row: its figures may come tomorrow."""
    d, rows = dataset("index_valuation"), sound("index_valuation")
    newest = pl.col("trade_date") >= rows["trade_date"][-3]
    bare = rows.with_columns(pl.when(~newest).then(v).alias(v) for v in d.values)
    checked = check(d, bare, CONTEXT)
    assert checked.valid.equals(rows.filter(~newest))
    assert (checked.gone, checked.empty, checked.unidentified, checked.received) == (3, 3, 0, ROWS)
    reasons = checked.rejected.select("rule", "column_name", "lost").rows()
    assert reasons == [("says_nothing", "row", "row")] * 3
    refuse_many(d, checked, "somewhere")
    broken = bare.with_columns(pe_ttm=pl.when(newest).then(-1e9).otherwise("pe_ttm"))
    with pytest.raises(ContractViolated, match="3 of 12 rows would be set aside"):
        refuse_many(d, check(d, broken, CONTEXT), "somewhere")


@pytest.mark.parametrize("name", ["disclosure_date", "trade_calendar"])
def test_a_row_without_any_value_stays_where_that_is_an_answer(name: str) -> None:
    """A company has booked no day yet; a day of the calendar has nothing but itself."""
    d = dataset(name)
    row = shaped(d, rows_of(name), name).head(1)
    bare = row.with_columns(pl.lit(None, row.schema[v]).alias(v) for v in d.values)
    assert check(d, bare, CONTEXT).valid.equals(bare)
