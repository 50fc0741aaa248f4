"""No contradiction: the checker catches each kind, and drawn weeks of all kinds hold none."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from templates.format import Day, Number
from templates.wording.text import Text, say
from tests.templates.contradictions import contradictions
from tests.templates.reading import Page
from tests.templates.recomputed import INDICES, Evidence
from tests.templates.weeks import KINDS, told_weeks
from transforms.axes.regimes import FADING
from transforms.findings.span import Kind, Span

WEEKS, FEWEST_STATEMENTS = 101, 1_500  # of each of five markets
LAST = date(2026, 1, 16)
SESSIONS = 400
DAYS = sorted(
    [day for back in range(2 * SESSIONS) if (day := LAST - timedelta(days=back)).weekday() < 5]
)[-SESSIONS:]
WEEK = Span(DAYS[-6], tuple(DAYS[-5:]), Kind.WEEK)
STAR, SHANGHAI = INDICES[0], INDICES[2]


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_weeks_hold_no_contradiction(kind):
    weeks, read, found = told_weeks(kind, WEEKS)

    assert weeks == WEEKS
    assert read > FEWEST_STATEMENTS
    assert not found


def series(metric: str, entity: str, values: np.ndarray) -> pl.DataFrame:
    """A metric that ends on the last day of the week; each value known that evening."""
    days = DAYS[-len(values) :]
    return pl.DataFrame(
        {"observation_date": days, "value": values, "known_at": [datetime.combine(d, time(9)) for d in days]}
    ).select(pl.lit(metric).alias("metric"), pl.lit(entity).alias("entity"), pl.all())  # fmt: skip


def closes(last_week: tuple[float, ...], noise: float = 0.01) -> np.ndarray:
    """A path without direction that ends in a week of such daily changes."""
    chance = np.random.default_rng(7).normal(0, noise, SESSIONS)
    chance[-len(last_week) :] = last_week
    return np.asarray(1000 * np.exp(chance.cumsum()))


def evidence(**scores: float) -> Evidence:
    """STAR 50 plunged, Shanghai is flat, turnover is at a record, axes as given."""
    rest = np.linspace(2e12, 1e12, SESSIONS)
    rest[-1] = 3e12
    rsi = np.full(SESSIONS, 50.0)
    rsi[-1] = 75.2
    momentum, heat = scores.get("momentum", 70.0), scores.get("heat", 65.0)
    frames = [
        series("close", STAR, closes((-0.05, -0.04, -0.03, -0.02, -0.03))),
        series("close", SHANGHAI, closes((0.0001, 0.0, 0.0, -0.0001, 0.0))),
        series("turnover_cny", "SSE+SZSE", rest),
        series("rsi_14", SHANGHAI, rsi),
        series("breadth_up_share", "tech", np.append(np.linspace(0.2, 0.9, SESSIONS - 1), 0.5)),
        series("structural_momentum", "CN", np.full(SESSIONS, momentum)),
        series("overheating", "CN", np.full(SESSIONS, heat)),
    ]
    return Evidence(pl.concat(frames), WEEK)


def number(text: str, kind: str, role: str, entity: str, day: date = LAST) -> Number:
    return Number(text, f"finding_{kind}_{role}/{entity}/{day}")


def since(day: date, text: str = "some day") -> Day:
    return Day(text, day.isoformat())


def fall(text: str = "15.6%") -> Number:
    return number(text, "index_change", "change", STAR)


RECORD = number("3.00 trillion yuan", "turnover_high", "level", "SSE+SZSE")
RISING = number("50.0%", "breadth_day", "rising", "tech")
SCORES = {
    "m": number("70", "axes", "momentum", "CN"),
    "h": number("65", "axes", "heat", "CN"),
    "l": number("60", "axes", "line", "CN"),
}
TRUE = say("STAR 50 plunges {x} in the week, most of its series", x=fall())
TRUE_ZH = say("科创50周大跌{x}创纪录", x=fall())


def page(
    lede: Text, headline: Text = TRUE, language: str = "en", findings: tuple[Text, ...] = ()
) -> Page:
    stop = "." if language == "en" else "。"
    return Page(language, headline, lede + stop, tuple(one + stop for one in findings))


def test_what_is_true_is_no_contradiction():
    lede = say("Turnover of {v} is a record since {s}", v=RECORD, s=since(DAYS[0]))
    axes = say("Momentum {m} of 100, strong; heat {h}, hot, above the line of {l}", **SCORES)
    state = say("The advance is still overheated")
    flat = say("The Shanghai Composite was flat in the week")
    zone = say("The Shanghai Composite is overbought (RSI {v})",
               v=number("75.2", "rsi_zone", "level", SHANGHAI))  # fmt: skip
    told = page(lede, findings=(axes, state, flat, zone))

    assert not contradictions(told, evidence())
    assert not contradictions(
        page(say("两市成交额{v}，创历史新高", v=RECORD), TRUE_ZH, "zh"), evidence()
    )


DOCTORED = {
    "figures": say("STAR 50 fell {x} in the week", x=fall("14.2%")),
    "figures: sign": say("The rise: STAR 50 {x}", x=fall("+15.6%")),
    "verbs": say("STAR 50 rose {x} in the week", x=fall()),
    "verbs: band": say("STAR 50 slipped {x} in the week", x=fall()),
    "verbs: no clause": say("STAR 50 plunged {x} in the week", x=fall()),
    "verbs: turned": say("STAR 50 fell back {x} in the week", x=fall()),
    "verbs: nothing": say("STAR 50 fell {x} in the week", x=fall("0.0%")),
    "since_when": say("STAR 50 fell {x}, the most since {d}", x=fall(), d=since(DAYS[100])),
    "since_when: start": say("Turnover of {v} is a record since {d}", v=RECORD, d=since(DAYS[9])),
    "records": say("{x} of tech shares rise, the fewest of their series", x=RISING),
    "second": say("Turnover of {v} is second only to that of {d}", v=RECORD, d=since(DAYS[3])),
    "ranks_told": say("{x} rose, the {p} percentile since {d}", x=RISING, d=since(DAYS[0]),
                      p=Number("97th", f"{RISING.ref}#percentile")),
    "ranks_told: over 99": say("{x} rose, the {p} percentile since {d}", x=RISING,
                               d=since(DAYS[0]), p=Number("100th", f"{RISING.ref}#percentile")),
    "few_or_many": say("Only {x} of tech shares rose", x=RISING),
    "few_or_many: many": say("As many as {x} of tech shares rose", x=RISING),
    "all_of": say("All technology shares rose"),
    "flat": say("STAR 50 was flat in the week"),
    "zones": say("STAR 50 and the Shanghai Composite: oversold (RSI {v})",
                 v=number("75.2", "rsi_zone", "level", SHANGHAI)),
    "zones: left": say("The Shanghai Composite left the overbought zone (RSI {v})",
                       v=number("75.2", "rsi_zone", "level", SHANGHAI)),
    "states": say("Momentum is still weak"),
    "states: name": say("The reading is still “Advance, not hot”"),
    "axes": say("Momentum {m} of 100, firm; heat {h}", **SCORES),
    "axes: line": say("Heat {h}, just below the line of {l}", **SCORES),
    "however": say("STAR 50 fell {x} on Friday, yet fell {y} in the week",
                   x=number("3.0%", "index_day", "change", STAR),
                   y=number("15.6%", "index_day", "span_change", STAR)),
    "span_named": say("STAR 50 fell {x} in the four-session week", x=fall()),
    "never": say("STAR 50 fell {x} amid fear", x=fall()),
    "digits": say("STAR 50 fell {x} in 5 days", x=fall()),
    "quiet": say("A quiet week: no unusual move"),
    "not_hot": say("The market is not hot; turnover of {v} is a record since {d}", v=RECORD,
                   d=since(DAYS[0])),
    "opposite": say("STAR 50 rose {x} in the week", x=fall()),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_text_is_caught(name):
    rules = {one.rule for one in contradictions(page(DOCTORED[name]), evidence())}

    assert name.partition(":")[0] in rules


DOCTORED_ZH = {
    "figures": say("当周科创50下跌{x}", x=fall("14.2%")),
    "verbs": say("当周科创50上涨{x}", x=fall()),
    "verbs: band": say("当周科创50小幅下跌{x}", x=fall()),
    "since_when": say("当周科创50大跌{x}，为{d}以来最大跌幅", x=fall(), d=since(DAYS[100])),
    "records": say("{x}科技股上涨，为有数据以来最低", x=RISING),
    "ranks_told": say("{x}上涨，处于{d}以来{p}", x=RISING, d=since(DAYS[0]),
                      p=Number("97%分位", f"{RISING.ref}#percentile")),
    "few_or_many": say("仅{x}科技股上涨", x=RISING),
    "all_of": say("科技股全部上涨"),
    "flat": say("当周科创50基本持平"),
    "zones": say("上证指数处于超卖区间"),
    "states": say("市场状态仍为“动能偏弱”"),
    "axes": say("结构动能{m}（偏强），过热{h}，略低于分界线{l}", **SCORES),
    "span_named": say("全周科创50下跌{x}", x=fall()),
    "never": say("科创50暴跌{x}", x=fall()),
    "digits": say("科创50在5日内下跌{x}", x=fall()),
    "quiet": say("本周平稳，无异常变动"),
    "not_hot": say("市场不再过热，两市成交额{v}，创历史新高", v=RECORD),
    "opposite": say("当周科创50上涨{x}", x=fall()),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCTORED_ZH)
def test_a_doctored_chinese_text_is_caught(name):
    facts = evidence()
    if name == "span_named":
        facts.span = Span(DAYS[-5], tuple(DAYS[-4:]), Kind.SHORT_WEEK)

    rules = {one.rule for one in contradictions(page(DOCTORED_ZH[name], TRUE_ZH, "zh"), facts)}

    assert name.partition(":")[0] in rules


@pytest.mark.parametrize(
    ("headline", "lede"),
    [
        (say("Turnover at a record"), say("Momentum {m} of 100", **SCORES)),
        (say("The advance is still overheated"), say("STAR 50 fell {x} in the week", x=fall())),
    ],
    ids=["unsaid", "an advance only"],
)
def test_a_falling_market_is_named_as_falling(headline, lede):
    rules = {one.rule for one in contradictions(page(lede, headline), evidence())}

    assert "falls_named" in rules


@pytest.mark.parametrize(("momentum", "heat"), [(FADING - 2.0, 65.0), (70.0, 40.0)])
def test_a_state_that_its_point_does_not_bear_out_is_caught(momentum, heat):
    told = page(say("The advance is still overheated"))

    assert "states" in {
        one.rule for one in contradictions(told, evidence(momentum=momentum, heat=heat))
    }
