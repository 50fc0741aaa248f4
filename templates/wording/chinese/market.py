"""Chinese sentences about prices, activity and leverage."""

from __future__ import annotations

from templates.wording.chinese.teller import Chinese
from templates.wording.text import Text, say
from templates.wording.told import Said
from templates.wording.verbs import CHINESE, as_many_as, only, sharply, turned_round, yet
from transforms.formulas.rsi import OVERBOUGHT, OVERSOLD


def index_change(t: Chinese) -> Said:
    """当周科创50大涨9.8%，为2025年8月22日以来最大周涨幅."""
    if t.flat("change"):
        flat = say("{span}{i}基本持平", span=t.span(), i=t.index())
        return Said((flat,), (say("{i}{span}基本持平", i=t.short_index(), span=t.in_short()),))
    most = _largest(t)
    moved = say("{span}{i}{verb}{x}{rare}", span=t.span(), i=t.index(), verb=_moved(t),
                x=t.size("change"), rare=t.rarely("change", most, "涨跌幅处于"))  # fmt: skip
    news = say("{i}{span}{verb}{x}", i=t.short_index(), span=t.in_short(), x=t.size("change"),
               verb=t.verb(CHINESE).present(up=t.up()))  # fmt: skip
    since = t.news("最大", "创纪录")
    headlines = [news + since] if since else []
    sentences = [moved]
    if t.has("from_peak"):
        peak = t.day(t.figure("from_peak").base or t.newest)
        below = say("，较{d}高点低{x}", d=peak, x=t.size("from_peak"))
        sentences.insert(0, moved + below)
        headlines.append(news + below)
    return Said(tuple(sentences), (*headlines, news))


def _largest(t: Chinese) -> str:
    """最大周涨幅; of a span that is no week, 最大涨幅."""
    week = "周" if t.whole_week() else ""
    return f"最大{week}涨幅" if t.up() else f"最大{week}跌幅"


def _moved(t: Chinese) -> str:
    """The verb of a sentence: 反弹 and 回落 where the move before was large as well."""
    before = t.value("before") if t.has("before") else None
    q_before = t.value("before_q") if t.has("before_q") else None
    if turned_round(t.value("change"), before, q_before):
        return "反弹" if t.up() else "回落"
    return t.verb(CHINESE).past(up=t.up())


def index_day(t: Chinese) -> Said:
    """4月7日恒生科技指数大跌17.2%，为2020年7月有数据以来最大单日跌幅."""
    way = "涨幅" if t.up() else "跌幅"
    verb = t.verb(CHINESE)
    day = say("{d}{i}{verb}{x}{rare}", d=t.on("change"), i=t.index(), verb=verb.past(up=t.up()),
              x=t.size("change"), rare=t.rarely("change", f"最大单日{way}", "涨跌幅处于"))  # fmt: skip
    sentences = [day]
    if t.has("span_change"):
        sentences.insert(0, day + _over_the_span(t))
    news = say("{d}{i}{verb}{x}", d=t.on("change"), i=t.short_index(), x=t.size("change"),
               verb=verb.present(up=t.up()))  # fmt: skip
    since = t.news("最大", "创纪录")
    return Said(tuple(sentences), (news + since, news) if since else (news,))


def _over_the_span(t: Chinese) -> Text:
    """但当周涨3.0%: how the span went that the day is of."""
    opposite = not t.flat("span_change") and yet(t.value("change"), t.value("span_change"))
    return say("，{but}{span}{way}", but="但" if opposite else "", span=t.span(),
               way=t.way("span_change"))  # fmt: skip


def index_high(t: Chinese) -> Said:
    """8月25日上证指数收于3884点，创2015年8月以来收盘新高."""
    return _new_level(t, "新高", "高点")


def index_low(t: Chinese) -> Said:
    """2月5日科创50收于646点，创2019年12月有数据以来收盘新低."""
    return _new_level(t, "新低", "低点")


