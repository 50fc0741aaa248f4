"""The HTML edition in a browser: on a phone, a tablet and a desktop, by keyboard, by night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.templates import chromium
from tests.templates.chromium import Tab

pytestmark = pytest.mark.skipif(
    chromium.browser() is None,
    reason="no Chromium here: `apt-get install chromium` to look at pages",
)
WIDTHS = (390, 820, 1280)
BOX = "document.querySelector('.lineage')"
READING = "document.querySelector('#market [data-days] .reading').innerText"


@pytest.fixture(scope="module")
def files(webs, tmp_path_factory) -> dict[str, Path]:
    """The edition of the rising market in each language, on the disk."""
    folder = tmp_path_factory.mktemp("web")
    found = {}
    for code in ("en", "zh"):
        found[code] = folder / f"{code}.html"
        found[code].write_text(webs(code)["rising"], encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with chromium.opened() as found:
        yield found


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_screen_and_nothing_complains(tab, files, code, width):
    tab.show(files[code], width)
    widths = tab.tell(
        "(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.documentElement)"
    )
    assert widths[0] == widths[1] <= width
    assert tab.complaints == []


CLIPPED = """[...document.querySelectorAll('nav a')].filter((one) => {
  const {left, right, height} = one.getBoundingClientRect();
  const list = one.closest('ul').getBoundingClientRect();
  return left < list.left || right > list.right || height > 40;
}).map((one) => one.textContent)"""
ACROSS = "[...document.querySelectorAll('header > :not(.simulated, .standstill)')].map((one) => one.getBoundingClientRect())"
TILES = """[...document.querySelectorAll('.sixths > .block')].filter((one) => {
  const {left, right} = one.getBoundingClientRect();
  return [...one.querySelectorAll('h3, .value, .moved, .rank')].some((part) => {
    const words = document.createRange();
    words.selectNodeContents(part);
    const drawn = words.getBoundingClientRect();
    return drawn.left < left + 8 || drawn.right > right;
  });
}).map((one) => one.textContent)"""


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("width", [1280, 1440])
def test_the_head_is_one_line_and_neither_contents_nor_tiles_are_cut(tab, files, code, width):
    tab.show(files[code], width)
    assert tab.tell(CLIPPED) == []
    assert tab.tell(TILES) == []
    assert tab.tell(
        f"Math.max(...{ACROSS}.map((one) => one.top)) < Math.min(...{ACROSS}.map((one) => one.bottom))"
    )
    assert tab.tell("document.querySelectorAll('nav li').length") == 14
    assert tab.tell("document.querySelector('nav').getBoundingClientRect().height") <= 36


def test_a_number_opens_by_enter_and_gives_the_focus_back(tab, files):
    tab.show(files["en"], 1280)
    tab.tell("document.querySelector('main a.n').focus()")
    tab.press("Enter")
    assert tab.tell(f"{BOX}.getAttribute('role')") == "dialog"
    assert tab.tell(f"document.activeElement === {BOX}")
    assert "SELECT value FROM mart." in tab.tell(f"{BOX}.textContent")
    assert tab.tell("document.querySelector('main a.n').getAttribute('aria-expanded')") == "true"

    tab.press("Escape")
    assert tab.tell(f"{BOX} === null")
    assert tab.tell("document.activeElement === document.querySelector('main a.n')")
    assert tab.complaints == []


def test_what_is_printed_of_a_value_is_told_above_it(tab, files):
    tab.show(files["en"], 1280)
    tab.tell("document.querySelector('main a.n[data-p=change_1w]').click()")
    first, stated = tab.tell(
        f"[{BOX}.querySelector('dt').textContent, {BOX}.querySelector('dd').textContent]"
    )
    assert first == "Printed: change over five observations"
    assert float(stated) == tab.tell(
        "Number(document.querySelector('main a.n[data-p=change_1w]').dataset.v)"
    )


def test_one_entry_is_open_at_a_time_and_a_click_elsewhere_closes_it(tab, files):
    tab.show(files["en"], 1280)
    tab.tell("[...document.querySelectorAll('main a.n')].slice(0, 3).forEach((one) => one.click())")
    assert tab.tell("document.querySelectorAll('.lineage').length") == 1
    tab.tell("document.querySelector('h2').click()")
    assert tab.tell(f"{BOX} === null")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_open_entry_stays_on_the_screen(tab, files, width):
    tab.show(files["en"], width)
    tab.tell("[...document.querySelectorAll('main table a.n')].at(-1).click()")
    left, right = tab.tell(f"(({{left, right}}) => [left, right])({BOX}.getBoundingClientRect())")
    assert left >= 0
    assert right <= width


def test_keys_read_the_values_of_a_figure(tab, files):
    tab.show(files["en"], 1280)
    rows = "document.querySelector('#market figure tbody').rows"
    assert tab.tell("document.querySelectorAll('[data-days]').length") > 0
    tab.tell("document.querySelector('#market [data-days]').focus()")
    for key, place in (("End", -1), ("ArrowLeft", -2), ("Home", 0), ("ArrowRight", 1)):
        tab.press(key)
        day, value = tab.tell(f"[...[...{rows}].at({place}).cells].map((one) => one.innerText)")
        assert tab.tell(READING).startswith(day)
        assert tab.tell(READING).endswith(value)
    tab.press("ArrowRight", shift=True)
    assert tab.tell(READING).startswith(tab.tell(f"{rows}[22].cells[0].innerText"))
    tab.press("Escape")
    assert not tab.tell(READING)


def test_the_newest_day_is_read_at_the_end_of_the_line(tab, files):
    tab.show(files["en"], 1280)
    tab.tell("document.querySelector('#market [data-days]').focus()")
    tab.press("End")
    left, right, first, last = map(float, tab.tell("document.activeElement.dataset.days").split())
    rows = tab.tell("document.querySelector('#market figure tbody').rows.length")
    at = float(tab.tell("document.querySelector('.cursor').getAttribute('x1')"))
    assert at == pytest.approx(left + (rows - 1 - first) / (last - first) * (right - left))


def test_a_head_sorts_its_column_both_ways_with_missing_values_last(tab, files):
    tab.show(files["en"], 1280)
    column = "(n) => [...document.querySelector('#market table.block').tBodies[0].rows].map((r) => r.cells[n])"
    tab.tell(
        "document.querySelectorAll('#market table.block thead th')[2].querySelector('button').click()"
    )
    exact = "(a) => Number(told(a).lines.get('Exact value')?.textContent ?? told(a).lines.get('Exact value'))"
    stated = f"({column})(2).map((one) => one.querySelector('a.n')).filter(Boolean).map({exact})"
    down = tab.tell(stated)
    assert len(down) > 3
    assert down == sorted(down, reverse=True)
    head = "document.querySelectorAll('#market table.block thead th')[2]"
    assert tab.tell(f"{head}.getAttribute('aria-sort')") == "descending"
    tab.tell(f"{head}.querySelector('button').click()")
    assert tab.tell(stated) == down[::-1]
    assert tab.tell(f"{head}.getAttribute('aria-sort')") == "ascending"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_head_of_one_word_does_not_break_at_its_hyphen(tab, files, width):
    tab.show(files["en"], width)
    tab.tell("document.querySelector('#market.shut .more')?.click()")
    head = "[...document.querySelectorAll('#market thead th')].find((th) => th.textContent === 'RSI-\\u206014')"
    lines = "((range) => (range.selectNodeContents(%s), new Set([...range.getClientRects()].map((r) => r.top)).size))"
    text = f"{head}.querySelector('button').firstChild"
    assert tab.tell(f"{lines % text}(document.createRange())") == 1


@pytest.mark.parametrize(
    ("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(15, 21, 29)")]
)
def test_it_follows_the_system_until_the_reader_chooses(tab, files, scheme, paper):
    ground = "getComputedStyle(document.body).backgroundColor"
    tab.show(files["en"], 1280, scheme)
    tab.tell("localStorage.clear()")
    tab.show(files["en"], 1280, scheme)
    assert tab.tell(ground) == paper
    tab.tell("document.querySelector('button[data-theme=dark]').click()")
    tab.show(files["en"], 1280, scheme)
    assert tab.tell(ground) == "rgb(15, 21, 29)"
    assert tab.tell("document.querySelector('[aria-pressed=true]').dataset.theme") == "dark"
    tab.tell("document.querySelector('button[data-theme=auto]').click()")
    assert tab.tell(ground) == paper


def test_without_script_everything_is_there_and_no_switch(tab, files):
    tab.show(files["en"], 1280, script=False)
    tab.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert tab.tell("document.querySelectorAll('thead button').length") == 0
    assert tab.tell("getComputedStyle(document.querySelector('.theme')).display") == "none"
    assert tab.tell("document.querySelector('#lineage section').getBoundingClientRect().height") > 0
    assert tab.complaints == []


def test_paper_is_white_and_without_controls(tab, files):
    tab.show(files["en"], 1280, "dark")
    tab.ask("Emulation.setEmulatedMedia", media="print",
            features=[{"name": "prefers-color-scheme", "value": "dark"}])  # fmt: skip
    assert tab.tell("getComputedStyle(document.body).color") == "rgb(22, 32, 46)"
    assert tab.tell("getComputedStyle(document.querySelector('nav')).display") == "none"
    tab.ask("Emulation.setEmulatedMedia", media="")


TEXTS = """[...document.querySelectorAll('.plot text')].map((text) => {
  const svg = text.ownerSVGElement;
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  return parseFloat(getComputedStyle(text).fontSize) * scale;
}).filter((size) => size > 0)"""
SMALLEST, ON_A_PHONE = 9.7, 11.0  # pixels of text in a figure
CUT = """[...document.querySelectorAll('figure .plot text')].filter((text) => {
  const {left, right, width} = text.getBoundingClientRect();
  return width && (left < 0 || right > innerWidth);
}).map((text) => text.textContent)"""


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("width", [375, 600, 760, *WIDTHS])
def test_words_in_figures_can_be_read_on_every_screen(tab, files, code, width):
    tab.show(files[code], width)
    tab.tell("document.querySelectorAll('.shut').forEach((section) => fold(section, false))")
    sizes = tab.tell(TEXTS)
    assert len(sizes) > 100
    assert min(sizes) >= (SMALLEST if width > 800 else ON_A_PHONE)
    assert tab.tell(CUT) == []


def test_a_figure_is_shown_once_on_each_screen_and_read_there(tab, files):
    shown = (
        "[...document.querySelectorAll('.%s')].map((one) => one.getBoundingClientRect().height > 0)"
    )
    for width, wide in ((390, False), (1280, True)):
        tab.show(files["en"], width)
        tab.tell("document.querySelectorAll('.shut').forEach((section) => fold(section, false))")
        assert set(tab.tell(shown % "plot.wide")) == {wide}
        assert set(tab.tell(shown % "plot.slim")) == {not wide}
    tab.show(files["en"], 390)
    tab.tell("document.querySelector('#market > .more').click()")
    tab.tell("document.querySelector('#market .slim[data-days]').focus()")
    tab.press("End")
    said = tab.tell("document.querySelector('#market .slim[data-days] .reading').innerText")
    last = "document.querySelector('#market figure tbody').rows"
    assert said.startswith(tab.tell(f"[...{last}].at(-1).cells[0].innerText"))


def test_a_phone_shows_findings_and_opens_what_is_behind_them(tab, files):
    shown = "document.querySelector('#market figure').getBoundingClientRect().height > 0"
    tab.show(files["en"], 1280)
    assert tab.tell(shown)
    tab.show(files["en"], 375)
    assert not tab.tell(shown)
    assert tab.tell("document.querySelector('#market h2').getBoundingClientRect().height > 0")
    tab.tell("document.querySelector('#market > .more').click()")
    assert tab.tell(shown)
    assert (
        tab.tell("document.querySelector('#market > .more').getAttribute('aria-expanded')")
        == "true"
    )
    tab.tell("document.querySelector('#market > .more').click()")
    tab.tell("document.querySelector(\"nav a[href='#market']\").click()")
    assert tab.tell(shown)
    assert tab.complaints == []


def test_an_open_entry_tells_the_query_and_leads_to_the_definition(tab, files):
    tab.show(files["en"], 375)
    tab.tell(
        "[...document.querySelectorAll('.front a.n')].find((a) => told(a).lines.has('Definition')).click()"
    )
    query = tab.tell(f"{BOX}.querySelector('code').textContent")
    assert query.startswith("SELECT value FROM mart.metric WHERE as_of = DATE '2026-01-13'")
    assert "{" not in query
    tab.tell(f"{BOX}.querySelector('dd a').click()")
    assert tab.tell("document.querySelector(location.hash).getBoundingClientRect().height > 0")
    assert tab.tell("location.hash").startswith("#m-")
