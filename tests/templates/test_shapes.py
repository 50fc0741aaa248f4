"""Paths told in steps: the same points as before, in fewer bytes."""

from __future__ import annotations

import re

import pytest

from templates.web.shapes import corners, moved, radius, short, steps

CIRCLE = (
    "M 0 1.6 \nC 0.4 1.6 0.8 1.4 1.1 1.1 \nC 1.4 0.8 1.6 0.4 1.6 0 \nC 1.6 -0.4 1.4 -0.8 1.1 -1.1 \n"
    "C 0.8 -1.4 0.4 -1.6 0 -1.6 \nC -0.4 -1.6 -0.8 -1.4 -1.1 -1.1 \nC -1.4 -0.8 -1.6 -0.4 -1.6 0 \n"
    "C -1.6 0.4 -1.4 0.8 -1.1 1.1 \nC -0.8 1.4 -0.4 1.6 0 1.6 \nz"
)


def walked(path: str) -> list[tuple[float, float]]:
    """The points of a path of M, l, h, v and z, by hand."""
    at, start, found, command = (0.0, 0.0), (0.0, 0.0), [], ""
    tokens = re.findall(r"[a-zA-Z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?", path)
    while tokens:
        if tokens[0].isalpha():
            command = tokens.pop(0)
        if command == "z":
            at = start
        elif command in "hv":
            step = float(tokens.pop(0))
            at = (at[0] + step, at[1]) if command == "h" else (at[0], at[1] + step)
        else:
            x, y = float(tokens.pop(0)), float(tokens.pop(0))
            at = (x, y) if command == "M" else (at[0] + x, at[1] + y)
            start = at if command == "M" else start
        found.append((round(at[0], 6), round(at[1], 6)))
    return found


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("M 1 2 L 1.5 2 L 1.5 3.25 L 0.5 3 z", "M1 2h.5v1.25l-1-.25z"),
        ("M 10 0.5 \nL 9 0.25 \nL 8.5 0 \n", "M10 .5l-1-.25-.5-.25"),
        ("M 0 0 L 1 1 L 1.5 1.5 L 2 1", "M0 0l1 1 .5 .5 .5-.5"),
        ("M 5 5 L 5 5 L 6 5", "M5 5h1"),
        ("M 0 0 L 4 0 z M 1 1 L 2 2", "M0 0h4zM1 1l1 1"),
        ("M 0 0 C 1 0 2 1 2 2 Q 3 3 4 2", "M0 0c1 0 2 1 2 2q1 1 2 0"),
    ],
)
def test_a_path_is_told_in_steps(path, told):
    assert short(steps(path), 2) == told


def test_rounding_does_not_add_up():
    line = "M 0 0 " + " ".join(f"L {n * 0.34:.2f} {(n * 0.77) % 9:.2f}" for n in range(1, 300))
    exact = [(x, y) for _, (x, y) in steps(line)]
    seen = walked(short(steps(line), 1))
    assert len(seen) == len(exact)
    assert max(abs(a - b) for one, other in zip(seen, exact, strict=True)
               for a, b in zip(one, other, strict=True)) <= 0.0501  # fmt: skip


def test_a_circle_is_known_by_its_path():
    assert radius(CIRCLE) == 1.6
    assert radius("M 0 1.6 L 2 3 z") is None


def test_a_path_elsewhere_and_its_corners():
    assert corners(moved(steps("M 0 0 L 2 -1 z"), 10.0, 5.0)) == (10.0, 4.0, 12.0, 5.0)
