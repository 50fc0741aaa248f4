"""The look at all sources as it stands on a terminal, to the column: narrow, common and wide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.cli import probe_display as display
from flows.monitoring.source_probe import Verdict
from tests.flows.cli.test_doctor_live import BAD, DEAD, GOOD, LATER

FOUND = [
    GOOD,
    replace(GOOD, source="S2", verdict=Verdict.NOT_NOW, rows=0, newest=None),
    replace(BAD, says="jin10 (cdn.jin10.com) macro(): rule max is broken by 7 rows, the largest of "
                       "which is 1,234,567,890,123 CNY"),
    DEAD,
    LATER,
]  # fmt: skip
PAGES = {
    40: """\
cdn.jin10.com · 1 source
  refused      margin_exch…      1,234  2026-01-12     0.4 s
               macro(): rule max is broken by 7 rows, the
               largest of which is 1,234,567,890,123 CNY
datacenter-web.eastmoney.com · 2 sources
  unreachable  no response (reset)
               wanted for gdp, lpr
query.sse.com.cn · 2 sources
  ok           margin_exch…      1,234  2026-01-12     0.4 s
  not now      margin_exch…          –  –                  –
5 sources on 3 hosts in 1 min 1 s: 1 ok, 1 refused, 2
unreachable, 1 not now
No working source: gdp, lpr.
- refused: rows break rules, so nothing of them would be""",
    80: """\
cdn.jin10.com · 1 source
  refused      margin_exchange · SSE                 1,234  2026-01-12     0.4 s
               macro(): rule max is broken by 7 rows, the largest of which is
               1,234,567,890,123 CNY
datacenter-web.eastmoney.com · 2 sources
  unreachable  no response (reset)
               wanted for gdp, lpr
query.sse.com.cn · 2 sources
  ok           margin_exchange · SSE (SSE)           1,234  2026-01-12     0.4 s
  not now      margin_exchange · SSE (S2)                –  –                  –
5 sources on 3 hosts in 1 min 1 s: 1 ok, 1 refused, 2 unreachable, 1 not now
No working source: gdp, lpr.
- refused: rows break rules, so nothing of them would be loaded. Compare with""",
    120: """\
cdn.jin10.com · 1 source
  refused      margin_exchange · SSE               jin10                                     1,234  2026-01-12     0.4 s
               macro(): rule max is broken by 7 rows, the largest of which is 1,234,567,890,123 CNY
datacenter-web.eastmoney.com · 2 sources
  unreachable  no response (reset)
               wanted for gdp, lpr
query.sse.com.cn · 2 sources
  ok           margin_exchange · SSE               SSE                                       1,234  2026-01-12     0.4 s
  not now      margin_exchange · SSE               S2                                            –  –                  –
5 sources on 3 hosts in 1 min 1 s: 1 ok, 1 refused, 2 unreachable, 1 not now
No working source: gdp, lpr.
- refused: rows break rules, so nothing of them would be loaded. Compare with the upstream's page; if its unit or""",
}


@pytest.mark.parametrize("width", PAGES)
def test_the_page_is_as_wide_as_the_terminal_allows(width: int) -> None:
    lines = [*display.blocks(FOUND, width), *display.summary(FOUND, 61, width)]
    expected = PAGES[width].splitlines()

    assert "\n".join(lines).splitlines()[: len(expected)] == expected


def test_beyond_120_columns_no_line_grows() -> None:
    for page in (display.blocks, lambda found, width: display.summary(found, 61, width)):
        assert list(page(FOUND, 121)) == list(page(FOUND, 500)) == list(page(FOUND, 120))
        assert list(page(FOUND, 59)) == list(page(FOUND, 60)) == list(page(FOUND, 10))


def test_without_a_network_one_message_says_what_to_do() -> None:
    said = display.no_network("no network: none of 3 hosts could be reached (a, b, c)", 500)
    first, *more = said.splitlines()
    assert first.endswith("was judged and nothing else was asked. See to the")
    assert len(first) == 115 and len(more) == 2
