"""What companies are called: a short name in either language, without legal form or share class.

Established names stand in `warehouse/reference/company_name.csv`, with who calls the company so:
itself, or the exchange. They count only where the data's name contains what the list says, because
codes are given anew. Where a company has none, Chinese takes the name that the data have, and
English puts it into Latin letters.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from opencc import OpenCC

ROOM = 20  # letters that a name has on a page
_HAN = "\u3400-\u9fff"
# What is special about a share: its class, no profit yet, its first days, an ex-rights day.
_MARK = re.compile(rf"\s*-\s*(?:H股|[A-Z]{{1,2}})$|^(?:[NC]|XD|XR|DR)(?=[{_HAN}])")
_ENGLISH_FORM = re.compile(
    r"[\s,]+(?:co|company|corp|corporation|group|holdings?|inc|limited|ltd|plc)\.?$", re.IGNORECASE
)
_LEGAL_FORM = re.compile("(?:集團|集团)?(?:股份)?有限公司$")
_KIND = re.compile(f"(?<=[{_HAN}]{{2}})(?:股份|集团|集團|控股)$")
_PARENTHESIS = re.compile(r"\([^()]*\)")  # 勁方醫藥科技(上海), 豪威集成電路(集團)
# The seat, which a registered name begins with and a short name does not.
_SEAT = re.compile(
    "^(?:北京|上海|天津|重[庆慶]|河北|山西|[辽遼][宁寧]|吉林|黑[龙龍]江|江[苏蘇]|浙江|安徽|福建|江西"
    "|山[东東]|河南|湖北|湖南|[广廣][东東]|[广廣]西|海南|四川|[贵貴]州|[云雲]南|西藏|[陕陝]西|甘[肃肅]"
    "|青海|[宁寧]夏|新疆|[内內]蒙古|深圳|[广廣]州|[苏蘇]州|杭州|[宁寧]波|南京|成都|武[汉漢]|西安"
    f"|青[岛島])[市省]?(?=[{_HAN}]{{4}})"
)
# What a company does, as names say it at their end: a word of its own.
_TRADE = re.compile(
    "(科技|技[术術]|[电電][子气氣力]|生物|[医醫][药藥疗療院]|[药藥][业業]|新材料|材料|半[导導][体體]"
    "|集成[电電]路|[机機]器人|人工智能|智能|[国國][际際]|控股|[资資]源|新?能源|[软軟]件|[网網][络絡]"
    "|通信|信息|[数數][据據码碼]|汽[车車]|航[天空]|光[电電]|精密|健康|[银銀]行|[证證]券|[黄黃]金"
    "|重工|[矿礦][业業]|食品|[环環]境|工[业業]|化工|先[进進]|[发發]展|股份|集[团團]|服[务務])"
)


@dataclass(frozen=True)
class Established:
    """The short names by which a company is known, empty where it has none in that language.

    contains: one of these is in the name that the data have, if it is this company.
    """

    contains: tuple[str, ...]
    en: str
    zh: str


@cache
def _established() -> Mapping[str, Established]:
    """By share code."""
    place = files("warehouse").joinpath("reference", "company_name.csv")
    rows = csv.DictReader(place.read_text(encoding="utf-8").splitlines())
    return {
        row["code"]: Established(tuple(row["contains"].split("|")), row["name_en"], row["name_zh"])
        for row in rows
    }


def established(code: str, name: str) -> Established | None:
    """What a company is known as, if it is the one that the data mean by this code and name."""
    found = _established().get(code)
    return found if found and any(part in name for part in found.contains) else None


def english_company_name(code: str, names: Mapping[str, str]) -> str:
    """The company's short English name: Zhipu, Hangtian Huanyu; its code if nothing is known.

    names: Chinese names by code, as the data have them. A name that is too long loses whole words
    at its end.
    """
    if code not in names:
        return code
    own = established(code, names[code])
    return own.en if own and own.en else by_words(romanised(_without_kind(names[code])))


def _without_kind(name: str) -> str:
    """A name for English, which leaves out Gufen and Jituan as it does Limited."""
    return _KIND.sub("", without_form(name))


def without_form(name: str) -> str:
    """A name without share class, and a registered one without legal form and seat: 壁仞科技.

    An exchange's short name stays whole otherwise, 芯原股份.
    """
    shorter = _repeatedly(_MARK, normalize("NFKC", name).strip())
    registered = _LEGAL_FORM.sub("", shorter)
    if registered not in {shorter, ""}:
        return _SEAT.sub("", _PARENTHESIS.sub("", registered)).strip()
    return _repeatedly(_ENGLISH_FORM, shorter)


def _repeatedly(pattern: re.Pattern[str], name: str) -> str:
    """The name without what matches, as often as it does: - B - H股."""
    while (shorter := pattern.sub("", name).strip()) not in {name, ""}:
        name = shorter
    return name


def by_words(name: str, room: int = ROOM) -> str:
    """The first words of a name that fit, one at the least."""
    words = name.split()
    while len(words) > 1 and len(" ".join(words)) > room:
        words.pop()
    return " ".join(words)


@cache  # thousands of shares, named on many pages, in two editions
def romanised(name: str) -> str:
    """A name in pinyin without tones: 航天环宇 becomes Hangtian Huanyu, TCL科技 TCL Keji.

    What a company does is a word; what remains has two characters a word, up to three are one.
    """
    runs = re.findall(f"[{_HAN}]+|[^{_HAN}]+", name)
    words = [
        word for run in runs for word in (_words(run) if re.match(f"[{_HAN}]", run) else [run])
    ]
    return " ".join(word.strip() for word in words if word.strip())


def _words(characters: str) -> list[str]:
    """Words of pinyin. Read as a whole, since a character's sound is its word's: 重庆, 银行."""
    sounds = _pinyin()(simplified(characters))
    words, start = [], 0
    for part in filter(None, _TRADE.split(characters)):
        for size in [len(part)] if _TRADE.fullmatch(part) else _sizes(len(part)):
            words.append("".join(sounds[start : start + size]).capitalize())
            start += size
    return words


@cache
def _pinyin() -> Callable[[str], list[str]]:
    """The library, whose dictionaries take half a second to load, where a name is romanised.

    Its words are of simplified characters. Where none decides, 长 is long: a name boasts of that.
    """
    from pypinyin import Style, lazy_pinyin, load_single_dict  # noqa: PLC0415

    load_single_dict({ord("长"): "cháng"})
    return partial(lazy_pinyin, style=Style.NORMAL, v_to_u=True)


@cache
def simplified(name: str) -> str:
    """A name as it is written on the mainland, in simplified characters: 寧德時代 is 宁德时代."""
    return str(_converter().convert(name))


@cache
def _converter() -> OpenCC:
    """The library, whose dictionaries are read where a name is written."""
    from opencc import OpenCC  # noqa: PLC0415

    return OpenCC("t2s")


def _sizes(characters: int) -> list[int]:
    """How many characters each word takes: 3, 2 and 2 of seven."""
    if characters <= 3:
        return [characters]
    return [3, *_sizes(characters - 3)] if characters % 2 else [2] * (characters // 2)
