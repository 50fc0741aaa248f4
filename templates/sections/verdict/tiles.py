"""The six places at the top of page 1, the same every week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from templates import charts
from templates.format import money_digits, month_name, plain, spell
from templates.issue_view import COMPOSITE, earlier, history, latest
from transforms.facts import Fact
from transforms.issue.issue import Issue

SPARK_DAYS, FEWEST_POINTS, NOTABLE_DAYS = 60, 2, 30


@dataclass(frozen=True)
class Place:
    """What stands in one of the six places; `behind` is another series for the spark line."""

    name: str
    kind: str
    metric: str
    entity: str
    behind: tuple[str, str] | None = None


PLACES = (
    Place("RSI-14, Shanghai", "since", "rsi_14", COMPOSITE),
    Place(
        "Financing, one day",
        "step",
        "margin_financing_change_1d",
        "CN",
        behind=("margin_financing_balance_cny", "CN"),
    ),
    Place("STAR 50, {month}", "before", "return_mtd", "000688.SH"),
    Place("Turnover, SSE + SZSE", "record", "turnover_cny", "SSE+SZSE"),
    Place("Tech shares rising", "members", "breadth_up_share", "tech"),
    Place("HK listings, {year}", "listings", "ipo_hk_proceeds_ytd_hkd", "HK"),
)


@dataclass(frozen=True)
class Tile:
    """One of the six places: the number, and the line that shows where it comes from.

    peak: the higher of the last two readings; notable: whether it is (or the step is) the largest
    for at least a month.
    """

    name: str
    kind: str
    fact: Fact | None
    before: Fact | None
    spark: str | None
    extra: Fact | None = None
    peak: Fact | None = None
    notable: bool = False


def six_tiles(issue: Issue) -> list[Tile]:
    """The six numbers, in the places they have every week."""
    return [_tile(issue, place) for place in PLACES]


def _tile(issue: Issue, place: Place) -> Tile:
    fact = latest(issue, place.metric, place.entity)
    before = earlier(issue, place.metric, place.entity)
    peak = before if fact and before and before.value > fact.value else fact
    return Tile(
        name=_named(place.name, fact),
        kind=place.kind,
        fact=fact,
        before=before,
        spark=_spark(issue, place, fact) if fact else None,
        extra=latest(issue, *place.behind) if place.behind else None,
        peak=peak,
        notable=peak is not None and _is_notable(peak if place.kind == "since" else fact or peak),
    )


def _spark(issue: Issue, place: Place, fact: Fact) -> str | None:
    """The last sessions of the series behind the number, or the year so far for listings."""
    past = history(issue, *(place.behind or (place.metric, place.entity))).last(SPARK_DAYS)
    if place.kind == "listings":
        past = past.since(date(fact.observation_date.year, 1, 1))
    if len(past) < FEWEST_POINTS:
        return None
    unit = "CNY" if place.behind else fact.unit
    low, high = (_hint(value, unit) for value in (min(past.values), max(past.values)))
    return charts.spark(past.values, low, high)


def _hint(value: float, unit: str) -> str:
    """The end of a spark line's scale, as short as it can be."""
    if unit in ("CNY", "HKD"):
        return money_digits(value)
    return f"{plain(value * 100, 0)}%" if unit == "fraction" else spell(value, unit)


def _named(name: str, fact: Fact | None) -> str:
    """The tile's name with the month or year that its number is of."""
    if fact is None:
        return name.partition(",")[0]
    day = fact.observation_date
    return name.format(month=month_name(day), year=day.year)


def _is_notable(fact: Fact) -> bool:
    """Whether nothing as high, or no step as large, has been seen for a month."""
    if not fact.has_record:
        return False
    before = fact.highest_since or fact.largest_since
    return before is None or (fact.observation_date - before).days >= NOTABLE_DAYS
