"""The first page in words: headline, lede, the list of findings, and the subject of the mail.

Input are findings in their order (transforms.findings): what is told, and where, is decided there.
Here it is decided what fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from templates.format import Number
from templates.wording.language import Language, issue_label
from templates.wording.text import Text, joined, say
from templates.wording.told import Setting
from transforms.findings.finding import Finding
from transforms.findings.summary import Summary

SENTENCES = 4  # of a lede
LISTED, LINES = 5, 13  # findings of the list, and how many lines they may take together
NAMED = 3  # of what is missing; data health names all
AXES = {"axes", "axis", "partial_axis"}  # always told, and told together
MISSING, STATE = "missing", "state"


@dataclass(frozen=True)
class Front:
    """The first page in one language.

    findings: what headline and lede have no room for, as many as the list may take; further: the
    rest of what is told, for which the first page has none; listed: what each of the findings
    tells.
    """

    headline: Text
    lede: Text
    findings: tuple[Text, ...]
    further: tuple[Text, ...] = ()
    listed: tuple[Finding, ...] = ()


def front(summary: Summary, setting: Setting, language: Language) -> Front:
    """What the first page says. What the headline tells of the state is not told again."""
    top = summary.headline or summary.lede[:1]
    barred = language.cool if any(map(_is_hot, (*top, *summary.lede))) else ()
    opening, clauses = _head(top, setting, language, barred)
    told = [one for one in top[:clauses] if one.kind not in AXES]
    unsaid = [one for one in top if not _among(one, (*told, *summary.lede))]
    lead = [one for one in summary.lede if not _among(one, told)]
    after = sorted((*unsaid, *lead), key=lambda one: one.block == STATE and one in unsaid)
    further, said = _lede(after, setting, language, barred)
    more = (*top[clauses:], *summary.findings, *summary.due)
    rest = [one for one in more if not _among(one, (*told, *said))]
    return Front(opening, further, *_list(rest, summary.due, setting, language))


def listed(summary: Summary, setting: Setting, language: Language) -> Front:
    """All that is told as a list: of an issue that has another headline and lede."""
    told = (*summary.headline, *summary.findings, *summary.due)
    return Front(Text(), Text(), *_list(told, summary.due, setting, language))


def _among(one: Finding, others: Sequence[Finding]) -> bool:
    return any(one is other for other in others)


def _list(
    findings: Sequence[Finding], due: Sequence[Finding], setting: Setting, language: Language
) -> tuple[tuple[Text, ...], tuple[Text, ...], tuple[Finding, ...]]:
    """What the list has room for, in its order, what it has none for, and the findings listed.

    Room for what is due is kept free of what comes before it; the state is told elsewhere. How the
    span of an index went is not listed again after its day that tells it, which is then due for it.
    """
    told = {id(one): one for one in findings if one.block != STATE}
    said = {key: sentence(one, setting, language) for key, one in told.items()}
    by_day = _told_by_their_day(told, said)
    told = {key: one for key, one in told.items() if key not in by_day}
    said = {key: said[key] for key in told}
    lines = {
        key: ceil(language.measure(text) / language.lengths.line) for key, text in said.items()
    }
    wanted = (by_day.get(id(one), id(one)) for one in due)
    shown = [key for key in dict.fromkeys(wanted) if key in told]
    for key in told:
        full = sum(lines[one] for one in (*shown, key)) > LINES
        if key not in shown and len(shown) < LISTED and not full:
            shown.append(key)
    return (
        tuple(text for key, text in said.items() if key in shown),
        tuple(text for key, text in said.items() if key not in shown),
        tuple(one for key, one in told.items() if key in shown),
    )


def _told_by_their_day(told: Mapping[int, Finding], said: Mapping[int, Text]) -> dict[int, int]:
    """The spans of indices that a day before them in the list tells: the key of each, and its."""
    days: dict[str, int] = {}
    spans = {}
    for key, one in told.items():
        if one.kind == "index_day" and any(map(_is_span, said[key].numbers)):
            days[one.entity] = key
        elif one.kind == "index_change" and one.entity in days:
            spans[key] = days[one.entity]
    return spans


def _is_span(number: Number) -> bool:
    return number.ref.startswith("finding_index_day_span_change")


def headline(
    findings: Sequence[Finding], setting: Setting, language: Language, barred: Sequence[str] = ()
) -> Text:
    """One clause, or two if both fit: the fullest that do; empty where nothing is told.

    barred: words that may not stand beside what else is told.
    """
    return _head(findings, setting, language, barred)[0]


def _head(
    findings: Sequence[Finding], setting: Setting, language: Language, barred: Sequence[str]
) -> tuple[Text, int]:
    """The headline, and of how many of the findings it tells."""
    if not findings:
        return Text(), 0
    room = language.lengths.headline
    told = [_headlines(one, barred, setting, language) for one in findings]
    if len(findings) > 1:
        for pair in _pairs(told[0], told[1]):
            whole = joined(pair, by=language.between)
            if _may_open(whole, room, language):
                return whole.capitalized(), 2
    return _opening(told[0], findings[0], room, setting, language).capitalized(), 1


def _opening(
    forms: Sequence[Text], finding: Finding, room: int, setting: Setting, language: Language
) -> Text:
    """The fullest form that may stand at the top, else the shortest that there is."""
    every = (*forms, *language.told(finding, setting).neutral)
    fitting = (one for one in every if _may_open(one, room, language))
    return next(fitting, min(every, key=language.measure))


def _headlines(
    finding: Finding, barred: Sequence[str], setting: Setting, language: Language
) -> Sequence[Text]:
    """The headlines of a finding without barred words; the neutral one if all have some."""
    said = language.told(finding, setting)
    allowed = [one for one in said.headlines if not any(word in str(one) for word in barred)]
    return allowed or said.neutral


def _pairs(first: Sequence[Text], second: Sequence[Text]) -> Iterator[tuple[Text, Text]]:
    """Two clauses, the fullest first; the first finding is shortened last."""
    places = ((i, j) for i in range(len(first)) for j in range(len(second)))
    return ((first[i], second[j]) for i, j in sorted(places, key=lambda one: (sum(one), one[0])))


def _may_open(text: Text, room: int, language: Language) -> bool:
    """Whether a text may stand at the top: it fits, and no English one begins with a digit."""
    return language.measure(text) <= room and (
        language.code != "en" or not str(text)[:1].isdecimal()
    )


def _is_hot(finding: Finding) -> bool:
    """Whether a finding tells of an overbought market or of a record high."""
    if finding.terms.get("zone") == "overbought":
        return True
    return finding.rarity.record and not finding.rarity.low


def sentence(finding: Finding, setting: Setting, language: Language) -> Text:
    """One finding as a sentence, the fullest that fits in two lines."""
    return _fullest(language.told(finding, setting).sentences, language)


def _fullest(forms: Sequence[Text], language: Language) -> Text:
    """The fullest of the forms that fits in two lines with its full stop, else the shortest."""
    room = language.lengths.finding
    fitting = (one for one in forms if language.measure(one + language.stop) <= room)
    return next(fitting, min(forms, key=language.measure)).capitalized() + language.stop


def lede(
    findings: Sequence[Finding], setting: Setting, language: Language, barred: Sequence[str] = ()
) -> Text:
    """Up to four sentences. What does not fit is left out whole, the least surprising first.

    Both axes are always told, as fully as leaves room for the rest, and what is missing is named
    last, in one sentence. barred: words that may not stand beside what else is told.
    """
    return _lede(findings, setting, language, barred)[0]


def _lede(
    findings: Sequence[Finding], setting: Setting, language: Language, barred: Sequence[str]
) -> tuple[Text, list[Finding]]:
    """The lede, and the findings that it tells."""
    forms = {
        id(one): [*_by_length(forms, language)]
        for one in findings
        if one.kind != MISSING and (forms := _beside(one, findings, barred, setting, language))
    }
    gaps = [one for one in findings if one.kind == MISSING]
    last = [_named(gaps, setting, language)] if gaps else []
    kept = [one for one in findings if id(one) in forms]
    while True:
        spare = [one for one in kept if one.kind not in AXES]
        for short in range(max((len(forms[id(one)]) for one in kept), default=1)):
            told = [_form(forms[id(one)], short if one.kind in AXES else 0) for one in kept]
            whole = joined([*told, *last], by=language.gap)
            few = len(told) + len(last) <= SENTENCES
            if few and language.measure(whole) <= language.lengths.lede:
                return whole, kept
        if not spare:
            return whole, kept
        kept.remove(min(reversed(spare), key=lambda one: one.surprise))


def _by_length(forms: Sequence[Text], language: Language) -> Iterator[Text]:
    """The forms that fit in two lines, as sentences, the fullest first; else the shortest."""
    first = _fullest(forms, language)
    yield first
    for one in forms:
        said = one.capitalized() + language.stop
        if language.measure(said) < language.measure(first):
            yield said


def _form(forms: Sequence[Text], place: int) -> Text:
    return forms[min(place, len(forms) - 1)]


def _beside(
    finding: Finding,
    others: Sequence[Finding],
    barred: Sequence[str],
    setting: Setting,
    language: Language,
) -> list[Text]:
    """The forms of a finding that may stand beside the others: none has barred words, none of
    the state has the scores that the axes tell, and none of a span's turnover the rate that is
    told of its day. Without any, the finding is not told.
    """
    forms = language.told(finding, setting).sentences
    if any(_told_of_the_day(finding, one) for one in others):
        forms = tuple(one for one in forms if not any(map(_is_rate, one.numbers)))
    allowed = [one for one in forms if not any(word in str(one) for word in barred)]
    if finding.kind != STATE or not any(one.kind in AXES for one in others):
        return allowed
    return [one for one in allowed if not any(_is_score(number) for number in one.numbers)]


def _told_of_the_day(finding: Finding, other: Finding) -> bool:
    """Whether a record day's turnover is told with the rate that stands beside the span's."""
    rate = finding.numbers.get("rate")
    told = other.numbers.get("rate")
    return (finding.kind, other.kind) == ("turnover_total", "turnover_high") and bool(
        rate and told and rate.day == told.day
    )


def _is_rate(number: Number) -> bool:
    return number.ref.startswith("finding_turnover_total_rate")


def _is_score(number: Number) -> bool:
    return number.ref.startswith(("finding_state_momentum", "finding_state_heat"))


def _named(gaps: Sequence[Finding], setting: Setting, language: Language) -> Text:
    if len(gaps) == 1:
        return sentence(gaps[0], setting, language)
    named = [language.teller(one, setting) for one in gaps[:NAMED]]
    told = language.not_received(named, more=len(gaps) > NAMED)
    return told.capitalized() + language.stop


def subject(
    top: Finding,
    setting: Setting,
    language: Language,
    issue_id: str,
    *,
    simulated: bool = False,
) -> Text:
    """The subject of the mail: the top finding alone, and the issue."""
    before = language.simulated if simulated else ""
    after = language.bar + issue_label(issue_id, language)
    room = int(language.lengths.subject - language.measure(before + after))
    forms = language.told(top, setting).headlines
    told = _opening(forms, top, room, setting, language).capitalized()
    return say("{before}{told}{after}", before=before, told=told, after=after)
