"""The units of the warehouse, and the only place where an upstream's multiple is written."""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """The unit a column is stored in; money is in whole currency units, ratios are fractions."""

    CNY = "CNY"
    HKD = "HKD"
    USD = "USD"
    REPORTED = "reporting currency"  # the row says which; never added to another company's
    CNY_PER_SHARE = "CNY per share"
    HKD_PER_SHARE = "HKD per share"
    USD_PER_SHARE = "USD per share"
    REPORTED_PER_SHARE = "reporting currency per share"
    CNY_PER_UNIT = "CNY per unit of the currency"
    SHARES = "shares"
    FRACTION = "fraction"
    INDEX_POINTS = "index points"
    RATIO = "ratio"
    COUNT = "count"
    MINUTE_OF_DAY = "minutes after midnight in Shanghai"
    DECLARED = "as declared"  # the row says which, in its own words


YI = 1e8  # 亿, hundred million: SZSE margin (亿元), CSI turnover (亿元), Eastmoney margin (亿)
WAN = 1e4  # 万, ten thousand: BSE margin (万元), issue sizes (万股), CSI volume (万手)
LOT = 100.0  # 手, the board lot in which A-share volume is quoted
PERCENT = 0.01
