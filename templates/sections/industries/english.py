"""The sentences of industries and themes in English."""

from __future__ import annotations

from templates.companies import english_company_name
from templates.issue_view import counted
from templates.sections.industries.facts import (
    Industries,
    Industry,
    Theme,
    move,
    strength,
)
from templates.wording import verbs
from templates.wording.catalogue import industry
from templates.wording.names import THEMES
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from templates.wording.verbs import Band
from transforms.facts import Fact

# What is called missing: industries, themes, single shares.
BLOCKS = ("Industries", "Themes", "Best and worst shares")
INDUSTRY, SHARES, MONTH, RISEN = "Industry", "Shares", "20 days", "Rose"
HIGHS, AVERAGE = "New highs", "Above 50-day"
TURNOVER, GAINED, CROWDING = "Turnover share", "5-day change", "Crowding"
THEME, COMPANY, CODE = "Theme", "Company", "Code"
BOARDS = {"Eastmoney": "board index, Eastmoney", "THS": "board index, THS"}
LISTED, OF_INDUSTRY = "median share", "industry, median share"
MEASURED = "Measured by"
LISTS = ("Best five shares", "Worst five shares")
SHARES_NOTE = say("Of all shares with 60 sessions of trading before the five; cases of a rule.")


def span_head(*, week: bool) -> str:
    """The head of the column of moves."""
    return "Week" if week else "5 days"


def span(*, week: bool) -> str:
    """In the week; in five sessions."""
    return "in the week" if week else "in five sessions"


def headline(found: Industries | None, top: Theme | None, s: Speller) -> Text:
    """Semiconductors rose 4.2% in the week, aerospace dropped 6.1%."""
    if found is None:
        return _of_theme(top, s) if top else say("Industries were not measured")
    best, worst = found.named[0], found.named[-1]
    high, low = move(best.week), move(worst.week)
    when, same = span(week=found.week), found.rose in {0, len(found.all)}
    if best is worst or high == low:
        return _moved(best, s) + say(" {when}", when=when)
    if (low > 0 or high < 0) and same:
        most, way = (best, "rose") if low > 0 else (worst, "fell")
        return say("All {n} industries {way} {when}, {name} most ({x})", way=way, when=when,
                   n=counted(len(found.all), "industries#all"), name=_name(most, s, start=False),
                   x=s.signed(most.week))  # fmt: skip
    if low > 0 or high < 0:
        most = best if low > 0 else worst
        return say("{moved} {when}; {rose}", moved=_moved(most, s), when=when,
                   rose=_rose(found))  # fmt: skip
    return say("{moved} {when}, {other}", moved=_moved(best, s), when=when,
               other=_moved(worst, s, start=False))  # fmt: skip


def _rose(found: Industries) -> Text:
    return say("{k} of {n} industries rose", k=counted(found.rose, "industries#rose"),
               n=counted(len(found.all), "industries#all"))  # fmt: skip


def _moved(one: Industry, s: Speller, *, start: bool = True) -> Text:
    word = verbs.ENGLISH[strength(one.week)].past(up=one.week.value > 0)
    if strength(one.week) is Band.FLAT:
        return say("{name} {word}", name=_name(one, s, start=start), word=word)
    return say("{name} {word} {x}", name=_name(one, s, start=start), word=word, x=s.size(one.week))


def _of_theme(top: Theme, s: Speller) -> Text:
    return say("{name}: {x}", name=theme_name(top, s), x=s.signed(top.week))


def _name(one: Industry, s: Speller, *, start: bool = True) -> str:
    name = industry(one.entity, s.code)
    return name if start or not name[1:2].islower() else name[:1].lower() + name[1:]


def title(found: Industries) -> Text:
    """The middle share rose in 52 of 110 industries in the week; best and worst 15 shown."""
    n, k = counted(len(found.all), "industries#all"), counted(found.rose, "industries#rose")
    part = {0: say("none of {n}", n=n), len(found.all): say("all {n}", n=n)}
    some = say("The median share rose in {part} industries {when}",
               part=part.get(found.rose, say("{k} of {n}", k=k, n=n)),
               when=span(week=found.week))  # fmt: skip
    if not found.cut:
        return some
    return some + say("; shown: the {m} best and the {m} worst",
                      m=counted(len(found.rows) // 2, "industries#shown"))  # fmt: skip


def note(gone: list[str]) -> Text:
    """How the columns are meant, and which are not there."""
    told = say(
        "Moves of the median share, each share counting the same; industries of five shares or "
        "more, by the class of the day; technology in bold, the headline names industries of "
        "twenty shares or more. Percentile: of the move among all moves of five days. Rose: share "
        "of stocks up over five days. New highs: closes at their highest in a year."
    )
    if CROWDING not in gone:
        told = told + " Crowding: turnover over tradable value, percentile of its own past."
    if gone:
        told = told + say(" Not measured: {names}.", names=", ".join(one.lower() for one in gone))
    return told


def crowded(found: Industries, s: Speller) -> Text:
    """The most crowded: defence, 94th percentile."""
    one = found.crowded
    if one is None or one.crowding is None:
        return Text()
    return say(" Most crowded: {name}, {p}.", name=_name(one, s, start=False),
               p=s.percentile(one.crowding))  # fmt: skip


def theme_name(one: Theme, s: Speller) -> str:
    """Commercial aerospace; Artificial intelligence, of a board."""
    if one.industry:
        return industry(one.entity, s.code)
    if one.board:
        return industry(one.entity.partition(" (")[0], s.code)
    name = THEMES[one.entity].en
    return name[:1].upper() + name[1:]


def theme_title(top: Theme, s: Speller, *, week: bool) -> Text:
    """Theme of the week: commercial aerospace, −7.3%."""
    which = "Theme of the week" if week else "Theme of the five sessions"
    n = say(" for the median of {n} shares", n=s.members(top.week)) if top.week.n else Text()
    ranked = top.ranked and top.week.percentile is not None
    rank = say(", {p}", p=s.percentile(top.week)) if ranked else Text()
    return say("{which}: {name}, {x}{n}{rank}", which=which, name=theme_name(top, s),
               x=s.signed(top.week), n=n, rank=rank)  # fmt: skip


def theme_note(found: tuple[Theme, ...]) -> Text:
    """How the theme of the week is found."""
    told = say(
        "The theme named is that whose move is the rarest of its own history, also among industries "
        "of twenty shares or more. A list drawn up later has no percentile."
    )
    if any(one.board for one in found):
        return told + " Boards are the vendors' own indices."
    return told


def company(fact: Fact, s: Speller) -> str:
    """A company by its short name."""
    return english_company_name(fact.entity, s.names)


def shares_title(facts: tuple[Fact, ...], list_name: str, s: Speller) -> Text:
    """Best five shares."""
    return say("{name}: {who} {x}", name=list_name, who=company(facts[0], s),
               x=s.signed(facts[0]))  # fmt: skip
