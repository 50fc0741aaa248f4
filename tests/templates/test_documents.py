"""Pages whole, with what stands around their blocks, in small drawn states, as they were read last.

`make statements` writes tests/templates/markup anew.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from markupsafe import Markup

from templates import render
from templates.archive import Archive, FiledEdition, FiledIssue, archive, feed, leading
from templates.letter import Letter, Score, Stretch, Trigger
from templates.mail_foot import PLACE, Enclosed, Foot, Link, with_foot
from templates.web.lineage import PARTS
from templates.wording.speller import SPELLERS
from templates.wording.text import Text
from transforms.axes.regimes import STATES
from transforms.issue.staleness import Stale

MARKUP = Path(__file__).parent / "markup"
DAY = date(2026, 1, 16)
MADE = datetime(2026, 1, 17, 1, 30)


def text(*parts: str) -> Text:
    return Text(parts)


FURNITURE = {
    "name": "name", "issue_id": "2026-W03", "revision": "", "as_of": DAY, "requested": DAY,
    "cutoff": datetime(2026, 1, 16, 12), "simulated": False, "names": {}, "stale": None,
}  # fmt: skip
BAR = (Stretch("rest", 40.0), Stretch("spread", 20.0), Stretch("score", 1.5), Stretch("line", 0.75))
LETTER = Letter(
    text("head"), text("revision"), text("subject"), text("headline"), text("lede"),
    (Score("momentum", text("one"), text("79"), text("+4"), text("70 to 81"), BAR),
     Score("heat", text("other"), text("40–60"), text(), text(), BAR[::-1])),
    text("state"), text("title"), (text("first"), text("second")),
    (Trigger(text("RSI"), text("hotter"), text("74")),),
    ((text("19 Jan"), text("in force")), (text("20 Jan"), text("a rate"))), text("foot"),
)  # fmt: skip
BARE = replace(LETTER, revision=text(), scores=(), findings=(), triggers=(), dates=())
LETTERS = {
    "whole": (LETTER, False),
    "simulated": (replace(LETTER, dates=()), True),
    "without triggers": (replace(LETTER, triggers=()), False),
    "bare": (BARE, False),
}


def letters(code: str, kind: str) -> dict[str, str]:
    template = render.environment().get_template(f"letter/letter.{kind}.j2")
    return {
        name: template.render(**FURNITURE | {"simulated": drawn}, v=one, s=SPELLERS[code](DAY))
        for name, (one, drawn) in LETTERS.items()
    }


def papers(code: str) -> dict[str, str]:
    template = render.environment().get_template("briefing.html.j2")
    pages, told = [("verdict", "<p>one</p>"), ("market", "<p>two</p>")], {"note": text()}
    stale = Stale((), date(2026, 1, 9), whole=True)
    cases = {
        "real": {},
        "simulated and revised": {"simulated": True, "note": text("replaces"), "revision": " r2"},
        "revised": {"note": text("replaces")},
        "standing still": {"stale": stale},
    }
    return {
        name: template.render(
            **FURNITURE | told | more, pages=pages, style="a > b", s=SPELLERS[code](DAY)
        )
        for name, more in cases.items()
    }


def screens(code: str) -> dict[str, str]:
    template = render.environment().get_template("web/web.html.j2")
    entry = SimpleNamespace(anchor="f1", cells=("16 Jan", "79"))
    group = SimpleNamespace(title="RSI", entries=[entry], shared=[("Unit", "points")], heads=("Day", "Value"),
                            query="SELECT 1", definition="rsi_14")  # fmt: skip
    groups = [
        group,
        SimpleNamespace(
            **vars(group) | {"entries": [entry, entry], "query": "", "definition": "", "shared": []}
        ),
    ]
    link = SimpleNamespace(name="other", language="zh-Hans", address="other.html")
    stale = Stale((), date(2026, 1, 9), whole=False)
    issue = SimpleNamespace(simulated=False, issue_id="2026-W03", as_of=DAY, stale=None)
    cases = {
        "real": (issue, [], text()),
        "simulated": (SimpleNamespace(**vars(issue) | {"simulated": True}), [link], text("note")),
        "standing still": (SimpleNamespace(**vars(issue) | {"stale": stale}), [], text()),
    }
    contents = [SimpleNamespace(slug="verdict"), SimpleNamespace(slug="market")]
    return {
        name: template.render(
            issue=one, beside=beside, note=note, contents=contents, groups=groups,
            bodies=[Markup("<p>one</p>")], s=SPELLERS[code](DAY), parts=PARTS,
            style="style", script="script", policy="policy",
        )
        for name, (one, beside, note) in cases.items()
    }  # fmt: skip


# Two months of sessions with three weeks without any; scores that end side by side.
DAYS = [day for back in range(75, -1, -1) if (day := DAY - timedelta(days=back)).weekday() < 5
        and not 30 < back < 52]  # fmt: skip
HEAT = [None if place < 9 else 30.0 + place * 0.7 for place in range(len(DAYS))]
MOMENTUM = [35.0 + place * 9 % 31 for place in range(len(DAYS) - 1)] + [57.0]


def _axes(days: list[date]) -> pl.DataFrame:
    shown = {
        "observation_date": days,
        "momentum": MOMENTUM[-len(days) :],
        "heat": HEAT[-len(days) :],
    }
    return pl.DataFrame(shown, schema_overrides={"heat": pl.Float64})


def _edition(issue_id: str, language: str = "en", revision: int = 1, **more) -> FiledEdition:
    stem = f"{issue_id}/{language}_r{revision}"
    files = {"web": f"{stem}.html", "pdf": f"{stem}.pdf", "workbook": f"{stem}.xlsx"}
    behind = f" | {issue_id}" if language == "en" else f"｜{issue_id}"
    made = MADE + timedelta(hours=revision)
    return FiledEdition(
        language, revision, f"Rally{behind}", more.pop("files", files), made, **more
    )


def _archive(states: tuple[str, ...], **more) -> Archive:
    weeks = [FRIDAY for FRIDAY in DAYS if FRIDAY.weekday() == 4][::-1]
    issues = tuple(
        FiledIssue(
            f"W{place}", day, states[place % len(states)], 80.0 - 7 * place, 40.5 + 8 * (place % 3),
            float(place * 5 % 7), (_edition(f"W{place}"), _edition(f"W{place}", "zh")),
        )
        for place, day in enumerate(weeks)
    )  # fmt: skip
    first = (
        _edition("W0", revision=2), _edition("W0", earlier=True),
        _edition("W0", "zh", files={"pdf": "W0/zh_r1.pdf"}),
    )  # fmt: skip
    issues = (
        replace(issues[0], editions=first),
        replace(issues[1], state=None, heat=None, editions=(_edition("W1"),)),
        *issues[2:],
    )
    run = pl.DataFrame(
        {"observation_date": DAYS[4:], "state": [states[p // 9 % len(states)] for p in range(len(DAYS) - 4)]}
    )  # fmt: skip
    return Archive(
        issues, _axes(DAYS), run, **{"simulated": False, "address": "https://a.b/"} | more
    )


def archives(code: str) -> dict[str, str]:
    every = tuple(dict.fromkeys(STATES.values()))
    whole = _archive(every)
    few = DAYS[-5:]
    short = replace(
        whole, axes=_axes(few), states=whole.states.filter(pl.col("observation_date").is_in(few)),
        issues=whole.issues[:1], simulated=True, address="",
    )  # fmt: skip
    none = replace(whole, axes=_axes(DAYS)[:0], states=whole.states[:0], issues=whole.issues[2:4])
    cases = {"whole": whole, "of a few days": short, "without scores": none}
    own = re.compile(
        r"(?<=<style>)[^<]*|(?<=<script>).*?(?=</script>)|sha256-[A-Za-z0-9+/=]+", re.DOTALL
    )
    return {name: own.sub("", archive(one, code)) for name, one in cases.items()}


def others(code: str) -> dict[str, str]:
    whole = _archive(("healthy advance",))
    alone = replace(whole.issues[1], editions=(_edition("W1", "zh"),))
    return {
        "feed": feed(whole, code) or "",
        "feed without an address": feed(replace(whole, address="", simulated=True), code) or "",
        "leading": leading(whole.issues[0], code),
        "leading to another language": leading(alone, code),
    }


def feet(code: str) -> dict[str, str]:
    """Texts, each followed by its page; the foot stands in its place, before the end, or last."""
    text = (
        "一二三四五六七八九十" * 4
        + "\n- an item whose words go on and on, below its text, 1.5% and more words\n\n"
    )
    links = (
        Link("en", "https://a.b/en?x=1&y=2"),
        Link("pdf", "https://a.b/2026.pdf"),
        Link("zh", "https://a.b/zh"),
    )
    cases = {
        "attached": (Enclosed.PDF, links, f"<p>one</p>{PLACE}<p>two</p></body>"),
        "linked": (Enclosed.NOTHING, links[1:], "<body><p>one</p></body></html>"),
        "too large": (Enclosed.WORKBOOK, links[:1], "<p>one</p>"),
        "nothing": (Enclosed.NOTHING, (), "<p>one</p>"),
    }
    return {
        name: "\n".join(with_foot(text, page, Foot(enclosed, told, "x_r1.pdf", "a&b@c.d"), code))
        for name, (enclosed, told, page) in cases.items()
    }


KINDS = {
    "foot": feet,
    "letter": lambda code: letters(code, "html"),
    "letter_text": lambda code: letters(code, "txt"),
    "document": papers,
    "edition": screens,
    "archive": archives,
    "beside": others,
}


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_page_is_the_one_that_was_read(kind, code):
    file = MARKUP / f"{kind}.{code}.html"
    found = "\n".join(
        f"<!-- {name} -->\n" + "\n".join(filter(None, map(str.rstrip, page.splitlines())))
        for name, page in KINDS[kind](code).items()
    ).replace("\u00a0", " ")
    if os.environ.get("WRITE_STATEMENTS"):
        file.write_text(f"{found}\n", encoding="utf-8")

    assert found.splitlines() == file.read_text(encoding="utf-8").splitlines()
