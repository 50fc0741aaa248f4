"""The tree of errors: drawn as it is, and complete."""

from __future__ import annotations

import ast
import builtins
import re
from functools import cache
from pathlib import Path

import pytest

from warehouse import errors
from warehouse.errors import AnswerError, BriefingError, UnknownFact

PRODUCT = ("flows", "templates", "transforms", "warehouse")
ROOT = Path(errors.__file__).parents[1]
# What cannot stand in the tree, each for the reason that its docstring gives.
ELSEWHERE = {
    "CollectionIncomplete": "flows/ingestion/results.py",
    "Refused": "flows/network/response_limits.py",
    "RequestBlocked": "flows/network/rate_limit.py",
    "LaneStopped": "flows/network/turns.py",
    "NetworkDown": "flows/ingestion/results.py",
    "NetworkLost": "flows/network/reachability.py",
    "QuotaSpent": "flows/bootstrap/bootstrap.py",
}
OF_LIBRARIES = re.compile(r"\.?\w*(Error|Exception|Warning)$")


def below(cls: type) -> set[type]:
    """A class and all that derive from it in the tree."""
    return {cls}.union(
        *(below(one) for one in cls.__subclasses__() if one.__module__ == cls.__module__)
    )


def drawn() -> dict[str, str | None]:
    """The tree of the docstring: each class with the one above it."""
    path: list[str] = []
    found: dict[str, str | None] = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"((?:[│├└][ ─]* ?)*)([A-Z]\w+) {2,}\S", line):
            depth = len(match[1]) // 4
            path[depth:] = [match[2]]
            found[match[2]] = path[depth - 1] if depth else None
    return found


@cache
def raised() -> dict[str, str]:
    """The exception classes that the product defines, with their files."""
    classes = {
        node.name: (str(file.relative_to(ROOT)), {ast.unparse(base) for base in node.bases})
        for package in PRODUCT
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    found: set[str] = set()
    while more := {  # one level more each time
        name
        for name, (_, bases) in classes.items()
        if name not in found and any(b in found or OF_LIBRARIES.search(b) for b in bases)
    }:
        found |= more
    return {name: classes[name][0] for name in found}


def test_the_drawn_tree_is_the_one_of_the_classes() -> None:
    classes = below(BriefingError) | below(AnswerError)
    assert drawn() == {
        cls.__name__: above if (above := cls.__bases__[0].__name__) != "Exception" else None
        for cls in classes
    }


def test_every_exception_of_the_product_stands_in_the_tree() -> None:
    assert raised() == dict.fromkeys(drawn(), "warehouse/errors.py") | ELSEWHERE
    for name in ELSEWHERE:
        assert f"`{name}`" in (errors.__doc__ or "")


def test_no_error_takes_the_name_of_one_of_python() -> None:
    assert not {name for name in raised() if hasattr(builtins, name)}


def test_an_unknown_fact_is_told_like_any_other_error_and_is_a_missing_key() -> None:
    with pytest.raises(KeyError) as caught:
        raise UnknownFact("rsi_14/x", ["rsi_14/y"])
    assert isinstance(caught.value, BriefingError)
    assert str(caught.value).startswith("no fact 'rsi_14/x' among 1; the nearest are rsi_14/y")
