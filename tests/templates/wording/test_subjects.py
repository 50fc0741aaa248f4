"""What a series is called: by its measure, of whom, and as a record."""

from __future__ import annotations

import pytest

from templates.wording.names import Name
from templates.wording.subjects import subject
from transforms.engine.metric import metrics

NAMES = {"600519.SH": "贵州茅台", "00700.HK": "腾讯控股"}


@pytest.mark.parametrize(
    ("metric", "entity", "english", "chinese"),
    [
        ("rsi_14", "000001.SH", "RSI of the Shanghai Composite", "上证指数RSI"),
        ("rsi_14", "000688.SH", "RSI of STAR 50", "科创50RSI"),
        ("crowding", "CN", "crowding", "拥挤度"),
        ("close#record", "000688.SH", "record of close of STAR 50", "科创50收盘价纪录"),
        ("crowding#record", "all", "record of crowding", "拥挤度纪录"),
        ("close", "600519.SH", "close of 贵州茅台", "贵州茅台收盘价"),
    ],
)
def test_a_series_is_called_by_its_measure_and_whom_it_is_about(metric, entity, english, chinese):
    assert subject(metric, entity, NAMES) == Name(english, chinese)


@pytest.mark.parametrize("metric", ["structural_momentum", "overheating"])
def test_an_axis_is_of_nobody(metric):
    assert subject(metric, "000001.SH", NAMES) == subject(metric, "CN", NAMES)
    assert subject(metric, "CN", NAMES).en != metric


def test_a_measure_without_a_name_is_called_by_its_label_or_id():
    label = metrics()["ad_line_change_20d"].label

    assert subject("ad_line_change_20d", "CN", NAMES) == Name(label, label)
    assert subject("of_nobody", "CN", NAMES) == Name("of_nobody", "of_nobody")
