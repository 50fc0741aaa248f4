"""Hastened typesetting gives the very bytes of WeasyPrint's own, and really is in place."""

from __future__ import annotations

import pytest
import weasyprint
from weasyprint.layout import block, inline

from templates import render, typesetting
from tests.templates.conftest import AS_OF

PARAGRAPHS = "".join(
    f"<p style='break-inside: avoid; margin: 0 0 2px'><b>{n}</b> {'some words of it ' * (n % 5 + 1)}</p>"
    for n in range(200)
)
COLUMNS = f"""<html lang="en"><head><title>columns</title></head><body style="font: 8pt 'Noto Sans CJK SC'">
<h1>Words</h1><div style="column-count: 3; column-gap: 5mm">{PARAGRAPHS}</div></body></html>"""


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint as it comes."""
    monkeypatch.setattr(typesetting, "WRITTEN_FOR", "another version")
    monkeypatch.setattr(block, "block_box_layout", typesetting.BOX_LAYOUT)
    for module in typesetting.SPLITTING:
        monkeypatch.setattr(module, "split_first_line", typesetting.SPLIT)


def test_it_is_written_for_the_weasyprint_that_is_installed() -> None:
    """A new version wants a look at its functions, and another name here."""
    assert weasyprint.__version__ == typesetting.WRITTEN_FOR
    typesetting.hasten()
    assert block.block_box_layout is typesetting.column_tried
    assert vars(inline)["split_first_line"] is typesetting.line_kept


@pytest.fixture(scope="module")
def hastened(pdfs: dict[str, bytes]) -> dict[str, bytes]:
    return {"columns": render.pdf(COLUMNS, AS_OF), "issue": pdfs["rising"]}


@pytest.mark.usefixtures("own")
def test_columns_over_pages_are_as_weasyprint_balances_them(hastened: dict[str, bytes]) -> None:
    assert render.pdf(COLUMNS, AS_OF) == hastened["columns"]


@pytest.mark.usefixtures("own")
def test_an_issue_is_as_weasyprint_sets_it(
    hastened: dict[str, bytes], documents: dict[str, str]
) -> None:
    assert render.pdf(documents["rising"], AS_OF) == hastened["issue"]


def test_a_line_under_and_above_a_text_is_set_too() -> None:
    """Their names come as a set, which nothing can be looked up by."""
    marked = "<p>above <u style='text-decoration: underline overline'>and below</u></p>"
    typesetting.hasten()
    assert weasyprint.HTML(string=marked).render().pages
