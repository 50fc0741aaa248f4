"""What happens in the simulated market, and when.

The plot resembles the winter of 2025/26: a technology rally since mid-2025 that accelerates into
January, record turnover, borrowed money, a commercial-aerospace craze, and the day it breaks.
Levels between the points are random. Change the plot here; `prices` turns it into prices.
"""

from datetime import date
from typing import NamedTuple

from flows.sandbox.market.paths import Point

PEAK_DAY = date(2026, 1, 12)
BREAK_DAY = date(2026, 1, 13)
RUN_UP_DAYS = 30  # trading days before the peak in which the theme runs up


def _points(noise: float, levels: dict[str, float]) -> tuple[Point, ...]:
    return tuple(Point(date.fromisoformat(day), level, noise) for day, level in levels.items())


SHANGHAI = (
    *_points(
        0.0105,
        {
            "2014-12-31": 3230.0,
            "2015-06-12": 5140.0,
            "2015-08-26": 2940.0,
            "2015-12-22": 3630.0,
            "2016-01-28": 2670.0,
            "2018-01-24": 3540.0,
            "2019-01-03": 2480.0,
            "2019-04-19": 3250.0,
            "2020-03-23": 2680.0,
            "2021-02-18": 3680.0,
            "2022-04-26": 2900.0,
            "2022-12-30": 3090.0,
            "2023-05-08": 3380.0,
            "2024-02-05": 2710.0,
            "2024-05-20": 3160.0,
            "2024-09-13": 2710.0,
            "2024-09-23": 2755.0,
            "2024-10-08": 3470.0,
            "2024-10-18": 3240.0,
        },
    ),
    *_points(0.0065, {"2025-03-18": 3420.0, "2025-04-03": 3345.0, "2025-04-07": 3110.0}),
    *_points(0.006, {"2025-06-20": 3360.0, "2025-07-31": 3570.0}),
    *_points(0.0045, {"2025-08-25": 3850.0}),
    *_points(0.0075, {"2025-11-13": 4005.0, "2025-12-16": 3825.0}),
    *_points(0.0026, {"2025-12-31": 3975.0, "2026-01-09": 4112.0, "2026-01-12": 4162.0}),
    *_points(0.0, {"2026-01-13": 4135.0, "2026-01-14": 4118.0, "2026-01-15": 4106.0}),
    *_points(0.008, {"2026-01-16": 4097.0, "2026-06-30": 4150.0, "2026-12-31": 4220.0}),
)

# What groups of industries do beside the market: ratio to the others.
GROUPS: dict[str, tuple[Point, ...]] = {
    "technology": (
        *_points(
            0.007,
            {
                "2014-12-31": 1.0,
                "2022-12-30": 1.0,
                "2024-02-05": 0.88,
                "2024-09-23": 0.90,
                "2024-10-08": 1.08,
                "2025-05-30": 1.10,
                "2025-09-30": 1.62,
                "2025-11-21": 1.44,
                "2025-12-16": 1.50,
            },
        ),
        *_points(0.003, {"2025-12-31": 1.53, "2026-01-09": 1.635}),
        *_points(0.0, {"2026-01-12": 1.664, "2026-01-13": 1.636}),
        *_points(0.006, {"2026-01-16": 1.66, "2026-12-31": 1.7}),
    ),
    "finance": _points(0.005, {"2014-12-31": 1.0, "2022-12-30": 1.0, "2026-12-31": 1.1}),
    "consumer": _points(0.005, {"2014-12-31": 1.0, "2022-12-30": 1.0, "2026-12-31": 0.72}),
    "health": _points(0.006, {"2014-12-31": 1.0, "2022-12-30": 1.0, "2026-12-31": 0.85}),
    "industry": _points(0.004, {"2014-12-31": 1.0, "2022-12-30": 1.0, "2026-12-31": 0.95}),
    "resources": _points(0.006, {"2014-12-31": 1.0, "2022-12-30": 1.0, "2026-12-31": 1.15}),
}

# All shares traded on the three exchanges in a day, CNY.
TURNOVER = (
    *_points(
        0.05,
        {
            "2014-12-31": 0.80e12,
            "2015-06-08": 1.90e12,
            "2016-01-28": 0.55e12,
            "2018-12-28": 0.28e12,
            "2019-03-08": 0.95e12,
            "2020-07-09": 1.45e12,
            "2021-09-01": 1.45e12,
            "2022-12-30": 0.72e12,
            "2023-05-08": 1.00e12,
            "2024-02-05": 0.95e12,
            "2024-09-13": 0.52e12,
            "2024-09-23": 0.58e12,
            "2024-10-08": 3.20e12,
            "2024-10-18": 2.00e12,
        },
    ),
    *_points(0.03, {"2025-04-07": 1.50e12, "2025-06-20": 1.10e12, "2025-08-25": 3.10e12}),
    *_points(0.03, {"2025-12-16": 1.75e12, "2025-12-31": 2.15e12, "2026-01-09": 3.18e12}),
    *_points(0.0, {"2026-01-12": 3.62e12, "2026-01-13": 3.71e12}),
    *_points(0.03, {"2026-01-14": 3.30e12, "2026-01-16": 2.95e12, "2026-12-31": 2.0e12}),
)

