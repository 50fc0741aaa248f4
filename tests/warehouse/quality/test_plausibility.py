"""Each check against what is loaded, at its limit: what just passes and what is just refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.workspace import packaged_calendar
from warehouse.catalog import Call, Plausibility, Total, dataset
from warehouse.errors import ContractViolated, SourceEmpty
from warehouse.quality import plausibility
from warehouse.quality.plausibility import (
    agreement,
    insist_on_plausible,
    refuse_other_day,
    refuse_rewritten,
    steady,
)
from warehouse.records.collection_log import Answer, add_answers
from warehouse.storage.store import Loading, Warehouse

INDICES, SHARES = dataset("index_daily"), dataset("stock_daily")
INDEX, OTHER = "000001.SH", "399001.SZ"
FRIDAY, MONDAY = date(2026, 1, 9), date(2026, 1, 12)
NOON = datetime(2026, 1, 20, 4)
Row = tuple[str, date, float]
Rows = Callable[[Sequence[Row]], pl.DataFrame]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path: Path = tmp_path_factory.mktemp("plausible") / "warehouse.duckdb"
    with Warehouse.writing(path, simulated=False) as warehouse:
        yield warehouse


@pytest.fixture
def core(kept: Warehouse) -> Warehouse:
    for table in ("core.index_daily", "core.stock_daily", "raw.answer"):
        kept.connection.execute(f"DELETE FROM {table}")
    return kept


@pytest.fixture
def closes(drawn: Callable[[str], pl.DataFrame]) -> Rows:
    """`closes([(code, day, close), …])`: rows of index_daily; all that a row says is its close."""

    def made(rows: Sequence[Row]) -> pl.DataFrame:
        one = drawn("index_daily").head(1)
        return pl.concat(
            one.with_columns(
                code=pl.lit(code),
                trade_date=pl.lit(day),
                **{name: pl.lit(close, pl.Float64) for name in INDICES.values},
            )
            for code, day, close in rows
        )

    return made


def shares(drawn, day: date, number: int, still: int = 10) -> pl.DataFrame:
    """Rows of stock_daily; the closes of all but the first few are another."""
    one = drawn("stock_daily").head(1)
    return pl.concat(
        one.with_columns(
            code=pl.lit(f"{600000 + n}.SH"), trade_date=pl.lit(day), close=10.0 + (n >= still)
        )
        for n in range(number)
    )


def load(core: Warehouse, rows: pl.DataFrame, d=INDICES) -> None:
    core.load(d, rows, Loading(f"{d.name}", "drawn", "all", NOON, rows.height), packaged_calendar())


def expected(
    error: type[Exception] | None, match: str | None = None
) -> AbstractContextManager[Any]:
    return pytest.raises(error, match=match) if error else nullcontext()


def judge(core: Warehouse, rows: pl.DataFrame, chain=INDICES.chains[0], d=INDICES, **rules: Any):
    insist_on_plausible(core, d, chain, Plausibility(**rules), rows)


@pytest.mark.parametrize(
    ("past", "error"),
    [
        ((20, 10, 0.02), None), ((20, 11, 0.02), ContractViolated), ((20, 20, 0.01), None),
        ((20, 20, -0.02), ContractViolated), ((19, 19, 0.02), None),
    ],
)  # fmt: skip
def test_most_of_the_past_stands(core, closes, past, error) -> None:
    """past: how many figures were known, how many change, and by how much."""
    known, changed, by = past
    days = [MONDAY + timedelta(days=n) for n in range(known)]
    load(core, closes([(INDEX, day, 100.0) for day in days]))
    again = [(INDEX, day, 100.0 * (1 + by * (n < changed))) for n, day in enumerate(days)]
    with expected(error, r"of 20 figures of open that were known differ by more than 1%"):
        refuse_rewritten(core, INDICES, closes([*again, (OTHER, FRIDAY, 1.0)]))


@pytest.mark.parametrize(
    ("there", "day", "error"),
    [(9, MONDAY, None), (8, MONDAY, ContractViolated), (8, MONDAY + timedelta(days=60), None)],
)
def test_a_day_has_nine_in_ten_rows_of_the_nearest(core, drawn, there, day, error) -> None:
    load(core, shares(drawn, FRIDAY, 10), SHARES)
    load(core, shares(drawn, FRIDAY - timedelta(days=3), 2), SHARES)
    with expected(error, "8 rows of 2026-01-12, 10 of 2026-01-09"):
        judge(core, shares(drawn, day, there), SHARES.chains[0], SHARES, full=True)


def test_rows_of_other_parts_do_not_count(core, closes) -> None:
    names = [*INDICES.chains[0].entities]
    others = [*INDICES.chains[1].entities]
    load(core, closes([(name, FRIDAY, 1.0) for name in [*names, *others]]))
    judge(core, closes([(name, MONDAY, 1.0) for name in names]), full=True)
    with pytest.raises(ContractViolated, match=f"1 rows of 2026-01-12, {len(names)} of"):
        judge(core, closes([(names[0], MONDAY, 1.0)]), full=True)


def test_each_end_of_a_long_answer_has_as_many_rows_as_its_neighbours(core, drawn) -> None:
    late = MONDAY + timedelta(days=120)
    load(core, shares(drawn, FRIDAY, 10), SHARES)
    load(core, shares(drawn, late, 10), SHARES)
    for first, last in ((8, 10), (10, 8)):
        rows = pl.concat([shares(drawn, MONDAY, first), shares(drawn, late, last)])
        with pytest.raises(ContractViolated, match="8 rows of"):
            judge(core, rows, SHARES.chains[0], SHARES, full=True)


@pytest.mark.parametrize(("codes", "error"), [(9, None), (8, ContractViolated)])
def test_nine_in_ten_listed_codes_are_there_each_counted_once(core, closes, codes, error) -> None:
    rows = closes([(f"{n}", MONDAY, 1.0) for n in range(codes)])
    with expected(error, "only 8 of 10 listed codes on 2026-01-12"):
        judge(core, pl.concat([rows, rows]), listed="SELECT 10")


@pytest.mark.parametrize(
    ("total", "error"),
    [(100.0, None), (111.0, None), (112.0, ContractViolated), (92.0, None),
     (90.0, ContractViolated)],
)  # fmt: skip
def test_the_rows_of_a_day_add_up(core, closes, total, error) -> None:
    known = f"SELECT DATE '{MONDAY}' AS day, {total} AS total"
    rule = Total("amount_cny", known, rounding=0.0, within=0.1)
    rows = closes([(INDEX, MONDAY, 60.0), (OTHER, MONDAY, 40.0)])
    with expected(error, r"the 2 rows of 2026-01-12 add up to 100 of amount_cny"):
        judge(core, rows, totals=(rule,))


def test_without_a_total_nobody_knows_whether_rows_are_missing(core, closes) -> None:
    rule = Total("amount_cny", f"SELECT DATE '{FRIDAY}' AS day, 1.0 AS total", rounding=1.0)
    with pytest.raises(SourceEmpty, match="no total for 2026-01-12"):
        judge(core, closes([(INDEX, MONDAY, 60.0)]), totals=(rule,))


@pytest.mark.parametrize(
    ("known", "new", "error"),
    [
        ([(INDEX, FRIDAY, 10.0)], [(INDEX, MONDAY, 10.0)], SourceEmpty),
        ([(INDEX, FRIDAY, 10.0)], [(INDEX, MONDAY, 10.1)], None),
        ([(OTHER, FRIDAY, 10.0)], [(INDEX, MONDAY, 10.0)], None),
        ([(INDEX, MONDAY, 10.0)], [(INDEX, FRIDAY, 10.0)], SourceEmpty),
        ([], [(INDEX, FRIDAY, 10.0), (INDEX, MONDAY, 10.0)], SourceEmpty),
        ([(INDEX, FRIDAY, 10.0), (INDEX, MONDAY, 10.0)], [(OTHER, MONDAY, 1.0)], None),
        ([(INDEX, MONDAY - timedelta(days=45), 10.0)], [(INDEX, MONDAY, 10.0)], SourceEmpty),
        ([(INDEX, MONDAY - timedelta(days=46), 10.0)], [(INDEX, MONDAY, 10.0)], None),
        ([(INDEX, FRIDAY, 10.0), (INDEX, MONDAY, 9.0)], [(INDEX, MONDAY, 10.0)], SourceEmpty),
        ([(INDEX, FRIDAY, 10.0), (OTHER, FRIDAY, 3.0)],
         [(INDEX, MONDAY, 11.0), (OTHER, MONDAY, 10.0)], None),
    ],
)  # fmt: skip
def test_no_day_repeats_the_one_before_of_its_index(core, closes, known, new, error) -> None:
    if known:
        load(core, closes(known))
    with expected(error, "are those of the day before to the last digit"):
        judge(core, closes(new), moves=True)


def test_each_end_of_a_long_answer_has_its_neighbours_and_the_first_odd_day_is_named(
    core, closes
) -> None:
    late = MONDAY + timedelta(days=120)
    load(core, closes([(INDEX, FRIDAY, 10.0), (INDEX, late - timedelta(days=1), 30.0)]))
    with pytest.raises(SourceEmpty, match=f"for {MONDAY} are those"):
        judge(core, closes([(INDEX, MONDAY, 10.0), (INDEX, late, 30.0)]), moves=True)
    with pytest.raises(SourceEmpty, match=f"for {late} are those"):
        judge(core, closes([(INDEX, MONDAY, 11.0), (INDEX, late, 30.0)]), moves=True)


def test_one_figure_that_moved_makes_a_new_day_and_an_empty_one_none(core, closes) -> None:
    load(core, closes([(INDEX, FRIDAY, 10.0)]))
    same = closes([(INDEX, MONDAY, 10.0)])
    judge(core, same.with_columns(amount_cny=11.0), moves=True)
    with pytest.raises(SourceEmpty):
        judge(core, same.with_columns(amount_cny=pl.lit(None, pl.Float64)), moves=True)


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [(10.0, 100.0, None), (10.0, 101.0, ContractViolated), (10.0, 1.0, None),
     (10.0, 0.9, ContractViolated), (10.0, 0.0, None), (0.0, 10.0, None)],
)  # fmt: skip
def test_a_level_moves_less_than_tenfold(core, closes, before, after, error) -> None:
    load(core, closes([(INDEX, FRIDAY, before)]))
    with expected(error, "amount_cny on 2026-01-12 is more than 10 times or less than a 10th"):
        judge(core, closes([(INDEX, MONDAY, after)]), level="amount_cny")


@pytest.mark.parametrize(("age", "error"), [(90, None), (91, ContractViolated)])
def test_what_is_young_may_grow_tenfold(core, closes, age, error) -> None:
    began = INDICES.chains[0].entities["399006.SZ"]
    day = began + timedelta(days=age)
    load(core, closes([("399006.SZ", day, 1.0)]))
    with expected(error):
        judge(core, closes([("399006.SZ", day + timedelta(days=1), 50.0)]), level="amount_cny")


def test_of_what_nobody_follows_no_beginning_is_known_and_none_is_young(core, closes) -> None:
    load(core, closes([("399999.SZ", FRIDAY, 1.0)]))
    with pytest.raises(ContractViolated, match="more than 10 times"):
        judge(core, closes([("399999.SZ", MONDAY, 50.0)]), level="amount_cny")


def test_a_price_that_was_split_has_not_slipped(core, closes) -> None:
    load(core, closes([(INDEX, FRIDAY, 200.0)]))
    rows = closes([(INDEX, MONDAY, 10.0)])
    with pytest.raises(ContractViolated):
        judge(core, rows, level="close")
    judge(core, rows.with_columns(volume_shares=20.0), level="close", rescaled="volume_shares")


@pytest.mark.parametrize(
    ("odd", "still", "error"),
    [(2, None, None), (3, None, SourceEmpty), (5, 0.5, None), (6, 0.5, SourceEmpty)],
)
def test_of_many_shares_some_may_stand_still(core, drawn, odd, still, error) -> None:
    load(core, shares(drawn, FRIDAY, 10), SHARES)
    rows = shares(drawn, MONDAY, 10, still=odd)
    with expected(error):
        judge(core, rows, SHARES.chains[0], SHARES, moves=True, still=still)


def test_shares_without_any_figure_neither_stand_still_nor_count_as_moved(core, drawn) -> None:
    load(core, shares(drawn, FRIDAY, 10), SHARES)
    known = pl.col("code") < "600003.SH"
    rows = shares(drawn, MONDAY, 10, still=1).with_columns(
        pl.when(known).then(pl.col(name)).alias(name) for name in SHARES.values
    )
    judge(core, rows, SHARES.chains[0], SHARES, moves=True)


def test_words_and_lists_without_days_have_no_past_to_rewrite(core, drawn) -> None:
    lists = dataset("security")
    assert lists.dated_by not in lists.key
    refuse_rewritten(core, lists, drawn("security"))
    refuse_rewritten(core, INDICES, drawn("index_daily").clear())


@pytest.mark.parametrize(("rows", "error"), [(9, None), (8, ContractViolated)])
def test_the_same_call_has_nine_in_ten_rows_of_the_last_time(core, rows, error) -> None:
    call, other = Call("listed", {"market": "sh"}), Call("listed", {"market": "sz"})
    source = INDICES.chains[0].sources[0]
    for d, asked, count in (
        (INDICES, call, 99), (INDICES, call, 10), (INDICES, other, 99), (SHARES, call, 99),
        (INDICES, Call("other", {"market": "sh"}), 99),
    ):  # fmt: skip
        published = pl.DataFrame({"x": range(count)})
        add_answers(core, d, source, [Answer(asked, published, published, [])], NOON)
    with expected(error, r"has 8 rows, the last time 10 \(rule: at least 90%\)"):
        steady(core, INDICES, call, rows)
    steady(core, INDICES, Call("never", {}), 0)


def test_an_undated_page_agrees_as_far_as_its_worst_day(core, closes) -> None:
    load(core, closes([(INDEX, FRIDAY, 10.0), (OTHER, FRIDAY, 20.0), (INDEX, MONDAY, 11.0)]))
    stated = closes([(INDEX, FRIDAY, 10.0), (OTHER, FRIDAY, 20.1), (INDEX, MONDAY, 11.0)])
    assert agreement(core, "index_daily", stated) == 0.5
    assert agreement(core, "index_daily", stated.filter(trade_date=MONDAY)) == 1.0
    nearly = closes([(INDEX, MONDAY, 11.0 * 1.0009)])
    assert agreement(core, "index_daily", nearly) == 1.0
    assert agreement(core, "index_daily", closes([(INDEX, MONDAY, 11.0 * 1.0011)])) == 0.0
    unknown = closes([(INDEX, MONDAY, 11.0), (INDEX, date(2026, 1, 13), 11.0)])
    assert agreement(core, "index_daily", unknown) is None
    assert agreement(core, "index_daily", stated.clear()) is None


@pytest.mark.parametrize(
    ("agreed", "error"),
    [(0.8, None), (0.79, "does not show 2026-01-09, 2026-01-12: only 79% of the closes"),
     (None, "core has nothing that would tell whether it shows 2026-01-09, 2026-01-12")],
)  # fmt: skip
def test_four_in_five_closes_date_a_page(agreed, error) -> None:
    with expected(SourceEmpty if error else None, error):
        refuse_other_day(INDICES, [MONDAY, FRIDAY, MONDAY], agreed)


def test_the_limits_are_those_that_are_told() -> None:
    assert (plausibility.FLOOR, plausibility.TENFOLD, plausibility.ODD) == (0.9, 10.0, 0.2)
