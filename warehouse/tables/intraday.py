"""Contracts of `mart` for what was measured of minute bars, a partition at a time."""

from __future__ import annotations

from warehouse.contract import Table, count, day, text
from warehouse.tables.columns import moment, number
from warehouse.units import Unit


class IntradayPartition(Table):
    """Partitions of core.stock_minute that were measured: a month of a bucket of codes each.

    The digest is of the bars as they were known, with the version of the formulas. A partition is
    measured again when another one is wanted; what was measured last is kept beside it.
    """

    month = text("Month of the trading days, 2026-01", key=True)
    bucket = count("Bucket of the code", key=True, min=0)
    digest = text("Version of the formulas, number of bars, XOR of their hashes", key=True)
    bars = count("Minute bars", min=0)
    measured_at = moment("When it was measured")


class Intraday(Table):
    """How a day went, one row per code and day, reduced from the minute bars of a partition."""

    month = text("Month of the trading day", key=True)
    bucket = count("Bucket of the code", key=True, min=0)
    digest = text("Digest of the partition, see mart.intraday_partition", key=True)
    code = text("Code with exchange suffix", key=True)
    trade_date = day("Trading day", key=True)
    minutes = count("Minutes with a bar, of 240; the opening auction is not counted")
    open = number("First price, CNY per share; of an index its level")
    high = number("Highest price, as open")
    low = number("Lowest price, as open")
    close = number("Last price, as open")
    amount_cny = number("Value traded", Unit.CNY)
    realised_variance = number("Sum of squared 5-minute ln changes since the opening", Unit.RATIO)
    bipower_variation = number("The same without jumps, from neighbouring changes", Unit.RATIO)
    tripower_quarticity = number("How far bipower variation may be off", Unit.RATIO)
    returns = count("5-minute changes")
    first_half_hour = number("Share of the value traded until 10:00", Unit.FRACTION)
    last_half_hour = number("Share of the value traded after 14:30", Unit.FRACTION)
    concentration = number("Herfindahl of the value traded in each minute", Unit.FRACTION)
    minutes_at_high = count("Minutes in which only the day's highest price was there")
    minutes_at_low = count("Minutes in which only the day's lowest price was there")
    known_at = moment("When the newest of its bars became known")
    source = text("The upstreams or files of its bars")
