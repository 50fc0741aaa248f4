"""What the article of 13 January 2026 claims, in our words, held against the data.

Each claim names the facts of its own day that test it, the same measures now, and a judge: then and
now are compared in one metric. The claims stay as they are; the verdict may change with later data
(weakened).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from transforms.facts import Fact, FactBook, fact_id
from transforms.metrics.earnings import AMERICA, GAP
from transforms.prepared import indices
from warehouse.errors import UnknownFact

ARTICLE = date(2026, 1, 13)
FRIDAY, MONDAY = date(2026, 1, 9), date(2026, 1, 12)
WEEK_BEFORE = date(2026, 1, 5)
UNICORNS = date(2025, 12, 31)  # the day of the list that counts them

# The article's figures, and how near a figure rounded as it rounds must come.
RSI_STATED, RSI_PEAK_STATED = 81, (2025, 8)
STAR_50_STATED = 0.09
MARGIN_STATED, MARGIN_ROUNDING, MARGIN_QUARTER_DAYS = 0.018, 0.0005, 90
BREADTH_STATED = 0.7
RUN_UP_STATED = 0.9
UNICORN_GROWTH_STATED = 3.5

# What its words have to mean at the least.
YEARS = 3 * 365
PLUNGE = -0.05
MOST = 0.5
WAVE = 3
USUAL = 50.0  # percentile
YEAR_END = date(2026, 12, 31)


class Verdict(StrEnum):
    """What the data make of a claim."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    MISDATED = "misdated"
    WEAKENED = "weakened"
    BROKEN = "broken"
    UNTESTABLE = "cannot be tested"


@dataclass(frozen=True)
class ClaimCheck:
    """One claim as printed: the statement, the verdict, what the data said then and say now."""

    id: str
    statement: str
    statement_zh: str
    verdict: Verdict
    note: str
    note_zh: str
    then: tuple[Fact, ...]
    now: tuple[Fact, ...]


@dataclass(frozen=True)
class Finding:
    """A verdict and the reason for it, in both languages; the numbers are in the facts."""

    verdict: Verdict
    note: str
    note_zh: str


@dataclass(frozen=True)
class Claim:
    """One claim: `then` names the facts that test it, `now` the series shown beside them.

    The judge takes the facts of `then`, then those of `now`, and at last those of `aside` and
    `newest`: facts of the article's time, and newest ones of a series, that sharpen the verdict and
    may be missing (None).
    """

    id: str
    statement: str
    statement_zh: str
    judge: Callable[..., Finding]
    then: tuple[tuple[str, str, date], ...] = ()
    now: tuple[tuple[str, str], ...] = ()
    aside: tuple[tuple[str, str, date], ...] = ()
    newest: tuple[tuple[str, str], ...] = ()


NO_FACTS = Finding(
    Verdict.UNTESTABLE,
    "The series for that day is not in the warehouse.",
    "数据仓库中没有当日的相应序列。",
)

TOO_SHORT = Finding(
    Verdict.UNTESTABLE,
    "The history at hand is too short for the comparison.",
    "现有历史过短，无从比较。",
)


def check_claims(book: FactBook, as_of: date) -> tuple[ClaimCheck, ...]:
    """All claims with their verdicts; none before the day of the article."""
    return tuple(_check(claim, book) for claim in CLAIMS) if as_of >= ARTICLE else ()


def _check(claim: Claim, book: FactBook) -> ClaimCheck:
    """The claim judged by the facts of the book; not testable when one of them is missing."""
    now = tuple(found for key in claim.now if (found := book.maybe_latest(*key)))
    try:
        then = tuple(book.on(*key) for key in claim.then)
    except UnknownFact:
        return _printed(claim, NO_FACTS, (), now)
    if len(now) < len(claim.now):
        return _printed(claim, NO_FACTS, then, now)
    aside = tuple(book.get(fact_id(*key)) for key in claim.aside)
    newest = tuple(book.maybe_latest(*key) for key in claim.newest)
    shown = (*then, *(fact for fact in aside if fact))
    shown_now = (*now, *(fact for fact in newest if fact))
    return _printed(claim, claim.judge(*then, *now, *aside, *newest), shown, shown_now)


