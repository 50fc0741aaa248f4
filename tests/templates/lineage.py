"""How each fact may be spelled on the page, and what else there may bear digits."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import polars as pl

from templates import format as words
from templates.companies import english_company_name
from templates.sections.industries.facts import industries
from templates.sections.restatements.facts import SHOWN as RESTATED_SHOWN
from templates.sections.sources.facts import NAMED, inputs, silent, speaking, unprinted
from templates.sections.theses.english import MEASURED
from templates.sections.theses.facts import VERDICTS, card
from templates.sections.theses.figures import BETWEEN_SHARES
from templates.sections.verdict.facts import Mark, position
from templates.sections.verdict.triggers import rules
from templates.wording import spelling
from templates.wording.speller import SPELLERS
from tests.templates.last_issue import kept_of_last_issue
from transforms.axes.composite import AXES, WEIGHTS
from transforms.engine.metric import metrics
from transforms.facts import Fact
from transforms.formulas import printed_value
from transforms.formulas.printed_value import RANK
from transforms.issue.issue import Issue
from warehouse.catalog import catalogue

MOODS = ("rising", "falling", "thin")
OF_UNIT = {"CNY": ("bare",), "HKD": ("bare",)}
LISTED = {"HK": ("ipo_hk_raised_hkd", "ipo_first_day_return"),
          "A": ("ipo_a_raised_cny", "ipo_a_first_day_return")}  # fmt: skip
DIGITS = re.compile(r"\d[\d.,]*\d|\d")
SVG = "{http://www.w3.org/2000/svg}"

# What the page's own words contain: names, windows, scales and the day of the article.
FURNITURE = (
    "RSI-14", "of 100", "0 to 100", "pale 0 to dark 100", "90%", "30-day", "31-day", "50-day", "200-day",
    "50- and 200-day", "20 sessions", "in 90 days", "30 sessions", "31 closes", "60 sessions", "20-day", "20-session",
    "120 sessions", "21 sessions", "fall of 10%", "Fall of 10%", "10 to 20%", "10–20%", "no 10% fall", "20% or more", "Fall of 20%",
    "Fall of 30%", "10% higher", "20% higher", "80% interval", "steps of 5%", "fell by 40%",
    "40% from a peak", "50% within one", "250 sessions",
    "12 months", "近12个月", "52 weeks", "30-session", "50日", "200日", "China 7", "Magnificent 7",
    "HK$1 bn", "HK$10 bn", "CNY 1 bn", "CNY 10 bn", "±20%", "±30%", "60-session", "per 1,000",
    "Per 1,000", "from 500 observations", "10% from a high", "20% from a high", "30% from a high",
    "Rise of 10%", "Rise of 20%", "rise of 10%", "20, 60 and 120 sessions", "Cases, 20",
    "Cases, 60", "Cases, 120", "under 0.05", "95% line", "20% in 30 sessions",
    "30% in 30 sessions", "100% in a year", "100% in two years", "points of 100", "fell 20%",
    "20% in 60 sessions", "50-day", "5 days", "20 days", "5-day",
    "0–100", "0～100", "13 at most", "至多13周", "80% range", "80%区间", "line 60", "分界线60", "in 5 sessions", "90% above",
    "Fewer than 8 cases", "不足8次", "Shanghai RSI-14",
    "90 days", "12–1", "13 January 2026", "January 2026", "= 100",
)  # fmt: skip


class Page(HTMLParser):
    """Splits a document into marked numbers, dates, figures and everything else."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[tuple[str, str]] = []
        self.dates: list[str] = []
        self.figures: list[str] = []
        self.rest: list[str] = []
        self._inside: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "img":
            self.figures.append(found["src"])
        elif tag in ("data", "time", "style", "title"):
            self._inside.append((tag, found.get("value") or ""))

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1][0] == tag:
            self._inside.pop()

    def handle_data(self, data):
        match self._inside[-1:]:
            case [("data", reference)]:
                self.numbers.append((reference, data.strip()))
            case [("time", _)]:
                self.dates.append(data)
            case []:
                self.rest.append(data)


def read(document: str) -> Page:
    page = Page()
    page.feed(document)
    return page


