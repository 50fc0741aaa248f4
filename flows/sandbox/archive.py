"""The simulated market as datasets, in the warehouse's names and units: the truth.

The demo imports some of it as its past; the tests compare what was collected with it.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import polars as pl

from flows.sandbox.market.market import Market

Truth = Callable[[Market], pl.DataFrame]

TRUTHS: dict[str, Truth] = {}


def archived(dataset: str) -> Callable[[Truth], Truth]:
    """Register what the simulated market knows of a dataset."""

    def register(truth: Truth) -> Truth:
        TRUTHS[dataset] = truth
        return truth

    return register


def archives() -> dict[str, Truth]:
    """The rows of each dataset that the simulated market has."""
    package = import_module("flows.sandbox.truths")
    for module in sorted(info.name for info in iter_modules(package.__path__)):
        import_module(f"{package.__name__}.{module}")
    return TRUTHS


def archive(market: Market, dataset: str) -> pl.DataFrame:
    """Everything that the market knows of a dataset, to its last day, public or not."""
    return archives()[dataset](market)
