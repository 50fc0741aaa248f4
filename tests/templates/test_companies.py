"""Companies have a short name in the reader's language, of whole words, and only their own."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from templates.companies import ROOM, by_words, english_company_name, romanised, without_form
from templates.format import company_name

LISTED = list(
    csv.DictReader(
        files("warehouse")
        .joinpath("reference", "company_name.csv")
        .read_text(encoding="utf-8")
        .splitlines()
    )
)


@pytest.mark.parametrize(
    ("code", "name", "english", "chinese"),
    [
        ("02513.HK", "北京智譜華章科技股份有限公司- H股", "Zhipu", "智谱"),
        ("00100.HK", "MiniMax Group Inc. - W - P", "MiniMax", "MiniMax"),
        ("688256.SH", "寒武纪-U", "Cambricon", "寒武纪"),
        ("600118.SH", "中国卫星", "China Spacesat", "中国卫星"),
        ("06938.HK", "蘇州瑞博生物技術股份有限公司 - B - H股", "Ribo", "瑞博生物"),
    ],
)
def test_an_established_name_is_used(code, name, english, chinese):
    assert english_company_name(code, {code: name}) == english
    assert company_name(code, {code: name}) == chinese


def test_a_code_that_means_another_company_has_that_ones_name():
    assert english_company_name("688256.SH", {"688256.SH": "模拟电子"}) == "Moni Dianzi"
    assert company_name("02513.HK", {"02513.HK": "模拟科技"}) == "模拟科技"


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("航天智装", "Hangtian Zhizhuang"),
        ("TCL科技", "TCL Keji"),
        ("*ST花王", "*ST Huawang"),
        ("N模拟", "Moni"),
        ("万科Ａ", "Wanke A"),
        ("重庆银行", "Chongqing Yinhang"),
        ("北玻股份", "Beibo"),
        ("長風藥業股份有限公司- H股", "Changfeng Yaoye"),
        ("上海摯達科技發展股份有限公司- H股", "Zhida Keji Fazhan"),
        ("河北海偉電子新材料科技股份有限公司- H股", "Haiwei Dianzi"),
        ("勁方醫藥科技(上海)股份有限公司- B - H股", "Jinfang Yiyao Keji"),
        ("A Very Long Company Name Holdings Limited", "A Very Long Company"),
        ("Extraordinarilylongname Systems", "Extraordinarilylongname"),
    ],
)
def test_other_names_are_put_into_latin_letters(name, english):
    assert english_company_name("08888.HK", {"08888.HK": name}) == english


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("芯原股份", "芯原股份"),
        ("不同集團", "不同集團"),
        ("摩尔线程-U", "摩尔线程"),
        ("禾賽科技- W", "禾賽科技"),
        ("廣州銀諾醫藥集團股份有限公司- B - H股", "銀諾醫藥"),
        ("豪威集成電路（集團）股份有限公司 - H股", "豪威集成電路"),
        ("苏州银行股份有限公司", "苏州银行"),
        ("有限公司", "有限公司"),
        ("HashKey Holdings Limited", "HashKey"),
    ],
)
def test_a_registered_name_loses_form_class_and_seat(name, short):
    assert without_form(name) == short


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("銀諾醫藥", "银诺医药"),
        ("乾元科技", "乾元科技"),
        ("瑞浦蘭鈞", "瑞浦兰钧"),
        ("航天环宇", "航天环宇"),
    ],
)
def test_chinese_names_are_told_in_simplified_characters(name, told):
    assert company_name("08888.HK", {"08888.HK": name}) == told


def test_a_company_without_a_name_keeps_its_code():
    assert english_company_name("00100.HK", {}) == "00100.HK"
    assert company_name("00100.HK", {}) == "00100.HK"


def test_a_long_chinese_name_is_cut_and_a_latin_one_loses_words():
    long = "翰思艾泰生物醫藥科技發展"
    assert company_name("08888.HK", {"08888.HK": long}) == "翰思艾泰生物医药科…"
    latin = "A Very Long Company Name Holdings Limited"
    assert company_name("08888.HK", {"08888.HK": latin}) == "A Very Long Company"


def test_pinyin_has_no_tones_and_keeps_the_two_dots():
    assert romanised("绿地") == "Lüdi"


def test_whole_words_are_left_out_at_the_end():
    assert by_words("Hangtian Huanyu Tongxin", 16) == "Hangtian Huanyu"


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row["code"])
def test_an_established_name_fits_and_says_who_uses_it(row):
    assert len(row["name_en"]) <= ROOM + 4
    assert len(row["name_zh"]) <= ROOM // 2
    assert row["name_en"] or row["name_zh"]
    assert all(row["contains"].split("|"))
    assert row["called_so_by"] in {"company", "exchange"}


def test_each_company_is_listed_once():
    codes = [row["code"] for row in LISTED]
    assert len(codes) == len(set(codes))
