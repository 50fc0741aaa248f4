"""An offline exchange: a simulated market, served in the wire formats of the real upstreams.

It exists so that the demo, the tests and the fault drills run the very same extraction code that
runs against the live hosts. Nothing in it is real: whatever it feeds must be marked SIMULATED.
"""

from flows.sandbox.exchange import Exchange
from flows.sandbox.faults import Fault, Kind
from flows.sandbox.market.market import Market, MarketParameters, build_market

__all__ = ["Exchange", "Fault", "Kind", "Market", "MarketParameters", "build_market"]
