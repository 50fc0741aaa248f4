"""Which readings an issue would have by now: metrics with a value, blocks and axes with a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from flows.workspace import Workspace
from transforms.axes.composite import AXES, WEIGHTS
from transforms.engine.metric import metrics
from warehouse.records import evaluations


@dataclass(frozen=True)
class Readings:
    """As of a day: which metrics speak, those of each family, scores of blocks and axes.

    axes: the score of each axis, or None, by its name; blocks: those with a score.
    """

    as_of: date
    speaking: frozenset[str]
    axes: Mapping[str, float | None]
    blocks: tuple[str, ...]
    silent: Mapping[str, date | None]  # axes and blocks without a score, and when they will have

    @property
    def families(self) -> dict[str, tuple[int, int]]:
        """How many metrics of how many speak, by family."""
        found: dict[str, tuple[int, int]] = {}
        for one in metrics().values():
            some, all_ = found.get(one.family, (0, 0))
            found[one.family] = (some + (one.id in self.speaking), all_ + 1)
        return found

    @property
    def lines(self) -> list[str]:
        """The account in sentences."""
        whole = [f for f, (some, all_) in self.families.items() if some == all_]
        parts = [
            f"{f} {some}/{all_}" for f, (some, all_) in self.families.items() if 0 < some < all_
        ]
        mute = [f for f, (some, _) in self.families.items() if not some]
        return [
            f"readings that speak as of {self.as_of}: {len(self.speaking)} of {len(metrics())}",
            "axes: " + ", ".join(self._axis(name) for name in AXES.values()),
            f"blocks with a score: {len(self.blocks)} of {len(WEIGHTS)}",
            *([f"families that speak in full: {', '.join(whole)}"] if whole else []),
            *([f"in part: {', '.join(parts)}"] if parts else []),
            *([f"not yet: {', '.join(mute)}"] if mute else []),
        ]

    def _axis(self, name: str) -> str:
        score, label = self.axes[name], name.replace("_", " ")
        if score is not None:
            return f"{label} {score:.0f}"
        day = self.silent.get(name)
        return f"{label} is silent" + (f" until about {day}" if day else "")


def readings(ws: Workspace, as_of: date) -> Readings:
    """What speaks of the evaluation of a day, as it is published."""
    with ws.store.published() as reader:
        absent = evaluations.read(reader, as_of)["meta.absence"]
        values = reader.measured("mart.metric", as_of)
    now = values.filter(pl.col("observation_date") == as_of)
    scores = dict(
        now.filter(pl.col("metric").is_in(list(AXES.values())))
        .select("metric", "score")
        .iter_rows()
    )
    blocks = now.filter(metric="block_score")["entity"].sort().to_list()
    mute = set(absent.filter(pl.col("entity") == "")["metric"])
    later = absent.filter(pl.col("metric").is_in([*AXES.values(), "block_score"]))
    return Readings(
        as_of,
        frozenset(metrics()) - mute,
        {name: scores.get(name) for name in AXES.values()},
        tuple(blocks),
        {
            m if m in AXES.values() else e: d
            for m, e, d in later.select("metric", "entity", "speaks_on").iter_rows()
        },
    )
