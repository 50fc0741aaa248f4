"""Chinese sentences about breadth, crowding, run-ups, notices and listings."""

from __future__ import annotations

from templates.wording.chinese.teller import Chinese, without_comma
from templates.wording.names import GROUPS, LISTS, MARKETS, THEMES, UNICORNS_OF, known
from templates.wording.text import Filling, Slots, Text, say
from templates.wording.told import Said
from templates.wording.verbs import as_many_as, only
from transforms.findings.span import Kind


def _rising(t: Chinese, when: Text) -> Text:
    """995只科技股中仅0.6%上涨; 有数据的982只科技股全部上涨."""
    share, rank = t.value("rising"), t.rarity.percentile
    members = say("{n}{group}", n=t.many("n", "只"), group=_group(t))
    if share in {0, 1}:
        how = "全部上涨" if share else "无一上涨"
        return say("{when}有数据的{of}{how}", when=when, of=members, how=how)
    word = "多达" if as_many_as(rank) else "仅" if only(rank) else ""
    return say("{when}{of}中{word}{x}上涨", when=when, of=members, word=word, x=t.size("rising"))


def _group(t: Chinese) -> str:
    return known(GROUPS, t.entity).zh


def breadth_week(t: Chinese) -> Said:
    """当周995只科技股中61.0%上涨，涨跌幅中位数+1.2%."""
    rose = _rising(t, t.span())
    rare = t.rarely("rising", "最低" if t.rarity.low else "最高", "占比处于")
    median = say("，涨跌幅中位数{m}", m=t.signed("median"))
    return Said((rose + median + rare, rose + rare), (_news_of_rising(t, _short_span(t)),))


def _news_of_rising(t: Chinese, when: Filling) -> Text:
    """周五仅9.1%科技股上涨; 科技股全部上涨."""
    share, rank = t.value("rising"), t.rarity.percentile
    if share in {0, 1}:
        how = "全部上涨" if share else "无一上涨"
        return say("{when}有数据的{n}{group}{how}", when=when, n=t.many("n", "只"), group=_group(t),
                   how=how)  # fmt: skip
    word = "多达" if as_many_as(rank) else "仅" if only(rank) else ""
    pattern = "{when}{word}{x}{group}上涨" if word else "{when}{group}中{x}上涨"
    return say(pattern, when=when, word=word, x=t.size("rising"), group=_group(t))


def _short_span(t: Chinese) -> str:
    return "近五日" if t.kind is Kind.SESSIONS else "当周"


def breadth_day(t: Chinese) -> Said:
    """4月7日995只科技股中仅0.6%上涨，为2023年1月有数据以来最低，跌幅中位数16.2%."""
    rose = _rising(t, say("{d}，", d=t.on("rising")))
    rare = t.rarely("rising", "最低" if t.rarity.low else "最高", "占比处于")
    news = _news_of_rising(t, t.on("rising"))
    most = "最低" if t.rarity.low else "最高"
    since = t.news(most, f"，为有数据以来{most}")
    headlines = (news + since, news) if since else (news,)
    if not t.has("median"):
        return Said((rose + rare,), headlines)
    median = say("，涨跌幅中位数{m}", m=t.signed("median"))
    return Said((rose + median + rare, rose + rare), headlines)


def breadth_flip(t: Chinese) -> Said:
    """科技股1月12日82.0%上涨，1月13日15.2%."""
    part: Slots = {"g": _group(t), "d": t.on("before"), "x": t.size("before"), "e": t.on("rising"),
            "y": t.size("rising")}  # fmt: skip
    said = say("{d}，{n}{g}中{x}上涨，{e}为{y}", n=t.many("n", "只"), **part)
    return Said((said,), (say("{g}上涨占比由{x}变为{y}", g=part["g"], x=part["x"], y=part["y"]),))


def breadth_narrow(t: Chinese) -> Said:
    """上涨集中于少数个股：科创50涨3.2%，科技股中位数涨0.4%."""
    when = t.on("change") if t.of_a_day("change") else t.span()
    said = say("{when}上涨集中于少数个股：{i}{x}，{n}{g}中位数{m}", when=when,
               i=t.index(t.term("index")), x=t.way("change"), n=t.many("n", "只"), g=_group(t),
               m=t.way("median"))  # fmt: skip
    return Said((said,), (say("上涨集中于少数个股"),))


