"""docs/metrics.md: `metric_reference.md` filled in from the declarations and the constants.

The chapters bear the numbers under which code and tables cite them (`metrics.md 0.9`, `H02`). What
a metric declares as its `paper` is an indicator's number, a chapter, or a name in the bibliography.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby

import polars as pl

from transforms.axes import composite, core, regimes, turns
from transforms.engine.metric import (
    FEWEST_DAYS,
    FEWEST_MONTHS,
    FEWEST_WEEKS,
    Anchors,
    Itself,
    Metric,
    Percentile,
    Robust,
    ScoreMap,
    Trailing,
    lineage,
    metrics,
)
from transforms.formulas import factor_adjusted, gsadf_critical_values, lppls
from transforms.formulas.expressions import SESSIONS_A_YEAR, SESSIONS_A_YEAR_US
from transforms.metrics import explosive
from transforms.outlook import backtest, followed, readings, scenarios
from warehouse.catalog import catalogue
from warehouse.storage.dictionary import published, upstreams

PICTURES = "pictures/metrics"
INDICATORS = {
    "M01": "12-1 momentum",
    "M02": "time-series momentum",
    "M03": "risk-adjusted momentum",
    "M04": "trend",
    "M05": "shares above their means",
    "M06": "rising and falling shares",
    "M07": "new highs and lows",
    "M08": "McClellan oscillator",
    "M09": "breadth thrust",
    "M10": "level and multi-year high",
    "M11": "turnover",
    "M12": "capital formation",
    "M13": "young companies",
    "M14": "policy intensity",
    "M15": "growth of earnings, China's megacaps against the Magnificent 7",
    "M16": "persistence of the advance",
    "M17": "relative strength",
    "H01": "relative strength index",
    "H02": "margin financing",
    "H03": "margin financing over capitalisation",
    "H04": "margin purchases over turnover",
    "H05": "turnover rate",
    "H06": "concentration of leverage",
    "H07": "concentration of turnover and of contributions",
    "H08": "crowding",
    "H09": "correlation and absorption ratio",
    "H10": "dispersion",
    "H11": "price limits",
    "H12": "first-day returns of listings",
    "H13": "valuation",
    "H14": "explosive prices (Phillips, Shi and Yu)",
    "H15": "log-periodic power law",
    "H16": "volatility and skewness",
    "H17": "run-ups",
    "H18": "convexity",
    "H19": "warnings of companies",
    "H20": "what follows a warning",
    "H21": "turbulence",
    "H22": "activity of private investors",
    "H23": "moves and turnover within the day",
}
# Where an indicator is measured that no metric has.
BESIDE_METRICS = {"H20": "[the event study of chapter 6.6](#6-what-may-come)"}
CHAPTER = "metrics.md "  # before the number of a chapter in a `paper`


def markdown() -> str:
    """docs/metrics.md: a test keeps the file equal to this.

    Raises KeyError when a metric cites what is nowhere, or nothing measures an indicator.
    """
    return _template().format(**_lists(), **_conventions(), **_tests(), **_axes(), **_ahead())


@cache
def _template() -> str:
    return files("transforms").joinpath("metric_reference.md").read_text(encoding="utf-8")


def _lists() -> Mapping[str, str]:
    """What the declarations say, as lists, tables and entries."""
    return {
        "momentum": _lines(_indicators("M")),
        "heat": _lines(_indicators("H")),
        "blocks": _lines(_blocks()),
        "cores": _lines(_cores()),
        "states": _lines(_states()),
        "contents": _lines(_contents()),
        "families": _lines(_entries()),
        "inputs": _lines(_inputs()),
        "study": _lines(_study()),
        "sources": _lines(f"- {name}: {title}." for name, title in bibliography().items()),
    }


def _study() -> Iterator[str]:
    """What the tests of explosiveness made of drawn histories."""
    file = files("transforms") / "tables" / "explosiveness_study.csv"
    for one in pl.read_csv(file.read_bytes()).iter_rows(named=True):
        alarms = f"{one['share']:.1%} ± {one['error']:.1%}"
        dated = [
            "" if one[name] is None else format(one[name], shown)
            for name, shown in (("delay", ".0f"), ("ended", "+.0f"), ("broken", ".0%"))
        ]
        told = one["test"], one["noise"], "yes" if one["factors"] else "no", one["episode"]
        yield f"| {' | '.join([*told, str(one['samples']), alarms, *dated])} |"


def _lines(lines: Iterator[str]) -> str:
    return "\n".join(lines)


def _conventions() -> Mapping[str, object]:
    """The constants of chapter 0."""
    return {
        "mainland": SESSIONS_A_YEAR,
        "us": SESSIONS_A_YEAR_US,
        "fewest_days": FEWEST_DAYS,
        "fewest_weeks": FEWEST_WEEKS,
        "fewest_months": FEWEST_MONTHS,
    }


def _tests() -> Mapping[str, object]:
    """The constants of chapters 3 and 4."""
    rule = lppls.CONFIDENCE
    return {
        "long": explosive.LONG,
        "short": explosive.SHORT,
        "young": explosive.LONG_BEFORE.year,
        "first": explosive.FIRST.year,
        "level": explosive.LEVEL,
        "bootstraps": gsadf_critical_values.REPETITIONS,
        "control": gsadf_critical_values.CONTROL,
        "longest_slopes": factor_adjusted.LONGEST,
        "fewest_slopes": factor_adjusted.FEWEST,
        "windows": len(lppls.WINDOWS),
        "shortest": min(lppls.WINDOWS),
        "longest": max(lppls.WINDOWS),
        "tc": "[{:g}, {:g}]".format(*rule.tc),
        "m": "[{:g}, {:g}]".format(*rule.m),
        "w": "[{:g}, {:g}]".format(*rule.w),
        "oscillations": rule.oscillations,
        "damping": rule.damping,
        "error": rule.error,
    }


def _axes() -> Mapping[str, object]:
    """The constants of chapter 5."""
    return {
        "block": composite.FEWEST_OF_BLOCK,
        "axis": composite.FEWEST_OF_AXIS,
        "version": composite.VERSION,
        "advance": regimes.ADVANCE,
        "fading": regimes.FADING,
        "hot": regimes.HOT,
        "retreat": regimes.RETREAT,
        "two_weeks": regimes.TWO_WEEKS,
        "turn_year": turns.YEAR,
        "turn_fall": turns.FALL,
    }


def _ahead() -> Mapping[str, object]:
    """The constants of chapter 6."""
    return {
        "horizons": ", ".join(map(str, scenarios.HORIZONS)),
        "outcomes": ", ".join(scenarios.OUTCOMES),
        "bust": -scenarios.BUST,
        "correction": -scenarios.CORRECTION,
        "estimators": ", ".join(scenarios.ESTIMATORS).capitalize(),
        "kappa": scenarios.FIRST_KAPPA,
        "fewest_independent": scenarios.FEWEST,
        "draws": scenarios.DRAWS,
        "step": scenarios.STEP,
        "tests": len(backtest.registry()),
        "chance": backtest.CHANCE,
        "top": readings.TOP,
        "steps": ", ".join(f"{one:g}" for one in readings.STEPS),
        "fewest_cases": followed.FEWEST_CASES,
    }


def _indicators(letter: str) -> Iterator[str]:
    """What the numbers of the indicators with this letter mean, and which metrics measure each."""
    for number, name in INDICATORS.items():
        if number.startswith(letter):
            cited = [f"`{one.id}`" for one in metrics().values() if number in _papers(one)]
            yield f"- {number}: {name}: {', '.join(cited) or f'see {BESIDE_METRICS[number]}'}"


def _papers(one: Metric) -> list[str]:
    """The references of a metric, one by one."""
    return one.paper.split("; ")


def _blocks() -> Iterator[str]:
    """The weight of each block, and what enters it."""
    for block, weight in composite.WEIGHTS.items():
        yield f"| {block} | {weight}% | {_components(block)} |"


def _components(block: str) -> str:
    """The metrics of a block with their shares of it, and the entities they are taken from."""
    members = [one for one in metrics().values() if one.block == block]
    parts = [f"`{one.id}` of {', '.join(one.entities)} ({one.weight}%)" for one in members]
    return "; ".join(parts) or "nothing yet: its weight is missing, and coverage says so"


def _cores() -> Iterator[str]:
    """What enters the core of each axis, by block, with its shares of the core."""
    for side, axis in core.METRICS.items():
        for block in composite.WEIGHTS:
            parts = [
                f"`{one.id}` of {', '.join(one.core_entities)} ({one.core}%)"
                for one in composite.members()
                if one.core and one.block == block and block.startswith(f"{side}/")
            ]
            if parts:
                yield f"| `{axis}` | {block} | {'; '.join(parts)} |"


def _states() -> Iterator[str]:
    """The six states of the market with the levels at which each begins."""
    levels = {
        1: f"momentum {regimes.ADVANCE:.0f} or more",
        0: "momentum between these",
        -1: f"momentum under {regimes.FADING:.0f}",
    }
    for (direction, hot), name in regimes.STATES.items():
        heat = "or more" if hot else "not reached"
        yield f"- {name}: {levels[direction]}, heat {regimes.HOT:.0f} {heat}"


def _families() -> list[tuple[str, list[Metric]]]:
    """The metrics of each family, in the order in which it declares them."""
    return [
        (family, list(members))
        for family, members in groupby(metrics().values(), key=lambda one: one.family)
    ]


def _contents() -> Iterator[str]:
    """All metrics by family, each linked to its entry."""
    for family, members in _families():
        links = ", ".join(f"[{one.id}](#{one.id})" for one in members)
        yield f"| [{family}](#{family}) | {links} |"


def _entries() -> Iterator[str]:
    """The families one after another: what each is about, and its metrics."""
    for family, members in _families():
        yield f"## {family.capitalize()}"
        yield ""
        yield _about(members[0])
        for one in members:
            yield ""
            yield from _entry(one)
        if family != _families()[-1][0]:
            yield ""


def _about(one: Metric) -> str:
    """What the module of a metric says of itself."""
    module = sys.modules[one.compute.__module__]
    return " ".join((module.__doc__ or "").split("\n\n")[0].split())


def _entry(one: Metric) -> Iterator[str]:
    """One metric in words, and its history."""
    yield f"### {one.id}"
    yield ""
    yield f"**{one.label}**, {one.unit}. {one.reading}"
    yield ""
    yield f"- formula: {one.formula}"
    yield f"- window: {_window(one.window)}; version {one.version}"
    yield f"- score: {_score(one.score)}; {one.direction}{_place(one)}"
    yield f"- source: {', '.join(map(cited, _papers(one)))}"
    yield f"- pitfall: {one.pitfall}"
    yield f"- follows from {', '.join(sorted(lineage(one.id)))}"
    yield ""
    yield f"![History of {one.id}]({PICTURES}/{one.id}.svg)"


def cited(reference: str) -> str:
    """A reference of a `paper` as a link; raises KeyError for one that leads nowhere."""
    if reference in INDICATORS:
        chapter = "1-indicators-of-momentum" if reference[0] == "M" else "2-indicators-of-heat"
        return f"[{reference} {INDICATORS[reference]}](#{chapter})"
    if reference in bibliography():
        return f"[{reference}](#sources)"
    number = reference.removeprefix(CHAPTER)
    if not reference.startswith(CHAPTER) or number not in _chapters():
        raise KeyError(f"{reference!r} is no indicator, chapter or entry of bibliography.toml")
    return f"[chapter {number}](#{_chapters()[number]})"


@cache
def _chapters() -> Mapping[str, str]:
    """The anchor of the chapter in which each numbered chapter or section stands."""
    found, anchor = {}, ""
    for mark, number, title in re.findall(
        r"^(## |\*\*)(\d[\d.]*) ([^*\n]+)", _template(), re.MULTILINE
    ):
        if mark == "## ":
            anchor = f"{number} {title}".lower().replace(" ", "-")
        found[number] = anchor
    return found


def _window(observations: int) -> str:
    """How far back a value looks; 0 is the whole history."""
    if not observations:
        return "the whole history"
    return f"{observations} observation{'s' * (observations > 1)}"


def _place(one: Metric) -> str:
    if one.block is None:
        return ", shown beside the axes"
    return f", enters {one.block} while at most {one.max_age} trading days old"


def _score(score: ScoreMap) -> str:
    """A score map in words."""
    match score:
        case Percentile(minimum):
            return f"percentile of its own past, from {minimum} observations on"
        case Trailing(span, minimum):
            return f"percentile of its last {span.removesuffix('mo')} months, from {minimum} observations on"
        case Robust(minimum):
            return f"robust, from {minimum} observations on"
        case Anchors(points):
            return "lines through " + ", ".join(f"{value:g} → {to:g}" for value, to in points)
        case Itself():
            return "the value itself"
        case None:
            return "none"


def _inputs() -> Iterator[str]:
    """The datasets behind the metrics, with their upstreams in
    the order in which they are tried.
    """
    used = frozenset().union(*(lineage(name) for name in metrics()))
    for name in sorted(used):
        one = catalogue()[name]
        yield f"| {name} | {upstreams(one)} | {published(one.publication)} |"


@cache
def bibliography() -> dict[str, str]:
    """Title and place of each publication by the name under which it is cited."""
    text = files("transforms").joinpath("bibliography.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


if __name__ == "__main__":
    sys.stdout.write(markdown())
