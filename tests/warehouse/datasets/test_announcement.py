"""Announcements in pages: all that are counted must be there."""

from __future__ import annotations

import json

import pytest

from warehouse.catalog import Call
from warehouse.datasets.announcement import cninfo
from warehouse.errors import NotAnswered
from warehouse.response import Response

CALL = Call("stock_zh_a_disclosure_report_cninfo")


def page(stated: int, *numbers: int) -> Response:
    """A page of CNInfo with these announcements, which states how many there are."""
    items = [
        {
            "announcementId": str(number), "secCode": "600000", "secName": "浦发银行",
            "announcementTitle": "公告", "announcementTime": 1768269600000, "orgId": "1",
        }
        for number in numbers
    ]  # fmt: skip
    said = {"totalAnnouncement": stated, "announcements": items or None}
    url = "http://www.cninfo.com.cn/new/hisAnnouncement/query"
    return Response(url=url, status=200, body=json.dumps(said).encode())


def test_an_announcement_that_two_pages_have_is_counted_once() -> None:
    assert cninfo([page(3, 1, 2), page(3, 2, 3)], CALL)["art_code"].to_list() == ["1", "2", "3"]


def test_the_largest_count_holds_where_one_came_while_pages_were_turned() -> None:
    for pages in ([page(2, 1), page(3, 2)], [page(3, 1), page(2, 2)]):
        with pytest.raises(NotAnswered):
            cninfo(pages, CALL)


def test_a_company_that_announced_nothing_has_no_rows() -> None:
    assert cninfo([page(0)], CALL).is_empty()
