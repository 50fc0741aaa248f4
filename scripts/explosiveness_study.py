"""How often the tests of explosive prices are wrong, and right, where the truth is known.

`python -m scripts.explosiveness_study` writes transforms/tables/explosiveness_study.csv, which
docs/metrics.md prints; a quarter of an hour on one idle core. Every number follows from SEED.

A drawn history has 300 weeks, its smallest window 40. Changes are normal, of unit size in the calm.
An episode grows by 2 % of the level a week, from 15 units on, for 50 weeks, and loses its gain in
the 20 weeks after: with weekly changes of 3.5 %, a price that more than doubles in a year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from transforms.formulas.factor_adjusted import FEWEST, adjusted_level
from transforms.formulas.gsadf import Explosiveness, Floats, episodes, explosiveness, rose
from transforms.formulas.gsadf_critical_values import CONTROL, bootstrapped, critical_value
from transforms.formulas.volatility_robust import robust_explosiveness, thresholds

TABLE = Path(__file__).parents[1] / "transforms" / "tables" / "explosiveness_study.csv"
SEED = 20261129
WEEKS, LEAST, LEVEL = 300, 40, 0.95
START, END, OVER = 200, 250, 270  # the episode grows, falls, and is over
BEGIN, GROWTH = 15.0, 0.02
BREAK = 200
BETAS = (1.1, 0.6)  # of an index to its market and its industry
# A bootstrap costs as much as 200 histories: its shares are known to 2 points where they are 5 %.
MANY, FEW = 2000, 100


class Case(NamedTuple):
    """What is drawn: the noise, and whose price has an episode (nobody's, its own, its industry's).

    factors: whether the index moves with a market and an industry at all.
    """

    noise: str
    episode: str = "none"
    factors: bool = False


class Drawn(NamedTuple):
    """Histories: the index (sample, week) and its factors (sample, week, factor), as log prices."""

    index: Floats
    factors: Floats


class Judged(NamedTuple):
    """A statistic of each history with what begins and ends an episode: (sample, week)."""

    found: Explosiveness
    level: Floats
    origination: Floats
    collapse: Floats


def volatility(noise: str, shocks: Floats, chance: np.random.Generator) -> Floats:
    """The size of each change of one history, which the shocks (standard normal) may move."""
    weeks = np.arange(len(shocks)) - (len(shocks) - WEEKS)
    match noise:
        case "steady":
            return np.ones(len(shocks))
        case "three times as large from week 200":
            return np.where(weeks < BREAK, 1.0, 3.0)
        case "a third from week 200":
            return np.where(weeks < BREAK, 3.0, 1.0)
        case "GARCH":
            return _garch(shocks)
        case "wandering":
            return np.exp(_autoregression(0.98, 0.15 * chance.standard_normal(len(shocks))))
    raise ValueError(f"no noise is called {noise!r}")


def _garch(shocks: Floats) -> Floats:
    """Each variance is 0.03 + 0.12 of the last square + 0.85 of the last variance."""
    variances = np.ones(len(shocks))
    for week, shock in enumerate(shocks[:-1]):
        variances[week + 1] = 0.03 + (0.12 * shock**2 + 0.85) * variances[week]
    return np.sqrt(variances)


def _autoregression(slope: float, steps: Floats) -> Floats:
    level = np.zeros(len(steps))
    for week in range(1, len(steps)):
        level[week] = slope * level[week - 1] + steps[week]
    return level


def path(changes: Floats, *, episode: bool) -> Floats:
    """The log price of these changes, with an episode in its last WEEKS or without."""
    y = BEGIN + np.cumsum(changes)
    if not episode:
        return y
    start, end, over = (one + len(y) - WEEKS for one in (START, END, OVER))
    y[start:] -= y[start - 1] - BEGIN  # the episode begins at its level, wherever the walk went
    y[:start] += BEGIN - y[start - 1]
    for week in range(start, end):
        y[week] = (1 + GROWTH) * y[week - 1] + changes[week]
    fall = (y[end - 1] - BEGIN) / (over - end)
    for week in range(end, len(y)):
        y[week] = y[week - 1] + changes[week] - (fall if week < over else 0.0)
    return y


def drawn(case: Case, samples: int) -> Drawn:
    """Seeded histories of a case: more of them leave the first as they are."""
    ahead = FEWEST if case.factors else 0
    found = [_one(case, WEEKS + ahead, sample) for sample in range(samples)]
    own, factors = np.array([one for one, _ in found]), np.array([other for _, other in found])
    return Drawn(own + factors @ np.array(BETAS) * case.factors, factors)


def _one(case: Case, weeks: int, sample: int) -> tuple[Floats, Floats]:
    """The own log price of a history (week,), and its factors (week, 2)."""
    chance = np.random.default_rng([SEED, sample])
    shocks = chance.standard_normal((3, weeks))
    own, market, industry = shocks * volatility(case.noise, shocks[0], chance)
    explodes = case.episode == "industry"
    factors = path(market, episode=False), path(industry, episode=explodes)
    return path(own, episode=case.episode == "own"), np.column_stack(factors)


def by_table(cases: Drawn) -> Judged:
    """The present test, each week against the table of critical values for steady noise."""
    critical = np.tile(
        critical_value(np.arange(1.0, WEEKS + 1), LEAST, LEVEL), (len(cases.index), 1)
    )
    return Judged(explosiveness(cases.index, LEAST), cases.index, critical, critical)


def by_bootstrap(cases: Drawn, *, until: int = WEEKS) -> Judged:
    """The present test against the wild bootstrap's 95 % of the two years before `until`."""
    highest = [
        np.quantile(bootstrapped(y[:until], LEAST, first=until - 1)[-1], LEVEL) for y in cases.index
    ]
    critical = np.tile(np.array(highest)[:, None], (1, WEEKS))
    return Judged(explosiveness(cases.index, LEAST), cases.index, critical, critical)