def spellings(fact: Fact, part: str) -> set[str]:
    """All ways in which the page may write one number of a fact."""
    if fact.metric.startswith("finding_"):
        chinese = set() if part else in_chinese(fact)
        whole = in_sentences(fact, part) | in_blocks(fact, part) | chinese
        return whole | {bare(text) for text in whole}
    if part == "change_1w":
        unsigned = {text.lstrip(f"+{words.MINUS}") for text in gained(fact)}
        return unsigned | gained(fact) | in_blocks(fact, part)
    if part == "n":
        return {words.decimal(fact.n, 0)}
    if part == "percentile":
        return {str(words.percentile(fact))} | in_blocks(fact, part)
    if part == "coverage":
        return {words.spell(fact.coverage, "fraction")}
    value = fact.previous_record_value if part == "previous_record_value" else fact.value
    plain = words.spell(abs(value), fact.unit, metric=fact.metric)
    signed = words.spell(value, fact.unit, metric=fact.metric, signed=True)
    level = words.spell(value, fact.unit, metric=fact.metric)
    blocks = in_blocks(fact, part)
    lines = {one.replace(".00", "").replace(".0", "") for one in blocks | {level}}
    return {plain, signed, level, words.money_digits(abs(value)), *blocks, *lines}


def gained(fact: Fact) -> set[str]:
    """All ways in which a change over five observations may be written; sums without currency."""
    spellers = [speller(as_of=fact.observation_date) for speller in SPELLERS.values()]
    whole = {str(one.week_change(fact)) for one in spellers}
    return whole | {bare(text) for text in whole}


def bare(text: str) -> str:
    """A sum without its currency."""
    for currency in (f"CNY{words.NO_BREAK}", "HK$", "港元", "元"):
        text = text.replace(currency, "")
    return text


def in_chinese(fact: Fact) -> set[str]:
    """All ways in which a Chinese sentence may write a number of a finding."""
    size = spelling.chinese_size(fact.value, fact.unit)
    signed = spelling.signed(fact.value, fact.unit)
    counted = (
        {f"{size}{measure}" for measure in (*"家只周次项个", "只个股", "只新股")}
        if fact.unit == "count"
        else set()
    )
    return {size, words.MINUS + size, f"{size}次", f"{signed}个百分点", f"{signed}分", "持平",
            size.removesuffix("分"), bare(signed), *counted}  # fmt: skip


def in_blocks(fact: Fact, part: str) -> set[str]:
    """All ways in which blocks may write one number of a fact, in either language."""
    if part == "percentile":
        rank = str(words.percentile(fact)).rstrip("snrtdh") if fact.percentile else ""
        return {rank, f"{rank}%分位", f"{rank}{words.ordinal(int(rank or 0))[-2:]} percentile"}
    day = fact.observation_date
    spellers = [speller(as_of=day) for speller in SPELLERS.values()]
    if part == "change_1w":
        return {str(how(fact)) for one in spellers for how in (one.week_step, one.week_change)}
    if part:
        return set()
    count = spelling.chinese_numeral(fact.value) if fact.metric.endswith("_sessions") else ""
    sessions = {f"{count}个交易日", f"{count}日", f"{fact.value:.0f}个交易日"} if count else set()
    cells = [getattr(one, how)(fact) for one in spellers
             for how in ("level", "signed", "size", *OF_UNIT.get(fact.unit, ()))]  # fmt: skip
    counted = (
        {f"{fact.value:,.0f}{measure}" for measure in "只项家"} if fact.unit == "count" else set()
    )
    points = {one.points(fact, signed=sign).text for one in spellers for sign in (True, False)
              if fact.unit == "fraction"}  # fmt: skip
    between = {
        words.sign_of(fact.value, text, signed=True) + text
        for one in spellers
        if fact.metric in BETWEEN_SHARES
        for text in [one.spelled(abs(fact.value) * 100, "pp")]
    }
    rank = f"{fact.value:.0f}" if fact.unit == RANK else ""
    ranks = {words.ordinal(int(rank)), f"{rank}%分位"} if rank else set()
    at_zero = fact.metric == "thesis_line" and fact.value == 0
    limits = {f"0{words.NO_BREAK}pp", "0个百分点"} if at_zero else set()
    told = {cell.text for cell in cells} | sessions | counted | points | nothing(fact)
    return told | between | ranks | limits


def nothing(fact: Fact) -> set[str]:
    """How a count of nothing is told."""
    return {"none", "无"} if fact.unit == "count" and fact.value == 0 else set()


def in_sentences(fact: Fact, part: str) -> set[str]:
    """All ways in which an English sentence may write a number of a finding."""
    if part == "percentile":
        every = range(1, 100)  # of the finding, not of the fact
        ordinals = {words.ordinal(rank) for rank in every}
        return ordinals | {str(rank) for rank in every} | {f"{rank}%分位" for rank in every}
    bare = {spelling.size(fact.value, fact.unit), spelling.signed(fact.value, fact.unit)}
    counted = spelling.cardinal(fact.value) if fact.unit == "count" else ""
    if spelling.size(fact.value, fact.unit) == "0":
        bare.add("unchanged")
    if fact.unit == "fraction":  # shares of weight in whole per cent, days of loans in hundredths
        bare |= {spelling.size(fact.value, fact.unit, places) for places in (0, 2)}
    return {*bare, spelling.english_size(fact.value, fact.unit), counted, counted.capitalize()} - {
        ""
    }


