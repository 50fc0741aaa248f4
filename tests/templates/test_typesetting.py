"""Hastened typesetting gives the very bytes of WeasyPrint's own, and really is in place."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pydyf
import pytest
import weasyprint
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline

from templates import render, typesetting
from tests.templates.conftest import AS_OF

PARAGRAPHS = "".join(
    f"<p style='break-inside: avoid; margin: 0 0 2px'><b>{n}</b> {'some words of it ' * (n % 5 + 1)}</p>"
    for n in range(200)
)
COLUMNS = f"""<html lang="en"><head><title>columns</title></head><body style="font: 8pt 'Noto Sans CJK SC'">
<h1>Words</h1><div style="column-count: 3; column-gap: 5mm">{PARAGRAPHS}</div></body></html>"""

GROUNDS = f"""<html lang="en"><head><title>grounds</title><style>
p {{ width: 50%; margin: 1% 0; min-height: 10% }} table {{ border-collapse: collapse; width: 90% }}
td {{ border: 1px solid; padding: 2px }} .thick {{ border: 4px solid }}
div.whole {{ box-sizing: border-box; border: 3px solid; padding: 4px; height: 60px; width: 120px }}
div.row {{ display: flex }} div.row div {{ flex: 1; padding: 1px; min-width: 20% }}
</style></head><body style="font: 8pt 'Noto Sans CJK SC'">{
    "".join(
        f'<div style="width: {width}px"><p>some words</p><div class="whole"><p>whole</p></div>'
        '<table><tbody><tr><td>thin</td><td class="thick">thick <b>words</b></td></tr><tr><td>a</td><td>b</td></tr></tbody></table>'
        '<div class="row"><div>one</div><div><p>two words</p></div></div></div>'
        for width in (120, 300, 450)
    )
}</body></html>"""


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint as it comes."""
    monkeypatch.setattr(typesetting, "WRITTEN_FOR", "another version")
    monkeypatch.setattr(block, "block_box_layout", typesetting.BOX_LAYOUT)
    for module in typesetting.SPLITTING:
        monkeypatch.setattr(module, "split_first_line", typesetting.SPLIT)
    for name, hastened, plain in (
        ("resolve_percentages", typesetting.sized, typesetting.PERCENTAGES),
        ("size", typesetting.number, typesetting.NUMBER),
    ):
        for module in typesetting.that_have(name, hastened):
            monkeypatch.setattr(module, name, plain)
    monkeypatch.setattr(boxes.Box, "is_in_normal_flow", typesetting.IN_FLOW)
    monkeypatch.setattr(pydyf, "_to_bytes", typesetting.TO_BYTES)
    monkeypatch.setattr(typesetting.MATCHER, "other_selectors", [*typesetting.SELECTORS])
    monkeypatch.setattr(render, "settle", lambda _: None)
    monkeypatch.setattr(
        render, "parsed", lambda text, fetcher: weasyprint.HTML(string=text, url_fetcher=fetcher)
    )


def test_it_is_written_for_the_weasyprint_that_is_installed() -> None:
    """A new version wants a look at its functions, and another name here."""
    assert weasyprint.__version__ == typesetting.WRITTEN_FOR
    typesetting.hasten()
    assert block.block_box_layout is typesetting.column_tried
    assert vars(inline)["split_first_line"] is typesetting.line_kept
    assert vars(pydyf)["_to_bytes"] is typesetting.written
    assert typesetting.that_have("resolve_percentages", typesetting.sized)
    assert typesetting.that_have("size", typesetting.number)
    assert not typesetting.that_have("resolve_percentages", typesetting.PERCENTAGES)
    assert not typesetting.that_have("size", typesetting.NUMBER)
    assert len(typesetting.SELECTORS) - len(typesetting.MATCHER.other_selectors) == len(
        typesetting.NOTES
    )


@pytest.fixture(scope="module")
def hastened(pdfs: dict[str, bytes]) -> dict[str, bytes]:
    return {
        "columns": render.pdf(COLUMNS, AS_OF),
        "grounds": render.pdf(GROUNDS, AS_OF),
        "issue": pdfs["rising"],
    }


@pytest.mark.usefixtures("own")
def test_columns_over_pages_are_as_weasyprint_balances_them(hastened: dict[str, bytes]) -> None:
    assert render.pdf(COLUMNS, AS_OF) == hastened["columns"]


@pytest.mark.usefixtures("own")
def test_sizes_that_are_kept_are_as_weasyprint_resolves_them(hastened: dict[str, bytes]) -> None:
    """Percentages of grounds that differ, boxes that count their borders, cells that share them."""
    assert render.pdf(GROUNDS, AS_OF) == hastened["grounds"]


@pytest.mark.usefixtures("own")
def test_an_issue_is_as_weasyprint_sets_it(
    hastened: dict[str, bytes], documents: dict[str, str]
) -> None:
    assert render.pdf(documents["rising"], AS_OF) == hastened["issue"]


@pytest.mark.parametrize("mood", ["rising", "empty"])
def test_an_issue_needs_no_parser_of_html(mood: str, documents: dict[str, str]) -> None:
    """Else it is still read, in ten times the time."""
    assert ET.fromstring(documents[mood]).tag == "html"


def test_markup_that_is_not_well_formed_is_read_as_html() -> None:
    loose = "<html lang=en><title>loose</title><p>one<br>two"
    assert render.pdf(loose, AS_OF).startswith(b"%PDF-")


def test_parts_of_a_pdf_are_written_as_pydyf_writes_them() -> None:
    parts = [
        b"BT",
        "q",
        1.0,
        -0.25,
        1 / 3,
        1e-9,
        -1e-9,
        -0.0,
        2e15,
        7,
        True,
        pydyf.String("(a)"),
        pydyf.Array([1.5]),
    ]
    assert [typesetting.written(one) for one in parts] == [
        typesetting.TO_BYTES(one) for one in parts
    ]


def test_a_line_under_and_above_a_text_is_set_too() -> None:
    """Their names come as a set, which nothing can be looked up by."""
    marked = "<p>above <u style='text-decoration: underline overline'>and below</u></p>"
    typesetting.hasten()
    assert weasyprint.HTML(string=marked).render().pages
