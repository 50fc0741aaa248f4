"""The workspace of this machine's settings: with the network, or with the offline exchange.

Flows call it first, because a run that a schedule starts gets nothing from a command line.
"""

from __future__ import annotations

from flows.sandbox import simulated_exchange
from flows.settings import settings
from flows.workspace import Workspace
from warehouse.shanghai import SHANGHAI


def workspace() -> Workspace:
    """Where and when a flow works here."""
    chosen = settings()
    if not chosen.sandbox.enabled:
        return Workspace(chosen)
    now = chosen.sandbox.now.replace(tzinfo=SHANGHAI)
    return Workspace(chosen, lambda: now, simulated_exchange(chosen.sandbox.stocks, now).send)
