"""Columns that nobody reads come and go: the rows are loaded, and somebody is told."""

from __future__ import annotations

from datetime import date

import pytest

MONDAY = date(2025, 11, 24)


@pytest.mark.parametrize(
    ("last_time", "said"),
    [
        ("['日期', '融资余额', '融券余额', '融资买入额', '旧栏']", "columns gone: 旧栏"),
        ("['日期', '融资余额', '融券余额', '融资买入额']", "证券公司数量"),
    ],
)
def test_other_columns_than_the_last_time_are_an_alarm_and_no_failure(
    desk, assert_true, last_time, said
) -> None:
    desk(2025, 11, 24, 19).collect("margin_market")
    evening = desk()
    with evening.ws.writing() as warehouse, warehouse.transaction():
        columns = last_time.replace("'", '"')
        warehouse.connection.execute(
            "UPDATE raw.answer SET published_columns = ? WHERE dataset = 'margin_market'", [columns]
        )
    (outcome,) = evening.collect("margin_market")

    assert outcome.missing == []
    assert evening.incidents("margin_market") == {("Eastmoney datacenter", "SourceDrifted")}
    assert said in evening.query("SELECT message FROM meta.incident").item()
    assert MONDAY in evening.core("margin_market")["trade_date"]
    assert_true(evening, "margin_market")


def test_the_same_columns_again_are_none(desk) -> None:
    desk(2025, 11, 24, 19).collect("margin_market")
    evening = desk()
    evening.collect("margin_market")
    assert evening.incidents("margin_market") == set()
