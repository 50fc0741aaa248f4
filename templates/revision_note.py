"""What a revision says of itself: which one it replaces, and what a reader saw that has changed."""

from __future__ import annotations

from templates.format import Day, Number
from templates.wording.language import LANGUAGES
from templates.wording.names import WHYS, Name
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.engine.metric import metrics
from transforms.issue.issue import Issue
from transforms.issue.revisions import Change, Replaced

NAMED = 3  # changes; the rest is counted


def note(issue: Issue, s: Speller, most: int = NAMED) -> Text:
    """Revision 2 replaces r1 of 17 Jan: 2 numbers have changed. …; empty of a first revision.

    most: how many of the changes are named.
    """
    one = issue.replaced
    if one is None:
        return Text()
    named = [change for change in one.changes if change.before.metric in metrics()][:most]
    tell = {"en": _english, "zh": _chinese}[s.code]
    return tell(one, named, issue, s)


def mark(issue: Issue) -> str:
    """What stands beside the name of an issue: r2; nothing beside a first revision."""
    return f" r{issue.replaced.revision}" if issue.replaced else ""


def _english(one: Replaced, named: list[Change], issue: Issue, s: Speller) -> Text:
    start = say("Revision {new} replaces r{old} of {d}: ", new=_revision(one.revision, "new"),
                old=_revision(one.before, "old"), d=s.day(one.printed_on))  # fmt: skip
    if not one.changes:
        return start + "words or layout were corrected; no number has changed."
    many = len(one.changes)
    told = say("{n} {noun} changed.", n=_revision(many, "changed"),
               noun="number has" if many == 1 else "numbers have")  # fmt: skip
    said = [_english_change(each, issue, s) for each in named]
    more = many - len(named)
    if said and more:
        said.append(say("{n} more", n=_revision(more, "more")))
    return start + told + (say(" {all}.", all=joined(said, by="; ")) if said else Text())


def _english_change(one: Change, issue: Issue, s: Speller) -> Text:
    what = _name(one, issue, s).en
    now = say("to {v}", v=s.natural(one.now)) if one.now else say("withdrawn")
    return say("{what}, {d}: from {old} {now} ({why})", what=what, d=_day(one, s),
               old=_old(one, s), now=now, why=WHYS[one.why.value].en).capitalized()  # fmt: skip


def _chinese(one: Replaced, named: list[Change], issue: Issue, s: Speller) -> Text:
    start = say("第{new}版替代{d}第{old}版：", new=_revision(one.revision, "new"),
                old=_revision(one.before, "old"), d=s.day(one.printed_on))  # fmt: skip
    if not one.changes:
        return start + "更正文字或版式，数字未变。"
    told = say("{n}个数字有更正。", n=_revision(len(one.changes), "changed"))
    said = [_chinese_change(each, issue, s) for each in named]
    more = len(one.changes) - len(named)
    if said and more:
        said.append(say("另有{n}个", n=_revision(more, "more")))
    return start + told + (say("{all}。", all=joined(said, by="；")) if said else Text())


def _chinese_change(one: Change, issue: Issue, s: Speller) -> Text:
    what = _name(one, issue, s).zh
    now = say("改为{v}", v=s.natural(one.now)) if one.now else say("撤回")
    return say("{what}（{d}）由{old}{now}（{why}）", what=what, d=_day(one, s), old=_old(one, s),
               now=now, why=WHYS[one.why.value].zh)  # fmt: skip


def _name(one: Change, issue: Issue, s: Speller) -> Name:
    pages = LANGUAGES[s.code].pages(issue.as_of, issue.names)
    return pages.measured(one.before.metric, one.before.entity)


def _day(one: Change, s: Speller) -> Day:
    return s.day(one.before.observation_date)


def _old(one: Change, s: Speller) -> Number:
    """The value as it was printed; its link leads to what is known of the fact now."""
    return Number(s.natural(one.before).text, f"{one.before.fact_id}#before")


def _revision(number: int, part: str) -> Number:
    return Number(f"{number}", f"revision#{part}")
