"""docs/metrics.md, out of the declarations: what each number means, its source and its weight.

The chapters bear the numbers under which code and tables cite them (`metrics.md 0.9`, `H02`). What
a metric declares as its `paper` is an indicator's number, a chapter, or a name in the bibliography.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby

from transforms.axes import composite, regimes
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
from transforms.formulas import gsadf_critical_values, lppls
from transforms.formulas.expressions import SESSIONS_A_YEAR, SESSIONS_A_YEAR_US
from transforms.metrics import explosive
from transforms.outlook import backtest, scenarios
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
    "H22": "fever of private investors",
}
# Where an indicator is measured that no metric has.
BESIDE_METRICS = {"H20": "[the event study of chapter 6.6](#6-what-may-come)"}
# The chapters that a `paper` may cite as "metrics.md 0.3", by the first digit of their number.
CHAPTER = "metrics.md "
CHAPTERS = {
    "0": "0-conventions",
    "3": "3-explosive-prices",
    "4": "4-log-periodic-power-law",
    "5": "5-the-two-axes",
    "6": "6-what-may-come",
}
CONVENTIONS = """\
# Metrics

Generated from the declarations in `transforms/metrics/` by `make handbook`. The pictures show the
simulated market of the demo. In the warehouse, `mart.wide_<family>` has the metrics of a family side
by side, one column each, with these words as comments.

## 0 Conventions

**0.1 Time.** A value is dated by the day it describes (`observation_date`) and carries the time at
which the newest of its inputs became known (`known_at`, UTC). Only what was known by the end of the
day `as_of` in Shanghai enters, and no value looks at a day after its own.

**0.2 Prices.** Prices are stored as traded. Windows over a stock use prices made comparable
*backwards*: a bar's factor is the last close over the ex-rights previous close that the exchange
states, or where it states none (bars of a back-fill) by how much the share's adjustment factor grew.
A later dividend never rewrites history. Indices are price indices.

**0.3 Returns.** P(t) / P(t-1) - 1, as a fraction. A suspended stock has no bar; it is absent, not
unchanged, and windows count the stock's own bars.

**0.4 Counts.** `n_obs` is the number of observations so far in a series, `n` the members counted in
one observation, `coverage` the share of what should be there that was there.

**0.5 Years.** What is stated per year is scaled to {mainland} trading days, the mean of 2015 to 2025 on
the mainland, and to {us} in New York.
"""
SCORES = """\
**0.9 Scores.** `percentile` is the expanding mid-rank percentile: the share of the values so far
that lie below, ties counted half, 0 to 100; null before {days} observations, or as many as the
metric declares (of weeks {weeks}, of months {months}). `score` maps a value to 0-100 in the way that
its metric declares: by that percentile; by the one within a span, where older values are of another
regime; by straight lines through fixed anchors, where the metric has a
scale of its own; or robustly, 100 × Φ((value − median) / (1.4826 × MAD)) with the argument kept
within ±3, where the history is short. A score of heat is high when the market is hot, a score of
momentum when the advance is broad and lasting.
"""
EXPLOSIVE = """\
## 3 Explosive prices

**3.1 Test.** BSADF(t) is the largest t statistic of b in Δ ln P = a + b ln P(-1) + e over all windows
of weeks that end with t and have {long} rows or more, {short} in series that begin in {young} or later:
the rule of Phillips, Shi and Yu (2015) for 1,500 and for 400 weeks. It is fixed by the first week of
a series, so that a later week changes no earlier value. Histories begin in {first}; no lags.

**3.2 Critical values.** Of steady noise, by our own seeded Monte Carlo: the {level:.0%} quantile of the
largest statistic of windows that begin with the series, in random walks as long as the history so
far. Of the series itself, by a wild bootstrap: {draws} series of its own changes, each times a standard
normal draw, and in each the largest BSADF of {control} weeks, so that two years raise a false alarm with
the stated probability (Harvey, Leybourne, Sollis and Taylor (2016); Phillips and Shi (2020)). The
seed is fixed.

**3.3 Direction.** The test rejects in collapses as well: growth is explosive only where the price rose
over the window of the largest statistic.
"""
LPPLS = """\
## 4 Log-periodic power law

**4.1 Model.** E ln P(t) = A + f (B + C₁ cos(ω ln(tc − t)) + C₂ sin(ω ln(tc − t))), f = (tc − t)^m, fitted
by least squares to the daily closes of {windows} windows of {shortest} to {longest} trading days that end
with the day (Filimonov and Sornette (2013)). Fits are judged by their sum of squares: the parameters
hardly matter to it.

**4.2 What counts.** Condition 1 of Sornette et al. (2015): tc within {tc} lengths of the window from
its end, m within {m}, ω within {w}, {oscillations:g} oscillations or more, damping m|B| / (ω|C|) of
{damping:g} or more, error of {error:.0%} or less. Oscillations are counted in half-periods, and errors
are averaged over the window.

