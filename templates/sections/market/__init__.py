"""Where the market stands, how much trades, and how many shares take part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from templates import canvas, charts
from templates.canvas import Line, Note, Rule
from templates.format import (
    INDEX_NAMES,
    bare,
    index_name,
    level,
    money_digits,
    short_day,
)
from templates.issue_view import (
    COMPOSITE,
    Footing,
    History,
    Lateness,
    earlier,
    footing,
    history,
    lateness,
    latest,
    newest_of_each,
)
from transforms.facts import Fact
from transforms.formulas.rsi import OVERBOUGHT, OVERSOLD
from transforms.issue.issue import Issue

SLUG, TITLE = "market", "Market and breadth"
PRICE_DAYS, BAR_DAYS, BREADTH_DAYS = 340, 90, 40
HIGH_AFTER_DAYS, APART = 250, 60
HALF = 0.5
DEFLATED = {
    "turnover_to_tradable_cap": "Of the tradable value",
    "turnover_vs_250d": "Five days over the yearly mean",
}

Price = Literal["high", "stepped_back", "below", "young"]
Strength = Literal["overbought", "oversold", "left_overbought", "mid_range"]
Breadth = Literal["both", "long_only", "short_only", "neither"]


@dataclass(frozen=True)
class PriceFigure:
    """The Shanghai Composite and its RSI."""

    svg: str
    state: Price
    close: Fact
    before: Fact | None
    high_day: date
    strength: Fact
    strength_before: Fact | None
    strength_state: Strength
    footing: Footing


@dataclass(frozen=True)
class TurnoverFigure:
    """Money traded a day, against the record; deflated: free of the market's growth, `per` what."""

    svg: str
    fact: Fact
    in_a_row: bool
    deflated: Fact | None
    per: str
    footing: Footing


@dataclass(frozen=True)
class AverageFigure:
    """Shares of stocks above their 50- and 200-day averages."""

    svg: str
    state: Breadth
    short: Fact
    long: Fact
    entity: str
    footing: Footing


@dataclass(frozen=True)
class RisersFigure:
    """Share of technology stocks that rose, day by day."""

    svg: str
    fact: Fact
    before: Fact | None
    flipped: bool
    footing: Footing


@dataclass(frozen=True)
class IndexRow:
    """One index and its returns; whatever is not known is None."""

    code: str
    name: str
    close: Fact | None
    returns: list[Fact | None]
    strength: Fact | None
    valuation: Fact | None


@dataclass(frozen=True)
class Returns:
    """The table of indices, with the best and the worst of the month.

    day: the one that the table is of; indices that end on another one bear it, and are not ranked
    unless it is of the same month.
    """

    rows: list[IndexRow]
    day: date | None
    best: IndexRow | None
    worst: IndexRow | None
    footing: Footing


@dataclass(frozen=True)
class Market:
    """The page; a figure without data is None."""

    price: PriceFigure | None
    turnover: TurnoverFigure | None
    averages: AverageFigure | None
    risers: RisersFigure | None
    returns: Returns
    late: list[Lateness]


def build(issue: Issue) -> Market:
    """All that the page prints."""
    return Market(
        price=_price(issue),
        turnover=_turnover(issue),
        averages=_averages(issue),
        risers=_risers(issue),
        returns=_returns(issue),
        late=lateness(issue, "index_daily", "market_turnover", "stock_daily", "index_valuation"),
    )


def price_state(close: Fact, before: Fact | None) -> Price:
    """Whether the close is a high of at least a year, was one the day before, or neither; a young
    series has no highs.
    """
    if not close.has_record:
        return "young"
    if _is_high(close):
        return "high"
    return "stepped_back" if before is not None and _is_high(before) else "below"


def strength_state(now: Fact, before: Fact | None) -> Strength:
    """In which zone the RSI stands, or that it has left the overbought one since the day before."""
    if now.value >= OVERBOUGHT:
        return "overbought"
    if now.value <= OVERSOLD:
        return "oversold"
    return "left_overbought" if before and before.value >= OVERBOUGHT else "mid_range"


