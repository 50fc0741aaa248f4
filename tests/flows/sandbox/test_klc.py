"""Files written by `klc` are read back by the decoder that akshare ships."""

from datetime import date

import numpy as np
import pytest
from akshare.stock.cons import hk_js_decode
from py_mini_racer import MiniRacer

from flows.sandbox.formats import klc
from flows.sandbox.market.trading_days import trading_days


def decode(text: str) -> list[dict[str, object]]:
    engine = MiniRacer()
    engine.eval(hk_js_decode)
    return engine.call("d", text)


def drawn_bars(number: int, seed: int, scale: float, decimals: int) -> klc.Bars:
    rng = np.random.default_rng(seed)
    close = np.round(scale * np.exp(np.cumsum(rng.normal(0, 0.03, number))), decimals)
    open_ = np.round(close * rng.uniform(0.97, 1.03, number), decimals)
    high = np.round(np.maximum(open_, close) * 1.01, decimals)
    low = np.round(np.minimum(open_, close) * 0.99, decimals)
    days = trading_days()[4000 : 4000 + number]
    volume, amount = rng.integers(0, 10**10, number), rng.integers(0, 10**13, number)
    return klc.Bars(days, open_, high, low, close, volume.astype(float), amount.astype(float))


@pytest.mark.parametrize("number", [1, 2, 250])
@pytest.mark.parametrize("scale", [1.5, 40.0, 33_000.0])
@pytest.mark.parametrize(
    ("write", "decimals", "fields"),
    [
        (klc.index_file, 3, ("open", "high", "low", "close", "volume")),
        (klc.stock_file, 2, ("open", "high", "low", "close", "volume", "amount")),
        (klc.stock_file, 3, ("open", "high", "low", "close", "volume", "amount")),
    ],
)
def test_bars_come_back(write, decimals, fields, scale, number) -> None:
    bars = drawn_bars(number, seed=number, scale=scale, decimals=decimals)
    read = decode(write(bars, decimals))
    assert [str(row["date"])[:10] for row in read] == [str(d) for d in bars.day]
    for name in fields:
        np.testing.assert_allclose([row[name] for row in read], getattr(bars, name), atol=1e-9)


def test_the_calendar_comes_back() -> None:
    days = [d for d in trading_days().tolist() if d != date(1992, 5, 4)]
    assert [str(row)[:10] for row in decode(klc.calendar_file(days))] == [str(d) for d in days]
