"""Characters from the data that the page's fonts lack: shown as a substitute, and listed.

What upstreams write may hold an emoji or a sign of another script. That is no reason to hold back
an issue: before layout, all text that comes from data passes `legible`. Our own words do not: a
glyph that they lack fails the render.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

import polars as pl
import polars.selectors as cs
from matplotlib import get_cachedir
from matplotlib.font_manager import FontProperties, findfont, get_font

from transforms.facts import Fact, FactBook, fact_id
from transforms.findings.finding import Finding
from transforms.issue.issue import Issue, Substitute, once_an_issue
from transforms.issue.printable import origin
from warehouse.errors import RenderFailed

SUBSTITUTE = "\N{WHITE SQUARE}"
FAMILIES, WEIGHTS = ("Noto Sans CJK SC", "Noto Serif CJK SC"), (400, 700)
BREAKS = dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
VARIANTS = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}  # they ask for a variant of a glyph


@cache
def covered() -> frozenset[str]:
    """The characters that all fonts of the page have, whatever other fonts a machine has.

    Raises RenderFailed when one of them is not installed.
    """
    found = [_characters(family, weight) for family in FAMILIES for weight in WEIGHTS]
    return frozenset.intersection(*found)


def _characters(family: str, weight: int) -> frozenset[str]:
    wanted = FontProperties(family=[family], weight=weight)
    try:
        file = findfont(wanted, fallback_to_default=False)
    except ValueError as missing:
        raise RenderFailed(
            f"the font {family} is not installed; run `make setup`. If it is, remove "
            f"{get_cachedir()}, where matplotlib remembers the fonts of before"
        ) from missing
    return frozenset(map(chr, get_font(file).get_charmap()))


def odd(text: str) -> list[str]:
    """The characters of a text that the page cannot show, each once, in their order."""
    return list(dict.fromkeys(c for c in text.translate(BREAKS) if c not in covered()))


def shown(text: str) -> str:
    """The text as the page can show it: on one line, with substitutes, without invisible signs."""
    flat = text.translate(BREAKS)
    return "".join(c if c in covered() else _instead(c) for c in flat)


def _instead(character: str) -> str:
    invisible = unicodedata.category(character) == "Cf" or ord(character) in VARIANTS
    return "" if invisible else SUBSTITUTE


@once_an_issue
def legible(issue: Issue) -> Issue:
    """The issue with all text from data as the page can show it; `substituted` lists the rest."""
    renamed = _renamed({fact.entity for fact in issue.facts} | {*issue.series["entity"].unique()})
    facts, series = issue.facts, issue.series
    if renamed:
        facts = FactBook(_renamed_fact(fact, renamed) for fact in facts)
        series = series.with_columns(pl.col("entity").replace(renamed))
    return replace(
        issue,
        facts=facts,
        series=series,
        names={renamed.get(code, code): shown(name) for code, name in issue.names.items()},
        findings=tuple(_legible_finding(one, renamed) for one in issue.findings),
        movers=issue.movers.with_columns(pl.col("code").replace(renamed), _mapped("name")),
        health=_legible_frame(issue.health),
        discrepancies=_legible_frame(issue.discrepancies),
        refusals=_legible_frame(issue.refusals),
        absent=_legible_frame(issue.absent),
        substituted=(
            *_of_names(issue),
            *_of_entities(issue, renamed),
            *_of_sources(issue.health),
        ),
    )


def _legible_finding(one: Finding, renamed: Mapping[str, str]) -> Finding:
    terms = {role: renamed.get(term, shown(term)) for role, term in one.terms.items()}
    return replace(one, entity=renamed.get(one.entity, one.entity), terms=terms)


def _legible_frame(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(_mapped(name) for name in frame.select(cs.string()).columns)


def _mapped(column: str) -> pl.Expr:
    return pl.col(column).map_elements(shown, pl.String)


def _renamed(entities: Iterable[str]) -> Mapping[str, str]:
    """Other names for the entities that cannot be shown; two never get the same one."""
    names: dict[str, str] = {}
    plain = {name for name in entities if not odd(name)}
    for name in sorted({*entities} - plain):
        given = shown(name)
        while given in plain:
            given += SUBSTITUTE
        plain.add(given)
        names[name] = given
    return names


def _renamed_fact(fact: Fact, renamed: Mapping[str, str]) -> Fact:
    name = renamed.get(fact.entity)
    if name is None:
        return fact
    return replace(fact, entity=name, fact_id=fact_id(fact.metric, name, fact.observation_date))


def _of_names(issue: Issue) -> Iterable[Substitute]:
    for code, name in sorted(issue.names.items()):
        if lacking := odd(name):
            yield Substitute(
                issue.name_origins.get(code, ""), shown(code), shown(name), _named(lacking)
            )


def _of_entities(issue: Issue, renamed: Mapping[str, str]) -> Iterable[Substitute]:
    metrics = {fact.entity: fact.metric for fact in issue.facts if fact.entity in renamed}
    for name, given in renamed.items():
        if name in metrics:
            yield Substitute(origin(metrics[name], name), "", given, _named(odd(name)))


def _of_sources(health: pl.DataFrame) -> Iterable[Substitute]:
    for dataset, sources in health.select("dataset", "sources").iter_rows():
        if lacking := odd(sources or ""):
            yield Substitute(dataset, "", shown(sources), _named(lacking))


def _named(characters: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"U+{ord(c):04X}" for c in characters)
