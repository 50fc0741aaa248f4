"""Texts are read as demjson reads them, only sooner."""

from __future__ import annotations

from decimal import Decimal
from inspect import unwrap

import pytest
from akshare.utils import demjson
from akshare.utils.demjson import JSON, JSONDecodeError

from flows.ingestion.fetch import akshare
from flows.network.quick_json import json_first

PLAIN = (
    '[{"symbol": "sh600000", "name": "浦发银行", "trade": "7.120", "pb": 0.37, "volume": 23456789}]',
    '{"a": 1, "a": 2}',
    ' {"a": [ ], "b": {}, "c": null, "d": true, "e": false} ',
    '"\\u4e2d\\n\\/"',
    "123456789012345678901234",
    "20898900.12",
    "0.0",
    "-7.50",
    "true",
)
OTHER = (
    "{a: 1, 'b': [1, 2,]}",
    "[1, 0x10, .5, 007]",
    "{day: '2026-01-13', open: undefined}",
    "1e5",
    "[-0]",
    "1E22",
    "[1, 2.5e-3]",
    "1.23456789012345678901",
    "0.30000000000000004",
    "12345678901234567.89",
    '"a\tb"',
    "[1] // and a remark",
)


def slow(text: str) -> object:
    return JSON().decode(text)


@pytest.fixture
def asked() -> list[str]:
    """What is left to demjson."""
    return []


@pytest.fixture
def decode(asked: list[str]):
    return json_first(lambda text: asked.append(text) or slow(text))


@pytest.mark.parametrize("text", PLAIN)
def test_plain_json_is_read_without_demjson(text, decode, asked) -> None:
    assert repr(decode(text)) == repr(slow(text))
    assert asked == []


@pytest.mark.parametrize("text", OTHER)
def test_what_json_refuses_or_reads_otherwise_is_left_to_demjson(text, decode, asked) -> None:
    assert repr(decode(text)) == repr(slow(text))
    assert asked == [text]


def test_more_digits_than_a_float_holds_are_kept(decode) -> None:
    assert decode("[0.1234567890123456789]") == [Decimal("0.1234567890123456789")]


@pytest.mark.parametrize("text", ["<html>", '{"a": ', '"\\ud83d"', '"\\uD83D"', ""])
def test_what_neither_can_read_is_demjsons_error(text, decode) -> None:
    with pytest.raises(JSONDecodeError):
        decode(text)


def test_options_are_demjsons_matter() -> None:
    assert json_first(lambda *_, **named: named)("[1]", strict=True) == {"strict": True}
    assert json_first(lambda *given: given)("[1]", "utf-8") == ("[1]", "utf-8")
    assert json_first(lambda given: given)(b"[1]") == b"[1]"


def test_nesting_beyond_what_json_can_read_is_left_to_demjson() -> None:
    deep = "[" * 100_000
    assert json_first(len)(deep) == 100_000


def test_akshare_reads_by_it() -> None:
    akshare()
    assert demjson.decode.__code__ is json_first(len).__code__


def test_who_looks_at_the_decoder_finds_demjsons_own_code() -> None:
    """The list of akshare's functions in use is made by reading what they run."""
    quick = json_first(slow)
    assert unwrap(quick) is slow
    assert quick.__name__ == "slow"