# Money lent for buying shares, all three exchanges, CNY.
FINANCING = (
    *_points(
        0.0035,
        {
            "2014-12-31": 1.02e12,
            "2015-06-18": 2.26e12,
            "2015-09-30": 0.91e12,
            "2016-05-31": 0.82e12,
            "2019-01-03": 0.75e12,
            "2021-09-13": 1.74e12,
            "2022-12-30": 1.45e12,
            "2024-02-05": 1.40e12,
            "2024-09-23": 1.36e12,
            "2024-10-10": 1.58e12,
        },
    ),
    *_points(0.002, {"2025-04-07": 1.83e12, "2025-06-20": 1.81e12, "2025-08-29": 2.23e12}),
    *_points(0.0015, {"2025-12-16": 2.48e12, "2025-12-31": 2.525e12, "2026-01-09": 2.612e12}),
    *_points(0.0, {"2026-01-12": 2.659e12, "2026-01-13": 2.672e12, "2026-01-14": 2.668e12}),
    *_points(0.002, {"2026-12-31": 2.6e12}),
)


class Industry(NamedTuple):
    """An industry: the group it moves with, its share of companies, its size against the average,
    its code in the Shenwan 2021 classification, its letter and name in the regulator's.
    """

    name: str
    group: str
    share: float
    size: float
    shenwan: str
    csrc: str


INDUSTRIES = (
    Industry("半导体", "technology", 7.0, 1.3, "270104", "C 制造业"),
    Industry("元器件", "technology", 7.0, 1.0, "270202", "C 制造业"),
    Industry("软件服务", "technology", 7.0, 0.8, "710401", "I 信息技术"),
    Industry("通信设备", "technology", 4.5, 1.0, "730204", "C 制造业"),
    Industry("IT设备", "technology", 2.5, 0.9, "710103", "C 制造业"),
    Industry("互联网", "technology", 2.5, 0.9, "720901", "I 信息技术"),
    Industry("航空", "industry", 2.0, 1.0, "650201", "C 制造业"),
    Industry("专用机械", "industry", 8.0, 0.6, "640209", "C 制造业"),
    Industry("电气设备", "industry", 8.0, 1.0, "630306", "C 制造业"),
    Industry("汽车配件", "industry", 7.0, 0.7, "280202", "C 制造业"),
    Industry("化工原料", "resources", 7.5, 0.6, "220309", "C 制造业"),
    Industry("煤炭开采", "resources", 1.5, 3.0, "740101", "B 采矿业"),
    Industry("小金属", "resources", 2.5, 1.5, "240402", "C 制造业"),
    Industry("化学制药", "health", 5.5, 0.8, "370102", "C 制造业"),
    Industry("医疗保健", "health", 4.5, 0.8, "370504", "C 制造业"),
    Industry("食品", "consumer", 4.0, 0.8, "340701", "C 制造业"),
    Industry("白酒", "consumer", 1.0, 6.0, "340501", "C 制造业"),
    Industry("家用电器", "consumer", 2.5, 1.2, "330102", "C 制造业"),
    Industry("建筑工程", "industry", 4.0, 0.9, "620201", "E 建筑业"),
    Industry("环境保护", "industry", 4.0, 0.5, "760101", "N 公共环保"),
    Industry("区域地产", "consumer", 2.5, 0.6, "430101", "K 房地产"),
    Industry("证券", "finance", 1.5, 4.0, "490101", "J 金融业"),
    Industry("保险", "finance", 0.4, 20.0, "490201", "J 金融业"),
    Industry("银行", "finance", 1.8, 16.0, "480301", "J 金融业"),
)


class ThemeMember(NamedTuple):
    """A company of the craze: how far it runs up to the peak day and falls on the break day."""

    code: str
    name: str
    industry: str
    run_up: float
    plunge: float