def _new_level(t: Chinese, most: str, end: str) -> Said:
    close = say("{d}{i}收于{v}", d=t.on("level"), i=t.index(), v=t.size("level"))
    if t.dated and t.rarity.record:
        close = close + say("，创{d}有数据以来收盘{most}", d=t.first(), most=most)
        news = say("{i}创历史{most}", i=t.short_index(), most=most)
    elif t.dated:
        close = close + say("，创{d}以来收盘{most}", d=t.since(), most=most)
        news = say("{i}创{d}以来{most}", i=t.short_index(), d=t.since(), most=most)
    else:
        close = close + t.rarely("level", "最高" if end == "高点" else "最低")
        news = say("{i}收于{v}", i=t.short_index(), v=t.size("level"))
    if t.has("after"):  # that day, and no longer at the end
        news = say("{d}{news}", d=t.on("level"), news=news)
    if not t.has("after") or t.flat("after"):
        return Said((close,), (news,))
    after = say("，{when}较该{end}{way}{x}", when=t.by_the_end("after"), end=end, x=t.size("after"),
                way="高" if t.up("after") else "低")  # fmt: skip
    return Said((close + after, close), (news,))


def rsi_zone(t: Chinese) -> Said:
    """上证指数处于超买区间（RSI 74.5）."""
    zone = t.term("zone")
    state, rsi = zone.removeprefix("left "), t.size("level")
    name = {"overbought": "超买", "oversold": "超卖"}[state]
    if zone != state:
        left = say(
            "{d}{i}退出{name}区间（RSI {v}）", d=t.on("level"), i=t.index(), name=name, v=rsi
        )
        return Said((left,), (say("{i}退出{name}区间", i=t.short_index(), name=name),))
    line = OVERBOUGHT if state == "overbought" else OVERSOLD
    outside = t.has("before") and t.shown("before") != line
    entered = outside and (t.shown("before") < line) is (state == "overbought")
    verb = "进入" if entered else "处于"
    in_zone = say("{i}{verb}{name}区间（RSI {v}）", i=t.index(), verb=verb, name=name, v=rsi)
    rare = t.rarely("level", "最高" if state == "overbought" else "最低")
    news = say("{i}{verb}{name}区间", i=t.short_index(), verb=verb, name=name)
    return Said((in_zone + rare, in_zone) if rare else (in_zone,), (news,))


def turnover_total(t: Chinese) -> Said:
    """全周两市成交额17.13万亿元，创2005年1月有数据以来新高."""
    whole = t.whole_week()
    total = say("{span}两市成交额{v}", span="全周" if whole else t.span(), v=t.size("total"))
    low = t.rarity.low
    rare = _record(t, "新低" if low else "新高", "最低" if low else "最高", "total")
    news = say("{span}成交额{v}", span="周" if whole else t.short_count(), v=t.size("total"))
    since = t.news("最低" if low else "最高", "创历史新低" if low else "创新高")
    sentences = [total + rare]
    if t.has("rate"):
        sentences.insert(0, total + rare + _rate(t))
    return Said(tuple(sentences), (news + since, news) if since else (news,))


def _record(t: Chinese, record: str, most: str, role: str) -> Text:
    """创2005年1月有数据以来新高 where it is one; else since when it is the highest."""
    if t.dated and t.rarity.record:
        return say("，创{d}有数据以来{record}", d=t.first(), record=record)
    return t.rarely(role, most)


def _rate(t: Chinese) -> Text:
    """Beside any record: how much of what can be traded changed hands."""
    rate = say("；换手率{x}", x=t.size("rate"))
    return rate + say("，处于自身历史{p}", p=t.size("rate_rank")) if t.has("rate_rank") else rate


def turnover_high(t: Chinese) -> Said:
    """1月14日两市成交额3.94万亿元，创2005年1月有数据以来新高，此前纪录3.65万亿元（1月13日）."""
    peak = say("{d}两市成交额{v}", d=t.on("level"), v=t.size("level"))
    news = say("两市成交额{v}", v=t.size("level"))
    if t.dated and t.rarity.record:
        peak = peak + say("，创{d}有数据以来新高", d=t.first())
        headline = (news + "创新高", say("成交额创新高"))
    elif t.second_only:
        second = say("，仅次于{d}", d=t.second_to())
        peak, headline = peak + second, (news + "，为历史第二高", say("成交额历史第二"))
    else:
        since = t.news("最高", "")
        peak, headline = peak + t.rarely("level", "最高"), (news + since, news)
    sentences = [peak]
    before = Text()
    if t.has("before") and t.rarity.record:
        before = say("，此前纪录{b}（{d}）", b=t.size("before"), d=t.on("before"))
        sentences.insert(0, peak + before)
    if t.has("rate"):
        sentences = [peak + before + _rate(t), peak + _rate(t), *sentences]
    return Said(tuple(sentences), headline)