def _printed(
    claim: Claim, finding: Finding, then: tuple[Fact, ...], now: tuple[Fact, ...]
) -> ClaimCheck:
    return ClaimCheck(
        id=claim.id,
        statement=claim.statement,
        statement_zh=claim.statement_zh,
        verdict=finding.verdict,
        note=finding.note,
        note_zh=finding.note_zh,
        then=then,
        now=now,
    )


def _contradicted() -> Finding:
    return Finding(Verdict.BROKEN, "The data say otherwise.", "数据与此不符。")


def _rsi(then: Fact, _now: Fact) -> Finding:
    if round(then.value) != RSI_STATED:
        return _contradicted()
    if not then.has_record:
        return TOO_SHORT
    if (peak := then.highest_since) and (peak.year, peak.month) == RSI_PEAK_STATED:
        return Finding(
            Verdict.HOLDS,
            "Level and comparison agree; it is the daily index of Shanghai's composite.",
            "数值与比较均相符；指上证指数日线。",
        )
    return Finding(
        Verdict.IN_PART, "The level agrees, the comparison does not.", "数值相符，比较不符。"
    )


def _star50(then: Fact, _now: Fact) -> Finding:
    if then.value <= STAR_50_STATED:
        return _contradicted()
    return Finding(
        Verdict.HOLDS,
        "Agrees at the close of the article's day, after a fall on that day.",
        "以文章当日收盘计相符，当日已回落。",
    )


def _margin(then: Fact, _now: Fact) -> Finding:
    if not then.has_record:
        return TOO_SHORT
    quarter_old = (
        then.largest_since is None
        or (then.observation_date - then.largest_since).days > MARGIN_QUARTER_DAYS
    )
    if abs(then.value - MARGIN_STATED) > MARGIN_ROUNDING or not quarter_old:
        return _contradicted()
    return Finding(
        Verdict.MISDATED,
        "True of one day, not of a month: the rise is that of Monday alone.",
        "是单日而非当月的增幅：仅为周一一天的变化。",
    )


def _turnover(monday: Fact, tuesday: Fact, _now: Fact) -> Finding:
    if not monday.has_record:
        return TOO_SHORT
    if monday.previous_record and WEEK_BEFORE <= monday.previous_record <= FRIDAY:
        return Finding(Verdict.HOLDS, "The record fell in the week named.", "纪录确在该周创出。")
    if monday.record or tuesday.record:
        return Finding(
            Verdict.MISDATED,
            "The record is of the article's own week: Monday set it, Tuesday raised it.",
            "纪录出现在文章当周：周一创出，周二刷新。",
        )
    return _contradicted()


def _multi_year_high(then: Fact, _now: Fact) -> Finding:
    if not then.has_record:
        return TOO_SHORT
    since = then.highest_since or then.first_observation
    if (then.observation_date - since).days < YEARS:
        return _contradicted()
    return Finding(
        Verdict.HOLDS, "The highest close in years, by the price index.", "按价格指数为多年新高。"
    )


def _breadth(then: Fact, now: Fact, above_mean: Fact, _above_then: Fact | None) -> Finding:
    if then.value <= BREADTH_STATED:
        return _contradicted()
    if above_mean.value < MOST:
        return Finding(
            Verdict.BROKEN,
            "True of that Monday; by now most technology shares stand below their fifty-day mean.",
            "当日属实；如今多数科技股已低于50日均线。",
        )
    if now.value < MOST:
        return Finding(
            Verdict.WEAKENED,
            "True of that Monday; on the latest day most technology shares did not rise.",
            "当日属实；最新交易日多数科技股未上涨。",
        )
    return Finding(Verdict.HOLDS, "True of that Monday, and still broad.", "当日属实，涨势仍广。")


def _aerospace_runup(first: Fact, second: Fact, *_now: Fact) -> Finding:
    if min(first.value, second.value) < RUN_UP_STATED:
        return _contradicted()
    return Finding(
        Verdict.IN_PART,
        "Both ran at least that far above their 30-day low; the article names no share or day.",
        "两股较30日低点的涨幅均不低于所述；文章未指明个股与起点。",
    )


def _aerospace_fall(then: Fact, _now: Fact) -> Finding:
    if then.value > PLUNGE:
        return _contradicted()
    return Finding(
        Verdict.IN_PART,
        "The fall is in the prices; that warnings caused it cannot be tested without the notices.",
        "跌幅见于行情；是否由风险提示引发，无公告数据不能检验。",
    )


