"""The list of endpoints; each one enters it by its decorator."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from pkgutil import iter_modules

from flows.sandbox.formats.wire import Answer, Query
from flows.sandbox.view import View

Handler = Callable[[View, Query], Answer]


@dataclass(frozen=True)
class Endpoint:
    """An address of an upstream and how it answers."""

    name: str
    host: str
    path: re.Pattern[str]
    marks: Mapping[str, str]
    answer: Handler

    def match(self, host: str, path: str, query: Query) -> Query | None:
        """The query, with the named parts of the path, if the request is for this endpoint."""
        found = self.path.fullmatch(path) if fnmatchcase(host, self.host) else None
        if found is None or any(query.get(k) != v for k, v in self.marks.items()):
            return None
        return {**query, **found.groupdict()}


ENDPOINTS: list[Endpoint] = []


def endpoint(host: str, path: str, **marks: str) -> Callable[[Handler], Handler]:
    """Register a function (view, query) → Answer for a host (glob), a path (regular expression,
    whole, unquoted) and parameters that must have these values. Its name is the endpoint's name.
    """

    def register(handler: Handler) -> Handler:
        ENDPOINTS.append(Endpoint(handler.__name__, host, re.compile(path), marks, handler))
        return handler

    return register


def load_endpoints() -> list[Endpoint]:
    """All endpoints of the package `endpoints`, imported in the order of the file names."""
    package = import_module("flows.sandbox.endpoints")
    for module in sorted(info.name for info in iter_modules(package.__path__)):
        import_module(f"{package.__name__}.{module}")
    return ENDPOINTS
