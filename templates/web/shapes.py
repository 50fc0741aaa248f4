"""Paths of figures in few bytes: the same shape, told in steps from point to point."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r"[MLQCz]|-?[\d.]+(?:e-?\d+)?")
ROUND = re.compile(r"M0 ([\d.]+)(?:C(?: ?-?[\d.]+){6}){8}z")  # how matplotlib draws a circle

Step = tuple[str, tuple[float, ...]]
Corners = tuple[float, float, float, float]


def steps(path: str) -> list[Step]:
    """The commands of a path with the points that follow each; only M, L, Q, C and z are known."""
    found: list[tuple[str, list[float]]] = []
    for token in TOKEN.findall(path):
        if token.isalpha():
            found.append((token, []))
        else:
            found[-1][1].append(float(token))
    return [(command, tuple(points)) for command, points in found]


def moved(path: list[Step], x: float, y: float) -> list[Step]:
    """The same shape elsewhere."""
    return [(command, tuple(value + (y if at % 2 else x) for at, value in enumerate(points)))
            for command, points in path]  # fmt: skip


def corners(path: list[Step]) -> Corners:
    """Left, top, right and bottom of what holds all points of a path, at least the path itself."""
    xs = [value for _, points in path for value in points[::2]]
    ys = [value for _, points in path for value in points[1::2]]
    return min(xs), min(ys), max(xs), max(ys)


def radius(path: str) -> float | None:
    """Of a circle around the origin, None of another shape."""
    found = ROUND.fullmatch(
        " ".join(path.split())
        .replace(" C", "C")
        .replace("C ", "C")
        .replace(" z", "z")
        .replace("M ", "M")
    )
    return float(found[1]) if found else None


def short(path: list[Step], places: int) -> str:
    """The path in steps from the point before, rounded so that no error adds up."""
    scale = 10**places
    here = start = (0, 0)
    told: list[str] = []
    last = ""
    for command, points in path:
        if command == "z":
            told.append("z")
            here, last = start, "z"
            continue
        at = [round(value * scale) for value in points]
        if command == "M":
            told.append("M" + _numbers(at, scale))
            here = start = (at[0], at[1])
            last = "M"
            continue
        for name, step in _relative(command.lower(), at, here):
            numbers = _numbers(step, scale)
            same = name == last
            told.append((("" if numbers[0] == "-" else " ") if same else name) + numbers)
            last = name
        here = (at[-2], at[-1])
    return "".join(told)


def _relative(
    command: str, at: list[int], here: tuple[int, int]
) -> Iterator[tuple[str, list[int]]]:
    """A command and its numbers, seen from here; along an axis a line needs but one."""
    step = [value - here[place % 2] for place, value in enumerate(at)]
    if command != "l":
        yield command, step
    elif not step[1]:
        if step[0]:
            yield "h", step[:1]
    elif not step[0]:
        yield "v", step[1:]
    else:
        yield "l", step


def _numbers(values: list[int], scale: int) -> str:
    """Numbers in a row, parted only where they would run together."""
    told = ""
    for value in values:
        text = _number(value, scale)
        told += text if not told or text[0] == "-" else f" {text}"
    return told


def _number(value: int, scale: int) -> str:
    text = f"{value / scale:g}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