def beyond_factors(cases: Drawn, *, until: int = WEEKS) -> Judged:
    """The factor-adjusted test, against the bootstrap of what is left."""
    pairs = zip(cases.index, cases.factors, strict=True)
    left = np.array([adjusted_level(index, factors) for index, factors in pairs])
    return by_bootstrap(Drawn(left, cases.factors), until=until)


def of_signs(cases: Drawn) -> Judged:
    """The volatility-robust test with its two thresholds."""
    limits = thresholds(np.arange(1.0, WEEKS + 1), LEAST, LEVEL)
    both = [np.tile(one, (len(cases.index), 1)) for one in limits]
    return Judged(robust_explosiveness(cases.index, LEAST), cases.index, both[0], both[1])


def of_signs_once(cases: Drawn) -> Judged:
    """The same with the threshold of origination for the collapse as well."""
    judged = of_signs(cases)
    return judged._replace(collapse=judged.origination)


class Outcome(NamedTuple):
    """share: of histories with an alarm, in the last two years or, with an episode, while it grows;
    the others are of those with an alarm. delay: weeks from the start of the episode to the alarm,
    ended: from its end to the end that was found, medians; broken: the share that ended too early.
    """

    share: float
    delay: float | None
    ended: float | None
    broken: float | None


def outcome(judged: Judged, *, episode: bool) -> Outcome:
    """What a test made of histories with or without an episode."""
    above = judged.found.bsadf > judged.origination
    if not episode:
        return Outcome(float(above[:, -CONTROL:].any(axis=1).mean()), None, None, None)
    risen = [rose(y, start) for y, start in zip(judged.level, judged.found.start, strict=True)]
    growing = (above & np.array(risen))[:, START:END]
    alarmed = np.flatnonzero(growing.any(axis=1))
    first = START + growing[alarmed].argmax(axis=1)
    ends = [_end(judged, row, begin) for row, begin in zip(alarmed, first, strict=True)]
    late = np.array(ends, dtype=float) - END
    if not len(alarmed):
        return Outcome(0.0, None, None, None)
    return Outcome(
        len(alarmed) / len(above),
        float(np.median(first - START)),
        float(np.median(late)),
        float((late < 0).mean()),
    )


def _end(judged: Judged, row: int, begin: int) -> int:
    """The week in which an episode that began ends, WEEKS while it lasts."""
    limits = judged.origination[row, begin:], judged.collapse[row, begin:]
    spans = episodes(judged.found.bsadf[row, begin:], limits[0], 0, limits[1])
    return WEEKS if spans[0][1] is None else begin + spans[0][1]


NOISES = (
    "steady",
    "GARCH",
    "three times as large from week 200",
    "a third from week 200",
    "wandering",
)
Test = Callable[[Drawn], Judged]


def plan() -> Iterator[tuple[str, Test, int, Case]]:
    """Which test is tried on which case, on how many histories."""
    for noise in NOISES:
        for episode in ("none", "own"):
            case = Case(noise, episode)
            until = END if episode == "own" else WEEKS
            yield "PSY, table", by_table, MANY, case
            yield "PSY, bootstrap", partial(by_bootstrap, until=until), FEW, case
            yield "robust", of_signs, MANY, case
            if episode == "own":
                yield "robust, one threshold", of_signs_once, MANY, case
    for episode in ("none", "industry", "own"):
        case = Case("steady", episode, factors=True)
        until = END if episode == "own" else WEEKS
        yield "PSY, bootstrap", partial(_as_long, partial(by_bootstrap, until=until)), FEW, case
        yield "adjusted", partial(beyond_factors, until=until), FEW, case


def _as_long(test: Test, cases: Drawn) -> Judged:
    """A test without factors sees as many weeks as the adjusted one."""
    return test(Drawn(cases.index[:, -WEEKS:], cases.factors))


def row(name: str, test: Test, samples: int, case: Case) -> dict[str, object]:
    """One row of the table."""
    found = outcome(test(drawn(case, samples)), episode=case.episode == "own")
    error = (found.share * (1 - found.share) / samples) ** 0.5
    return {"test": name, **case._asdict(), "samples": samples, **found._asdict(), "error": error}


if __name__ == "__main__":
    pl.DataFrame([row(*one) for one in plan()]).write_csv(TABLE, float_precision=3)