def _is_high(fact: Fact) -> bool:
    since = fact.highest_since
    if since is None:
        return fact.has_record
    return (fact.observation_date - since).days >= HIGH_AFTER_DAYS * 7 / 5


def _price(issue: Issue) -> PriceFigure | None:
    close, strength = latest(issue, "close", COMPOSITE), latest(issue, "rsi_14", COMPOSITE)
    past = history(issue, "close", COMPOSITE).last(PRICE_DAYS)
    if close is None or strength is None or len(past) < 2:
        return None
    before = earlier(issue, "close", COMPOSITE)
    strength_before = earlier(issue, "rsi_14", COMPOSITE)
    rsi = history(issue, "rsi_14", COMPOSITE)
    by_day = dict(zip(rsi.days, rsi.values, strict=True))
    top = max(range(len(past)), key=lambda i: past.values[i])
    svg = charts.price_and_strength(
        past.days,
        Line(past.values, str(level(close))),
        Line([by_day.get(day) for day in past.days], str(level(strength)), canvas.ACCENT),
        notes=_price_notes(issue, past, top, [close, before]),
        bands=_strength_notes(issue, past.days, by_day, [strength_before, strength]),
    )
    return PriceFigure(
        svg,
        price_state(close, before),
        close,
        before,
        past.days[top],
        strength,
        strength_before,
        strength_state(strength, strength_before),
        footing(issue, close, strength),
    )


def _price_notes(issue: Issue, past: History, top: int, facts: list[Fact | None]) -> list[Note]:
    """The highest close of the picture, with its height when that is a fact."""
    day = past.days[top]
    known = next((f for f in facts if f and f.observation_date == day), None)
    label = f"highest close, {short_day(day, issue.as_of)}"
    return [Note(top, past.values[top], f"{level(known)}, {label}" if known else label)]


def _strength_notes(
    issue: Issue, days: list[date], by_day: dict[date, float], facts: list[Fact | None]
) -> list[Note]:
    """The stronger of the last two readings, and the last day on which it was higher."""
    peak = max((f for f in facts if f), key=lambda fact: fact.value)
    since = peak.highest_since
    notes = []
    if since in days[:-APART] and since is not None:
        label = f"last higher on {short_day(since, issue.as_of)}"
        notes.append(Note(days.index(since), by_day[since], label, canvas.GREY))
    if peak is not facts[-1] and peak.observation_date in days:
        label = f"{level(peak)} on {short_day(peak.observation_date, issue.as_of)}"
        notes.append(Note(days.index(peak.observation_date), peak.value, label, canvas.INK))
    return notes


def _turnover(issue: Issue) -> TurnoverFigure | None:
    fact, before = (f(issue, "turnover_cny", "SSE+SZSE") for f in (latest, earlier))
    past = history(issue, "turnover_cny", "SSE+SZSE").last(BAR_DAYS)
    if fact is None or not len(past):
        return None
    svg = charts.bars(
        past.days,
        past.values,
        canvas.TRILLION,
        _short(fact),
        rules=_record_rule(issue, fact),
        strong=bool(fact.record),
        width=canvas.THIRD,
        height=38.0,
    )
    in_a_row = bool(fact.record and before and before.record)
    per, deflated = _deflated(issue)
    known = [one for one in (fact, deflated) if one]
    return TurnoverFigure(svg, fact, in_a_row, deflated, per, footing(issue, *known))


def _deflated(issue: Issue) -> tuple[str, Fact | None]:
    """Turnover freed of the market's growth, which makes records in money almost automatic."""
    for metric, per in DEFLATED.items():
        fact = latest(issue, metric, "SSE+SZSE")
        if fact is not None and fact.percentile is not None:
            return per, fact
    return "", None


