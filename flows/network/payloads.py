"""What akshare would run: the responses that it hands to Python's `eval`, and what they must be.

This is the reviewed list. A test walks the source of the installed akshare from the functions that
our datasets name, and fails when anything else from upstream could be run as code. JavaScript is
another matter: akshare runs scripts that are in its own package, and responses are their arguments.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import requests

from flows.network.response_limits import Refused

LONGEST = 1_000_000  # characters; the factors of the oldest share are a few thousand


@dataclass(frozen=True)
class Evaluated:
    """What some akshare functions evaluate of the responses of an address, and how they cut it out.

    `expressions` stand in akshare's source as they do here; `cut` does the same to a text.
    """

    functions: frozenset[str]
    expressions: frozenset[str]
    address: re.Pattern[str]
    cut: Callable[[str], str]


EVALUATED = (
    # Sina's adjustment factors: var sh600000hfq={"total":1,"data":[{"d":"1900-01-01","f":"1.0"}]}
    Evaluated(
        functions=frozenset({"stock_zh_a_daily", "stock_hk_daily", "stock_us_daily"}),
        expressions=frozenset(
            f"eval({text}.split('=')[1].split('\\n')[0])" for text in ("r.text", "res.text")
        ),
        address=re.compile(r"^https?://finance\.sina\.com\.cn/[^?#]*fq\.js"),
        cut=lambda text: text.split("=")[1].split("\n")[0],
    ),
)


def insist_on_literals(response: requests.Response) -> None:
    """Raise Refused if akshare would evaluate anything but a table as plain literal."""
    url = str(response.url)
    for evaluated in EVALUATED:
        if not evaluated.address.match(url):
            continue
        if response.is_redirect:  # what stands elsewhere would be evaluated as well
            raise _refused(response, "it is a redirect")
        try:
            payload = evaluated.cut(response.text)
        except IndexError:
            continue  # akshare finds nothing to evaluate either
        if objection := _objection(payload):
            raise _refused(response, objection)


def _objection(payload: str) -> str | None:
    """Why a text is no table written as a plain literal; None if it is one."""
    if len(payload) > LONGEST:
        return f"it has {len(payload):,} characters, and no table more than {LONGEST:,}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            value = ast.literal_eval(payload)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        return f"{type(error).__name__}: {str(error)[:80]}"
    if not (isinstance(value, dict) and isinstance(value.get("data"), list)):
        return "it is not {…, 'data': […]}"
    return None


def _refused(response: requests.Response, objection: str) -> Refused:
    return Refused(
        f"{response.url} must hold a table as plain literal, which akshare evaluates, and does not "
        f"({objection}); nothing was run. Look at the body in the raw archive: its format has "
        "changed, or somebody tampers with it.",
        response=response,
    )
