"""What is followed: indices and funds, each with the first day on which it is due; shares."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files

import polars as pl

MAINLAND_INDICES = {
    "000001.SH": date(1990, 12, 19),
    "399001.SZ": date(1991, 4, 3),
    "399006.SZ": date(2010, 6, 1),
    "000688.SH": date(2019, 12, 31),
    "000685.SH": date(2022, 6, 13),
    "000300.SH": date(2005, 1, 4),
    "000905.SH": date(2005, 1, 4),
    "000852.SH": date(2005, 1, 4),
}
CSI_THEMES = {
    "930713.CSI": date(2015, 1, 5),
    "H30184.CSI": date(2015, 1, 5),
    "931071.CSI": date(2015, 1, 5),
    "931160.CSI": date(2018, 12, 28),
    "950180.CSI": date(2024, 7, 25),
}
CNI_THEMES = {"970070.SZ": date(2024, 8, 5)}
HONG_KONG_INDICES = {
    "HSI.HK": date(2013, 8, 20),
    "HSTECH.HK": date(2020, 8, 17),
    "HSCEI.HK": date(2013, 8, 20),
}
NEW_YORK_INDICES = {"NDX.US": date(2013, 8, 20)}
FUNDS = {
    "588000.SH": date(2020, 12, 1),  # 科创50ETF
    "588200.SH": date(2022, 11, 1),  # 科创芯片ETF
    "159995.SZ": date(2020, 3, 2),  # 芯片ETF
    "512480.SH": date(2019, 7, 1),  # 半导体ETF
    "515070.SH": date(2020, 3, 2),  # 人工智能ETF
    "562500.SH": date(2022, 1, 4),  # 机器人ETF
}
HONG_KONG_COMPANIES = {
    "00700.HK": "Tencent",
    "09988.HK": "Alibaba",
    "01810.HK": "Xiaomi",
    "01211.HK": "BYD",
    "00981.HK": "SMIC",
    "09618.HK": "JD.com",
    "09999.HK": "NetEase",
}


@cache
def followed_shares() -> tuple[str, ...]:
    """The single shares on the project's own lists, for which a page each may be asked."""
    with files("warehouse").joinpath("reference", "theme_membership.csv").open("rb") as handle:
        members = pl.read_csv(handle, infer_schema=False)
    return tuple(members.filter(kind="code")["member"].unique().sort())