def above_average(t: Chinese) -> Said:
    """58.0%的科技股站上50日均线（周+4.0个百分点）."""
    rank, group = t.rarity.percentile, _group(t)
    word = "仅" if only(rank) else "多达" if as_many_as(rank) else ""
    stand = say("{word}{x}的{g}位于50日均线上方", word=word, x=t.size("level"), g=group)
    change = Text()
    if t.has("change"):
        change = say("（{span}{c}）", span=t.bracketed(), c=t.points("change"))
    rare = t.rarely("level", "最低" if t.rarity.low else "最高", "占比处于")
    news = say("{word}{x}的{g}位于50日均线上方", word=word, x=t.size("level"), g=group)
    return Said((stand + change + rare, stand + rare), (news,))


def crowding_level(t: Chinese) -> Said:
    """TMT行业成交占比45.2%，市值占比30.1%，拥挤度处于近十年97%分位."""
    part: Slots = {"g": _group(t), "x": t.size("turnover_share"), "y": t.size("value_share")}
    share = say("{g}成交占比{x}，市值占比{y}", **part)
    rare = t.rarely("turnover_share", "最低" if t.rarity.low else "最高", "处于")
    crowded = share + "，拥挤度" + without_comma(rare) if rare else share
    return Said((crowded, share), (say("{g}成交占比{x}", g=part["g"], x=part["x"]),))


def runups(t: Chinese) -> Said:
    """较30日低点涨90%以上的个股67只，1月9日为41只."""
    rank = t.rarity.percentile
    word = "多达" if as_many_as(rank) else "仅" if only(rank) else ""
    far = say("较30日低点涨90%以上的个股{word}{n}", word=word, n=t.many("count", "只"))
    rare = t.rarely("count", "最少" if t.rarity.low else "最多")
    news = (say("{n}较30日低点涨逾90%", n=t.many("count", "只个股")),)
    if not t.has("before"):
        return Said((far + rare,), news)
    before = say("，{d}为{n}", d=t.on("before"), n=t.many("before", "只"))
    return Said((far + before + rare, far + rare), news)


def theme_move(t: Chinese) -> Said:
    """1月13日商业航天14只个股中位数跌9.3%，为2025年4月7日以来最大单日跌幅，前一日涨10.0%."""
    theme = known(THEMES, t.term("theme")).zh
    day = t.of_a_day("median")
    middle = say("{when}{theme}{n}中位数{m}", when=t.on("median") if day else t.span(),
                 theme=theme, n=t.many("n", "只个股"), m=t.way("median"))  # fmt: skip
    week = "周" if t.whole_week() else ""
    span = "单日" if day else week
    way = "涨幅" if t.up("median") else "跌幅"
    rare = t.rarely("median", f"最大{span}{way}", "涨跌幅处于")
    before = Text()
    if t.has("before"):
        before = say("，{e}{b}", e=t.on("before"), b=t.way("before"))
    ends = say("；最高{a}{x}，最低{b}{y}", a=t.company("best"), x=t.signed("best"),
               b=t.company("worst"), y=t.signed("worst"))  # fmt: skip
    short = say("{theme}中位数{m}", theme=theme, m=t.way("median"))
    dated = say("{d}{theme}中位数{m}", theme=theme, d=t.on("median"), m=t.way("median"))
    sentences = (middle + rare + before + ends, middle + before + ends, middle + ends, middle)
    return Said(sentences, (dated, short) if day else (short,))


def warnings(t: Chinese) -> Said:
    """当周45家公司发布异常波动公告，其中严重异常波动3家."""
    if t.shown("abnormal") == 0:
        none = say("{span}无异常波动公告", span=t.span())
        return Said((none,), (none,))
    given = say("{span}{n}公司发布异常波动公告", span=t.span(), n=t.many("abnormal", "家"))
    severe = say("，其中严重异常波动{n}", n=t.many("severe", "家"))
    if t.shown("severe") == 0:
        severe = say("，{none}", none=t.marked("severe", "均非严重异常波动"))
    rare = t.rarely("abnormal", "最少" if t.rarity.low else "最多")
    news = say("{span}{n}公司发布异常波动公告", span=_short_span(t), n=t.many("abnormal", "家"))
    return Said((given + severe + rare, given + severe), (news,))


