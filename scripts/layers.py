"""Places for boxes in rows and for the arrows that lead down from row to row.

After Sugiyama, Tagawa and Toda (1981): arrows that follow from others are left out, long ones get
a spot in each row that they pass, rows are sorted by the middle of their neighbours, and boxes move
towards these middles as far as the boxes beside them allow.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

BOX_HEIGHT, GAP, SWEEPS = 22, 10.0, 24
LETTER, DIGIT, PADDING = 7.3, 6.2, 16.0  # wide enough for DejaVu Sans at the sizes of the picture
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A room; without a label it is the place in a row at which a long arrow passes."""

    name: str
    label: str
    files: int

    @property
    def width(self) -> float:
        if not self.label:
            return 4.0
        counted = 5 + DIGIT * len(str(self.files)) if self.files > 1 else 0.0
        return LETTER * len(self.label) + counted + PADDING

    @property
    def gap(self) -> float:
        """What stays free beside it."""
        return GAP if self.label else GAP / 2


@dataclass(frozen=True)
class Arrow:
    """Imports of one box from another."""

    tail: str
    head: str
    imports: int


@dataclass(frozen=True)
class Spot:
    """A box with its middle and its upper edge."""

    box: Box
    x: float
    top: float
    height: int = BOX_HEIGHT

    @property
    def above(self) -> Point:
        return self.x, self.top

    @property
    def below(self) -> Point:
        return self.x, self.top + self.height


def arrange(
    rows: Sequence[Sequence[Box]], arrows: Sequence[Arrow], frame: tuple[float, float, float, float]
) -> tuple[dict[str, Spot], list[tuple[list[Point], int]]]:
    """Spots of the boxes by name, and the arrows as points to draw through with their imports.

    frame: left, top, width, height. Arrows lead from an upper row to a lower one.
    """
    left, top, width, height = frame
    wrapped = [part for row in rows for part in _wrapped(row, width - 2 * GAP)]
    level = {box.name: n for n, row in enumerate(wrapped) for box in row}
    kept = _reduced([a for a in arrows if level[a.tail] < level[a.head]])
    full, links = _with_passages(wrapped, kept, level)
    ordered = _sorted_rows(full, links)
    middles = _middles(ordered, links, left, width)
    pitch = height / len(ordered)
    spots = {
        box.name: Spot(box, middles[box.name], top + pitch * n + (pitch - BOX_HEIGHT) / 2)
        for n, row in enumerate(ordered)
        for box in row
    }
    drawn = [(_points(chain, spots, links), arrow.imports) for arrow, chain in _chains(kept, level)]
    return {name: spot for name, spot in spots.items() if spot.box.label}, drawn


def _wrapped(row: Sequence[Box], width: float) -> list[list[Box]]:
    """A row that is too wide, as several."""
    parts: list[list[Box]] = [[]]
    for box in row:
        if sum(b.width + GAP for b in parts[-1]) + box.width > width:
            parts.append([])
        parts[-1].append(box)
    return parts


def _reduced(arrows: Sequence[Arrow]) -> list[Arrow]:
    """The arrows that do not follow from others: no other way leads from tail to head."""
    onward: dict[str, set[str]] = {}
    for arrow in arrows:
        onward.setdefault(arrow.tail, set()).add(arrow.head)

    def reached(name: str) -> set[str]:
        heads = onward.get(name, set())
        return heads.union(*(reached(head) for head in heads))

    return [
        arrow
        for arrow in arrows
        if not any(arrow.head in reached(other) for other in onward[arrow.tail] - {arrow.head})
    ]


def _chains(arrows: Sequence[Arrow], level: dict[str, int]) -> list[tuple[Arrow, list[str]]]:
    """Each arrow with the names of all spots on its way."""
    return [
        (
            arrow,
            [
                arrow.tail,
                *(f"{arrow.tail} {arrow.head} {n}" for n in range(level[arrow.tail] + 1, level[arrow.head])),
                arrow.head,
            ],
        )
        for arrow in arrows
    ]  # fmt: skip


