"""How values, days and sums are spelled in both languages, as they were read last.

`make sentences` writes tests/templates/wording/spelled.txt anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from templates.wording.speller import SPELLERS, Late, Speller
from templates.wording.text import say
from tests.drawn.findings import WEEK
from tests.templates.sections.drawn import fact

READ = Path(__file__).with_name("spelled.txt")
DAY, OLD = date(2026, 1, 16), date(2025, 9, 5)
METRICS = {
    "rsi_14": ("index 0-100", (78.846, 5.0, 0.04)),
    "close": ("index points", (4101.913, 87.25, 12.0)),
    "return_5d": ("fraction", (0.04836, -0.0004, -1.5)),
    "margin_to_total_cap": ("fraction", (0.02512,)),
    "pe_ttm": ("ratio", (177.31, 1.005)),
    "turnover_cny": ("CNY", (3.65e12, 98.1e9, -4.04e6, 1234.0)),
    "southbound_net_20d_hkd": ("HKD", (36.4e9, -1.2e12)),
    "unicorn_net_adds": ("count", (7.0, -1234.0, 0.0)),
    "overheating": ("score 0-100", (59.5, 0.4)),
    "pe_ttm_percentile_10y": ("percentile 0-100", (98.4, 0.2)),
}
OF_A_FACT = (
    "level",
    "signed",
    "natural",
    "size",
    "points",
    "bare",
    "week_change",
    "week_step",
    "week_points",
    "rank",
    "percentile",
    "members",
    "covered",
    "earlier_record",
)
OF_A_DAY = (
    "day",
    "dated",
    "full_day",
    "long_day",
    "weekday",
    "month",
    "tick",
    "day_tick",
    "year_tick",
)


def values(s: Speller) -> Iterator[str]:
    for metric, (unit, drawn) in METRICS.items():
        for value in drawn:
            one = fact(
                metric, "CN", DAY, value, unit, n=1234, coverage=0.755, percentile=21.6,
                change_1w=-value / 7, n_obs=600, record=True, previous_record=OLD,
                previous_record_value=value * 0.9,
            )  # fmt: skip
            young = replace(one, percentile=None, change_1w=None, n_obs=5)
            for name in OF_A_FACT:
                told = [getattr(s, name)(one)]
                if name in {"week_change", "week_step", "week_points", "rank"}:
                    told.append(getattr(s, name)(young))
                shown = " | ".join(f"{x} {x.ref.partition('#')[2]}" if x else "–" for x in told)
                yield f"{metric} {value:g} {name}: {shown}"
            yield f"{metric} {value:g} points: {s.points(one, signed=True)}"
            yield f"{metric} {value:g} said: {s.said(value, unit)}"


def days(s: Speller) -> Iterator[str]:
    for day in (DAY, OLD, date(2026, 1, 1), date(2024, 12, 31)):
        yield f"{day}: " + " | ".join(str(getattr(s, name)(day)) for name in OF_A_DAY)
    for dates in ((DAY, ()), (OLD, (date(2024, 1, 2),)), (None, ())):
        yield f"source: {s.source(dates[0], 'SSE', dates[1])}"
    for whole in (True, False):
        yield f"standstill: {s.standstill(OLD, whole=whole)}"
    gaps = [
        Late("ipo_hk", "Ipo hk", None, DAY),
        Late("ipo_a", "Ipo a", OLD, DAY),
        Late("x", "X", OLD, None),
    ]
    for count in range(4):
        yield f"late: {s.late(gaps[:count])}"
    yield f"absent: {s.absent('RSI')}"


def names(s: Speller) -> Iterator[str]:
    for code in ("000688.SH", "000001.SH", "HSTECH.HK", "999999.SH"):
        yield f"{code}: {s.index(code)} | {s.index_in_text(code)} | {s.company(code)}"
    for highest in (3.2e12, 9.9e11, 4e8, 7e5, 12.0):
        for unit in ("CNY", "HKD"):
            scale = s.money(unit, highest)
            yield f"{unit} {highest:g}: {scale.factor:g} {scale.label} {scale.ticks([0, highest])}"
    for block in ("heat/leverage", "momentum/capital formation"):
        yield f"{block}: {s.block(block)}"
    for state in ("overheated advance", "fading"):
        yield f"{state}: {s.state(state)}"
    long, short = say("a " * 60), say("b")
    yield f"fitting: {s.fitting(long, short)} {s.fitting(short, long)} {len(str(s.fitting(long)))}"


def test_everything_is_spelled_as_it_was_read():
    found: list[str] = []
    for code, speller in SPELLERS.items():
        s = speller(DAY, WEEK.span, {"999999.SH": "某某科技股份有限公司"})
        found += [f"== {code}", *values(s), *days(s), *names(s)]
    found = [line.replace("\u00a0", " ").replace("\n", " / ").rstrip() for line in found]
    if os.environ.get("WRITE_SENTENCES"):
        READ.write_text("\n".join(found) + "\n", encoding="utf-8")

    assert found == READ.read_text(encoding="utf-8").splitlines()
