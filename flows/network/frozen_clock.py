"""The clock that akshare looks at: Shanghai's, at the moment in which the workspace lives.

Some of akshare's functions read today from the machine: legulegu's token is the hash of the date,
and rates of the foreign exchange office are requested «until today». On a machine in another time
zone, and in the sandbox, that is another day, and the upstream refuses or returns that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from importlib import import_module
from unittest.mock import patch

from warehouse.shanghai import SHANGHAI

# Modules of akshare that call `datetime.now()` to make a request, or to refuse one.
CLOCKED = (
    "akshare.stock_feature.stock_a_indicator",
    "akshare.stock_feature.stock_a_pe_and_pb",
    "akshare.currency.currency_safe",
    "akshare.stock_feature.stock_ztb_em",
    "akshare.stock_feature.stock_board_concept_ths",
    "akshare.stock_feature.stock_board_industry_ths",
)


@dataclass
class Frozen:
    """The calls that are under way, of all lanes of this process, and what takes the clock away."""

    calls: int = 0
    stand_in: ExitStack = field(default_factory=ExitStack)


_FROZEN = Frozen()


@contextmanager
def wall_clock(now: Callable[[], datetime]) -> Iterator[None]:
    """Inside, akshare's idea of the local time is Shanghai's at `now` (naive: Shanghai already).

    Calls of several lanes overlap and have one clock: the first sets it, the last takes it away.
    """
    if not _FROZEN.calls:
        _FROZEN.stand_in = _stand_in(now)
    _FROZEN.calls += 1
    try:
        yield
    finally:
        _FROZEN.calls -= 1
        if not _FROZEN.calls:
            _FROZEN.stand_in.close()


def _stand_in(now: Callable[[], datetime]) -> ExitStack:
    """The clock in akshare's modules, until the stack is closed."""

    class Moment(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Moment:
            there = now().astimezone(SHANGHAI) if now().tzinfo else now().replace(tzinfo=SHANGHAI)
            shown = there.astimezone(tz) if tz else there.replace(tzinfo=None)
            return cls.combine(shown.date(), shown.timetz())

    with ExitStack() as stack:
        for name in CLOCKED:
            stack.enter_context(patch.object(import_module(name), "datetime", Moment))
        return stack.pop_all()
