"""An offline exchange: a simulated market, served in the wire formats of the real upstreams.

It exists so that the demo, the tests and the fault drills run the very same extraction code that
runs against the live hosts. Nothing in it is real: whatever it feeds must be marked SIMULATED.
"""

from datetime import date, datetime
from functools import cache

from flows.sandbox.exchange import Exchange
from flows.sandbox.faults import Fault, Kind
from flows.sandbox.market.market import Market, MarketParameters, build_market

__all__ = [
    "Exchange", "Fault", "Kind", "Market", "MarketParameters", "build_market", "simulated_exchange",
    "simulated_market",
]  # fmt: skip


@cache
def simulated_market(stocks: int) -> Market:
    """The simulated market of a size, with a history long
    enough for percentiles of yearly means.
    """
    return build_market(MarketParameters(stocks=stocks, first_day=date(2022, 7, 1)))


def simulated_exchange(stocks: int, now: datetime) -> Exchange:
    """The offline exchange of that market, which stands still at a moment."""
    return Exchange(simulated_market(stocks), now)