**4.3 Confidence.** Windows that count and have 0 < m < 1, among all windows: B < 0 is an accelerating
rise, B > 0 such a fall. No date is read off tc.
"""
AXES = """\
## 5 The two axes

**5.1 Composition.** Metric → score → block → axis. A block is the weighted mean of the scores that
were known at the end of its day and are not too old; with less than {block:.0%} of its weight it is
missing. An axis is the weighted mean of its blocks; with less than {axis:.0%} of its weight it is
not published. The weight of what is missing is not handed to the others in silence: `coverage`
says how much there was. Weights are priors, fixed beforehand, version {version}.
"""
READING = """\
**5.2 Reading.** Structural momentum of {advance:.0f} or more is an advance, under {fading:.0f}
fading; overheating of {hot:.0f} or more is hot. The two are never merged into one number.

**5.3 Systemic heat.** (w∘s)' C (w∘s) of the blocks of heat, as a root (Holló, Kremer and Lo Duca
(2012)): near the axis when all blocks run hot together, below it when only some do.

**5.4 Common factor.** The first principal component of the blocks of heat, each week with the loadings
of the weeks so far; how well it agrees with the axis is a diagnostic and enters nothing.

**5.6 States.** A state is entered at its threshold and left {retreat:.0f} points beyond it, or after
{weeks} trading days on the other side.

{states}

**5.7 Attribution.** The change of an axis between two days is the exact sum of weight × change of
score over its metrics, and of one line for the data: what came or went is no move of the market.
"""
AHEAD = """\
## 6 What may come

**6.1 Targets.** Over {horizons} sessions, on closes: {outcomes}, of which exactly one comes (bust: a
close {bust:.0%} or more below that of the day; correction: {correction:.0%} or more; without either
continuation if the last close is higher, else consolidation); the largest fall from any close on the
way, and the largest rise; the quantiles of the return.

**6.2 Estimators.** {estimators}, in this order. Each is a weight for every past day whose outcome is
known; the nearest days lie an episode apart. n independent days count as n / (n + κ) of the forecast,
climatology as the rest; κ is what scored best so far, {kappa:.0f} at first. Independent are
(Σw)² / ΣΣ w w ρ, where outcomes k sessions apart share ρ = 1 − k / horizon. Under {fewest:.0f} it is
climatology, and said to be. Published is the simplest that beat climatology so far.

**6.3 Uncertainty.** 80% intervals from {draws} stationary-bootstrap samples of the past (Politis and
Romano (1994)), blocks at least as long as the horizon, with a fixed seed.

**6.5 Evaluation.** From every {step}th session of the past, each forecast knowing only outcomes that were
over by then: the score of Brier (1950), skill against climatology, the parts of Murphy (1973),
reliability, quantile score, CRPS, the test of Diebold and Mariano (1995) with the horizon's lags.
Skill is published when it is negative, too.

**6.6 Reference classes.** Run-ups arm again after 250 sessions and within a fifth of the high; warnings
are held against shares of the same board and decile of return that were not warned of. Windows that
are not over do not count.