AEROSPACE = (
    ThemeMember("688523.SH", "航天环宇", "航空", 1.24, -0.185),
    ThemeMember("000547.SZ", "航天发展", "通信设备", 0.97, -0.10),
    ThemeMember("600118.SH", "中国卫星", "航空", 1.31, -0.10),
    ThemeMember("600879.SH", "航天电子", "航空", 1.12, -0.10),
    ThemeMember("000901.SZ", "航天科技", "航空", 0.98, -0.10),
    ThemeMember("600343.SH", "航天动力", "航空", 1.18, -0.10),
    ThemeMember("600151.SH", "航天机电", "电气设备", 0.94, -0.10),
    ThemeMember("688568.SH", "中科星图", "软件服务", 1.05, -0.142),
    ThemeMember("688066.SH", "航天宏图", "软件服务", 1.16, -0.156),
    ThemeMember("300045.SZ", "华力创通", "通信设备", 1.48, -0.167),
    ThemeMember("002465.SZ", "海格通信", "通信设备", 0.92, -0.10),
    ThemeMember("688333.SH", "铂力特", "专用机械", 1.08, -0.133),
    ThemeMember("300762.SZ", "上海瀚讯", "通信设备", 1.41, -0.172),
    ThemeMember("688270.SH", "臻镭科技", "半导体", 1.63, -0.194),
    ThemeMember("300065.SZ", "海兰信", "专用机械", 1.02, -0.145),
    ThemeMember("300455.SZ", "航天智装", "专用机械", 1.33, -0.178),
)


class HongKongListing(NamedTuple):
    """A listing in Hong Kong: price in HKD, shares in millions, first-day return, business."""

    code: str
    name: str
    english: str
    listed: date
    price: float
    million_shares: float
    first_day: float
    business: str


def _hk(row: str) -> HongKongListing:
    code, name, english, listed, price, shares, first_day, business = row.split()
    return HongKongListing(
        code,
        name,
        english,
        date.fromisoformat(listed),
        float(price),
        float(shares),
        float(first_day),
        business,
    )


HONG_KONG_LISTINGS = tuple(
    _hk(row)
    for row in """
    07801 模拟港口 SIM-HARBOUR 2015-01-05 18.0 900.0 0.031 交通运输
    07802 模拟港银 SIM-BANK 2015-01-05 42.0 2400.0 0.012 银行
    07803 模拟通讯 SIM-TELECOM 2018-07-09 17.0 2180.0 -0.012 通信设备
    07901 模拟电池 SIM-BATTERY 2025-05-20 263.0 156.0 0.164 电气设备
    07902 模拟制药 SIM-PHARMA 2025-05-23 44.05 224.5 0.253 化学制药
    07903 模拟调味 SIM-FLAVOUR 2025-06-19 36.3 279.0 0.005 食品
    07904 模拟车芯 SIM-AUTOCHIP 2025-07-09 41.0 60.2 -0.021 半导体
    07905 模拟机器人 SIM-ROBOT 2025-09-16 23.5 104.0 0.428 专用机械
    07906 模拟矿业 SIM-MINING 2025-09-30 71.6 349.0 0.682 小金属
    07907 模拟重工 SIM-HEAVY 2025-10-28 21.3 632.0 0.029 专用机械
    07908 模拟驾驶 SIM-PILOT 2025-11-06 139.0 48.2 -0.099 软件服务
    07909 模拟出行 SIM-MOBILITY 2025-11-06 27.1 94.1 -0.127 互联网
    07910 模拟家电 SIM-HOME 2025-11-21 52.4 38.5 0.066 家用电器
    07911 模拟光纤 SIM-FIBRE 2025-12-09 32.2 116.0 0.374 通信设备
    07912 模拟医械 SIM-MEDTECH 2025-12-19 18.6 62.0 0.118 医疗保健
    07913 模拟仿真 SIM-TWIN 2025-12-30 40.0 28.8 0.301 软件服务
    07914 模拟壁芯 SIM-GPU 2026-01-05 19.6 284.8 0.758 半导体
    07915 模拟语言 SIM-LANGUAGE 2026-01-08 116.2 37.4 0.131 软件服务
    07916 模拟天芯 SIM-COMPUTE 2026-01-08 144.6 25.4 0.084 半导体
    07917 模拟触觉 SIM-HAPTIC 2026-01-08 68.0 21.2 0.267 专用机械
    07918 模拟多模 SIM-MULTIMODAL 2026-01-09 165.0 29.2 1.091 软件服务
    07919 模拟生物 SIM-BIOLOGICS 2026-01-09 30.5 42.0 -0.034 化学制药
    07920 模拟存储 SIM-MEMORY 2026-01-13 162.0 28.9 0.375 半导体
    07921 模拟零食 SIM-SNACK 2026-01-15 22.9 35.0 -0.058 食品
    07922 模拟传感 SIM-SENSOR 2026-01-16 54.5 41.2 0.146 元器件
    """.strip().splitlines()
)