def turnover_low(t: Chinese) -> Said:
    """当周日均成交额4,820亿元，为2019年9月以来最低."""
    said = say("{span}日均成交额{v}{rare}", span=t.span(), v=t.size("mean"),
               rare=t.rarely("mean", "最低"))  # fmt: skip
    news = say("日均成交额{v}", v=t.size("mean"))
    since = t.news("最低", "创历史新低")
    return Said((said,), (news + since, news) if since else (news,))


def limit_ups(t: Chinese) -> Said:
    """1月13日涨停101只，封板率72.0%."""
    if t.shown("count") == 0:
        none = say("{d}无个股涨停", d=t.on("count"))
        return Said((none,), (none,))
    rank = t.rarity.percentile
    word = "多达" if as_many_as(rank) else "仅" if only(rank) else ""
    count = say("{d}涨停{word}{n}", d=t.on("count"), word=word, n=t.many("count", "只"))
    rare = t.rarely("count", "最少" if t.rarity.low else "最多")
    held = say("，封板率{x}", x=t.size("sealed")) if t.has("sealed") else Text()
    news = say("{d}涨停{n}", d=t.on("count"), n=t.many("count", "只"))
    return Said((count + held + rare, count + held, count), (news,))


def financing_change(t: Chinese) -> Said:
    """截至1月15日，融资余额2.70万亿元，五个交易日增加981亿元（3.8%）."""
    level = say("截至{d}，融资余额{v}", d=t.on("level"), v=t.size("level"))
    if t.flat("change"):
        flat = level + say("，{span}基本持平", span=t.in_sessions())
        return Said((flat,), (say("融资余额基本持平"),))
    verb, way = ("增加", "增幅") if t.up() else ("减少", "降幅")
    much = "大幅" if sharply(t.rarity.q) and not t.dated else ""
    moved = say("，{span}{much}{verb}{a}（{x}）", span=t.in_sessions(), much=much, verb=verb,
                a=t.size("amount"), x=t.size("change"))  # fmt: skip
    rare = t.rarely("change", f"最大{way}", "变动幅度处于")
    news = say("融资余额{n}{verb}{x}", n=t.short_count(), verb=verb, x=t.size("change"))
    since = t.news("最大", "创纪录")
    return Said((level + moved + rare, level + moved), (news + since, news) if since else (news,))


def financing_day(t: Chinese) -> Said:
    """1月12日融资余额单日增长1.76%，为2025年10月9日以来最大."""
    if t.flat("change", 2):
        flat = say("{d}融资余额基本持平", d=t.on("change"))
        return Said((flat,), (flat,))
    verb, way = ("增长", "增幅") if t.up() else ("下降", "降幅")
    day = say("{d}融资余额单日{verb}{x}", d=t.on("change"), verb=verb, x=t.size("change", 2))
    to = say("，至{v}", v=t.size("level"))
    rare = t.rarely("change", f"最大单日{way}", "变动幅度处于")
    news = say("融资余额{d}{verb}{x}", d=t.on("change"), verb=verb, x=t.size("change", 2))
    since = t.news("最大", "创纪录")
    return Said((day + to + rare, day + rare), (news + since, news) if since else (news,))


def financing_high(t: Chinese) -> Said:
    """1月8日融资余额达2.60万亿元，创2012年9月有数据以来新高."""
    level = say("{d}融资余额达{v}", d=t.on("level"), v=t.size("level"))
    record = t.dated and t.rarity.record
    peak = level + (say("，创{d}有数据以来新高", d=t.first()) if record
                    else t.rarely("level", "最高"))  # fmt: skip
    news = say("融资余额{v}", v=t.size("level"))
    since = t.news("最高", "创新高")
    headlines = (news + since, news) if since else (news,)
    if not t.has("after") or t.flat("after"):
        return Said((peak,), headlines)
    after = say("，{d}较该高点{way}{x}", d=t.on("after"), way="高" if t.up("after") else "低",
                x=t.size("after"))  # fmt: skip
    return Said((peak + after, peak), headlines)


def purchases_level(t: Chinese) -> Said:
    """融资买入额占成交额11.2%，处于近十年97%分位."""
    level = say("融资买入额占成交额{x}", x=t.size("level"))
    change = Text()
    if t.has("change"):
        change = say("（{span}{c}）", span=t.bracketed(), c=t.points("change"))
    most = "最低" if t.rarity.low else "最高"
    rare = t.rarely("level", most)
    since = t.news(most, "创历史新低" if t.rarity.low else "创新高")
    return Said((level + change + rare, level + rare), (level + since, level) if since
                else (level,))  # fmt: skip
