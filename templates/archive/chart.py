"""Both axes over all time as one SVG, with text of a fixed size and the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

import polars as pl
from markupsafe import Markup, escape

from templates.wording.speller import Speller
from templates.wording.states import ADVANCE, HOT, TRAITS
from transforms.axes import regimes
from transforms.formulas.printed_value import whole

LEFT, TOP, BOTTOM = 34, 44, 40  # pixels around the plot
RIGHT = {"en": 132, "zh": 112}  # room for the names of the lines
HALO, APART = 11, 26  # radius of a number, and how far apart two stand
GAP = timedelta(days=14)  # between two days of one line
FEWEST_TICKS = 52  # pixels between two months
BAND = 70  # pixels that a band needs for its name


@dataclass(frozen=True, order=True)
class Numbered:
    """A finding on the chart: its number and its day."""

    number: int
    day: date


@dataclass(frozen=True)
class Plane:
    """Where a day and a score stand: trading days are evenly spaced."""

    days: tuple[date, ...]
    width: float
    height: float
    right: float

    def x(self, day: date) -> float:
        """The place of a day of the axis."""
        return self.at(self.days.index(day))

    def at(self, place: float) -> float:
        """The place of a day by its number, from 0."""
        span = max(len(self.days) - 1, 1)
        return LEFT + place / span * (self.width - LEFT - self.right)

    def y(self, score: float) -> float:
        """The place of a score of 0 to 100."""
        return TOP + (100 - score) / 100 * (self.height - TOP - BOTTOM)


def axes(
    scores: pl.DataFrame,
    states: pl.DataFrame,
    marks: Sequence[Numbered],
    s: Speller,
    size: tuple[int, int],
) -> tuple[Markup, str]:
    """The chart, and where its days stand: left and right end, first and last place.

    scores: observation_date, momentum, heat; states: observation_date, state.
    """
    width, height = size
    days = tuple(scores["observation_date"])
    plane = Plane(days, width, height, RIGHT[s.code] if width > 500 else 42)
    parts = [
        *_bands(plane, states, s),
        *_grid(plane),
        *_months(plane, s),
        _line(plane, scores["momentum"].to_list(), "momentum"),
        _line(plane, scores["heat"].to_list(), "heat"),
        *_ends(plane, scores, s),
        *_numbers(plane, marks),
    ]
    inside = "".join(parts)
    svg = Markup(  # noqa: S704, texts are escaped where they are put in
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">{inside}</svg>'
    )
    return svg, f"{LEFT} {width - plane.right} 0 {max(len(days) - 1, 1)}"


def _bands(plane: Plane, states: pl.DataFrame, s: Speller) -> list[str]:
    """A tone behind each run of a state that is an advance or hot, with its name where it fits."""
    known = dict(states.select("observation_date", "state").iter_rows())
    found = []
    runs = groupby(range(len(plane.days)), key=lambda i: known.get(plane.days[i]))
    for state, places in runs:
        if state is None:
            continue
        own = list(places)
        kind = "hot" if state in TRAITS[HOT] else "advance" if state in TRAITS[ADVANCE] else ""
        left, right = (
            plane.at(max(own[0] - 0.5, 0)),
            plane.at(min(own[-1] + 0.5, len(plane.days) - 1)),
        )
        if kind:
            found.append(_rect(left, TOP, right - left, plane.y(0) - TOP, f"band-{kind}"))
        name = s.state(state)
        if right - left >= max(BAND, 8 * len(name) * (1.8 if s.code == "zh" else 0.9)):
            found.append(_text(left + 5, plane.y(0) - 7, name, "note"))
    return found


def _grid(plane: Plane) -> list[str]:
    found = []
    for score in (0, 25, 50, 75, 100):
        y = plane.y(score)
        found.append(_path(f"M{LEFT} {y:.1f}H{plane.width - plane.right:.1f}", "grid"))
        found.append(_text(LEFT - 6, y + 4, f"{score}", "tick end"))
    y = plane.y(regimes.HOT)
    found.append(_path(f"M{LEFT} {y:.1f}H{plane.width - plane.right:.1f}", "hot-line"))
    return found


def _months(plane: Plane, s: Speller) -> list[str]:
    """The first session of a month under the axis, as many months as have room; a year at each
    January and at the first.
    """
    firsts = [i for i, (a, b) in enumerate(pairwise(plane.days), start=1) if a.month != b.month]
    if not firsts:
        return [_text(plane.at(0), plane.y(0) + 16, str(s.dated(plane.days[0])), "tick")]
    room = (plane.width - LEFT - plane.right) / max(len(firsts), 1)
    step = next((n for n in (1, 3, 6, 12) if room * n >= FEWEST_TICKS), 12)
    shown = [i for i in firsts if (plane.days[i].month - 1) % step == 0] or firsts[:1]
    found = []
    for place, i in enumerate(shown):
        day, x = plane.days[i], plane.at(i)
        found.append(_path(f"M{x:.1f} {plane.y(0):.1f}v5", "grid"))
        found.append(_text(x, plane.y(0) + 18, s.tick(day), "tick middle"))
        if day.month == 1 or not place:
            found.append(_text(x, plane.y(0) + 34, f"{day.year}", "tick middle"))
    return found


def _line(plane: Plane, values: Sequence[float | None], kind: str) -> str:
    """The course of a score, broken where there was none."""
    said, before = [], None
    for i, value in enumerate(values):
        if value is None:
            before = None
            continue
        apart = before is None or plane.days[i] - plane.days[before] > GAP
        said.append(f"{'M' if apart else 'L'}{plane.at(i):.1f} {plane.y(value):.1f}")
        before = i
    return _path("".join(said), f"line {kind}")


def _ends(plane: Plane, scores: pl.DataFrame, s: Speller) -> list[str]:
    """The last value of each line with its name; two that are near stand apart."""
    found, places = [], []
    for kind in ("momentum", "heat"):
        known = [(i, v) for i, v in enumerate(scores[kind]) if v is not None]
        if known:
            places.append((kind, *known[-1]))
    ys = {kind: plane.y(value) for kind, _, value in places}
    if len(ys) == 2 and abs(ys["momentum"] - ys["heat"]) < 16:
        middle, up = sum(ys.values()) / 2, 1 if ys["momentum"] <= ys["heat"] else -1
        ys = {"momentum": middle - 8 * up, "heat": middle + 8 * up}
    for kind, i, value in places:
        x = plane.at(i)
        found.append(f'<circle class="end {kind}" cx="{x:.1f}" cy="{plane.y(value):.1f}" r="4"/>')
        name = f"{s.fixed(f'archive.{kind}')} " if plane.width > 500 else ""
        found.append(_text(x + 9, ys[kind] + 5, f"{name}{whole(value)}", f"name {kind}"))
    return found


def _numbers(plane: Plane, marks: Sequence[Numbered]) -> list[str]:
    """The numbers of the findings above the plot, each with a line down to its day."""
    wanted = [plane.x(one.day) for one in marks]
    places = list(wanted)
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + APART)
    end = plane.width - HALO - 1
    for i in reversed(range(len(places))):
        places[i] = min(places[i], end - APART * (len(places) - 1 - i))
    found = []
    for one, x, at in zip(marks, wanted, places, strict=True):
        found.append(_path(f"M{at:.1f} {HALO * 2 + 4}L{x:.1f} {TOP}V{plane.y(0):.1f}", "leader"))
        found.append(f'<circle class="number" cx="{at:.1f}" cy="{HALO + 2}" r="{HALO}"/>')
        found.append(_text(at, HALO + 6.5, f"{one.number}", "count middle"))
    return found


def _text(x: float, y: float, said: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(said)}</text>'


def _path(path: str, kind: str) -> str:
    return f'<path class="{kind}" d="{path}"/>'


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
    )