def _with_passages(
    rows: Sequence[Sequence[Box]], arrows: Sequence[Arrow], level: dict[str, int]
) -> tuple[list[list[Box]], dict[str, list[str]]]:
    """The rows with the places at which long arrows pass, and the neighbours of each spot."""
    full = [list(row) for row in rows]
    links: dict[str, list[str]] = {box.name: [] for row in rows for box in row}
    for arrow, chain in _chains(arrows, level):
        for n, name in enumerate(chain[1:-1], level[arrow.tail] + 1):
            full[n].append(Box(name, "", 0))
        for one, next_one in itertools.pairwise(chain):
            links.setdefault(one, []).append(next_one)
            links.setdefault(next_one, []).append(one)
    return full, links


def _sorted_rows(rows: list[list[Box]], links: dict[str, list[str]]) -> list[list[Box]]:
    """The order within rows in which fewest arrows cross, of those that the sweeps meet."""
    best, fewest = rows, _crossings(rows, links)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        order = list(range(len(rows))) if down else list(reversed(range(len(rows))))
        rows = [list(row) for row in rows]
        for n, beside in zip(order[1:], order, strict=False):
            place = {box.name: k / max(len(rows[beside]), 1) for k, box in enumerate(rows[beside])}
            own = {box.name: k / len(rows[n]) for k, box in enumerate(rows[n])}

            def middle(
                box: Box, place: dict[str, float] = place, own: dict[str, float] = own
            ) -> float:
                return fmean([place[x] for x in links[box.name] if x in place] or [own[box.name]])

            rows[n].sort(key=middle)
        crossings = _crossings(rows, links)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _crossings(rows: Sequence[Sequence[Box]], links: dict[str, list[str]]) -> int:
    """How many pairs of arrows cross between neighbouring rows."""
    count = 0
    for upper, lower in itertools.pairwise(rows):
        place = {box.name: k for k, box in enumerate(lower)}
        ends = [(k, place[x]) for k, box in enumerate(upper) for x in links[box.name] if x in place]
        count += sum(a < c and b > d for a, b in ends for c, d in ends)
    return count


def _middles(
    rows: Sequence[Sequence[Box]], links: dict[str, list[str]], left: float, width: float
) -> dict[str, float]:
    """The middle of each spot: near those of its neighbours, without overlaps, within the frame."""
    x = {box.name: left + width / 2 for row in rows for box in row}
    for _ in range(SWEEPS):
        for row in [*rows, *reversed(rows)]:
            wished = [fmean([x[n] for n in links[box.name]] or [x[box.name]]) for box in row]
            x |= _spread(row, wished, left + GAP, left + width - GAP)
    return x


def _spread(
    row: Sequence[Box], wished: Sequence[float], left: float, right: float
) -> dict[str, float]:
    """Middles near the wished ones, in the order of the row and without overlaps."""
    packed, edge = [], left
    for box, wish in zip(row, wished, strict=True):
        packed.append(max(wish, edge + box.width / 2))
        edge = packed[-1] + box.width / 2 + box.gap
    edge = right
    for n in range(len(row) - 1, -1, -1):
        packed[n] = min(packed[n], edge - row[n].width / 2)
        edge = packed[n] - row[n].width / 2 - row[n].gap
    # Half of what the packing has pushed to the right goes back, where there is room.
    shift = fmean(w - p for w, p in zip(wished, packed, strict=True))
    room = packed[0] - row[0].width / 2 - left
    shift = max(shift, -room) if shift < 0 else 0.0
    return {box.name: middle + shift for box, middle in zip(row, packed, strict=True)}


def _points(
    chain: Sequence[str], spots: dict[str, Spot], links: dict[str, list[str]]
) -> list[Point]:
    """The way of an arrow; those that share a box leave and reach it side by side."""
    first, last = spots[chain[0]], spots[chain[-1]]
    begin = replace(first, x=_port(first, chain[1], spots, links))
    end = replace(last, x=_port(last, chain[-2], spots, links))
    inner = [p for name in chain[1:-1] for p in (spots[name].above, spots[name].below)]
    return [begin.below, *inner, end.above]


def _port(spot: Spot, other: str, spots: dict[str, Spot], links: dict[str, list[str]]) -> float:
    """Where on the edge of a box the arrow from or to another spot stands."""
    below = spots[other].top > spot.top
    same_side = [n for n in links[spot.box.name] if (spots[n].top > spot.top) == below]
    order = sorted(same_side, key=lambda n: (spots[n].x, n))
    step = min(12.0, (spot.box.width - 12) / max(len(order), 1))
    return spot.x + step * (order.index(other) - (len(order) - 1) / 2)
