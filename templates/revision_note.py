"""What a revision says of itself: which one it replaces, and what a reader saw that has changed.

Its numbers may be other ones than before; or they are the same, and a source has restated some
since. An issue keeps to what was known at its cut-off, so these are told beside it.
"""

from __future__ import annotations

from templates.format import Day, Number
from templates.issue_view import IMPORTED, hosts_told
from templates.wording.language import LANGUAGES
from templates.wording.names import WHYS, Name
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.engine.metric import metrics
from transforms.facts import Fact
from transforms.issue.issue import Issue
from transforms.issue.revisions import Change, Replaced, Restated
from warehouse.shanghai import AHEAD_OF_UTC

NAMED = 3  # changes; the rest is counted


def note(issue: Issue, s: Speller, most: int = NAMED) -> Text:
    """Revision 2 replaces r1 of 17 Jan: 2 numbers have changed. …; empty of a first revision of
    which nothing was restated.

    most: how many of the changes, and of the restated numbers, are named.
    """
    words = {"en": (_english, _english_restated), "zh": (_chinese, _chinese_restated)}
    replaced, restated = words[s.code]
    told = []
    if one := issue.replaced:
        named = [change for change in one.changes if change.before.metric in metrics()][:most]
        told.append(replaced(one, named, issue, s))
    if issue.restated:
        told.append(restated(issue, s, most))
    return joined(told, by=" " if s.code == "en" else "")


def mark(issue: Issue) -> str:
    """What stands beside the name of an issue: r2; nothing beside a first revision."""
    return f" r{issue.replaced.revision}" if issue.replaced else ""


def _english(one: Replaced, named: list[Change], issue: Issue, s: Speller) -> Text:
    start = say("Revision {new} replaces r{old} of {d}: ", new=_revision(one.revision, "new"),
                old=_revision(one.before, "old"), d=s.day(one.printed_on))  # fmt: skip
    if not one.changes and issue.restated:
        return start + "its numbers are the same."
    if not one.changes:
        return start + "words or layout were corrected; no number has changed."
    many = len(one.changes)
    told = say("{n} {noun} changed.", n=_revision(many, "changed"),
               noun="number has" if many == 1 else "numbers have")  # fmt: skip
    said = [_english_change(each, issue, s) for each in named]
    more = many - len(named)
    if said and more:
        said.append(say("{n} more", n=_revision(more, "more")))
    listed = joined(said, by="; ").capitalized()
    return start + told + (say(" {all}.", all=listed) if said else Text())


def _english_change(one: Change, issue: Issue, s: Speller) -> Text:
    what = _measured(one.before, issue, s).en
    now = say("to {v}", v=s.natural(one.now)) if one.now else say("withdrawn")
    return say("{what}, {d}: from {old} {now} ({why})", what=what, d=_day(one, s),
               old=_old(one, s), now=now, why=WHYS[one.why.value].en)  # fmt: skip


def _chinese(one: Replaced, named: list[Change], issue: Issue, s: Speller) -> Text:
    start = say("第{new}版替代{d}第{old}版：", new=_revision(one.revision, "new"),
                old=_revision(one.before, "old"), d=s.day(one.printed_on))  # fmt: skip
    if not one.changes and issue.restated:
        return start + "所载数字不变。"
    if not one.changes:
        return start + "更正文字或版式，数字未变。"
    told = say("{n}个数字有更正。", n=_revision(len(one.changes), "changed"))
    said = [_chinese_change(each, issue, s) for each in named]
    more = len(one.changes) - len(named)
    if said and more:
        said.append(say("另有{n}个", n=_revision(more, "more")))
    return start + told + (say("{all}。", all=joined(said, by="；")) if said else Text())


def _chinese_change(one: Change, issue: Issue, s: Speller) -> Text:
    what = _measured(one.before, issue, s).zh
    now = say("改为{v}", v=s.natural(one.now)) if one.now else say("撤回")
    return say("{what}（{d}）由{old}{now}（{why}）", what=what, d=_day(one, s), old=_old(one, s),
               now=now, why=WHYS[one.why.value].zh)  # fmt: skip


def _english_restated(issue: Issue, s: Speller, most: int) -> Text:
    many = len(issue.restated)
    start = say("Sources have since restated {n} of the numbers printed here, which are as known "
                "at the end of {d}.", n=_restated(many, "all"), d=s.day(issue.as_of))  # fmt: skip
    said = []
    for one in issue.restated[:most]:
        what = _measured(one.fact, issue, s).en
        now = say("again so") if one.undone else say("now {v}", v=_now(one, s))
        said.append(say("{what}, {d}: printed {old}, {now} ({by}, fetched {on})", what=what,
                        d=s.day(one.fact.observation_date), old=s.natural(one.fact), now=now,
                        by=_sources(one, s), on=_fetched(one, s)))  # fmt: skip
    if many > len(said):
        said.append(say("{n} more", n=_restated(many - len(said), "more")))
    return say("{start} {all}.", start=start, all=joined(said, by="; ").capitalized())


def _chinese_restated(issue: Issue, s: Speller, most: int) -> Text:
    many = len(issue.restated)
    start = say("本期数字以{d}收盘后所知为准，其中{n}个此后经来源修订：",
                d=s.day(issue.as_of), n=_restated(many, "all"))  # fmt: skip
    said = []
    for one in issue.restated[:most]:
        what = _measured(one.fact, issue, s).zh
        now = say("现仍如此") if one.undone else say("现为{v}", v=_now(one, s))
        said.append(say("{what}（{d}）原载{old}，{now}（{by}，{on}获取）", what=what,
                        d=s.day(one.fact.observation_date), old=s.natural(one.fact), now=now,
                        by=_sources(one, s), on=_fetched(one, s)))  # fmt: skip
    if many > len(said):
        said.append(say("另有{n}个", n=_restated(many - len(said), "more")))
    return say("{start}{all}。", start=start, all=joined(said, by="；"))


def _now(one: Restated, s: Speller) -> Number:
    """The value of now; its link leads to what is known of the fact that was printed."""
    return Number(s.natural(one.now).text, f"{one.fact.fact_id}#now")


def _sources(one: Restated, s: Speller) -> str:
    return hosts_told(sorted({IMPORTED.sub("import", name) for name in one.sources}), s)


def _fetched(one: Restated, s: Speller) -> Day:
    return s.day((one.fetched_at + AHEAD_OF_UTC).date())


def _restated(number: int, part: str) -> Number:
    return Number(f"{number}", f"restated#{part}")


def _measured(fact: Fact, issue: Issue, s: Speller) -> Name:
    pages = LANGUAGES[s.code].pages(issue.as_of, issue.names)
    return pages.measured(fact.metric, fact.entity)


def _day(one: Change, s: Speller) -> Day:
    return s.day(one.before.observation_date)


def _old(one: Change, s: Speller) -> Number:
    """The value as it was printed; its link leads to what is known of the fact now."""
    return Number(s.natural(one.before).text, f"{one.before.fact_id}#before")


def _revision(number: int, part: str) -> Number:
    return Number(f"{number}", f"revision#{part}")
