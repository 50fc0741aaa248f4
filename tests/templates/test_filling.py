"""How full the pages are: no page half empty, and few of them."""

from __future__ import annotations

import pytest
from weasyprint import HTML

from tests.templates.filling import filled

LEAST = 0.6  # of a page, but of the last
MOST = 12  # pages of a drawn issue, which has nearly all that an issue can have


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("mood", ["rising", "falling", "standing"])
def test_no_page_but_the_last_is_half_empty(mood, language, laid_out):
    _, (first, *others) = laid_out(language)[mood]

    assert 0.8 <= first <= 1.0  # page 1 is one sheet, and a full one
    assert len(others) < MOST
    assert min(others[:-1], default=1.0) >= LEAST


def test_the_measure_sees_an_empty_page():
    page = (
        "<style>@page { size: A4; margin: 20mm } p { margin: 0 } h1 { break-before: page }</style>"
    )
    short, half = filled(
        HTML(string=f"{page}<p>one line</p><h1 style='margin-top: 120mm'>two</h1>").render()
    )

    assert short < 0.1
    assert 0.4 < half < 0.6
