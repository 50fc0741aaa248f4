"""The sentences of restatements in English."""

from __future__ import annotations

from datetime import date

from templates.format import Number
from templates.sections.restatements.facts import Restated, Row
from templates.wording.names import WHYS
from templates.wording.page_words import PageWords
from templates.wording.speller import Speller
from templates.wording.spelling import cardinal
from templates.wording.text import Text, say

HEADS = ("Number", "Day", "Printed", "Revised", "Why", "Known")
MISSING, WITHDRAWN = "missing", "withdrawn"
NOTE = say(
    "Compared: each number that the last issue printed of a measure, the day of its record and "
    "the day since when it is the highest; only what prints otherwise is a restatement."
)


FIRST = say("From the next issue on, each number printed here is compared with what is known then.")


def headline(one: Restated, s: Speller) -> Text:
    """Two of 214 numbers of the issue of 9 Jan have changed."""
    if one.day is None:
        return say("No earlier issue to compare with")
    day = s.day(one.day)
    if not one.changed:
        came = Text()
        if one.came:
            came = say("; {k} missing then {have} come", k=_count(one.came, "came"),
                       have="has" if one.came == 1 else "have")  # fmt: skip
        return say("No number of the issue of {d} has changed{came}", d=day, came=came)
    of = say(" of {n}", n=_count(one.compared, "compared")) if one.compared else Text()
    return say("{k}{of} numbers of the issue of {d} {have} changed", of=of, d=day,
               k=_count(one.changed, "changed"),
               have="has" if one.changed == 1 else "have").capitalized()  # fmt: skip


def compared(one: Restated) -> Text:
    """What was compared, and of how many numbers where that is known."""
    if one.day is None:
        return FIRST
    if not one.compared:
        return NOTE
    return say("{n} numbers were compared. {note}", n=_count(one.compared, "compared"), note=NOTE)


def more(one: Restated) -> Text:
    """How many rows are not shown."""
    if not one.more:
        return Text()
    return say("Not shown: {n} more.", n=_count(one.more, "more"))


def measured(row: Row, words: PageWords) -> Text:
    """What the number is: turnover; record of turnover."""
    what = words.measured(row["metric"], row["entity"]).en
    record = "Record of " if row["field"] == "record" else ""
    return say("{record}{what}", record=record, what=what).capitalized()


def why(row: Row) -> Text:
    """Why it is another one."""
    return say("{why}", why=WHYS[row["why"]].en)


def dated(value: Number, day: date, s: Speller) -> Text:
    """A record with its day."""
    return say("{v} ({d})", v=value, d=s.day(day))


def since(day: date | None, s: Speller) -> Text:
    """Since when a value was the most."""
    return say("most since {d}", d=s.day(day)) if day else say("most of its series")


def _count(number: int, part: str) -> Number:
    return Number(cardinal(number), f"restatements#{part}")
