"""A text of words, numbers and days: plain for mail and titles, marked up for pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from string import Formatter

from markupsafe import Markup, escape

from templates.format import NO_BREAK, Day, Number

Part = str | Number | Day
WIDE = re.compile("[\u2018-\u201d\u2026\u2014\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]")


@dataclass(frozen=True)
class Text:
    """Words, numbers and days in their order; each number carries what it states."""

    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        return "".join(map(str, self.parts))

    def __html__(self) -> str:
        return Markup("").join(escape(part) for part in self.parts)

    def __bool__(self) -> bool:
        return any(map(str, self.parts))

    def __add__(self, other: Text | Part) -> Text:
        return Text(self.parts + (other.parts if isinstance(other, Text) else (other,)))

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers that it prints."""
        return tuple(part for part in self.parts if isinstance(part, Number))

    def capitalized(self) -> Text:
        """The same with a capital at its start, also where a number in words stands there."""
        if not self.parts:
            return self
        first = self.parts[0]
        raised = str(first)[:1].upper() + str(first)[1:]
        started = raised if isinstance(first, str) else replace(first, text=raised)
        return Text((started, *self.parts[1:]))


Filling = Text | str | Number | Day
Slots = dict[str, Filling]


def say(pattern: str, **slots: Filling | None) -> Text:
    """The pattern with its slots filled; None fills a slot with nothing."""
    parts: list[Part] = []
    for words, slot, _, _ in Formatter().parse(pattern):
        parts.append(words)
        filling = slots[slot] if slot is not None else None
        parts.extend(filling.parts if isinstance(filling, Text) else filter(None, [filling]))
    return Text(tuple(part for part in parts if str(part)))


def joined(texts: Iterable[Text], by: str) -> Text:
    """The texts in a row, with the same words between any two."""
    whole = Text()
    for text in texts:
        whole = whole + by + text if whole else text
    return whole


def letters(text: Text | str) -> int:
    """How long an English text is, in characters."""
    return len(str(text).replace(NO_BREAK, " "))


def squares(text: Text | str) -> float:
    """How long a Chinese text is: a full-width character counts one, another one half."""
    said = str(text)
    wide = 0 if said.isascii() else len(WIDE.findall(said))
    return wide + (len(said) - wide) / 2