def first_days(t: Chinese) -> Said:
    """当周6只港股新股首日均未破发，首日涨跌幅中位数+5.0%，MiniMax最高（+109.1%）."""
    place = known(MARKETS, t.entity).zh
    fell, n = t.shown("below"), t.shown("n")
    listed = say("{span}{n}{p}新股", span=t.span(), n=t.many("listed", "只"), p=place)
    if n < t.shown("listed"):
        listed = listed + say("中{k}有首日数据", k=t.many("n", "只"))
    if n == 1:
        return _one_first_day(t, listed, place)
    how = say("{k}首日破发", k=t.many("below", "只"))
    if fell in {0, n}:
        how = say("首日{how}", how=t.marked("below", "全部破发" if fell else "均未破发"))
    between = "，" if n < t.shown("listed") else "" if fell in {0, n} else "中"
    end = listed + say("{between}{how}", between=between, how=how)
    middle = say("，首日涨跌幅中位数{m}", m=t.signed("median"))
    best = say("，{name}最高（{x}）", name=t.company("best"), x=t.signed("best"))
    whose = "有数据的" if n < t.shown("listed") else ""
    between = "" if fell in {0, n} else "中"
    news = say("{whose}{n}{p}新股{between}{how}", whose=whose, n=t.many("n", "只"), p=place,
               between=between, how=how)  # fmt: skip
    return Said((end + middle + best, end + middle, end), (news,))


def _one_first_day(t: Chinese, listed: Text, place: str) -> Said:
    """当周港股新股MiniMax首日涨109.1%."""
    name, moved = t.company("best"), t.way("best")
    news = (say("{name}首日{x}", name=name, x=moved),)
    if t.shown("listed") > 1:
        return Said((listed + say("：{name}{x}", name=name, x=moved),), news)
    one = say("{span}{p}新股{name}首日{x}", span=t.span(), p=place, name=name, x=moved)
    return Said((one,), news)


def proceeds(t: Chinese) -> Said:
    """当周港股6只新股募资190亿港元，年内11只、334亿港元."""
    place = known(MARKETS, t.entity).zh
    raised = say("{span}{p}{n}募资{v}", span=t.span(), p=place, n=t.many("n", "只新股"),
                 v=t.size("raised"))  # fmt: skip
    year = say("，年内{n}、{v}", n=t.many("year_n", "只"), v=t.size("year_raised"))
    rare = t.rarely("raised", "最少" if t.rarity.low else "最多")
    news = say("{p}{n}募资{v}", p=place, n=t.many("n", "只新股"), v=t.size("raised"))
    brief = say("{p}新股募资{v}", p=place, v=t.size("raised"))
    return Said((raised + rare + year, raised + year), (news, brief))


def pipeline(t: Chinese) -> Said:
    """在审企业312家，当周注册生效12家."""
    review = say("在审企业{n}", n=t.many("under_review", "家"))
    registered = say("，{span}注册生效{n}", span=t.span(), n=t.many("registered", "家"))
    rare = t.rarely("under_review", "最少" if t.rarity.low else "最多")
    return Said((review + rare + registered, review + registered), (review,))


def unicorns(t: Chinese) -> Said:
    """据《全球独角兽企业500强》，截至2025年12月31日中国AI独角兽9家，2024年12月31日2家."""
    source, group = known(LISTS, t.term("list")).zh, known(UNICORNS_OF, t.entity).zh
    now = say("据《{list}》，截至{d}{group}{n}", list=source, d=t.on("count"), group=group,
              n=t.many("count", "家"))  # fmt: skip
    news = (say("{group}{n}", group=group, n=t.many("count", "家")),)
    if not t.has("before"):
        return Said((now,), news)
    return Said((now + say("，上年{n}", n=t.many("before", "家")), now), news)