**6.7 Multiple testing.** All {tests} tests of estimator, horizon, target and index are counted, and p-values
raised by Benjamini and Yekutieli (2001).
"""


def markdown() -> str:
    """docs/metrics.md: a test keeps the file equal to this."""
    lines = [_conventions(), *_indicators(), _explosive(), _lppls(), *_axes(), _ahead()]
    lines += list(_contents())
    for family, members in _families():
        lines += [f"## {family.capitalize()}", "", _about(members[0]), ""]
        lines += [line for one in members for line in _entry(one)]
    return "\n".join([*lines, *_inputs(), *_sources()]) + "\n"


def _conventions() -> str:
    """What holds for every metric, from the constants that the formulas use."""
    conventions = CONVENTIONS.format(mainland=SESSIONS_A_YEAR, us=SESSIONS_A_YEAR_US)
    scores = SCORES.format(days=FEWEST_DAYS, weeks=FEWEST_WEEKS, months=FEWEST_MONTHS)
    return f"{conventions}\n{scores}"


def _indicators() -> Iterator[str]:
    """What the numbers of the indicators mean, and which metrics measure each."""
    for chapter, (letter, title) in enumerate({"M": "momentum", "H": "heat"}.items(), start=1):
        yield f"## {chapter} Indicators of {title}"
        yield ""
        for number, name in INDICATORS.items():
            if number.startswith(letter):
                yield f"- {number}: {name}: {_measured_by(number)}"
        yield ""


def _measured_by(number: str) -> str:
    """The metrics of an indicator, or the chapter that measures it otherwise."""
    cited = [f"`{one.id}`" for one in metrics().values() if number in one.paper.split("; ")]
    return ", ".join(cited) or f"see {BESIDE_METRICS[number]}"


def _explosive() -> str:
    """How explosive growth is tested, from the constants that do it."""
    return EXPLOSIVE.format(
        long=explosive.LONG,
        short=explosive.SHORT,
        young=explosive.LONG_BEFORE.year,
        first=explosive.FIRST.year,
        level=explosive.LEVEL,
        draws=gsadf_critical_values.REPETITIONS,
        control=gsadf_critical_values.CONTROL,
    )


def _lppls() -> str:
    """How log-periodic power laws are fitted and judged, from the constants that do it."""
    rule = lppls.CONFIDENCE
    spans = {name: "[{:g}, {:g}]".format(*getattr(rule, name)) for name in ("tc", "m", "w")}
    return LPPLS.format(
        windows=len(lppls.WINDOWS),
        shortest=min(lppls.WINDOWS),
        longest=max(lppls.WINDOWS),
        oscillations=rule.oscillations,
        damping=rule.damping,
        error=rule.error,
        **spans,
    )


def _axes() -> Iterator[str]:
    """Weights, thresholds and states, from the constants that the formulas use."""
    yield AXES.format(
        block=composite.FEWEST_OF_BLOCK, axis=composite.FEWEST_OF_AXIS, version=composite.VERSION
    )
    yield "| block | weight of its axis | what enters it (share of the block) |"
    yield "|---|---|---|"
    for block, weight in composite.WEIGHTS.items():
        yield f"| {block} | {weight:.0%} | {_components(block)} |"
    yield ""
    yield READING.format(
        advance=regimes.ADVANCE,
        fading=regimes.FADING,
        hot=regimes.HOT,
        states="\n".join(_states()),
        retreat=regimes.RETREAT,
        weeks=regimes.TWO_WEEKS,
    )


def _ahead() -> str:
    """How scenarios are made and judged, from the constants that do it."""
    return AHEAD.format(
        horizons=", ".join(map(str, scenarios.HORIZONS)),
        outcomes=", ".join(scenarios.OUTCOMES),
        bust=-scenarios.BUST,
        correction=-scenarios.CORRECTION,
        estimators=", ".join(scenarios.ESTIMATORS).capitalize(),
        kappa=scenarios.FIRST_KAPPA,
        fewest=scenarios.FEWEST,
        draws=scenarios.DRAWS,
        step=scenarios.STEP,
        tests=len(backtest.registry()),
    )


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


def _components(block: str) -> str:
    """The metrics of a block with their shares of it, and the entities they are taken from."""
    members = [one for one in metrics().values() if one.block == block]
    total = sum(one.weight for one in members)
    told = [
        f"`{one.id}` of {', '.join(one.entities)} ({one.weight / total:.0%})" for one in members
    ]
    return "; ".join(told) or "nothing yet: its weight is missing, and coverage says so"


def _families() -> list[tuple[str, list[Metric]]]:
    """The metrics of each family, in the order in which it declares them."""
    return [
        (family, list(members))
        for family, members in groupby(metrics().values(), key=lambda one: one.family)
    ]


def _contents() -> Iterator[str]:
    """All metrics in one table, each linked to its entry."""
    yield "## All metrics"
    yield ""
    yield "| family | metrics |"
    yield "|---|---|"
    for family, members in _families():
        links = ", ".join(f"[{one.id}](#{one.id})" for one in members)
        yield f"| [{family}](#{family}) | {links} |"
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
    yield f"- source: {', '.join(map(cited, one.paper.split('; ')))}"
    yield f"- pitfall: {one.pitfall}"
    yield f"- follows from {', '.join(sorted(lineage(one.id)))}"
    yield ""
    yield f"![History of {one.id}]({PICTURES}/{one.id}.svg)"
    yield ""


def _window(observations: int) -> str:
    """How far back a value looks; 0 is the whole history."""
    return f"{observations} observations" if observations else "the whole history"


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
    """The datasets behind the metrics, with their upstreams in the order in which they are asked."""
    yield "## Where the inputs come from"
    yield ""
    yield "Columns, units and rules of each are in [dictionary.md](dictionary.md)."
    yield ""
    yield "| dataset | upstreams, in the order in which they are asked | known |"
    yield "|---|---|---|"
    used = frozenset().union(*(lineage(name) for name in metrics()))
    for name in sorted(used):
        one = catalogue()[name]
        yield f"| {name} | {upstreams(one)} | {published(one.publication)} |"
    yield ""


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
    return f"[chapter {number}](#{CHAPTERS[number[0]]})"


def _chapters() -> set[str]:
    """The numbers of the chapters and their sections."""
    texts = (CONVENTIONS, SCORES, EXPLOSIVE, LPPLS, AXES, READING, AHEAD)
    return {
        number for text in texts for number in re.findall(r"^(?:## |\*\*)(\S+)", text, re.MULTILINE)
    }


@cache
def bibliography() -> dict[str, str]:
    """Title and place of each publication by the name under which it is cited."""
    text = files("transforms").joinpath("bibliography.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _sources() -> Iterator[str]:
    """The publications that are cited."""
    yield "## Sources"
    yield ""
    for name, title in bibliography().items():
        yield f"- {name}: {title}."


if __name__ == "__main__":
    sys.stdout.write(markdown())
