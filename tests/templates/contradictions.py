"""Reads finished texts against the facts: every word that has a condition is held to it.

It knows nothing of how the texts were made: it takes the sentences apart, asks of each number which
fact it is, and recomputes what the words beside it claim (tests/templates/recomputed.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from templates.format import Day
from tests.templates.reading import (
    LOW,
    Contradiction,
    Page,
    Statement,
    extreme,
    named_index,
    rounded,
    since_named,
    speaks_of_low,
    spelled,
    spoken_of,
    statements,
    verb_before,
)
from tests.templates.recomputed import FEWEST, Evidence, Ranks
from tests.templates.vocabulary import (
    FURNITURE,
    HEAT_STEPS,
    LINES,
    MAIN,
    MOMENTUM_STEPS,
    NEVER,
    NOT_HOT,
    QUIET,
    QUOTED,
    RECORD,
    STATE_WORDS,
    SURGES,
    VERBS,
    VERBS_OF,
    WORDS,
)
from transforms.axes.regimes import region
from transforms.findings.span import Kind

EDGE = 1e-6  # a percentile at the edge of its band, a digit at one half


def contradictions(page: Page, evidence: Evidence) -> list[Contradiction]:
    """All that a page says and that is not so, each once."""
    told = statements(page)
    found = [
        Contradiction(rule.__name__, one.text, why)
        for one in told
        for rule in OF_A_STATEMENT
        for why in rule(one, evidence)
    ]
    found += [
        Contradiction(rule.__name__, one.text, why)
        for one in told
        for rule in (digits, never)
        for why in rule(one, page)
    ]
    front = [one for one in told if one.where in {"headline", "lede"}]
    for whole in OF_A_PAGE:
        found += [
            Contradiction(whole.__name__, str(page.headline), w) for w in whole(front, evidence)
        ]
    return list(dict.fromkeys(found))


def figures(one: Statement, evidence: Evidence) -> Iterator[str]:
    """Each number is what the frame says, and its sign is that of the value."""
    for mark, kind, role, entity, day in one.numbers:
        value, printed = evidence.value(kind, role, entity, day), spelled(str(mark.part))
        if value is None or printed is None:
            continue
        shown, step, sign = printed
        if abs(abs(value) - shown) > step / 2 * (1 + EDGE) + EDGE:
            yield f"{mark.part} is {value:.6g}"
        if sign and sign * value < 0 and shown:
            yield f"{mark.part} has the sign of {value:.6g}"


def verbs(one: Statement, evidence: Evidence) -> Iterator[str]:
    """The verb of a change goes its way, and is as strong as the change is rare."""
    for mark, kind, role, entity, day in one.numbers:
        if role not in {"change", "span_change", "amount"} or spelled(str(mark.part)) is None:
            continue
        value = evidence.value(kind, "change" if role == "amount" else role, entity, day)
        verb = verb_before(one, mark)
        if value is None or verb is None:
            continue
        word, way, least, most = verb
        if spelled(str(mark.part))[:1] == (0.0,):  # type: ignore[index]
            yield f"{word} of nothing"
        if way * value < 0:
            yield f"{word} of {value:+.4g}"
        rank = evidence.ranks(kind, entity, day) if role == "change" else None
        if rank is None:
            continue
        q = rank.q
        plain = (least, most) == (0, 100)
        if not plain and (q is None or not least - EDGE <= q < most + EDGE):
            yield f"{word} at percentile {q}"
        if word in SURGES and not _dated(one):
            yield f"{word} without since when"
        if word in {"rebounded", "fell back", "反弹", "回落"}:
            yield from _turned(word, value, kind, entity, evidence)


def _turned(word: str, value: float, kind: str, entity: str, evidence: Evidence) -> Iterator[str]:
    """The move before, over as many sessions, went the other way and was large."""
    past = evidence.past("close", entity)
    if past is None or kind != "index_change":
        return
    count, end = past.sessions, past.begins
    moves = past.values[count:end] / past.values[: end - count] - 1
    before = Ranks(past.days[count:end], moves, count, is_move=True) if len(moves) else None
    if before is None or before.now * value >= 0 or (before.q or 0) < 75:
        yield f"{word}, but the move before was {before.now if before else None}"


def _dated(one: Statement) -> bool:
    return bool(RECORD[one.language].search(one.text)) or any(
        since_named(one, mark) for mark in one.marks if isinstance(mark.part, Day)
    )


def since_when(one: Statement, evidence: Evidence) -> Iterator[str]:
    """Most since a day: on that day as far out, and on none after it. A record is one."""
    for mark in one.marks:
        how = since_named(one, mark) if isinstance(mark.part, Day) else ""
        fact = spoken_of(one, mark.start, evidence) if how else None
        rank = evidence.ranks(fact[0], fact[2], fact[3]) if fact else None
        if fact is None or rank is None:
            continue
        named, low = (
            date.fromisoformat(mark.part.iso),
            speaks_of_low(one, mark.start, mark.end, rank),
        )  # type: ignore[union-attr]
        if how in {"first", "history"}:
            if named != rank.days[0]:
                yield f"the series of {fact[0]} begins on {rank.days[0]}"
            if how == "first" and not rank.is_record(low=low):
                yield f"no record: as far out on {rank.last_as_far(low=low)} ({len(rank.values)})"
        elif rank.last_as_far(low=low) != named:
            yield f"as far out last on {rank.last_as_far(low=low)}, not {named}"


def records(one: Statement, evidence: Evidence) -> Iterator[str]:
    """What is called a record is the farthest of 250 observations and more."""
    for found in RECORD[one.language].finditer(one.text):
        fact = spoken_of(one, found.start(), evidence)
        if fact is None and re.search("turnover|成交额", one.text, re.IGNORECASE):
            past = evidence.past("turnover_cny", "SSE+SZSE")
            day = extreme(past, high=True) if past else evidence.span.last
            summed = re.search(r"weekly record|-session record|[周日]成交额", one.text)
            kind, role = ("turnover_total", "total") if summed else ("turnover_high", "level")
            fact = (kind, role, "SSE+SZSE", day)
        rank = evidence.ranks(fact[0], fact[2], fact[3]) if fact else None
        if fact is None or rank is None:
            continue
        low = rank.now < 0 if rank.is_move else bool(LOW.search(found[0]))
        if not rank.is_record(low=low):
            yield f"{found[0]}: as far out on {rank.last_as_far(low=low)} ({len(rank.values)})"


def second(one: Statement, evidence: Evidence) -> Iterator[str]:
    """Second only to a day: no other was higher."""
    for mark in one.marks:
        if not isinstance(mark.part, Day):
            continue
        before = one.text[: mark.start]
        if before.endswith(("second only to that of ", "仅次于")):
            past = evidence.past("turnover_cny", "SSE+SZSE")
            if past:
                rank = evidence.ranks("turnover_high", "SSE+SZSE", extreme(past, high=True))
                higher = rank.farther(low=False) if rank else []
                if higher != [date.fromisoformat(mark.part.iso)]:
                    yield f"higher on {higher[:3]}"


def ranks_told(one: Statement, evidence: Evidence) -> Iterator[str]:
    """A percentile is that of the value, and none is over 99 or under 1."""
    for mark in one.marks:
        if not mark.is_rank or mark.fact is None:
            continue
        kind, role, entity, day = mark.fact
        shown = int(re.sub(r"\D", "", str(mark.part)) or -1)
        if not 1 <= shown <= 99:
            yield f"the percentile {shown}"
        if role == "rate_rank":
            past = evidence.past("turnover_to_tradable_cap", entity)
            end = past.place(day) if past else None
            rank = Ranks(past.days[: end + 1], past.values[: end + 1]) if past and end else None
        else:
            rank = evidence.ranks(kind, entity, day)
        actual = rank.percentile if rank else None
        if rank and actual is None:
            yield f"a percentile of {len(rank.values)} observations, under {FEWEST}"
        elif actual is not None and abs(min(99.0, max(1.0, actual)) - shown) > 0.5 + EDGE:
            yield f"the percentile {shown} is {actual:.2f}"


FEW_OR_MANY = re.compile(
    r"\b(only|as many as)\b(?! listing| to )|(仅|多达)(?!次于|覆盖|限)", re.IGNORECASE
)


def few_or_many(one: Statement, evidence: Evidence) -> Iterator[str]:
    """Only: a low level of its history. As many as: a high one."""
    for found in FEW_OR_MANY.finditer(one.text):
        after = [m.fact for m in one.marks if m.start >= found.end() and m.fact and not m.is_rank
                 and m.fact[1] in MAIN.get(m.fact[0], ())]  # fmt: skip
        rank = evidence.ranks(after[0][0], after[0][2], after[0][3]) if after else None
        if rank is None:
            continue
        low, actual = found[0].lower() in {"only", "仅"}, rank.percentile
        if actual is None or (actual > 10 + EDGE if low else actual < 90 - EDGE):
            yield f"{found[0]} at percentile {actual}"


def all_of(one: Statement, evidence: Evidence) -> Iterator[str]:
    """All and none: of those that have a figure, which is said."""
    text = one.text
    hit = re.search(
        r"\b(all|none of|no) (?=[\w,]+ (technology|tech|shares)|tech|shares)", text, re.IGNORECASE
    )
    hit = hit or re.search("全部上涨|无一上涨", text)
    if hit and not re.search("with a figure|有数据", text):
        yield f"“{hit[0]}” without saying of which"
    day = next((fact[3] for m in one.marks if (fact := m.fact) and fact[0] == "breadth_day"), None)
    past = evidence.past("breadth_up_share", "tech")
    place = past.place(day) if past and day else None
    group = not re.search("of all|全部股票|shares with", text)
    if hit and past and place is not None and group and past.values[place] not in {0.0, 1.0}:
        yield f"“{hit[0]}”, but {past.values[place]:.3f} rose"


def flat(one: Statement, evidence: Evidence) -> Iterator[str]:
    """What is flat prints as nothing."""
    hit = re.search(r"\b(?:was|is) flat\b|基本持平", one.text)
    if not hit:
        return
    fact = one.governing(hit.start())
    before = one.text[: hit.start()]
    if re.search("median|loans|融资", before):
        return
    code = fact[2] if fact else named_index(before, one.language)
    move = evidence.index_move(code) if code else None
    if move and rounded(100 * move.now, 1) != 0:
        yield f"flat, but it moved {100 * move.now:.2f}%"


def zones(one: Statement, evidence: Evidence) -> Iterator[str]:
    """Overbought from 70 on, oversold up to 30, by the printed value; left means left."""
    hit = re.search(r"overbought|oversold|超买|超卖", one.text)
    if not hit:
        return
    left = bool(re.search(r"left the|no longer over|退出", one.text))
    code = next((f[2] for m in one.marks if (f := m.fact) and f[0] == "rsi_zone"), None)
    code = code or named_index(one.text, one.language)
    past = evidence.past("rsi_14", code) if code else None
    if past is None:
        return
    now, high = rounded(past.values[-1], 1), hit[0] in {"overbought", "超买"}
    if left is (now >= 70 if high else now <= 30):
        yield f"{hit[0]} at {now}"


def states(one: Statement, evidence: Evidence) -> Iterator[str]:
    """A state that is told is the region of its point; its words fit the printed values."""
    code, words = told_state(one)
    if code is None and not words:
        return
    scores = [evidence.axis(name) for name in ("structural_momentum", "overheating")]
    days, history = evidence.states
    if None in scores or not history:
        yield "a state without both axes"
        return
    momentum, heat = (int(rounded(score or 0.0, 0)) for score in scores)
    if code is not None:
        if region(momentum, heat, code) != code or history[-1] != code:
            yield f"{code} at {momentum} and {heat}, which is {history[-1]}"
        since = [s for day, s in zip(days, history, strict=True) if day >= evidence.span.base]
        if re.search("still|continues|仍为", one.text) is not None and set(since) != {code}:
            yield f"still {code}, but the span has {sorted(set(since))}"
    for least_m, most_m, least_h, most_h in words:
        if not (least_m <= momentum <= most_m and least_h <= heat <= most_h):
            yield f"such words at momentum {momentum} and heat {heat}"


def told_state(one: Statement) -> tuple[str | None, list[tuple[int, int, int, int]]]:
    """The state that a statement names, and the values that its words are for."""
    for name, code in QUOTED.items():
        if f"“{name}”" in one.text:
            return code, []
    for pattern, code, values in STATE_WORDS[one.language]:
        if re.search(pattern, one.text, re.IGNORECASE):
            return code, [values]
    return None, []


def axes(one: Statement, evidence: Evidence) -> Iterator[str]:
    """The word beside a score is that of its size, and its line stands where it is said to."""
    for mark, kind, role, _, _ in one.numbers:
        if kind != "axes" or role not in {"momentum", "heat"}:
            continue
        steps = (MOMENTUM_STEPS if role == "momentum" else HEAT_STEPS)[one.language]
        score = spelled(str(mark.part))
        after = one.text[mark.end :].removeprefix(" of 100").lstrip(", （")
        word = next((word for word in steps if after.startswith(word)), None)
        if score and word and not steps[word][0] <= score[0] <= steps[word][1]:
            yield f"{word} at {score[0]:.0f}"
    heat = evidence.axis("overheating")
    for found in LINES[one.language].finditer(one.text):
        if heat is not None:
            gap = rounded(heat, 0) - 60
            word = found[0]
            is_near = word.startswith(("just ", "略"))
            side = (
                -1 if re.search("below|低于", word) else 1 if re.search("above|高于", word) else 0
            )
            if (gap > 0) - (gap < 0) != side or (side and is_near is not (abs(gap) <= 2)):
                yield f"{word} at {60 + gap:.0f}"


def however(one: Statement, evidence: Evidence) -> Iterator[str]:
    """Yet joins what points opposite ways."""
    if not re.search(r", yet |，但", one.text):
        return
    values = {role: evidence.value(kind, role, entity, day)
              for _, kind, role, entity, day in one.numbers}  # fmt: skip
    change, over = values.get("change"), values.get("span_change")
    if change is not None and over is not None and change * over >= 0:
        yield f"yet, but {change:+.2f} and {over:+.2f}"


def span_named(one: Statement, evidence: Evidence) -> Iterator[str]:
    """A week is a week of five sessions; a shorter one, and five sessions, are called so."""
    span, text = evidence.span, one.text
    if re.search(r"\bin the week\b|\bweekly\b|最大周|全周|周成交额", text) and (
        span.kind is not Kind.WEEK or len(span) != 5
    ):
        yield f"a week of {len(span)} sessions, {span.kind}"
    for found in re.finditer(r"\bin the (\w+)-session week", text):
        if WORDS.get(found[1], found[1]) != len(span) and not _marked(one, found.start(1)):
            yield f"{found[1]} sessions are {len(span)}"


def _marked(one: Statement, place: int) -> bool:
    return any(mark.start <= place < mark.end for mark in one.marks)


def never(one: Statement, page: Page) -> Iterator[str]:
    """Words that no sentence uses, names excepted."""
    plain = one.text.replace("LPPLS bubble pattern", "")
    for name in page.names:
        plain = plain.replace(name, "")
    yield from (f"never “{hit[0]}”" for hit in NEVER[one.language].finditer(plain))


def digits(one: Statement, page: Page) -> Iterator[str]:
    """Each digit is of a number, of a day, of a name, or of fixed furniture."""
    plain = list(one.text)
    for mark in one.marks:
        plain[mark.start : mark.end] = " " * (mark.end - mark.start)
    rest = "".join(plain)
    for name in sorted(page.names, key=len, reverse=True):
        rest = re.sub(re.escape(name), " ", rest, flags=re.IGNORECASE)
    rest = FURNITURE.sub(" ", rest)
    yield from (f"the digits {hit[0]} belong to nothing" for hit in re.finditer(r"\d+", rest))


def quiet(front: Sequence[Statement], evidence: Evidence) -> Iterator[str]:
    """A quiet span has no unusual move, and says of none."""
    told = [one for one in front if QUIET[one.language].search(one.text)]
    if told:
        yield from (f"quiet, but {what}" for what in evidence.unusual())
        loud = [one.text for one in front if _strong(one)]
        yield from (f"quiet beside “{text}”" for text in loud)


def _strong(one: Statement) -> bool:
    words = [VERBS_OF[one.language][v[0]] for v in VERBS[one.language].finditer(one.text)]
    return any(least >= 90 for _, least, _ in words)


def not_hot(front: Sequence[Statement], evidence: Evidence) -> Iterator[str]:
    """Not hot never stands beside an overbought market or a record high."""
    cool = [one for one in front if NOT_HOT[one.language].search(one.text)]
    hot = [one.text for one in front
           if re.search(r"overbought|超买", one.text)
           and not re.search(r"left the|no longer over|退出", one.text)]  # fmt: skip
    hot += [one.text for one in front if _tells_record_high(one, evidence)]
    if cool:
        yield from (f"“{cool[0].text}” beside “{text}”" for text in hot)


def _tells_record_high(one: Statement, evidence: Evidence) -> bool:
    """Whether a statement calls something a record that is one upwards."""
    words = [found.start() for found in RECORD[one.language].finditer(one.text)]
    words += [mark.start for mark in one.marks
              if isinstance(mark.part, Day) and since_named(one, mark) == "first"]  # fmt: skip
    if not words or LOW.search(one.text):
        return False
    fact = spoken_of(one, words[0], evidence)
    rank = evidence.ranks(fact[0], fact[2], fact[3]) if fact else None
    return rank is None or not rank.is_move or rank.now > 0


def falls_named(front: Sequence[Statement], evidence: Evidence) -> Iterator[str]:
    """A market that falls is called falling; no headline calls it an advance alone."""
    falling = evidence.falling()
    if not falling:
        return
    named = [one for one in front for mark, kind, role, _, _ in one.numbers
             if kind in {"index_change", "index_day"} and role == "change"
             and (verb := verb_before(one, mark)) and verb[1] < 0]  # fmt: skip
    if not named:
        yield f"no word of the fall of {falling}"
    heads = [one for one in front if one.where == "headline"]
    advance = [one for one in heads if re.search(r"\badvance\b(?! ended| ends)|“上涨", one.text)]
    if advance and not any(_falls(one) for one in heads):
        yield f"an advance, while {falling} fall"


def _falls(one: Statement) -> bool:
    return any(VERBS_OF[one.language][v[0]][0] < 0 for v in VERBS[one.language].finditer(one.text))


def opposite(front: Sequence[Statement], evidence: Evidence) -> Iterator[str]:
    """Headline and lede never tell opposite ways of the same over the same span."""
    ways: dict[tuple[str, str], tuple[int, str]] = {}
    for one in front:
        for mark, kind, role, entity, day in one.numbers:
            verb = verb_before(one, mark) if role in {"change", "span_change"} else None
            if verb is None:
                continue
            whole = kind == "index_change" or role == "span_change"
            span = f"{kind.partition('_')[0]} {'span' if whole else kind} {day}"
            way, text = ways.setdefault((entity, span), (verb[1], one.text))
            if way != verb[1]:
                yield f"“{one.text}” against “{text}”"


Rule = Callable[[Statement, Evidence], Iterator[str]]
OF_A_STATEMENT: tuple[Rule, ...] = (
    figures, verbs, since_when, records, second, ranks_told, few_or_many, all_of, flat, zones,
    states, axes, however, span_named,
)  # fmt: skip
OF_A_PAGE: tuple[Callable[[Sequence[Statement], Evidence], Iterator[str]], ...] = (
    quiet, not_hot, falls_named, opposite,
)  # fmt: skip
