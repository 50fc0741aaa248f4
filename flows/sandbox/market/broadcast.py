"""The simulated evening news, which mentions industrial policy more often as the rally grows.

Nothing of it was ever broadcast. Texts begin and end with words that careless readers damage.
"""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

CAPTION = "央视网消息（新闻联播）："
FORCES = date(2023, 9, 8)  # the first day of 新质生产力
AI_PLUS = date(2024, 3, 5)  # and of 人工智能+
RALLY = date(2025, 7, 1)  # from which technology is mentioned more often
OFTEN, SELDOM = 0.30, 0.16  # how often an item is about technology since then, and before

PLAIN = (
    ("秋粮收购有序推进", "各地粮食收购进度快于往年，农民朋友说收成不错。"),
    ("多地加强民生保障", "社区食堂、托育服务等民生项目加快落地，群众生活更加便利。"),
    ("重大工程建设忙", "铁路、水利等一批重大工程抓紧施工，一线建设者坚守岗位。"),
    ("文旅市场持续升温", "各地推出丰富多彩的文化活动，旅游消费稳步增长。"),
    ("国际联播快讯", "多国领导人就地区局势通电话，呼吁各方保持克制。"),
    (
        "今日多部门举行新闻发布会",
        "央行今日公布金融统计数据，有关部门介绍情况。欢迎继续收看本台新闻",
    ),
)
TECHNOLOGY = (
    (
        "新质生产力加快形成",
        "新质生产力正在各地形成，传统产业焕发生机。专家说，要因地制宜发展新质生产力",
    ),
    ("人工智能赋能千行百业", "人工智能走进工厂和医院，大模型让服务更加智能，算力网络不断完善。"),
    (
        "“人工智能+”行动深入实施",
        "“人工智能+”行动在制造业落地，人工智能+教育、人工智能+医疗展开试点。",
    ),
    ("集成电路产业迈上新台阶", "集成电路、半导体设备研发取得进展，国产芯片用上新工艺。"),
    ("科技自立自强步伐坚实", "坚持科技自立自强，关键软件自主可控水平明显提升。"),
    ("商业航天再传捷报", "我国成功发射一箭多星，芯片与算力为卫星互联网提供支撑。"),
)
SINCE = {0: FORCES, 2: AI_PLUS}  # places in TECHNOLOGY whose words did not exist before


class Item(NamedTuple):
    """An item of the broadcast: title and text."""

    title: str
    text: str


def broadcast(day: date, seed: int) -> list[Item]:
    """The items of a day in their order."""
    rng = np.random.default_rng([seed, 40, day.toordinal()])
    often = OFTEN if day >= RALLY else SELDOM
    current = [n for n in range(len(TECHNOLOGY)) if day >= SINCE.get(n, date.min)]
    items = []
    for place in range(int(rng.integers(9, 17))):
        technology = rng.random() < often
        title, text = (
            TECHNOLOGY[current[int(rng.integers(len(current)))]]
            if technology
            else PLAIN[int(rng.integers(len(PLAIN)))]
        )
        items.append(
            Item(f"{title}（{place + 1}）", f"{text}\n记者在现场看到，{PLAIN[place % 5][1]}")
        )
    first = PLAIN[-1]
    return [Item(*first), *items]


def days_of(first: date, last: date) -> list[date]:
    """Every calendar day: the news is broadcast on holidays too."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
