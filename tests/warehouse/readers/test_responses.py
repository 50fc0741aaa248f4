"""Responses themselves: which are read, and what proves that there is nothing."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from warehouse.catalog import Call, Request
from warehouse.errors import NotAnswered, NothingYet, UnknownFormat
from warehouse.readers import statistics_bureau as bureau
from warehouse.readers.responses import documents, nothing, of, page, parsed
from warehouse.readers.snapshots import snapshot, today
from warehouse.response import Response


def answered(body: str = "{}", status: int = 200, url: str = "http://a/data") -> Response:
    return Response(url, status, body.encode())


def test_only_responses_from_the_address_count() -> None:
    one, other = answered(url="http://a/data"), answered(url="http://a/other")
    assert of([one, other], "/data") == [one]
    with pytest.raises(NotAnswered, match="/more was not asked for"):
        of([one, other], "/more")


@pytest.mark.parametrize("status", [0, 400, 404, 500])
def test_an_error_is_no_document_and_no_page(status: int) -> None:
    with pytest.raises(NotAnswered, match=f"status {status}"):
        documents([answered(status=status)])
    with pytest.raises(NotAnswered, match=f"status {status}"):
        page([answered(status=status)], "/data")


@pytest.mark.parametrize("status", [1, 200, 302, 399])
def test_all_other_statuses_are_read(status: int) -> None:
    assert documents([answered('{"a": 1}', status), answered("[2]", status)]) == [{"a": 1}, [2]]
    assert page([answered("某", status)], "/data") == "某"


def test_a_web_page_is_no_document() -> None:
    with pytest.raises(NotAnswered, match="a page that is no data"):
        documents([answered("<html>")])


def test_a_page_is_read_in_its_own_encoding_and_what_is_none_of_it_is_marked() -> None:
    response = Response("http://a/data", 200, "某".encode("gbk") + b"\xff")
    assert page([response], "/data", "gbk") == "某�"


@pytest.mark.parametrize(
    ("body", "said"), [(b'{"a": 1}', {"a": 1}), (b"[1]", {}), (b"<html>", {}), (b"", {})]
)
def test_a_body_that_is_no_object_says_nothing(body: bytes, said: dict[str, int]) -> None:
    assert parsed(body) == said


def test_nothing_has_no_columns() -> None:
    assert nothing().width == 0


def test_a_page_without_a_day_is_dated_by_its_call() -> None:
    label = f"600000.SH on {today(Request((), datetime(2026, 1, 13, 23)))}"
    assert label == "600000.SH on 2026-01-13"
    assert str(pl.select(snapshot(Call("", {}, (), label))).item()) == "2026-01-13"


FIGURES = "http://data.stats.gov.cn/web/external/stream/esData"
TREE = "http://data.stats.gov.cn/web/external/tree"


def leaf(*periods: str, url: str = FIGURES) -> Response:
    return answered(f'{{"data": [{", ".join(periods)}]}}', url=url)


def period(name: str, *values: tuple[str, object]) -> str:
    cells = (f'{{"i_showname": "{shown}", "_name": "_n", "value": "{v}"}}' for shown, v in values)
    return f'{{"name": "{name}", "values": [{", ".join(cells)}]}}'


CALL = Call("")


def test_all_figures_of_a_leaf_are_read_without_blanks() -> None:
    answer = leaf(
        period("2025年 12月", ("指数 一", " 50.1 "), ("", "7"), ("b", " - ")), period("2025年11月")
    )
    found = bureau.figures(
        [answered('{"data": 0}', url=TREE), answered("<", url="http://b"), answer], CALL
    )

    assert found.columns == ["period", "series", "figure"]
    assert found.rows() == [("2025年12月", "指数一", "50.1"), ("2025年12月", "_n", "7")]


def test_a_leaf_that_is_not_reached_is_another_format() -> None:
    """The figures come last; before them are the pages of the catalogue."""
    good = leaf(period("2025年12月", ("a", "1")))
    for heard in (
        [leaf(url=TREE)],
        [good, leaf(url=TREE)],
        [answered(url="http://b/stream/esData")],
    ):
        with pytest.raises(UnknownFormat, match="does not lead to this leaf"):
            bureau.figures(heard, CALL)


def test_a_leaf_without_periods_has_nothing_yet_and_one_without_figures_is_odd() -> None:
    with pytest.raises(NothingYet):
        bureau.figures([leaf()], CALL)
    with pytest.raises(UnknownFormat, match="no series has a figure"):
        bureau.figures([leaf(period("2025年12月", ("a", "-")))], CALL)


def test_a_series_is_told_by_its_name() -> None:
    answer = pl.DataFrame({"series": list("abcdefa"), "figure": list("1234567")})
    assert bureau.series(answer, "a")["figure"].to_list() == ["1", "7"]
    with pytest.raises(UnknownFormat, match=r"no series z there, but a, b, c, d, e$"):
        bureau.series(answer, "z")


@pytest.mark.parametrize(
    ("written", "first"),
    [("2026年第二季度", "2026-04-01"), ("2026年第四季度", "2026-10-01"), ("2026年1季度", "2026-01-01"),
     ("2026年第3季度", "2026-07-01")],
)  # fmt: skip
def test_a_quarter_is_its_first_day(written: str, first: str) -> None:
    assert str(pl.DataFrame({"q": [written]}).select(bureau.quarter("q")).item()) == first
