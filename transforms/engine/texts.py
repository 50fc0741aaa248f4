"""What is said of metrics in words: a table per family beside its module, apart from the code.

`transforms/metrics/rsi.toml` says what is said of the metrics in `transforms/metrics/rsi.py`: one
table per metric, named by its id, with these three texts. Line breaks in a text mean nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Texts:
    """label names a metric, reading says how to read a value, pitfall what may deceive about it."""

    label: str
    reading: str
    pitfall: str


@cache
def texts_of(module: str) -> Mapping[str, Texts]:
    """The texts of a family by metric id; module: its full name, as in `__module__`.

    Raises FileNotFoundError without the table, TypeError where a metric has other texts.
    """
    package, _, family = module.rpartition(".")
    table = files(package).joinpath(f"{family}.toml").read_text(encoding="utf-8")
    return {
        metric: Texts(**{kind: " ".join(text.split()) for kind, text in entry.items()})
        for metric, entry in tomllib.loads(table).items()
    }
