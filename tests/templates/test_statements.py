"""What every page and the mail say of the drawn markets, word by word, and what each figure shows.

The files in tests/templates/statements are what was read last; `make statements` writes them anew,
and their difference is to be read. Below stand the lines at which a statement becomes another one.
"""

from __future__ import annotations

import html
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from jinja2 import Environment
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from templates import format as words
from templates import render
from templates.canvas import Drawn
from templates.publication import sources_of
from templates.section import SECTIONS
from templates.sections.listings.facts import MARKETS, newest
from templates.sections.market.facts import indices, price_state
from tests.templates.fitting import draw_with
from tests.templates.looks import looks
from tests.templates.whole import whole
from transforms.facts import Fact, FactBook
from transforms.issue.issue import Issue

STATEMENTS = Path(__file__).parent / "statements"
DAY = date(2026, 1, 13)
MOODS = ("rising", "falling", "standing", "thin")
LINE_ENDS = re.compile(r"</(?:p|h1|h2|h3|tr|li|div|table|section|svg)>|<br ?/?>", re.IGNORECASE)


def shown(value: float) -> str:
    """A coordinate in four digits, which no rounding of the last bits moves."""
    return "–" if math.isnan(value) else f"{value:.4g}"


def described(figure: Figure) -> str:
    """What a figure shows: its words with their places, and each line and shape by its ends."""
    return " / ".join(chain.from_iterable(_described(axes) for axes in figure.axes))


def _described(axes: Axes) -> Iterator[str]:
    yield f"axes {' '.join(map(shown, (*axes.get_xlim(), *axes.get_ylim())))}"
    for ticks, at in (
        (axes.get_xticklabels(), axes.get_xticks()),
        (axes.get_yticklabels(), axes.get_yticks()),
    ):
        yield "ticks " + ", ".join(
            f"{' '.join(one.get_text().split())}@{shown(where)}"
            for one, where in zip(ticks, at, strict=False)
        )
    for line in axes.lines:
        x, y = line.get_xdata(), line.get_ydata()
        ends = " ".join(map(shown, (x[0], y[0], x[-1], y[-1], max(y), min(y)) if len(x) else ()))
        colour = "open" if line.get_fillstyle() == "none" else to_hex(line.get_color())
        yield f"line {len(x)} {colour} {line.get_marker()}: {ends}"
    for marks in axes.collections:
        places = np.ma.filled(marks.get_offsets(), np.nan)
        yield "marks " + ", ".join(f"{shown(x)} {shown(y)}" for x, y in places)
    for shape in axes.patches:
        box = shape.get_path().get_extents(shape.get_patch_transform())
        yield f"shape {to_hex(shape.get_facecolor())}: {' '.join(map(shown, box.extents))}"
    for text in axes.texts:
        said = " ".join(text.get_text().split())
        place = getattr(text, "xy", text.get_position())
        yield f"«{said}» {text.get_color()} at {' '.join(map(shown, place))}"


def lines_of(markup: str) -> str:
    """The words of a page, a line for each paragraph, row or figure."""
    body = re.sub(r"<head>.*?</head>|<style.*?</style>", "", markup, flags=re.DOTALL)
    figures = re.sub(r'<img[^>]*src="([^"]*)"[^>]*>', r"\1</p>", body)
    cells = re.sub(r"</t[dh]>", " | ", LINE_ENDS.sub("\n", figures))
    plain = html.unescape(re.sub(r"<[^>]+>", "", cells)).replace("\u00a0", " ")
    kept = (" ".join(line.split()).strip(" |") for line in plain.splitlines())
    return "\n".join(line for line in kept if line)


LOADED = render.environment.__wrapped__


@cache
def _environment() -> Environment:
    """Templates that no other test has loaded, in which a figure is what it shows."""
    own = LOADED()
    own.filters["data_uri"] = str
    return own


@pytest.fixture
def seen(monkeypatch) -> list[str]:
    """Each figure is replaced by what it shows; how it is drawn is kept here."""
    kept: list[str] = []

    def draw(figure: Figure) -> str:
        kept.extend(looks(figure).splitlines())
        return described(figure)

    draw_with(monkeypatch, draw)
    monkeypatch.setattr(render, "environment", _environment)
    return kept


