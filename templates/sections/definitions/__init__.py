"""The last page: what the metrics cited before mean, and what this paper is not."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from templates.page import Content, Grid, Passage, Passages, rows
from templates.sections.definitions import chinese, english
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.engine.metric import Metric
from transforms.issue.issue import Issue

SLUG = "definitions"
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
# Their names say all: the page gives these, and no more.
PLAIN = {
    "abnormal_notices_5d", "best_share_return_5d", "block_score", "breadth_up_share", "close",
    "close_cny", "drawdown_60d", "group_new_high_share", "group_return_20d", "group_return_5d",
    "group_risen_5d_share", "ipo_a_first_day_return", "ipo_first_day_return_median_12m",
    "ipo_first_day_return_median_90d", "ipo_hk_proceeds_ytd_hkd", "ipo_hk_raised_hkd",
    "ipo_pipeline_change_7d", "margin_financing_change_1d", "return_1d", "return_20d",
    "return_250d", "return_5d", "return_mtd", "risk_notices_5d", "turnover_5d_cny", "turnover_cny",
    "unicorn_growth_1y", "unicorn_net_adds", "worst_share_return_5d",
}  # fmt: skip


def build(issue: Issue, s: Speller, cited: Sequence[Metric] = ()) -> Content:
    """The section in the speller's language; cited: the metrics of the pages before."""
    words = WORDS[s.code]
    meanings = (
        [Passages(tuple(_definition(one, s) for one in cited), running=True)] if cited else []
    )
    notice = words.notice(s, simulated=issue.simulated)
    closing = (
        Passages((Passage(Text(), notice),), words.NOTICE_TITLE, columns=1),
        Passages((Passage(Text(), words.CHECK),), words.CHECK_TITLE, columns=1),
    )
    return Content(
        SLUG,
        s.fixed("section.definitions"),
        words.headline(len(cited)),
        (*rows(*meanings), *rows(*closing, grid=Grid.TWO_THIRDS)),
    )


def _definition(one: Metric, s: Speller) -> Passage:
    return Passage(
        say("{label}", label=s.label(one.label)),
        Text() if one.id in PLAIN else say("{reading}", reading=s.label(one.reading)),
        say("{id}", id=one.id),
        one.id,
    )
