"""Pictures of leverage and flows: courses on common days, and what fits into them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from matplotlib.figure import Figure

from templates import canvas, render
from templates.issue_view import History
from templates.sections.leverage.chart import Course, Shares, course, industries
from tests.templates.conftest import empty
from tests.templates.fitting import draw_with, misfits

FRIDAY = date(2026, 1, 16)


@pytest.fixture
def figures(monkeypatch) -> list[Figure]:
    kept: list[Figure] = []

    def draw(figure: Figure) -> str:
        kept.append(figure)
        return canvas.svg_of(figure)

    draw_with(monkeypatch, draw)
    return kept


def speller(code: str = "en"):
    return render.speller_of(empty(), code)


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize(
    "values", [[1.0, 2.0, 3.0], [3.0, 1.0], [-1.0, 2.0, 0.5], [5.0, 5.0], [0.0, 0.0], [1e12, 1.0001e12]]
)  # fmt: skip
@pytest.mark.parametrize("bars", [True, False])
def test_a_course_fits_whatever_its_values(values, bars, code, figures):
    days = [FRIDAY - timedelta(days=back) for back in range(len(values))][::-1]
    drawn_course = Course(History(days, values), "−2.39 bn", "−23.9亿", bars=bars)
    course(drawn_course, FRIDAY - timedelta(weeks=52), FRIDAY, 20.0, speller(code))

    assert [one for figure in figures for one in misfits(figure)] == []


def test_all_courses_stand_on_the_same_days_and_a_late_one_ends_early(figures):
    first = FRIDAY - timedelta(weeks=52)
    for end in (FRIDAY, date(2025, 10, 1)):
        days = [end - timedelta(days=back) for back in range(30)][::-1]
        course(
            Course(History(days, [*map(float, range(30))]), "29", "0"),
            first,
            FRIDAY,
            20.0,
            speller(),
        )
    on_time, late = (figure.axes[0] for figure in figures)

    assert on_time.get_xlim() == late.get_xlim()
    ends = [max(axes.lines[-1].get_xdata()) for axes in (on_time, late)]
    assert ends == [FRIDAY.toordinal(), date(2025, 10, 1).toordinal()]


def test_what_is_missing_for_weeks_is_not_drawn_over(figures):
    before = [date(2025, 6, 1) + timedelta(days=n) for n in range(10)]
    after = [date(2025, 9, 1) + timedelta(days=n) for n in range(10)]
    whole = Course(History([*before, *after], [1.0] * 10 + [2.0] * 10), "2", "1")
    course(whole, FRIDAY - timedelta(weeks=52), FRIDAY, 20.0, speller())
    drawn_lines = [line for line in figures[0].axes[0].lines if len(line.get_xdata()) == 10]

    assert [max(line.get_xdata()) for line in drawn_lines] == [
        before[-1].toordinal(), after[-1].toordinal(),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [5, 12])
def test_longest_names_of_industries_fit(count, figures):
    rows = [Shares("Beauty and personal care", 0.3 / (n + 1), 0.1, "30.0%") for n in range(count)]
    industries(rows)
    assert [one for figure in figures for one in misfits(figure)] == []
