"""The Chinese of texts that are declared in English, and the English of names that data have.

What transforms and warehouse declare in English (labels, readings and pitfalls of metrics, units,
datasets, sources, reasons, gaps) has its Chinese in `locale/zh_Hans/LC_MESSAGES/briefing.po`, which
every translator's tool opens. What the pages name themselves, by a key, has both languages side by
side in `names.py` and `fixed.py`: there neither is a translation of the other.

Industries and boards are the other way round: the data name them in Chinese. Their entries have the
context "industry".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from templates.companies import romanised
from warehouse.datasets.security import SHENWAN_FIRST_LEVEL, SHENWAN_INDEX
from warehouse.errors import NotTranslated

INDUSTRY = "industry"
# Shenwan's second level, as far as warehouse.datasets.sector_daily follows it.
SECOND_LEVEL = {
    "801074": "专用设备", "801081": "半导体", "801083": "元件", "801101": "计算机设备",
    "801102": "通信设备", "801104": "软件开发", "801742": "航空装备", "801767": "数字媒体",
}  # fmt: skip
BY_INDEX = {
    SHENWAN_INDEX[level]: name for level, name in SHENWAN_FIRST_LEVEL.items()
} | SECOND_LEVEL
# Sources whose names in the data are no English print; others are told as the data have them.
HOSTS = {
    "import": "imported file",
    "project reference": "our own list",
    "cninfo": "CNINFO",
    "cninfo, THS": "CNINFO, THS",
    "legulegu": "Legulegu",
    "jin10": "Jin10",
    "sum of stock_daily": "sum of share prices",
    "sum of stock_minute": "sum of minute bars",
}
_INDEX = re.compile(r"([0-9]{6})\.SW")


def label(english: str, language_code: str) -> str:
    """A declared text in the reader's language: itself for "en", its Chinese for "zh".

    Slots stay open. Raises NotTranslated for a text without Chinese; it is never printed in
    English instead.
    """
    if language_code == "en":
        return english
    found = _chinese().get(english)
    if found is None:
        raise NotTranslated(f"briefing.po has no Chinese for {english!r}: write an entry")
    return found


def host(name: str, language_code: str) -> str:
    """A source in the reader's language; one that nobody has named is told as the data have it."""
    if language_code == "en":
        return HOSTS.get(name, name)
    return _chinese().get(name, name)


def is_host(name: str) -> bool:
    """Whether a source has a name in both languages."""
    return name in _chinese()


def industry(entity: str, language_code: str) -> str:
    """An industry or board, by what the data have for it: 电子 or 801080.SW.

    Lists of vendors know more industries than we do: one without an entry is romanised in English.
    An index code that is not followed stays a code.
    """
    index = _INDEX.fullmatch(entity)
    chinese = BY_INDEX.get(index[1], entity) if index else entity
    if language_code == "zh":
        return chinese
    return _industries().get(chinese) or romanised(chinese)


@cache
def messages() -> Catalog:
    """The entries of briefing.po."""
    place = files("templates").joinpath("locale", "zh_Hans", "LC_MESSAGES", "briefing.po")
    with place.open("rb") as handle:
        return read_po(handle, locale="zh_Hans", abort_invalid=True)


@cache
def _chinese() -> Mapping[str, str]:
    """Chinese by English."""
    return {str(one.id): str(one.string) for one in messages() if one.id and not one.context}


@cache
def _industries() -> Mapping[str, str]:
    """English by Chinese."""
    return {str(one.string): str(one.id) for one in messages() if one.context == INDUSTRY}