def listed_and_ranked(issue: Issue) -> dict[str, str]:
    """What the pages of listings and of valuation count: single listings, and indices by rank."""
    found: dict[str, int] = {}
    since = date(issue.as_of.year - 1, issue.as_of.month, 1)
    for market, (raised, first_day) in LISTED.items():
        rows = issue.series.filter(pl.col("observation_date") >= since)
        listed, priced = (set(rows.filter(metric=m)["entity"]) for m in (raised, first_day))
        newest = sorted(issue.facts.of(raised), key=lambda f: (f.observation_date, f.entity))[-10:]
        gains = [
            f.value for one in newest if (f := issue.facts.maybe_latest(first_day, one.entity))
        ]
        found |= {f"listings#{market}/unknown": len(listed - priced),
                  f"listings#{market}/priced": len(gains),
                  f"listings#{market}/below": sum(gain < 0 for gain in gains)}  # fmt: skip
    ranks = {f.entity: f for f in issue.facts.of("pe_ttm_percentile_10y")}
    found["earnings#ranked"] = len(ranks)
    found["earnings#dear"] = sum(round(rank.value + 1e-9) >= 90 for rank in ranks.values())
    found["earnings#unranked"] = len({f.entity for f in issue.facts.of("pe_ttm")} - ranks.keys())
    past = issue.series.filter(metric="pe_ttm_percentile_10y").sort("observation_date")
    before = [
        old["value"][-1]
        for code, rank in ranks.items()
        if (old := past.filter(pl.col("entity") == code, pl.col("observation_date").is_between(
            rank.observation_date - timedelta(days=379),
            rank.observation_date - timedelta(days=365)))).height
    ]  # fmt: skip
    found["earnings#ranked_before"] = len(before)
    found["earnings#dear_before"] = sum(round(value + 1e-9) >= 90 for value in before)
    return {ref: str(number) for ref, number in found.items()}