def compare(name: str, said: Sequence[str]) -> None:
    """Holds lines against those of a file, which is written anew where that is asked for."""
    file = STATEMENTS / f"{name}.txt"
    if os.environ.get("WRITE_STATEMENTS"):
        file.write_text("\n".join(said) + "\n", encoding="utf-8")

    assert said == file.read_text(encoding="utf-8").splitlines()


def statements(issue: Issue, code: str = "en") -> str:
    speller = render.speller_of(issue, code)
    built = [section.build(issue, speller) for section in SECTIONS]
    said = [
        f"== {one.slug}\n"
        f"{lines_of(render.printed(replace(one, sources=sources_of(one, speller)), 0))}"
        for one in built
        if one.slug != "definitions"
    ]
    mail = render.mail(issue, code)
    letter = "\n".join(line.rstrip() for line in mail.text.replace("\u00a0", " ").splitlines())
    return "\n\n".join([*said, f"== mail\n{mail.subject}\n\n{letter}\n\n{lines_of(mail.html)}\n"])


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.usefixtures("seen")
def test_every_statement_is_the_one_that_was_read(mood, issues):
    compare(mood, statements(issues[mood]).splitlines())


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize(("mood", "turn"), [("rising", 0), ("falling", 1)])
def test_every_block_of_every_section_says_and_draws_what_was_read(mood, turn, code, issues, seen):
    compare(f"whole.{mood}.{code}", statements(whole(issues[mood], turn), code).splitlines())
    compare(f"figures.{mood}.{code}", seen)


def test_every_figure_for_a_phone_is_drawn_as_it_was_seen(issues, seen):
    issue = whole(issues["rising"], 0)
    built = [section.build(issue, render.speller_of(issue, "zh")) for section in SECTIONS]
    seen.clear()
    for picture in _pictures(tuple(built)):
        picture.on_phone()
    compare("figures.rising.phone", seen)


def _pictures(part: object) -> Iterator[Drawn]:
    """All figures of a section that know how they are drawn for a phone."""
    if isinstance(part, Drawn):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _pictures(one)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _pictures(getattr(part, field.name))


def fact(metric: str, value: float, entity: str = "CN", **more: object) -> Fact:
    return Fact(
        fact_id=f"{metric}/{entity}/{DAY}", metric=metric, entity=entity, observation_date=DAY,
        value=value, unit="fraction", known_at=datetime(2026, 1, 13), n_obs=600,
        first_observation=date(2020, 1, 2), sources=("drawn",), query="", **more,
    )  # fmt: skip


def issue_of(issue: Issue, *facts: Fact) -> Issue:
    """The issue with these facts and no other."""
    return replace(issue, facts=FactBook(facts))


@pytest.mark.parametrize(("days", "state"), [(349, "below"), (350, "high")])
def test_a_high_is_one_of_250_sessions(days, state):
    """Seven days of the calendar for five sessions."""
    close = fact("close", 9.0, highest_since=DAY - timedelta(days=days))

    assert price_state(close, None) == state


@pytest.mark.parametrize("mood", ["rising", "falling"])
def test_best_and_worst_are_those_of_the_column_that_the_title_names(mood, issues):
    weeks = {
        one.entity: one.numbers["change"].value
        for one in issues[mood].findings
        if one.kind == "index_change"
    }
    table = indices(issues[mood]).moved

    assert len(table) == len(weeks) > 1
    assert weeks[table[0].code] == max(weeks.values())
    assert weeks[table[-1].code] == min(weeks.values())
    page = newest(issues[mood], MARKETS["HK"])
    days = [row.raised.observation_date for row in page.rows]
    assert days == sorted(days, reverse=True)
    assert page.below == sum(row.first_day.value < 0 for row in page.priced)


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0th"), (21, "21st"), (111, "111th"), (112, "112th"), (113, "113th"),
                         (101, "101st"), (122, "122nd"), (213, "213th")],
)  # fmt: skip
def test_the_teens_of_every_hundred_are_th(number, said):
    assert words.ordinal(number) == said


@pytest.mark.parametrize(
    ("rank", "said"), [(0.2, "1st"), (1.4, "1st"), (1.5, "2nd"), (50, "50th"), (99.9, "99th")]
)
def test_a_percentile_is_rounded_and_lies_between_the_first_and_the_99th(rank, said):
    assert str(words.percentile(fact("close", 1.0, percentile=rank))) == said
