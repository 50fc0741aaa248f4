"""How a figure is drawn: places, sizes, widths and colours of all that is seen on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text


def looks(figure: Figure) -> str:
    """A line for the paper and for each of its axes; six digits, which no last bit moves."""
    width, height = figure.get_size_inches()
    alone = [_look(one) for one in (*figure.texts, *figure.lines, *figure.patches)]
    paper = " / ".join((f"paper {_digits(width, height)}", *alone))
    return "\n".join((paper, *(" / ".join(_of_axes(axes)) for axes in figure.axes)))


def _of_axes(axes: Axes) -> Iterator[str]:
    limits = *axes.get_xlim(), *axes.get_ylim()
    yield f"axes {_digits(*axes.get_position().bounds, *limits)} {axes.get_gid() or ''}".rstrip()
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        for tick in (*axis.get_major_ticks()[:1], *axis.get_minor_ticks()[:1]):
            label = tick.label1
            yield (
                f"{name} {_digits(tick.tick1line.get_markersize(), label.get_fontsize())} "
                f"{_colour(label.get_color())} {label.get_ha()} {label.get_fontweight()}"
                f"{' grid' * tick.gridline.get_visible()}{' off' * (not label.get_visible())}"
            )
    sides = [name for name, one in axes.spines.items() if one.get_visible()]
    yield f"sides {' '.join(sides)}"
    shown = (*axes.lines, *axes.collections, *axes.patches, *axes.texts)
    yield from (_look(one) for one in shown if one.get_visible())


def _look(one: Artist) -> str:
    how = f"z{_digits(one.get_zorder())}{_alpha(one)}{' free' * (not one.get_clip_on())}"
    match one:
        case Line2D():
            points = np.ma.filled(np.ma.asarray(one.get_xydata(), dtype=float), np.nan)
            return (
                f"line {_digits(*np.nansum(points, axis=0), one.get_linewidth())} "
                f"{one.get_linestyle()} {_digits(one.get_markersize(), one.get_markeredgewidth())} "
                f"{_colour(one.get_markerfacecolor())} {_colour(one.get_markeredgecolor())} {how}"
            )
        case Collection():
            ends = [path.get_extents().extents for path in one.get_paths()[:1]]
            numbers = [*np.ravel(ends), *np.ravel(one.get_linewidths())]
            faces = " ".join(dict.fromkeys(to_hex(f) for f in one.get_facecolors()))
            edges = " ".join(dict.fromkeys(to_hex(f) for f in one.get_edgecolors()))
            sizes = np.ravel(one.get_transforms())[::4]
            return f"marks {_digits(*numbers)} {_digits(*sizes[:3])} {faces} {edges} {how}"
        case Patch():
            places = one.get_patch_transform().transform(one.get_path().vertices)
            return (
                f"shape {_digits(*places.sum(axis=0), one.get_linewidth())} "
                f"{_colour(one.get_facecolor())} {_colour(one.get_edgecolor())} "
                f"{one.get_hatch() or ''} {how}"
            )
        case Text():
            away = one.xyann if isinstance(one, Annotation) else one.get_position()
            ground = one.get_bbox_patch()
            arrow = one.arrow_patch if isinstance(one, Annotation) else None
            return (
                f"«{' '.join(one.get_text().split())}» {_digits(one.get_fontsize())} "
                f"{one.get_fontweight()} {_colour(one.get_color())} "
                f"{one.get_ha()} {one.get_va()} {_points(*away)} "
                f"{one._linespacing} {_digits(one.get_rotation())} {how}"
                f"{_colour(ground.get_facecolor()) if ground else ''}"
                f"{f' line {_digits(arrow.get_linewidth())}' if arrow else ''}"
            )
    return type(one).__name__


def _digits(*values: float) -> str:
    return " ".join("–" if np.isnan(value) else f"{value + 0.0:.6g}" for value in values)


def _points(*values: float) -> str:
    """Whole points: where words lead to depends on their width, of which fonts know the last bit.

    Places within the axes have digits.
    """
    return " ".join(f"{v:.0f}" if abs(v) >= 3 else f"{v:.2g}" for v in values)


def _colour(colour: object) -> str:
    return to_hex(colour) if colour not in ("none", "None") else "none"


def _alpha(one: Artist) -> str:
    alpha = one.get_alpha()
    return "" if alpha is None else f" {_digits(alpha)} clear"