def _hk_ipo(
    then: Fact, span: Fact, _now: Fact, span_now: Fact, tech: Fact | None, _tech_now: Fact | None
) -> Finding:
    if not then.n or then.n < WAVE or (tech and tech.value < MOST):
        return _contradicted()
    if span_now.value < span.value / 2:
        return Finding(
            Verdict.WEAKENED,
            "True then; since then the money raised in ninety days has more than halved.",
            "当时属实；此后90日募资额已减少过半。",
        )
    if tech is None:
        return Finding(
            Verdict.IN_PART,
            "The wave is there; which industries led it is not in our data.",
            "上市潮属实；由哪些行业领衔不在我们的数据中。",
        )
    return Finding(
        Verdict.HOLDS,
        "Most of the money raised early in the year went to makers of chips and AI.",
        "年初募资额多数流向芯片与人工智能企业。",
    )


def _unicorns(then: Fact, _now: Fact) -> Finding:
    if round(then.value, 2) != UNICORN_GROWTH_STATED:
        return _contradicted()
    return Finding(
        Verdict.IN_PART,
        "True of one list maker's count; others count many more, two years earlier.",
        "仅为一家榜单的口径；其他榜单两年前的数目已远高于此。",
    )


def _minimax(then: Fact) -> Finding:
    if then.value < 1:
        return _contradicted()
    return Finding(
        Verdict.IN_PART,
        "The share more than doubled on its first day; its market value is in no dataset here.",
        "首日股价翻倍有余；总市值不在我们的数据集中。",
    )


def _earnings(gap: Fact | None, america: Fact | None) -> Finding:
    if gap is None and america is None:
        return NO_FACTS
    if gap is None:
        return Finding(
            Verdict.UNTESTABLE,
            "Only the American side is known: its last quarter's growth is shown.",
            "仅知美国一侧：所示为其最近一季的增速。",
        )
    ahead = gap.value > 0
    if gap.observation_date.year < ARTICLE.year:
        return Finding(
            Verdict.UNTESTABLE,
            "No quarter of the year is reported by both; in the last one before it China's grew "
            + ("faster." if ahead else "more slowly."),
            "尚无双方均已披露的当年季度；此前最近一季中国一侧增速"
            + ("较快。" if ahead else "较慢。"),
        )
    if not ahead:
        return _contradicted()
    if gap.observation_date < YEAR_END:
        return Finding(
            Verdict.IN_PART, "True of the year so far, as reported.", "就当年已披露季度而言属实。"
        )
    return Finding(Verdict.HOLDS, "True of the year's last quarter.", "就当年最后一季而言属实。")


def _policy(intensity: Fact, month: Fact, _now: Fact, _month_now: Fact) -> Finding:
    """Of the talk only: that it moves prices is in no data."""
    first, peak = month.first_observation, month.previous_record
    if intensity.percentile is None or peak is None:
        return Finding(
            Verdict.UNTESTABLE,
            "The term's past is too short to compare.",
            "该词历史过短，无从比较。",
        )
    named = f"First named in {first:%B %Y}, most in {peak:%B %Y}; "
    named_zh = f"{first.year}年{first.month}月起见于新闻，{peak.year}年{peak.month}月最多；"
    if intensity.percentile < USUAL:
        return Finding(
            Verdict.WEAKENED,
            named + "by then named less than on most days since.",
            named_zh + "当时提及少于此后多数日子。",
        )
    return Finding(
        Verdict.IN_PART,
        named + "then named more than usual. That talk drives prices is not in our data.",
        named_zh + "当时提及多于平常。政策表述是否推动行情，数据不能说明。",
    )


RSI = ("rsi_14", indices.SHANGHAI_COMPOSITE)
STAR_50 = ("return_mtd", indices.STAR_50)
MARGIN = ("margin_financing_change_1d", "CN")
TURNOVER = ("turnover_cny", "SSE+SZSE")
COMPOSITE = ("close", indices.SHANGHAI_COMPOSITE)
TECH_RISING = ("breadth_up_share", "tech")
HK_SPAN = ("ipo_hk_proceeds_90d_hkd", "HK")
HK_TECH = ("ipo_hk_tech_share_ytd", "HK")
HK_YEAR = ("ipo_hk_proceeds_ytd_hkd", "HK")
NEW_FORCES = "新质生产力"
INTENSITY = ("policy_intensity", NEW_FORCES)
MENTIONS = ("policy_frequency_30d", NEW_FORCES)
HUNAN, FAZHAN = "688523.SH", "000547.SZ"
FALL = ("return_1d", HUNAN)
TECH_ABOVE = ("share_above_ma50", "tech")