def _short(fact: Fact) -> str:
    """The amount without its currency, which the axis names."""
    return str(bare(fact))


def _record_rule(issue: Issue, fact: Fact) -> list[Rule]:
    if fact.previous_record_value is None or fact.previous_record is None:
        return []
    amount = money_digits(fact.previous_record_value)
    kind = "record before" if fact.record else "record"
    label = f"{kind}: {amount}, {short_day(fact.previous_record, issue.as_of)}"
    return [Rule(fact.previous_record_value, label)]


def average_state(short: float, long: float) -> Breadth:
    """Where most shares stand: above both averages, one, or neither."""
    if short > HALF:
        return "both" if long > HALF else "short_only"
    return "long_only" if long > HALF else "neither"


def _averages(issue: Issue) -> AverageFigure | None:
    for entity in ("tech", "all"):
        short, long = (latest(issue, f"share_above_ma{n}", entity) for n in (50, 200))
        past = history(issue, "share_above_ma50", entity).last(PRICE_DAYS)
        if short and long and len(past) > 1:
            break
    else:
        return None
    slow = history(issue, "share_above_ma200", entity)
    by_day = dict(zip(slow.days, slow.values, strict=True))
    svg = charts.lines(
        past.days,
        [
            Line(past.values, f"{level(short)}\n50-day", canvas.ACCENT),
            Line([by_day.get(d) for d in past.days], f"{level(long)}\n200-day", canvas.INK),
        ],
        canvas.PERCENT,
        rules=[Rule(HALF, "")],
        limits=(0.0, 1.08),
        width=canvas.THIRD,
        height=38.0,
        room=12.0,
    )
    return AverageFigure(
        svg,
        average_state(short.value, long.value),
        short,
        long,
        entity,
        footing(issue, short, long),
    )


def _risers(issue: Issue) -> RisersFigure | None:
    fact, before = (f(issue, "breadth_up_share", "tech") for f in (latest, earlier))
    past = history(issue, "breadth_up_share", "tech").last(BREADTH_DAYS)
    if fact is None or not len(past):
        return None
    svg = charts.bars(
        past.days,
        past.values,
        canvas.PERCENT,
        str(level(fact)),
        rules=[Rule(HALF, "")],
        strong=fact.value < HALF,
        top=1.08,
        width=canvas.THIRD,
        height=38.0,
    )
    flipped = before is not None and (fact.value > HALF) != (before.value > HALF)
    return RisersFigure(svg, fact, before, flipped, footing(issue, fact))


def _returns(issue: Issue) -> Returns:
    followed = {f.entity for f in newest_of_each(issue, "close")}
    ordered = [c for c in INDEX_NAMES if c in followed] + sorted(followed - INDEX_NAMES.keys())
    rows = [_index_row(issue, code) for code in ordered]
    day = next((r.close.observation_date for r in rows if r.close), None)
    ranked = sorted((r for r in rows if _of_month(r, day)), key=_month_return)
    facts = [fact for row in rows for fact in row.returns]
    best, worst = (ranked[-1], ranked[0]) if len(ranked) > 1 else (None, None)
    return Returns(rows, day, best, worst, footing(issue, *facts[:4]))


def _of_month(row: IndexRow, day: date | None) -> bool:
    month = row.returns[1]
    if month is None or day is None:
        return False
    return f"{month.observation_date:%Y%m}" == f"{day:%Y%m}"


def _month_return(row: IndexRow) -> float:
    month = row.returns[1]
    return month.value if month else 0.0


def _index_row(issue: Issue, code: str) -> IndexRow:
    metrics = ("return_1d", "return_mtd", "return_ytd", "return_21d", "momentum_12_1")
    return IndexRow(
        code,
        index_name(code, issue.names),
        latest(issue, "close", code),
        [latest(issue, metric, code) for metric in metrics],
        latest(issue, "rsi_14", code),
        latest(issue, "pe_ttm", code),
    )
