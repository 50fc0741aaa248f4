"""What is declared, as lines: the parts that are not left at their defaults."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass

import polars as pl


def declared(place: str, value: object, without: Collection[str] = ()) -> Iterator[str]:
    """A line for each part of a declaration, fields of some names left out."""
    if is_dataclass(value):
        yield f"{place}: {type(value).__name__}"
        for one in fields(value):
            told = getattr(value, one.name)
            if one.name not in without and not _defaulted(one, told):
                yield from declared(f"{place}.{one.name}", told, without)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from declared(f"{place}[{name}]", one, without)
    elif isinstance(value, tuple) and any(map(is_dataclass, value)):
        for number, one in enumerate(value, start=1):
            yield from declared(f"{place}.{number}", one, without)
    elif isinstance(value, frozenset):
        yield f"{place}: {' '.join(sorted(value))}"
    elif callable(value):
        yield f"{place}: {value.__name__}"
    else:
        yield f"{place}: {' '.join(str(value).split())}"


def _defaulted(one: Field, told: object) -> bool:
    made = one.default_factory() if one.default_factory is not MISSING else one.default
    if isinstance(told, pl.Expr):
        return isinstance(made, pl.Expr) and told.meta.eq(made)
    return not isinstance(made, pl.Expr) and told == made