@kept_of_last_issue
def counts(issue: Issue) -> dict[str, str]:
    """The counts that the page makes of what it shows."""
    read, rest = issue.health.filter("read"), issue.health.filter(~pl.col("read"))
    late = read["state"].is_in(["late", "missing"]).sum()
    codes = issue.movers["code"].to_list()
    run_ups = [issue.facts.maybe_latest("runup_30d", code) for code in codes]
    further = {
        f"absent#{one.kind}/{one.dataset}#more": len(one.metrics) - NAMED for one in silent(issue)
    }
    further["absent#unprinted"] = unprinted(issue)
    later = {f"absent#speaks/{one.day}": len(one.readings) - NAMED for one in speaking(issue)}
    doubted = {
        f"doubt#{name}/{day}/{part}": f"{number:,}"
        for name, day, *numbers in issue.doubted.select(
            "dataset", "first_day", "there", "usual"
        ).iter_rows()
        for part, number in zip(("there", "usual"), numbers, strict=True)
    }
    classes = industries(issue)
    classed = {
        "industries#all": str(len(classes.all)),
        "industries#rose": str(classes.rose),
        "industries#shown": str(len(classes.rows) // 2),
    } if classes else {}  # fmt: skip
    return {
        **listed_and_ranked(issue),
        **doubted,
        **classed,
        **{ref: str(size) for ref, size in (further | later | scored(issue)).items()},
        "health#all": str(read.height),
        "health#never": str(read.filter(state="missing")["newest_observation"].null_count()),
        "restated#all": str(issue.restatements.height),
        "followed#looked": str(len({(a.kind, a.entity, a.measured_on) for a in issue.followed})),
        "health#late": str(late),
        "health#fresh": str(read.height - late),
        "health#others": str(rest.height),
        "health#others_missing": str((rest["state"] == "missing").sum()),
        "health#others_fresh": str((~rest["state"].is_in(["late", "missing"])).sum()),
        "movers#all": str(sum(fact is not None for fact in run_ups)),
        "movers#ran_up": str(sum(fact is not None and fact.value >= 0.9 for fact in run_ups)),
    }


@kept_of_last_issue
def axes_read(issue: Issue) -> dict[str, str]:
    """What share of each axis has readings, and how far a block that came or went moved it."""
    found = {}
    scores = issue.series.filter(pl.col("metric") == "block_score")
    for side, metric in AXES.items():
        own = scores.filter(pl.col("entity").str.starts_with(f"{side}/"))
        course = issue.series.filter(
            pl.col("metric").is_in([metric, f"{metric}_low"]), pl.col("entity") == "CN"
        )
        if course.is_empty():
            continue
        last = own.filter(pl.col("observation_date") == course["observation_date"].max())
        read = sum(
            WEIGHTS[b] * (1.0 if c is None else c)
            for b, c in last.select("entity", "coverage").iter_rows()
        )
        text = f"{min(99, int(read + 0.5)) if read < 100 - 1e-7 else 100}%"
        found[f"axis#{side}/read"] = text
        table = own.pivot("entity", index="observation_date", values="value").sort(
            "observation_date"
        )
        found[f"axis#{side}/shift"] = newest_shift(position(issue).marks, table)
    return found


def newest_shift(marks: Sequence[Mark], table: pl.DataFrame) -> str:
    """The newest step of five points and more that a block alone made, between two marks."""
    rows = {row["observation_date"]: row for row in table.iter_rows(named=True)}

    def mean(blocks: list[str], row: dict) -> int:
        weights = [WEIGHTS[name] for name in blocks]
        total = sum(w * row[name] for w, name in zip(weights, blocks, strict=True)) / sum(weights)
        return int(total + 0.5)

    for a, b in reversed([*pairwise(mark.day for mark in marks)]):
        if a not in rows or b not in rows:
            continue
        for name in [n for n in WEIGHTS if n in table.columns]:
            had, has = rows[a][name] is not None, rows[b][name] is not None
            if had is has:
                continue
            row, sign = (rows[b], 1) if has else (rows[a], -1)
            there = [n for n in table.columns[1:] if row[n] is not None]
            others = [n for n in there if n != name]
            step = sign * (mean(there, row) - mean(others, row)) if others else 0
            if abs(step) >= 5:
                return f"{'+' if step > 0 else words.MINUS}{abs(step)}"
    return ""


def scored(issue: Issue) -> dict[str, int]:
    """How many inputs, theses, claims and restatements there are of each kind."""
    read, theses, changed = inputs(issue), card(issue), issue.restatements
    kinds = [one.verdict for one in issue.claims]
    came = int((changed["field"] == "came").sum())
    return {
        "inputs#read": read.read,
        "inputs#late": len(read.late),
        "inputs#missing": len(read.missing),
        "inputs#on_time": len(read.on_time),
        "inputs#others": read.others,
        "inputs#others_late": read.others_late,
        "inputs#others_missing": read.others_missing,
        "theses#supports": theses.supports.known,
        "theses#supports_held": theses.supports.holding,
        "theses#warnings": theses.warnings.known,
        "theses#warnings_on": theses.warnings.holding,
        "theses#new": len(theses.new),
        "claims#all": len(kinds),
        **{f"claims#{k}": sum(v in some for v in kinds) for k, some in VERDICTS.items()},
        "restatements#compared": issue.compared.numbers if issue.compared else 0,
        "restatements#came": came,
        "restatements#changed": changed.filter(pl.col("field") != "came")["fact_id"].n_unique(),
        "restatements#more": changed.height - RESTATED_SHOWN,
    }


def compared(issue: Issue, slug: str) -> str:
    """What the comparisons of a series say of one of its parts."""
    series, _, part = slug.partition("#")
    rows = issue.discrepancies.filter(series=series)
    if part in ("days", "outside"):
        return str(rows.height if part == "days" else (~rows["agrees"]).sum())
    row = max(rows.iter_rows(named=True), key=lambda one: abs(one["difference"]))
    if part in ("difference", "tolerance"):
        sign = {1: "+", -1: words.MINUS}.get((row[part] > 0) - (row[part] < 0), "")
        return ("" if part == "tolerance" else sign) + f"{abs(row[part]) * 100:.2f}%"
    return f"{row[part]:,.2f}"  # the drawn comparisons are of index closes


def is_stated(issue: Issue, reference: str, text: str) -> bool:
    """Whether `text` is a way to write what `reference` names."""
    kind, _, slug = reference.partition("/")
    if kind in ("rule", "reconciled"):
        return text in (of_rule(issue, slug) if kind == "rule" else {compared(issue, slug)})
    if kind == "rejected":
        dataset, _, rule = slug.partition("/")
        (row,) = issue.refusals.filter(dataset=dataset, rule=rule).iter_rows(named=True)
        return text == words.decimal(row["rows"], 0)
    if kind.startswith("axis#"):
        return text == axes_read(issue)[reference]
    if reference in counts(issue):
        told = counts(issue)[reference]
        in_words = spelling.cardinal(float(told.replace(",", "")))
        return text in {told, in_words, in_words.capitalize(), "none" if told == "0" else told}
    fact_id, _, part = reference.partition("#")
    if part == "score":
        scores = {r.fact.fact_id: r.thesis.shown(r.measured) for r in issue.theses if r.fact}
        return text in {f"{scores[fact_id]}", f"{scores[fact_id]}分"}
    return fact_id in issue.facts and text in spellings(issue.facts[fact_id], part)


def of_rule(issue: Issue, slug: str) -> set[str]:
    """The line of a rule, or how far its reading is from it."""
    name, _, part = slug.partition("#")
    rule = next(rule for rule in rules(issue) if rule.slug == name)
    if part == "distance":
        return away(issue.facts.latest(rule.metric, rule.entity), rule.line)
    return {words.spell(rule.line, metrics()[rule.metric].unit).replace(".0", "")}


def away(fact: Fact, line: float) -> set[str]:
    """How far a value is from its line, by the printed value: of a share in percentage points."""
    shown = printed_value.printed(fact.value, fact.unit, fact.metric)
    apart = abs(float(shown) - line)
    if fact.unit == "fraction":
        return {words.spell(apart * 100, "pp"), spelling.chinese_size(apart * 100, "pp")}
    return {words.spell(apart, fact.unit)}


def furniture(issue: Issue) -> list[str]:
    """Text with digits that is no measurement: names, codes, ids, definitions, claims."""
    codes = {name for fact in issue.facts for name in (fact.entity, fact.metric)}
    declared = [text for m in metrics().values() for text in (m.id, m.label, m.reading)]
    claimed = [text for c in issue.claims for text in (c.statement, c.note)]
    labels = [one.label for one in catalogue().values()]
    claimed += [one.thesis.claim.removesuffix(".") for one in issue.theses]
    claimed += [text.replace("{who}, ", "") for text in MEASURED.values()]
    names = [*words.INDEX_NAMES.values(), *issue.names.values()]
    ways = (words.company_name, english_company_name)
    shown = [way(code, issue.names) for code in issue.names for way in ways]
    declined = [*issue.gaps["why"], *issue.gaps["instead"], *issue.gaps["subject"]]
    inputs = [*declined, *issue.health["label"], *issue.health["sources"], *issue.health["dataset"]]
    years = [str(f.observation_date.year) for f in issue.facts] + [
        str(f.first_observation.year) for f in issue.facts
    ]
    titles = [title for one in issue.ahead for title in (one.title_en, one.title_zh)]
    events = [term for one in issue.events for term in one.terms.values()]
    hours = [one.beijing_time for one in issue.ahead if one.beijing_time]
    horizons = [str(one.horizon) for one in issue.followed]
    known = [
        *FURNITURE,
        *titles,
        *events,
        *hours,
        *horizons,
        *codes,
        *declared,
        *claimed,
        *labels,
        *names,
        *shown,
        *inputs,
        *years,
    ]
    with_digits = {p for p in {*known, issue.issue_id} if any(map(str.isdigit, p))}
    return sorted(with_digits, key=len, reverse=True)


def without(text: str, known: list[str]) -> str:
    for piece in known:
        text = text.replace(piece, " ")
    return text


def figure_texts(source: str) -> Iterator[tuple[bool, str]]:
    """The texts of a figure, with whether they are labels of an axis."""
    root = ET.fromstring(base64.b64decode(source.partition(",")[2]))
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in root.iter(f"{SVG}text"):
        above, ids = element, []
        while above in parents:
            above = parents[above]
            ids.append(above.get("id") or "")
        yield any("tick_" in one for one in ids), "".join(element.itertext())


def stated_tokens(issue: Issue) -> set[str]:
    """The digits of everything that a fact of the issue may look like."""
    parts = {
        "change_1w": "change_1w",
        "n": "n",
        "percentile": "percentile",
        "coverage": "coverage",
        "previous_record_value": "previous_record_value",
    }
    found: set[str] = set()
    for fact in issue.facts:
        present = [""] + [p for p, name in parts.items() if getattr(fact, name) is not None]
        for part in present:
            for text in spellings(fact, part):
                found |= set(DIGITS.findall(text))
    return found


def date_tokens(issue: Issue) -> set[str]:
    """Days of the month, and the years that the issue reaches back to."""
    years = {fact.first_observation.year for fact in issue.facts} | {issue.as_of.year}
    reach = range(min(years), issue.as_of.year + 1)
    return {str(day) for day in range(1, 32)} | {str(year) for year in reach}
