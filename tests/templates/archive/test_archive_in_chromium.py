"""The archive in a browser: on a phone and a desktop, by night, searched, and without script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from templates.archive import archive
from tests.templates import chromium
from tests.templates.archive.test_archive import WHOLE
from tests.templates.chromium import Tab

pytestmark = pytest.mark.skipif(
    chromium.browser() is None,
    reason="no Chromium here: `apt-get install chromium` to look at pages",
)
SHOWN = (
    "[...document.querySelectorAll('.issues tbody tr')].filter((r) => !r.hidden).map((r) => r.id)"
)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("issues")
    found = {"en": folder / "index.html", "zh": folder / "index_zh.html"}
    for code, file in found.items():
        file.write_text(archive(WHOLE, code), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with chromium.opened() as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 820, 1280])
def test_it_fits_the_screen_and_nothing_complains(tab, files, code, width, scheme):
    tab.show(files[code], width, scheme)
    widths = tab.tell(
        "(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.documentElement)"
    )
    assert widths[0] == widths[1] <= width
    drawn = "[...document.querySelectorAll('figure svg')].filter((one) => one.getBoundingClientRect().width).length"
    assert tab.tell(drawn) == 1
    assert tab.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_no_text_of_the_chart_leaves_it(tab, files, width):
    for code in ("en", "zh"):
        tab.show(files[code], width)
        outside = """[...document.querySelectorAll('figure svg text')].filter((one) => {
          const box = one.getBoundingClientRect(), all = one.ownerSVGElement.getBoundingClientRect();
          return box.width && (box.left < all.left - 1 || box.right > all.right + 1);
        }).map((one) => one.textContent)"""
        assert tab.tell(outside) == []


def test_a_word_and_a_state_narrow_the_list(tab, files):
    tab.show(files["en"], 1280)
    assert tab.tell(SHOWN) == ["2026-W03", "2026-W02", "2026-W01"]
    change = "document.querySelector('.filters').dispatchEvent(new Event('input', {bubbles: true}))"
    tab.tell(f"document.getElementById('search').value = 'w02'; {change}")
    assert tab.tell(SHOWN) == ["2026-W02"]
    tab.tell(f"document.getElementById('search').value = ''; {change}")
    tab.tell(f"document.getElementById('state').value = 'Advance, not hot'; {change}")
    assert tab.tell(SHOWN) == ["2026-W02"]
    assert tab.tell("document.getElementById('found').textContent") == "1"


@pytest.mark.parametrize(
    ("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(15, 21, 29)")]
)
def test_it_follows_the_system_and_the_reader(tab, files, scheme, paper):
    ground = "getComputedStyle(document.body).backgroundColor"
    tab.show(files["en"], 1280, scheme)
    tab.tell("localStorage.clear()")
    tab.show(files["en"], 1280, scheme)
    assert tab.tell(ground) == paper
    tab.tell("document.querySelector('button[data-theme=dark]').click()")
    assert tab.tell(ground) == "rgb(15, 21, 29)"
    tab.tell("localStorage.clear()")


def test_without_script_every_issue_is_there_and_no_control(tab, files):
    tab.show(files["en"], 1280, script=False)
    tab.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert tab.tell("document.querySelectorAll('.issues tbody tr').length") == 3
    for control in (".theme", ".filters"):
        assert tab.tell(f"getComputedStyle(document.querySelector('{control}')).display") == "none"
    assert tab.complaints == []


@pytest.mark.parametrize(("width", "kind"), [(390, "slim"), (1280, "wide")])
def test_keys_and_pointer_read_the_weeks_of_the_chart(tab, files, width, kind):
    tab.show(files["en"], width)
    rows = "[...document.querySelectorAll('#weeks tbody tr')]"
    plot = f"document.querySelector('.plot.{kind}')"
    said = f"{plot}.querySelector('.reading').innerText"
    tab.tell(f"{plot}.focus()")
    for key, row in (("End", 0), ("ArrowLeft", 1), ("Home", -1), ("ArrowRight", -2)):
        tab.press(key)
        day, momentum, heat, state = tab.tell(
            f"[...{rows}.at({row}).cells].map((one) => one.textContent)"
        )
        assert tab.tell(said).split("\n") == [
            day, f"Momentum {momentum}", f"Heat {heat}", f"State {state}"
        ]  # fmt: skip
    tab.press("ArrowRight", shift=True)
    assert tab.tell(said).startswith(tab.tell(f"{rows}.at(-6).cells[0].textContent"))
    tab.press("Escape")
    assert tab.tell(said) == ""

    tab.tell(f"(() => {{ const box = {plot}.querySelector('svg').getBoundingClientRect();"
             f"{plot}.dispatchEvent(new PointerEvent('pointermove', {{clientX: box.right}})) }})()")  # fmt: skip
    assert tab.tell(said).startswith(tab.tell(f"{rows}[0].cells[0].textContent"))
    left, right, _, last = map(float, tab.tell(f"{plot}.dataset.days").split())
    at = float(tab.tell("document.querySelector('.cursor').getAttribute('x1')"))
    place = float(tab.tell(f"{rows}[0].dataset.at"))
    assert at == pytest.approx(left + place / last * (right - left))
    assert tab.complaints == []
