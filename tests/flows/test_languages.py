"""Which editions a choice of language makes."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from flows import editions
from flows.editions import Edition, Language
from warehouse.errors import InputRefused


def edition(language: Language) -> Edition:
    return Edition(
        issue_id="2026-W03", revision=1, as_of=date(2026, 1, 16), requested=date(2026, 1, 16),
        language=language, subject="", content_hash="", simulated=False,
        path=editions.place(Path("/home"), "2026-W03", language, 1),
        rendered_at=datetime(2026, 1, 17),
        checksums={key: {} for key in ("facts", "workbook", "html", "text", "pdf")},
    )  # fmt: skip


def test_english_is_always_there():
    assert editions.languages("en") == ("en",)


@pytest.mark.parametrize("choice", ["zh", "both"])
def test_a_language_that_is_not_told_in_full_is_refused(choice, monkeypatch):
    monkeypatch.setattr(editions, "OFFERED", ("en",))

    with pytest.raises(InputRefused, match="no edition in zh yet; choose --lang en"):
        editions.languages(choice)


def test_both_are_two_editions_the_english_one_first(monkeypatch):
    monkeypatch.setattr(editions, "OFFERED", ("en", "zh"))

    assert editions.languages("both") == ("en", "zh")
    assert editions.languages("zh") == ("zh",)


def test_editions_of_two_languages_share_no_file():
    """Each language has revisions of its own, so that r1 of both may be of other facts."""
    files = [file for language in ("en", "zh") for file in edition(language).parts.values()]

    assert len({*files}) == len(files) == 10
