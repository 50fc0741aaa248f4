"""Specs of groups: what the shares of industries and themes did over a week and a month."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.engine.metric import metrics, preparations
from transforms.prepared.stocks import stock_bars

FIRST = date(2025, 9, 1)
DAYS = [day for n in range(140) if (day := FIRST + timedelta(days=n)).weekday() < 5]


def bars(**closes: list[float | None]) -> pl.DataFrame:
    """Marked bars of shares by their closes on the last days; None where one did not trade."""
    rows = [
        {"code": f"{code[1:]}.SH", "trade_date": day, "close": close, "previous_close": None}
        for code, values in closes.items()
        for day, close in zip(DAYS[-len(values) :], values, strict=True)
        if close is not None
    ]
    frame = pl.DataFrame(rows, schema_overrides={"previous_close": pl.Float64})
    known = pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(hours=8)
    return stock_bars.compute(frame.with_columns(known_at=known))


def days(stocks: pl.DataFrame, **frames: pl.DataFrame) -> pl.DataFrame:
    moves = preparations()["share_moves"].compute(stocks)
    return preparations()["group_days"].compute(moves, **frames)


def listed(*codes: str, industry: str = "电子", since: date = FIRST) -> pl.DataFrame:
    return pl.DataFrame(
        {"code": [f"{code}.SH" for code in codes]}
        | {"industry": industry, "valid_from": since, "valid_to": None}
    ).with_columns(pl.col("valid_to").cast(pl.Date))


def last(frame: pl.DataFrame, entity: str) -> dict:
    return frame.filter(entity=entity).sort("observation_date").row(-1, named=True)


def climb(by: float) -> list[float]:
    """Ten closes of which the last stands so far above the one five sessions before."""
    return [10.0] * 9 + [10.0 * (1 + by)]


def five(**more: list[float | None]) -> dict[str, list[float | None]]:
    moves = (-0.02, 0.0, 0.01, 0.03, 0.30)
    return {f"s60000{n}": climb(move) for n, move in enumerate(moves, start=1)} | more


CODES = ("600001", "600002", "600003", "600004", "600005")


def test_a_group_moves_as_its_middle_share_and_counts_what_rose():
    found = last(days(bars(**five()), security=listed(*CODES)), "电子")

    assert found["week"] == pytest.approx(0.01)
    assert (found["rose"], found["n"]) == (pytest.approx(0.6), 5)


def test_a_group_of_four_has_no_median():
    group = days(bars(**five()), security=listed(*CODES[:4]))

    assert metrics()["group_return_5d"].compute(group).is_empty()


def test_a_share_counts_in_the_industry_of_the_day():
    moved = pl.concat([
        listed(*CODES),
        listed("600005", industry="银行", since=DAYS[-1]),
    ])  # fmt: skip
    group = days(bars(**five()), security=moved)

    assert last(group, "电子")["n"] == 4
    assert last(group, "银行")["week"] == pytest.approx(0.30)


def test_a_move_over_a_halt_counts_from_the_last_close_before_it():
    """It stopped six sessions ago at 10, and trades again at 8."""
    halted = [10.0, 10.0, 10.0, 10.0, None, None, None, None, None, 8.0]
    moves = preparations()["share_moves"].compute(bars(**five(s600006=halted)))

    assert last(moves.with_columns(pl.col("entity").cast(pl.String)), "600006.SH")[
        "week"
    ] == pytest.approx(-0.2)


def test_a_share_halted_for_months_has_no_move():
    halted = [10.0] + [None] * 40 + [8.0]
    steady = {f"s60000{n}": [10.0] * 42 for n in range(1, 6)}
    moves = preparations()["share_moves"].compute(bars(**steady, s600006=halted))

    assert last(moves.with_columns(pl.col("entity").cast(pl.String)), "600006.SH")["week"] is None


def test_days_to_come_change_nothing():
    whole = bars(**five())
    early = whole.filter(pl.col("observation_date") < DAYS[-1])
    now, then = (days(one, security=listed(*CODES)) for one in (whole, early))

    before = now.filter(pl.col("observation_date") < DAYS[-1])
    assert before.drop("session").equals(then.drop("session"))


def test_themes_are_groups_too():
    themes = pl.DataFrame({
        "theme": ["space"] * 5, "kind": ["code"] * 5, "member": [f"{c}.SH" for c in CODES],
        "valid_from": [FIRST] * 5, "valid_to": [None] * 5,
    }, schema_overrides={"valid_to": pl.Date})  # fmt: skip

    assert last(days(bars(**five()), theme_membership=themes), "space")["n"] == 5


def test_the_five_that_moved_most_are_settled_shares():
    """Seven old shares, and a young one that doubled."""
    old = {f"s60001{n}": [10.0] * 69 + [10.0 + n] for n in range(7)}
    young = {"s600099": [10.0] * 9 + [20.0]}
    moves = preparations()["share_moves"].compute(bars(**old, **young))
    best, worst = (
        metrics()[name].compute(moves).filter(observation_date=DAYS[-1])
        for name in ("best_share_return_5d", "worst_share_return_5d")
    )

    assert best["entity"].to_list() == [f"60001{n}.SH" for n in range(2, 7)]
    assert worst["entity"].to_list() == [f"60001{n}.SH" for n in range(5)]
    assert best.filter(entity="600016.SH")["value"].item() == pytest.approx(0.6)
    assert best["known_at"].max() == datetime.combine(DAYS[-1], datetime.min.time()).replace(hour=8)
