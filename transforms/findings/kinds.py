"""The kinds of findings: what each says, and the numbers and terms that its sentence may use.

This table is the contract between what is found (transforms.findings) and how it is said in each
language (templates.wording): a kind without a sentence, or a role without a unit, fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """One kind of finding.

    - block: the dimension of the thesis that it belongs to
    - numbers, optional: the unit of each role; `numbers` are always there
    - terms: roles that hold a name or a code instead of a number
    - says: when it may be said, in words
    """

    name: str
    block: str
    says: str
    numbers: dict[str, str]
    optional: dict[str, str] = field(default_factory=dict)
    terms: tuple[str, ...] = ()


_ALL = (
    # prices: entity is an index
    Kind("index_change", "prices", "the move over the span",
         {"change": "fraction", "level": "index points", "sessions": "count"},
         {"from_peak": "fraction", "before": "fraction", "before_q": "percentile"}),
    Kind("index_day", "prices", "a day of the span that is rare (q >= 97.5)",
         {"change": "fraction", "level": "index points"}, {"span_change": "fraction"}),
    Kind("index_high", "prices", "a close last as high 250 sessions ago or longer",
         {"level": "index points"}, {"after": "fraction"}),
    Kind("index_low", "prices", "a close last as low 250 sessions ago or longer",
         {"level": "index points"}, {"after": "fraction"}),
    Kind("rsi_zone", "technical", "overbought (>= 70), oversold (<= 30), or left on a day",
         {"level": "index 0-100"}, {"before": "index 0-100"}, ("zone",)),
    # activity: entity SSE+SZSE
    Kind("turnover_total", "activity", "turnover of the span, beside spans that share no session",
         {"total": "CNY", "mean": "CNY", "sessions": "count"},
         {"rate": "fraction", "rate_rank": "percentile"}),
    Kind("turnover_high", "activity", "a day's turnover last as high 250 sessions ago or longer",
         {"level": "CNY"},
         {"after": "fraction", "before": "CNY", "rate": "fraction", "rate_rank": "percentile"}),
    Kind("turnover_low", "activity", "mean turnover at or below the 10th percentile",
         {"mean": "CNY", "sessions": "count"}),
    Kind("limit_ups", "activity", "shares at the limit on a day, and how many that touched it held",
         {"count": "count"}, {"sealed": "fraction"}),
    # leverage: entity CN
    Kind("financing_change", "leverage", "margin loans over the span",
         {"change": "fraction", "amount": "CNY", "level": "CNY", "sessions": "count"}),
    Kind("financing_day", "leverage", "a rare day of margin loans (q >= 97.5)",
         {"change": "fraction", "level": "CNY"}),
    Kind("financing_high", "leverage", "margin loans last as high 250 sessions ago or longer",
         {"level": "CNY"}, {"after": "fraction"}),
    Kind("purchases_level", "leverage", "purchases on margin as a share of turnover",
         {"level": "fraction"}, {"change": "pp"}),
    # breadth: entity tech or all
    Kind("breadth_week", "breadth", "shares that rose over the span, and their median",
         {"rising": "fraction", "median": "fraction", "n": "count"}),
    Kind("breadth_day", "breadth", "a day at or outside the 5th to 95th percentile",
         {"rising": "fraction", "n": "count"}, {"median": "fraction"}),
    Kind("breadth_flip", "breadth", "the share rising crosses one half by 20 points and more",
         {"before": "fraction", "rising": "fraction", "n": "count"}),
    Kind("breadth_narrow", "breadth", "an index rose (q >= 75), the median share under a fourth",
         {"change": "fraction", "median": "fraction", "n": "count"}, terms=("index",)),
    Kind("above_average", "breadth", "shares above their 50-day average",
         {"level": "fraction"}, {"change": "pp"}),
    # concentration and run-ups
    Kind("crowding_level", "concentration", "a group's share of turnover beside its market value",
         {"turnover_share": "fraction", "value_share": "fraction"}),
    Kind("runups", "run-ups", "shares 90% and more above the lowest of 31 closes",
         {"count": "count"}, {"before": "count"}),
    Kind("theme_move", "run-ups", "a theme of five shares and more over the span, or on a day",
         {"median": "fraction", "best": "fraction", "worst": "fraction", "n": "count"},
         {"before": "fraction"}, ("theme", "best", "worst")),
    Kind("warnings", "run-ups", "notices of abnormal and of severe fluctuation in the span",
         {"abnormal": "count", "severe": "count"}),
    # listings: entity HK or A
    Kind("first_days", "listings", "first days of the span's listings that have a figure",
         {"n": "count", "listed": "count", "below": "count", "median": "fraction",
          "best": "fraction"},
         terms=("best",)),
    Kind("proceeds", "listings", "listings of the span, what they raised, and the year's",
         {"n": "count", "raised": "HKD", "year_n": "count", "year_raised": "HKD"}),
    Kind("pipeline", "listings", "applications under review, registrations of the span",
         {"under_review": "count", "registered": "count"}),
    Kind("unicorns", "listings", "companies on one list now and a year before",
         {"count": "count"}, {"before": "count"}, ("list",)),
    # earnings and valuation
    Kind("earnings_gap", "earnings", "growth of the China 7 and of the Magnificent 7",
         {"china": "fraction", "america": "fraction", "n_china": "count", "n_america": "count"}),
    Kind("revisions", "earnings", "estimates raised and cut, from 30 on",
         {"n": "count", "raised": "fraction", "cut": "fraction"}),
    Kind("pe_level", "valuation", "the P/E of an index, in its history", {"level": "ratio"}),
    Kind("risk_premium", "valuation", "the equity risk premium, in its history",
         {"level": "fraction"}),
    # flows
    Kind("southbound", "flows", "net purchases through Stock Connect",
         {"total": "HKD", "sessions": "count"}),
    Kind("etf_inflow", "flows", "net subscriptions of technology funds in 20 sessions",
         {"total": "CNY"}),
    # policy
    Kind("policy_words", "policy", "a term in the evening news, one deviation and more above usual",
         {"rate": "per 10,000 characters"}, terms=("term",)),
    Kind("policy_event", "policy", "what a body announced in the span, or what came into force",
         {"weeks": "count"}, {"number": "as declared"},
         ("body", "title_en", "title_zh", "announced", "effective")),
    # explosiveness
    Kind("psy", "explosiveness", "explosive growth found (p < 0.05 and the price up), or no longer",
         {"p": "p value"}, {"weeks": "count"}, ("found",)),
    Kind("lppls", "explosiveness", "windows that fit the pattern, from 5% on",
         {"share": "fraction", "windows": "count"}),
    # the two axes
    Kind("state", "state", "where the market stands and where it came from",
         {"momentum": "score 0-100", "heat": "score 0-100"}, {"weeks": "count"},
         ("state", "turn", "before")),
    Kind("axes", "state", "both axes, always told together",
         {"momentum": "score 0-100", "heat": "score 0-100", "line": "score 0-100"},
         {"momentum_change": "points", "heat_change": "points"}, ("near", "mover", "hottest")),
    Kind("axis", "state", "one axis alone, where the other has no value", {"value": "score 0-100"},
         {"change": "points"}, ("axis", "other")),
    Kind("partial_axis", "state", "an axis below its coverage: between which values it must lie",
         {"low": "score 0-100", "high": "score 0-100", "coverage": "fraction"},
         {"hottest": "score 0-100"}, ("axis", "hottest")),
    # the data
    Kind("missing", "data", "what was not received, with the last value and its day",
         {}, {"last": "as declared"}, ("what",)),
    Kind("restated", "data", "a printed figure that has changed since",
         {"value": "as declared", "before": "as declared"}, terms=("what", "why")),
    Kind("quiet", "state", "no notable move of the span, no rare day, no record, no year's extreme",
         {}),
)  # fmt: skip
KINDS = {kind.name: kind for kind in _ALL}

# What the terms of roles that hold no name may be. A block is named as metrics name it
# ("heat/technical"), a share by its code, an index and a theme as metrics name them.
TERMS = {
    "zone": ("overbought", "oversold", "left overbought", "left oversold"),
    "found": ("yes", "no longer"),
    "turn": ("turned", "still", "no longer", "again"),
    "near": ("", "at", "just below", "just above"),  # of `line`, by the printed heat
    "axis": ("momentum", "heat"),
    "other": ("range", "nothing"),  # what is told of the axis without a value
}