CLAIMS = (
    Claim(
        "rsi",
        "The 14-day RSI of the Shanghai Composite stood at 81 on Monday, a peak since August.",
        "上证指数14日RSI周一升至81，为8月以来最高。",
        _rsi,
        then=((*RSI, MONDAY),),
        now=(RSI,),
    ),
    Claim(
        "star50",
        "The STAR 50 index gained over 9% within January.",
        "科创50指数1月以来涨逾9%。",
        _star50,
        then=((*STAR_50, ARTICLE),),
        now=(STAR_50,),
    ),
    Claim(
        "margin",
        "Margin financing grew by 1.8% in January, its biggest monthly step in three months.",
        "1月融资余额增长1.8%，为三个月来最大月度增幅。",
        _margin,
        then=((*MARGIN, MONDAY),),
        now=(MARGIN,),
    ),
    Claim(
        "turnover",
        "Trading in A-shares reached an all-time high in the week before.",
        "A股成交额在前一周创历史新高。",
        _turnover,
        then=((*TURNOVER, MONDAY), (*TURNOVER, ARTICLE)),
        now=(TURNOVER,),
    ),
    Claim(
        "high",
        "The Shanghai Composite closed at a level not seen for years.",
        "上证指数收于多年高位。",
        _multi_year_high,
        then=((*COMPOSITE, MONDAY),),
        now=(COMPOSITE,),
    ),
    Claim(
        "breadth",
        "The rally is broad: over 70% of technology shares rose on Monday.",
        "涨势普遍：周一超过70%的科技股上涨。",
        _breadth,
        then=((*TECH_RISING, MONDAY),),
        now=(TECH_RISING, TECH_ABOVE),
        aside=((*TECH_ABOVE, MONDAY),),
    ),
    Claim(
        "aerospace_runup",
        "Commercial aerospace shares had run up 90% and 127% since December.",
        "商业航天个股自12月以来曾上涨90%与127%。",
        _aerospace_runup,
        then=(("runup_30d", HUNAN, MONDAY), ("runup_30d", FAZHAN, MONDAY)),
        now=(("runup_30d", HUNAN), ("runup_30d", FAZHAN)),
    ),
    Claim(
        "aerospace_fall",
        "A Hunan aerospace company's share plunged once companies had warned.",
        "公司提示风险后，湖南一家航天公司股价大跌。",
        _aerospace_fall,
        then=((*FALL, ARTICLE),),
        now=(FALL,),
    ),
    Claim(
        "hk_ipo",
        "Makers of AI and chips lead a rush of new listings in Hong Kong.",
        "人工智能与芯片企业领衔香港新股上市潮。",
        _hk_ipo,
        then=((*HK_YEAR, ARTICLE), (*HK_SPAN, ARTICLE)),
        now=(HK_YEAR, HK_SPAN),
        aside=((*HK_TECH, ARTICLE),),
        newest=(HK_TECH,),
    ),
    Claim(
        "unicorns",
        "China's AI unicorns grew by 350% in 2025, from two to nine.",
        "2025年中国AI独角兽由2家增至9家，增幅350%。",
        _unicorns,
        then=(("unicorn_growth_1y", "CN-AI", UNICORNS),),
        now=(("unicorn_growth_1y", "CN-AI"),),
    ),
    Claim(
        "minimax",
        "MiniMax was worth more than HK$100 billion after its debut.",
        "MiniMax上市后市值突破1,000亿港元。",
        _minimax,
        then=(("ipo_first_day_return", "00100.HK", FRIDAY),),
    ),
    Claim(
        "earnings",
        "In 2026 the earnings of China's big technology firms outgrow the Magnificent 7.",
        "2026年中国科技巨头盈利增速将超过美股七巨头。",
        _earnings,
        newest=(("earnings_growth_gap", GAP), ("earnings_growth", AMERICA)),
    ),
    Claim(
        "policy",
        "Policy centred on new quality productive forces drives the advance.",
        "以新质生产力为核心的政策推动行情。",
        _policy,
        then=((*INTENSITY, MONDAY), (*MENTIONS, MONDAY)),
        now=(INTENSITY, MENTIONS),
    ),
)
