"""Figures in drawn situations, as they were seen last: much and little, high and low, on phones.

`make statements` writes tests/templates/sections/charts.txt anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from templates import canvas, charts
from templates.canvas import Drawn, Line, Note, Rule
from templates.issue_view import History
from templates.sections.earnings import chart as earnings
from templates.sections.leverage import chart as leverage
from templates.sections.listings import chart as listings
from templates.sections.listings.facts import MARKETS, Cloud, Dot, Proceeds
from templates.sections.scenarios import chart as scenarios
from templates.sections.theses import chart as theses
from templates.sections.verdict import chart as verdict
from templates.sections.verdict.facts import Mark, Reach
from templates.wording.speller import SPELLERS, Scale
from tests.templates.fitting import draw_with
from tests.templates.looks import looks
from tests.templates.sections.drawn import fact
from transforms.issue.scorecard import Status

SEEN = Path(__file__).with_name("charts.txt")
DAY = date(2026, 1, 16)
ENGLISH, CHINESE = (SPELLERS[code](DAY) for code in ("en", "zh"))


def days(count: int, step: int = 1) -> list[date]:
    return [DAY - timedelta(days=step * back) for back in range(count)][::-1]


def marks(*way: tuple[float, float], partial: float = 0.0) -> list[Mark]:
    """A mark a week; partial: by how much the last may be another value."""
    found = [
        Mark(day, Reach(x, x, x), Reach(y, y, y))
        for day, (x, y) in zip(days(len(way), 7), way, strict=True)
    ]
    x, y = way[-1]
    if partial:
        found[-1] = Mark(DAY, Reach(x, x - partial, x + partial), Reach(y, y - 2 * partial, y))
    return found


ZONES = ("Weak", "No clear trend", "Advance", "Weak, hot", "Hot without trend", "Overheated")
LINES = (45.0, 55.0, 60.0)
WAYS: dict[str, list[Mark]] = {
    "rising": marks((48, 40), (51, 44), (58, 49), (57, 56), (66, 58), (71, 63)),
    "at the top": marks((90, 92), (97, 95), (99, 99)),
    "at the bottom": marks((6, 3), (2, 1), (1, 0.5)),
    "standing": marks(*[(50 + n % 2, 59 + n % 3 / 2) for n in range(13)]),
    "wide": marks((5, 90), (95, 8), (40, 60)),
    "partial": marks((40, 30), (44, 38), (50, 45), partial=9),
    "falling": marks((80, 70), (60, 60), (52, 61), (46, 59.6), (44, 41)),
    "one": marks((62, 59.5)),
}


def maps() -> Iterator[Callable[[], str]]:
    for way, hollow in product(WAYS.values(), (False, True)):
        at = way[-1]
        cross = [] if hollow else [
            Reach(one.value, max(one.value - 4, 0), min(one.value + 7, 100))
            for one in (at.momentum, at.heat)
        ]  # fmt: skip
        words = verdict.Words(
            "Structural momentum", "Overheating", ZONES, "hot from 60", ("16 Jan", "79 and 60"),
            [(place, f"{way[place].day:%d %b}") for place in range(len(way) - 1)],
        )  # fmt: skip
        yield lambda way=way, cross=cross, words=words, hollow=hollow: verdict.position_map(
            way, cross, words, lines=LINES, hollow=hollow, heat="#a8431f",
            height=60.0 if hollow else 44.0,
        )  # fmt: skip


def of_page_one() -> Iterator[Callable[[], str]]:
    for values, rank in (([1.0, 3.0, 2.0], 90.0), ([5.0, 5.0], 89.9), ([-2.0, 7.5], None)):
        yield lambda v=values, r=rank: verdict.spark(v, "−2.0", "1,307.5", r, "#a8431f")
    for line, rises in product((10.0, 29.0, 30.0, 50.0, 71.0, 90.0), (True, False)):
        yield lambda at=line, up=rises: verdict.bar(
            40.0, at, (0.0, 100.0), "hotter ≥ 60", rises=up, colour="#0b5c8a"
        )
    cases = [-0.2, 0.01, 0.3]
    yield lambda: verdict.dots(cases, 0.01, 0.05, (-0.4, 0.4))
    yield lambda: verdict.dots(cases, None, None, (-0.4, 0.4), [(-0.4, "−40%"), (0.0, "0")])


def clouds() -> Iterator[Callable[[], str]]:
    sizes = {1e9: "HK$1 bn", 10e9: "HK$10 bn"}
    many = [
        (9 + place * 17 % 350, (1 + place * 7 % 13) * 9e8, (place * 11 % 37) / 10 - 0.6)
        for place in range(34)
    ]
    crowd = [(n, (n % 4 + 1) * 4e9, 0.3 + n / 100) for n in range(9)]
    cases: dict[str, list[tuple[int, float, float | None]]] = {
        "many": [*many, (4, 3e9, None), (200, 1e9, None)],
        "few": [(300, 2e8, 0.2), (40, 6e10, -0.3)],
        "crowd": crowd,
        "alike": [(20, 9e9, 0.0), (20, 9e9, 0.0)],
        "unknown": [(20, 9e9, None), (3, 2e9, None)],
    }
    for (name, rows), market, phone in product(cases.items(), ("HK", "A"), (False, True)):
        if phone and name in {"few", "alike", "crowd"}:
            continue
        dots = tuple(
            Dot(f"{place}", DAY - timedelta(days=back), money, gain)
            for place, (back, money, gain) in sorted(enumerate(rows), key=lambda one: -one[1][0])
        )
        medians = [
            None if value is None or name == "few" else fact("m", market, DAY, value, "fraction")
            for value in ((0.084, 0.15) if market == "HK" else (0.4, None))
        ]
        recent = frozenset(dot.code for dot in dots if DAY - dot.day < timedelta(days=30))
        first = dots[0].day.replace(day=1)
        one = Cloud(MARKETS[market], first, DAY, dots, recent, *medians, None)
        called = {dot.code: f"Company {dot.code} +{dot.first_day or 0:.0%}" for dot in dots[-7:]}
        words = listings.Words(
            called, "+8.4% in 90 days\nmedian of 9", "+15.0% in twelve months\nmedian of 99",
            "no figure", sizes,
        )  # fmt: skip
        yield lambda c=one, w=words, p=phone: on(listings.cloud(c, w, ENGLISH), phone=p)


def on(drawn: str, *, phone: bool) -> str:
    """The drawing, or that for a phone, whichever is asked for."""
    return drawn.on_phone() if phone and isinstance(drawn, Drawn) else drawn


def money() -> Iterator[Callable[[], str]]:
    for count, step, top in ((30, 12, 9), (9, 3, 8), (40, 30, 0)):
        past = History(
            days(count, step), [2e9 + (n * 7 % 11) * 1e9 for n in range(count - 1)] + [3e9]
        )
        past.values[top] = 5e10
        newest = fact("ipo_hk_proceeds_90d_hkd", "HK", DAY, past.values[-1], "HKD", n=4)
        one = Proceeds(newest, None, None, past, past.days[top if step != 3 else -1])
        yield lambda o=one, c=count: listings.proceeds(
            o, Scale(1e9, "HK$ bn"), "3.0", CHINESE if c == 9 else ENGLISH
        )


def profits() -> Iterator[Callable[[], str]]:
    quarters = ["Q1\n2025", "Q2", "Q3", "Q4", "Q1\n2026"]
    for one, other in (
        ([0.1, 0.2, None, 0.3, 0.21], [0.5, 0.4, 0.3, 0.2, 0.2]),
        ([-0.4, -0.1, 0.0, -0.2, -0.3], [-0.1, -0.2, -0.3, -0.4, -0.29]),
        ([0.0] * 5, [0.0] * 5),
        ([2.0, 3.0, 5.0, 8.0, 13.0], [-3.0, 0.0, 1.0, 1.0, 1.0]),
    ):
        both = [Line(one, "China 7\n+21%, n 7", "#0b5c8a"), Line(other, "Magnificent 7\n+20%, n 7")]
        yield lambda b=both: earnings.growth(days(5, 91), b, quarters)
    yield lambda: earnings.growth(days(5, 91), [Line([0.1] * 5, "one")], quarters)
    rows = [
        earnings.RankRow("STAR 50", "177.3", "98", "40–150", "31 Dec 2019", 98.0, 60.0, True),
        earnings.RankRow("CSI 300", "14.6", "40", "", "4 Jan 2016", 40.0, 75.0, False),
        earnings.RankRow("ChiNext", "35.0", "50", "20–60", "4 Jan 2016", 50.0, None, False),
    ]
    heads, scale = ("Index", "P/E", "Usual range", "Since"), ("lowest", "", "median", "", "highest")
    for phone in (False, True):
        yield lambda p=phone: on(earnings.ranks(rows, heads, scale), phone=p)
    course = [50.0, 55.0, None, 60.0, 58.0]
    edges = [Line([v] * 5, name, "#626d7a") for v, name in ((40, "low"), (52, "mid"), (57, "high"))]
    for bounds in (edges, []):
        yield lambda b=bounds: earnings.band(days(5), Line(course, "58.0"), b, ENGLISH)


def leveraged() -> Iterator[Callable[[], str]]:
    first = DAY - timedelta(weeks=52)
    gap = [*days(30)[:9], *days(30)[-4:]]
    gap = [day - timedelta(days=40 if place < 9 else 0) for place, day in enumerate(gap)]
    for values, bars in product(
        ([1.0, 3.0, 2.0] * 4 + [1.5], [-2.0, 4.0, -1.0] * 4 + [-3.0], [0.0] * 13, [7.0] * 13),
        (False, True),
    ):
        one = leverage.Course(History(gap, values), "high", "low", bars)
        yield lambda o=one: leverage.course(o, first, DAY, 20.0, ENGLISH)
    for start in (date(2025, 1, 1), date(2024, 12, 4), date(2024, 12, 5), date(2025, 3, 20)):
        one = leverage.Course(History(days(4), [1.0, 2.0, 1.9, 1.99]), "2", "1")
        yield lambda o=one, f=start: leverage.course(o, f, date(2026, 4, 1), 14.0, CHINESE)
    for count, most, phone in ((5, 0.2, False), (6, 0.201, True), (7, 0.45, False)):
        rows = [
            leverage.Shares(f"industry {n}", most / (n + 1), most / (2 * n + 0.5), f"{n}%")
            for n in range(count)
        ]
        yield lambda r=rows, p=phone: on(leverage.industries(r), phone=p)


def outcomes() -> Iterator[Callable[[], str]]:
    def column(shift: float) -> list[scenarios.Probability]:
        return [
            scenarios.Probability(v, v - 0.1, v + 0.12, v + shift, f"{v:.0%}")
            for v in (0.4, 0.3, 0.2)
        ]

    groups = [
        scenarios.Group(name, [column(0.02 * n), column(0.3)])
        for n, name in enumerate(("STAR 50", "CSI 300"))
    ]
    for many, phone in product((1, 2), (False, True)):
        yield lambda m=many, p=phone: on(
            scenarios.outcomes(groups[:m], ("up", "flat", "down"), ("20", "60")), phone=p
        )
    said, came = [0.1, 0.4, 0.9], [0.2, 0.35, 1.0]
    yield lambda: scenarios.reliability(
        said, came, [0.0, 0.3, 0.8], [0.2, 0.5, 1.0], across="said, %"
    )


def strips() -> Iterator[Callable[[], str]]:
    weeks = [[Status.NO_DATA, Status.HOLDS, Status.FAILS][n * n % 7 % 3] for n in range(52)]
    for statuses in (weeks, [Status.HOLDS] * 9, [Status.FAILS] * 9, [Status.NO_DATA] * 3, []):
        yield lambda s=statuses: theses.strip(s, "heat", "#a8431f")
    for status in (Status.HOLDS, Status.FAILS, Status.NO_DATA):
        yield lambda s=status: theses.mark(s, "support", "#0b5c8a")
    for count, step, speller in (
        (52, 7, ENGLISH),
        (52, 7, CHINESE),
        (13, 7, ENGLISH),
        (3, 7, CHINESE),
    ):
        yield lambda n=count, g=step, s=speller: theses.months(days(n, g), s)


def courses() -> Iterator[Callable[[], str]]:
    wave = [100.0 + 9 * (n * 5 % 7) for n in range(60)]
    dots = [Note(n, wave[n], f"{at}", "#0b5c8a") for at, n in enumerate((0, 1, 2, 3, 30, 31, 59))]
    tn = Scale(1e12, "tn")
    for count, step in ((60, 1), (60, 5), (60, 9), (12, 1), (2, 1)):
        yield lambda n=count, g=step: charts.price(
            days(n, g), Line(wave[:n], "1,234"), Scale(1.0, "points"), dots[:n], CHINESE
        )
    rule = [Rule(4e12, "record"), Rule(1e12, "")]
    notes = [Note(1, 2e12, "early"), Note(7, 3e12, "late", "#a8431f")]
    money = [1e12 * (n % 4 + 1) for n in range(9)]
    yield lambda: charts.bars(days(9), money, tn, "1.0", rules=rule, notes=notes, strong=True)
    yield lambda: charts.bars(days(9), [-v for v in money], tn, "−1.0", room=20.0)
    yield lambda: charts.bars(days(9), [0.0] * 9, tn, "0", top=5.0, height=30.0, width=60.0)
    ends = [
        Line([0.1, 0.2, 0.30], "first\nin two", "#0b5c8a"),
        Line([0.3, None, 0.31], "second"),
        Line([0.3, 0.2, 0.32], "third"),
        Line([0.0, 0.9, None], "ended"),
        Line([0.5, 0.7, 0.9], ""),
    ]
    yield lambda: charts.lines(
        days(3), ends, Scale(0.01, "%"), limits=(0.0, 1.0), rules=[Rule(0.5, "half")],
        notes=[Note(0, 0.2, "one")],
    )  # fmt: skip
    yield lambda: charts.lines(days(3), ends[:3], Scale(0.01, ""), room=30.0, height=20.0)
    for count in (40, 400, 1100, 1500):
        yield lambda n=count: charts.lines(
            days(n), [Line([float(v % 9) for v in range(n)], "x")], Scale(1.0, ""), speller=ENGLISH
        )


KINDS: dict[str, Callable[[], Iterator[Callable[[], str]]]] = {
    "maps": maps, "page one": of_page_one, "clouds": clouds, "money": money, "profits": profits,
    "leveraged": leveraged, "outcomes": outcomes, "strips": strips, "courses": courses,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_figure_looks_as_it_was_seen(kind, monkeypatch):
    seen: list[str] = []

    def keep(figure: Figure) -> str:
        seen.append(f"{looks(figure)}\n{canvas._days_of(figure)}".strip())
        return "drawn"

    draw_with(monkeypatch, keep)
    for draw in KINDS[kind]():
        draw()
    known = dict(part.split("\n", 1) for part in SEEN.read_text("utf-8").split("== ")[1:])
    if os.environ.get("WRITE_STATEMENTS"):
        known[kind] = "\n".join(seen) + "\n"
        text = "".join(f"== {name}\n{known[name]}" for name in KINDS if name in known)
        SEEN.write_text(text, encoding="utf-8")

    assert "\n".join(seen).splitlines() == known[kind].splitlines()
