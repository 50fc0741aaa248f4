"""All metrics of a simulated market, against pandas doing a part of the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import polars as pl

from benchmarks import AS_OF
from benchmarks.alone import Task, alone
from benchmarks.decade import drawn
from benchmarks.race import Line, growth, race
from transforms.engine.evaluate import evaluate
from transforms.findings.report import findings
from transforms.outlook.backtest import outlook
from transforms.outlook.followed import followed
from warehouse.catalog import catalogue, cutoff
from warehouse.storage.publish import Places
from warehouse.storage.store import Reader


def ours(home: str) -> Sequence[Task]:
    """Every metric; the answer is one of them, which the peer computes too."""
    with Reader.open(Places(Path(home)).current) as reader:
        frames = {name: reader.read(name, cutoff(AS_OF)) for name in catalogue()}

    def task() -> float:
        found = evaluate(frames, AS_OF)
        share = found.filter(metric="share_above_ma200", entity="all").sort("observation_date")
        return float(share["value"].item(-1))

    return [task]


def judged(home: str) -> Sequence[Task]:
    """What is said of a week whose metrics are there: findings, outlook, what followed."""
    with Reader.open(Places(Path(home)).current) as reader:
        frames = {name: reader.read(name, cutoff(AS_OF)) for name in catalogue()}
    found = evaluate(frames, AS_OF)

    def task() -> float:
        happened = findings(found, frames, AS_OF)
        told = outlook(found)
        cases = followed(found, happened, AS_OF)
        return float(len(happened) + told.record.height + cases.summary.height)

    return [task]


def theirs(home: str) -> Sequence[Task]:
    """What three of the metrics need of each bar: two means, a lowest close, and daily shares."""
    with Reader.open(Places(Path(home)).current) as reader:
        bars = reader.read("stock_daily", cutoff(AS_OF))
    frame = bars.select("code", "trade_date", "close", "previous_close").to_pandas()
    del bars
    frame["code"] = frame["code"].astype("category")
    return [partial(pandas_shares, frame)]


def pandas_shares(bars: pd.DataFrame) -> float:
    """Share of stocks above their 200-day mean on the last day."""
    bars = bars.sort_values(["code", "trade_date"], ignore_index=True)
    code = bars["code"]
    before = bars.groupby(code, observed=True)["close"].shift()
    factor = (before / bars["previous_close"]).fillna(1)
    adjusted = bars["close"] * factor.groupby(code, observed=True).cumprod()
    groups = adjusted.groupby(code, observed=True)
    lowest = groups.rolling(31).min().to_numpy()
    bars["ran_up"] = adjusted.to_numpy() / lowest - 1 >= 0.9
    for window in (50, 200):
        mean = groups.rolling(window).mean()
        above = adjusted.to_numpy() > mean.to_numpy() * (1 + 1e-12)
        bars[f"above{window}"] = pd.Series(above, dtype=float).where(mean.notna().to_numpy())
    days = bars.groupby("trade_date")[["ran_up", "above50", "above200"]].mean()
    return float(days["above200"].iloc[-1])


# What the metrics on stocks read; all other metrics take the same time however many stocks there
# are.
OF_STOCKS = ("security", "theme_membership", "adjustment_factor", "special_treatment")


def of_a_decade(home: str, path: str, one_in: int = 1, others: int = 1) -> Sequence[Task]:
    """Every metric where the shares have ten years of drawn bars instead of the warehouse's own; of
    each n-th share; without the metrics of all else if `others` is 0.
    """
    with Reader.open(Places(Path(home)).current) as reader:
        names = [name for name in catalogue() if name != "stock_daily"] if others else OF_STOCKS
        frames = {name: reader.read(name, cutoff(AS_OF)) for name in names}
    bars = pl.scan_parquet(path)
    if one_in > 1:
        codes = frames["security"]["code"].unique().sort().gather_every(one_in)
        bars = bars.filter(pl.col("code").is_in(codes.implode()))
    frames["stock_daily"] = bars.collect()

    def task() -> float:
        found = evaluate(frames, AS_OF)
        return float(found.filter(metric="share_above_ma200", entity="all")["value"].sum())

    return [task]


def lines(home: str, rows: int) -> Iterator[Line | str]:
    """The race, ten years of the same market, and how our time grows from a fourth to all of it."""
    whole, peer = alone(ours, home=home), alone(theirs, home=home)
    size = f"{rows:,} bars"
    yield race("all metrics", size, whole, "pandas, 3 of them only", peer, within=1e-9)
    yield Line("findings, outlook, cases of a week", size, alone(judged, home=home))
    yield from decade_lines(home)


def decade_lines(home: str) -> Iterator[Line | str]:
    """A fourth, a half and all of the shares, ten years each."""
    codes, path = str(Path(home) / "codes.parquet"), str(Path(home) / "decade.parquet")
    with Reader.open(Places(Path(home)).current) as reader:
        listed = reader.read("security", cutoff(AS_OF)).select(pl.col("code").unique().sort())
    listed.write_parquet(codes)
    rows = int(alone(drawn, path=path, codes=codes).answer)
    yield Line("all metrics, ten years", f"{rows:,} bars", alone(of_a_decade, home=home, path=path))
    fourth, half, whole = (
        (rows // part, alone(of_a_decade, home=home, path=path, one_in=part, others=0))
        for part in (4, 2, 1)
    )
    for count, run in (fourth, half, whole):
        yield Line("those of shares alone", f"{count:,} bars", run)
    yield growth("metrics of shares, ten years", fourth, half)
    yield growth("metrics of shares, ten years", fourth, whole)
