"""The clock that akshare looks at: Shanghai's, at the moment in which the workspace lives.

Some of akshare's functions read today from the machine: legulegu's token is the hash of the date,
and rates of the foreign exchange office are requested «until today». On a machine in another time
zone, and in the sandbox, that is another day, and the upstream refuses or returns that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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


@contextmanager
def wall_clock(now: Callable[[], datetime]) -> Iterator[None]:
    """Inside, akshare's idea of the local time is Shanghai's at `now` (naive: Shanghai already)."""

    class Moment(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Moment:
            there = now().astimezone(SHANGHAI) if now().tzinfo else now().replace(tzinfo=SHANGHAI)
            shown = there.astimezone(tz) if tz else there.replace(tzinfo=None)
            return cls.combine(shown.date(), shown.timetz())

    with ExitStack() as stack:
        for name in CLOCKED:
            stack.enter_context(patch.object(import_module(name), "datetime", Moment))
        yield
