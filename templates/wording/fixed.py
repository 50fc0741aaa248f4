"""Texts of a page that do not change: titles, heads of columns, tiles, outcomes, footer, notice.

Keys are those that pages use; a text may have slots, the same ones in both languages.
"""

from __future__ import annotations

from templates.wording.names import Name

FIXED = {
    "name": Name("China Tech Rally Briefing", "中国科技股行情周报"),
    "question": Name("Structural, or overheating?", "结构性上涨，还是过热？"),
    # sections
    "section.verdict": Name("Verdict", "结论"),
    "section.week": Name("What happened this week", "本周要点"),
    "section.events": Name("Dated events", "相关事件"),
    "section.ahead": Name("Next two weeks", "未来两周"),
    "section.triggers": Name("What would change the reading", "触发线"),
    "section.followed": Name("What followed readings like this", "历史同类情形"),
    "section.heat_map": Name("Thirteen weeks by block", "近13周分项得分"),
    "section.market": Name("Market and breadth", "市场与宽度"),
    "section.industries": Name("Industries and themes", "行业与主题"),
    "section.leverage": Name("Leverage and flows", "杠杆与资金"),
    "section.listings": Name("Listings", "新股与募资"),
    "section.earnings": Name("Earnings and valuation", "盈利与估值"),
    "section.movers": Name("Run-ups and company notices", "短期急涨与公司公告"),
    "section.scenarios": Name("Scenarios and their record", "情景与检验"),
    "section.theses": Name("Nine theses", "九项命题"),
    "section.restatements": Name("Restatements", "数据修订"),
    "section.sources": Name("Data, sources, gaps", "数据与来源"),
    "section.definitions": Name("Definitions, notice", "释义与声明"),
    # the same in the head of the HTML edition, where all stand in one row
    "contents.verdict": Name("Verdict", "结论"),
    "contents.heat_map": Name("13 weeks", "近13周"),
    "contents.market": Name("Market", "市场与宽度"),
    "contents.industries": Name("Industries", "行业与主题"),
    "contents.leverage": Name("Leverage", "杠杆与资金"),
    "contents.listings": Name("Listings", "新股与募资"),
    "contents.earnings": Name("Earnings", "盈利与估值"),
    "contents.movers": Name("Run-ups", "急涨与公告"),
    "contents.scenarios": Name("Scenarios", "情景与检验"),
    "contents.theses": Name("Theses", "命题"),
    "contents.restatements": Name("Restated", "修订"),
    "contents.sources": Name("Data", "数据与来源"),
    "contents.definitions": Name("Definitions", "释义"),
    "contents.lineage": Name("Origins", "数字来源"),
    # heads of columns
    "head.index": Name("Index", "指数"),
    "head.code": Name("Code", "代码"),
    "head.close": Name("Close", "收盘"),
    "head.day": Name("Day", "日"),
    "head.week": Name("Week", "周"),
    "head.month": Name("Month to date", "本月"),
    "head.from_peak": Name("From peak", "较高点"),
    "head.percentile": Name("Percentile", "分位"),
    "head.listed": Name("Listed", "上市日"),
    "head.first_day": Name("First day", "首日"),
    "head.n": Name("n", "样本数"),
    "head.months_12": Name("12 months", "近12个月"),
    "head.pe": Name("P/E", "市盈率"),
    "head.pe_percentile": Name("P/E, percentile", "市盈率分位"),
    # cells and units
    "cell.no_data": Name("no data", "无数据"),
    "cell.no_rank": Name("not ranked", "无分位"),
    "unit.index_points": Name("index points", "点"),
    # tiles
    "tile.star": Name("STAR 50", "科创50"),
    "tile.turnover": Name("Turnover, daily mean", "日均成交额"),
    "tile.margin": Name("Margin loans", "融资余额"),
    "tile.above": Name("Tech above 50-day", "站上50日线科技股"),
    "tile.rsi": Name("RSI-14, Shanghai", "上证指数RSI-14"),
    "tile.raised": Name("HK raised, 90 days", "港股90日募资"),
    # outcomes of a scenario
    "outcome.higher": Name("Higher, no 10% fall", "上涨且未回撤10%"),
    "outcome.not_higher": Name("Not higher, no 10% fall", "未上涨且未回撤10%"),
    "outcome.fall_10": Name("Fall of 10–20%", "回撤10%～20%"),
    "outcome.fall_20": Name("Fall of 20% or more", "回撤20%以上"),
    # footer
    "footer.as_of": Name("as of {day}", "截至{day}"),
    "footer.simulated": Name(
        "SIMULATED: no number here is real", "模拟数据：本页数字均非真实"
    ),
    # workbook
    "workbook.contents": Name("Contents", "目录"),
    "workbook.issue": Name("Issue", "期号"),
    "workbook.as_of": Name("As of", "截至"),
    "workbook.language": Name("Language", "语言"),
    "workbook.this_language": Name("English", "中文"),
    "workbook.data": Name("Data", "数据"),
    "workbook.real": Name("real", "真实数据"),
    "workbook.sheet": Name("Sheet", "工作表"),
    "workbook.section": Name("Section", "章节"),
    "workbook.title": Name("Title", "标题"),
    "workbook.with_unit": Name("{name} ({unit})", "{name}（{unit}）"),
    "workbook.facts": Name("Facts", "数据项"),
    "workbook.stands_on": Name("Facts: {names}", "数据项：{names}"),
    "workbook.fact_id": Name("Fact", "数据项"),
    "workbook.fact_metric": Name("Metric", "指标"),
    "workbook.fact_entity": Name("Entity", "对象"),
    "workbook.fact_day": Name("Day", "日期"),
    "workbook.fact_value": Name("Value", "数值"),
    "workbook.fact_unit": Name("Unit", "单位"),
    "workbook.fact_percentile": Name("Percentile", "分位"),
    "workbook.fact_sources": Name("Sources", "来源"),
    "workbook.fact_known_at": Name("Known at (UTC)", "获知时间（UTC）"),
    # columns of what pictures draw, and names of rows in them
    "drawn.momentum": Name("momentum", "结构动能"),
    "drawn.heat": Name("heat", "过热"),
    "drawn.heat_low": Name("heat, low", "过热下限"),
    "drawn.heat_high": Name("heat, high", "过热上限"),
    "drawn.momentum_low": Name("momentum, low", "结构动能下限"),
    "drawn.momentum_high": Name("momentum, high", "结构动能上限"),
    "drawn.value": Name("value", "数值"),
    "drawn.line": Name("line", "分界线"),
    "drawn.code": Name("code", "代码"),
    "drawn.index": Name("index", "指数"),
    "drawn.industry": Name("industry", "行业"),
    "drawn.sessions": Name("sessions", "交易日数"),
    "drawn.outcome": Name("outcome", "结果"),
    "drawn.probability": Name("probability", "概率"),
    "drawn.base_rate": Name("base rate", "基准概率"),
    "drawn.low": Name("low", "下限"),
    "drawn.high": Name("high", "上限"),
    "drawn.median": Name("median", "中位数"),
    "drawn.now": Name("now", "现值"),
    "drawn.a year ago": Name("a year ago", "一年前"),
    "drawn.pe_ttm": Name("P/E", "市盈率（TTM）"),
    "drawn.forecast": Name("forecast", "预测概率"),
    "drawn.frequency": Name("came true", "实际频率"),
    "drawn.continuation": Name("higher, no 10% fall", "上涨且未回撤10%"),
    "drawn.consolidation": Name("not higher, no 10% fall", "未上涨且未回撤10%"),
    "drawn.correction": Name("fall of 10–20%", "回撤10%～20%"),
    "drawn.bust": Name("fall of 20% or more", "回撤20%以上"),
    # HTML edition
    "web.skip": Name("To the text", "跳到正文"),
    "web.contents": Name("Contents", "目录"),
    "web.theme": Name("Colours", "配色"),
    "web.auto": Name("auto", "自动"),
    "web.light": Name("light", "浅色"),
    "web.dark": Name("dark", "深色"),
    "web.real": Name("Real market data", "真实数据"),
    "web.simulated": Name("SIMULATED", "模拟数据"),
    "web.table": Name("Table", "数据表"),
    "web.keys": Name("Left and right keys read the values.", "按左右键读取数值。"),
    "web.lineage": Name("Where the numbers come from", "数字来源"),
    "web.metric": Name("Metric", "指标"),
    "web.entity": Name("Code", "代码"),
    "web.name": Name("Name", "名称"),
    "web.ref": Name("Counted", "计数项"),
    "web.value": Name("Value", "数值"),
    "web.day": Name("Day", "日期"),
    "web.exact": Name("Exact value", "精确值"),
    "web.known": Name("Known, Beijing time", "可知时间（北京）"),
    "web.percentile": Name("Percentile", "分位"),
    "web.observations": Name("Observations", "观测值数"),
    "web.since": Name("Observed since", "起始日期"),
    "web.members": Name("Members counted", "样本数"),
    "web.part.change_1w": Name("Printed: change over five observations", "所载：五期变动"),
    "web.part.percentile": Name("Printed: percentile", "所载：分位"),
    "web.part.n": Name("Printed: sample size", "所载：样本数"),
    "web.part.coverage": Name("Printed: inputs with data", "所载：有数据的输入"),
    "web.coverage": Name("Inputs with data", "有数据的输入"),
    "web.record": Name("Record before", "此前纪录"),
    "web.sources": Name("Source", "来源"),
    "web.fetched": Name("Fetched, Beijing time", "取得时间（北京）"),
    "web.query": Name("Query", "查询"),
    "web.finding": Name("Numbers of findings", "要点中的数字"),
    "web.studies": Name("Studies of past cases, contributions, triggers", "历史情形统计、贡献与触发线"),
    "web.definition": Name("Definition", "释义"),
    "web.counted": Name("Counted on this page, or a line of its rules", "本页计数或规则中的数值"),
    "web.copy": Name("Copy query", "复制查询"),
    "web.open": Name("Open", "展开"),
    "web.fold": Name("Fold", "收起"),
    "web.close": Name("Close", "关闭"),
    # archive
    "archive.momentum": Name("Momentum", "结构动能"),
    "archive.heat": Name("Heat", "过热"),
    # mail
    "mail.simulated": Name(
        "SIMULATED: an invented market; no number in this mail is real.",
        "模拟数据：虚构市场，本邮件数字均非真实。",
    ),
    "mail.state": Name("State: ", "状态："),
    "mail.dates": Name("Next dates, Beijing", "未来日程（北京时间）"),
    "mail.nothing": Name("Nothing further.", "无其他要点。"),
    "mail.colon": Name(": ", "："),
    "mail.between": Name("; ", "；"),
    "mail.attached": Name("The whole issue is attached as a PDF.", "全文见附件PDF。"),
    "mail.linked": Name(
        "The PDF is too large to be mailed; read it at {url}", "PDF文件过大，未随邮件附上，请见{url}"
    ),
    "mail.too_large.workbook": Name(
        "The PDF is too large to be mailed; its tables are attached as a workbook. The sender has "
        "the PDF as {file}.",
        "PDF文件过大，未随邮件附上；全部表格见附件工作簿。PDF可向发件方索取，文件名：{file}。",
    ),
    "mail.too_large.nothing": Name(
        "The PDF is too large to be mailed. The sender has it as {file}.",
        "PDF文件过大，未随邮件附上，可向发件方索取，文件名：{file}。",
    ),
    "mail.notice": Name(
        "Not investment research: no ratings, no targets, no advice.",
        "非证券研究报告，不构成投资建议。",
    ),
    "mail.leave": Name(
        "You receive this as a subscriber. To stop, reply with the word unsubscribe: {address}",
        "您因订阅收到本邮件。退订：回复“退订”至{address}",
    ),
    "mail.link.read": Name("Read the issue", "阅读全文"),
    "mail.link.pdf": Name("PDF", "PDF"),
    "mail.link.workbook": Name("Excel", "Excel"),
    "mail.link.archive": Name("All issues", "往期"),
    # notice
    "notice": Name(
        "This briefing describes published market data by fixed rules. It is not securities "
        "research or investment advice: no ratings, price targets, or times to buy or sell; no "
        "reader's circumstances are considered. Shares appear only as cases of a rule. Frequencies "
        "describe past cases; they are no forecast. Every number is computed by published code; no "
        "language model makes or changes one. Data may be late, revised or wrong at source.",
        "本简报依据公开数据与固定规则描述市场，不是证券研究报告，不构成证券投资咨询或投资建议，"
        "不含评级、目标价及买卖时点，未考虑任何读者的具体情况。所列个股仅为规则筛选的样本，"
        "不代表推荐。情景概率为历史频率，不是对未来的预测或承诺。全部数字由公开程序计算，"
        "不经大语言模型生成或修改。数据可能延迟、修订或有误。市场有风险，投资需谨慎。",
    ),
    "notice.licence": Name(
        "The publisher holds no mainland licence for securities investment consulting.",
        "编制方未持有证券投资咨询业务资格。",
    ),
}  # fmt: skip


# What languages call themselves, and their tags on a page.
NAMES = {"en": "English", "zh": "中文"}
TAGS = {"en": "en-GB", "zh": "zh-Hans"}


def fixed(key: str, language: str, **slots: object) -> str:
    """A fixed text with its slots filled; KeyError for an unknown key or a slot left open."""
    text: str = getattr(FIXED[key], language)
    return text.format(**slots)


def head(name: str, language: str) -> str:
    """A column of a drawn frame as a head: with a capital, unless it is a symbol such as p."""
    said = drawn(name, language)
    return said[0].upper() + said[1:] if len(said) > 1 and said[1] not in " ,(" else said


def drawn(name: str, language: str) -> str:
    """What a column of a drawn frame, or a row in it, is called; a finished name stays as it is."""
    known = FIXED.get(f"drawn.{name}")
    return getattr(known, language) if known else name
