"""What is true of page one, out of a few drawn facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from templates.issue_view import History
from templates.sections.verdict import facts as verdict
from templates.sections.verdict.facts import PLACES, Axis, Mark, Position, Reach, Reading
from transforms.ahead.entry import Entry
from transforms.ahead.entry import Kind as Sort
from transforms.axes.composite import WEIGHTS
from transforms.facts import Fact, FactBook
from transforms.findings.span import Kind, Span
from transforms.prepared.indices import SHANGHAI_COMPOSITE, STAR_50

DAY = date(2026, 1, 13)
MOMENTUM = [block for block in WEIGHTS if block.startswith("momentum/")]


def fact(metric: str, entity: str, value: float = 1.0, **more: object) -> Fact:
    known: dict[str, Any] = {"observation_date": DAY, "n_obs": 600} | more
    return Fact(
        fact_id=f"{metric}/{entity}/{DAY}", metric=metric, entity=entity, value=value,
        unit="fraction", known_at=datetime(2026, 1, 13), first_observation=date(2012, 1, 4),
        sources=(), query="", **known,
    )  # fmt: skip


def axis(*blocks: Fact, **more: Any) -> Axis:
    known = {"fact": None, "within": None, "spread": None, "mover": None} | more
    return Axis("momentum", DAY, blocks=blocks, **known)


def test_the_share_read_is_of_the_blocks_and_inside_of_each() -> None:
    """A block that does not say how much of it there is is whole."""
    whole = [fact("block_score", block) for block in MOMENTUM]
    assert axis(*whole).read == pytest.approx(1.0)
    assert axis(*whole).read_told.text == "100%"

    weight = WEIGHTS[MOMENTUM[0]] / sum(WEIGHTS[block] for block in MOMENTUM)
    half = fact("block_score", MOMENTUM[0], coverage=0.5)
    assert axis(half, *whole[1:]).read == pytest.approx(1 - weight / 2)
    assert axis(*whole[1:]).read == pytest.approx(1 - weight)
    nearly = fact("block_score", MOMENTUM[0], coverage=0.999)
    assert axis(nearly, *whole[1:]).read_told.text == "99%"


def test_an_axis_is_known_by_its_score_or_by_the_lower_end_of_its_range() -> None:
    score, low, high = (fact("structural_momentum", "CN", n) for n in range(3))

    assert axis(fact=score).known is score
    assert axis(within=(low, high)).known is low
    assert axis().known is None


def test_a_position_is_a_range_where_the_last_mark_is_one_on_either_axis() -> None:
    point, span = Reach(50.0, 50.0, 50.0), Reach(50.0, 40.0, 60.0)

    def partial(*reaches: tuple[Reach, Reach]) -> bool:
        marks = tuple(Mark(DAY, momentum, heat) for momentum, heat in reaches)
        return Position(None, None, None, None, None, marks).partial

    assert [partial(), partial((point, point)), partial((span, span), (point, point))] == [
        False
    ] * 3
    assert [partial((point, span)), partial((span, point))] == [True, True]


def tile(percentile: float | None, moved: float | None = None, **more: Any) -> Reading:
    rarity = SimpleNamespace(rarity=SimpleNamespace(percentile=moved))
    known = fact("close", STAR_50, percentile=percentile, **more)
    return Reading(PLACES[2], known, rarity if moved else None, History([], []), in_week=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("percentile", "ends", "rank"),
    [
        (100 - 50 / 600, (True, False), 100 - 50 / 600),
        (100 - 51 / 600, (False, False), 77.0),
        (50 / 600, (False, True), 50 / 600),
        (51 / 600, (False, False), 77.0),
        (None, (False, False), None),
    ],
)
def test_a_tile_at_an_end_is_told_by_its_level_and_another_by_its_move(
    percentile, ends, rank
) -> None:
    one = tile(percentile, 77.0)

    assert (one.top, one.bottom) == ends
    assert one.rank == rank
    assert tile(percentile).rank == percentile


def test_a_young_series_has_no_end() -> None:
    assert not tile(100.0, n_obs=20).top
    assert not tile(0.0, n_obs=20).bottom
    assert not Reading(PLACES[0], None, None, History([], []), in_week=False).top


def followed(
    kind: str, index: str, horizon: int, *, median: bool, entity: str = "CN"
) -> SimpleNamespace:
    return SimpleNamespace(
        kind=kind, entity=entity, measured_on=index, horizon=horizon,
        median=fact("m", "CN") if median else None,
    )  # fmt: skip


def told_after(*rows: SimpleNamespace, cases: Iterable[tuple[object, ...]] = ()) -> Any:
    names = {"kind": pl.String, "entity": pl.String, "measured_on": pl.String,
             "horizon": pl.Int64, "realised": pl.Float64}  # fmt: skip
    frame = pl.DataFrame(list(cases), names, orient="row")
    outlook = SimpleNamespace(followed=SimpleNamespace(cases=frame))
    return verdict.after(SimpleNamespace(followed=rows, outlook=outlook))  # type: ignore[arg-type]


def test_the_first_reading_with_enough_cases_is_told_and_findings_come_before_states() -> None:
    heat, state, momentum = (
        followed(kind, STAR_50, 20, median=True) for kind in ("heat", "state", "momentum")
    )
    few = followed("index_day", STAR_50, 20, median=False)

    found = told_after(heat, momentum, state, few)
    assert (found.horizons, found.looked, found.few) == ((state,), 4, False)
    assert told_after(heat, momentum).horizons == (momentum,)


def test_without_enough_cases_anywhere_the_first_reading_is_told() -> None:
    rows = [followed("heat", STAR_50, 20, median=False), followed("high", "A", 20, median=False)]
    found = told_after(*rows)

    assert (found.horizons, found.few) == ((rows[1],), True)
    assert told_after() is None
    mixed = told_after(
        followed("high", "A", 20, median=False), followed("high", "A", 60, median=True)
    )
    assert not mixed.few


def test_the_horizons_of_a_reading_stand_together_with_what_came() -> None:
    rows = [followed("high", index, h, median=True) for index in "AB" for h in (20, 60)]
    cases = [("high", "CN", "A", 20, 0.1), ("high", "CN", "A", 20, -0.2), ("high", "CN", "B", 20, 9.0),
             ("low", "CN", "A", 20, 8.0), ("high", "x", "A", 20, 7.0), ("high", "CN", "A", 60, 0.3)]  # fmt: skip
    found = told_after(*rows, cases=cases)

    assert [(one.measured_on, one.horizon) for one in found.horizons] == [("A", 20), ("A", 60)]
    assert found.outcomes == ((0.1, -0.2), (0.3,))
    assert found.looked == 2


def test_inputs_are_in_time_late_or_never_came() -> None:
    rows = [("b", True, "late", DAY), ("a", True, "late", DAY), ("c", True, "missing", None),
            ("d", True, "fresh", DAY), ("e", True, "fresh", None), ("f", False, "late", DAY)]  # fmt: skip
    health = pl.DataFrame(
        rows, ["dataset", "read", "state", "newest_observation"], orient="row",
        schema_overrides={"newest_observation": pl.Date},
    ).with_columns(label=pl.col("dataset").str.to_uppercase())  # fmt: skip
    found = verdict.health(
        SimpleNamespace(health=health, restatements=pl.DataFrame({"field": ["value"] * 3}))  # type: ignore[arg-type]
    )

    assert [one.text for one in (found.fresh, found.never, found.total)] == ["2", "1", "5"]
    assert found.late == (verdict.Overdue("a", "A", DAY), verdict.Overdue("b", "B", DAY))
    assert found.restated == 3


def entry(kind: Sort, title: str, after: int) -> Entry:
    return Entry(DAY + timedelta(days=after), kind, title, title, title, "")


def test_a_list_without_room_keeps_what_moves_all_shares_in_its_order() -> None:
    """Eleven lines of 27 letters: each of these takes two, beside its hour."""
    long = "x" * 40
    entries = [entry(Sort.LISTING, f"{long}{n}", n) for n in range(4)]
    entries += [entry(Sort.POLICY, f"{long}p", 9), entry(Sort.STATISTICS, f"{long}s", 5)]
    kept = verdict.ahead(SimpleNamespace(ahead=tuple(entries)))  # type: ignore[arg-type]

    assert kept == (*entries[:3], *entries[4:])


def announced(**terms: str) -> Any:
    return SimpleNamespace(terms=terms, numbers={"weeks": SimpleNamespace(day=DAY)})


def test_an_event_is_of_the_day_on_which_it_was_told_else_came_into_force() -> None:
    both = announced(announced="2026-01-09", effective="2026-01-19")

    assert verdict.dated(both) == date(2026, 1, 9)
    assert verdict.dated(announced(announced="", effective="2026-01-19")) == date(2026, 1, 19)
    assert verdict.dated(announced()) == DAY


def test_entries_stand_by_day() -> None:
    one, two, three = (entry(Sort.POLICY, str(n), n // 2) for n in range(3))

    assert list(verdict.by_day([one, two, three])) == [(one.day, [one, two]), (three.day, [three])]


@pytest.mark.parametrize(
    ("facts", "told"), [("continuation bust", True), ("continuation", False), ("bust", False)]
)
def test_a_scenario_needs_both_of_its_ends(facts, told) -> None:
    book = FactBook(tuple(fact(f"{name}_60d", STAR_50) for name in facts.split()))
    found = verdict.scenario(SimpleNamespace(facts=book))  # type: ignore[arg-type]

    assert (found is not None) is told
    if found:
        assert [one.metric for one in found] == ["continuation_60d", "bust_60d"]


SERIES = {"metric": pl.String, "entity": pl.String, "observation_date": pl.Date,
          "value": pl.Float64}  # fmt: skip


def issue(
    *facts: Fact, series: Iterable[tuple[object, ...]] = (), stale: bool = False, **more: Any
) -> Any:
    """What page one reads of an issue. series: (metric, entity, days before DAY, value) rows."""
    rows = [
        (metric, entity, DAY - timedelta(days=back), value)
        for metric, entity, back, value in series
    ]
    past = pl.DataFrame(rows, SERIES, orient="row").sort("observation_date")
    return SimpleNamespace(
        facts=FactBook(facts), series=past, stale=stale,
        values_of=lambda metric: past.filter(metric=metric),
        **{"findings": (), "span": None, "as_of": DAY} | more,
    )  # fmt: skip


def moved(kind: str, entity: str, day: date = DAY, role: str = "change") -> Any:
    return SimpleNamespace(kind=kind, entity=entity, numbers={role: SimpleNamespace(day=day)})


def star(*findings: Any, points: int = 0, **more: Any) -> Reading:
    """The tile of STAR 50, with a course of so many days."""
    course = [("close", STAR_50, n, float(n)) for n in range(points)]
    found = issue(fact("close", STAR_50), series=course, findings=findings, **more)
    (one,) = (tile for tile in verdict.tiles(found) if tile.place.key == "star")
    return one


def test_a_tile_has_the_move_of_its_own_place_and_day() -> None:
    own = moved("index_change", STAR_50)
    others = [moved("index_change", SHANGHAI_COMPOSITE), moved("index_day", STAR_50),
              moved("index_change", STAR_50, DAY - timedelta(days=1))]  # fmt: skip

    assert star(*others, own).moved is own
    assert star(*others).moved is None
    raised = moved("index_change", STAR_50, role="raised")
    assert star(raised).moved is raised
    without = verdict.tiles(issue(findings=(own,)))
    assert [(one.fact, one.moved) for one in without] == [(None, None)] * 6


def test_a_course_has_five_points_at_least_and_a_year_at_most() -> None:
    assert len(star(points=4).past) == 0
    assert star(points=5).past.values == [4.0, 3.0, 2.0, 1.0, 0.0]
    assert star(points=260).past.values[0] == 249.0


@pytest.mark.parametrize(
    ("kind", "sessions", "last", "expected"),
    [
        (Kind.WEEK, 5, 0, True),
        (Kind.WEEK, 4, 0, False),
        (Kind.SESSIONS, 5, 0, False),
        (Kind.WEEK, 5, 1, False),
    ],
)
def test_a_tile_is_of_the_week_where_that_is_whole_and_ends_with_it(
    kind, sessions, last, expected
) -> None:
    days = tuple(DAY - timedelta(days=n + last) for n in reversed(range(sessions)))
    span = Span(days[0] - timedelta(days=1), days, kind)

    assert star(span=span).in_week is expected


AXES_OF = ("structural_momentum", "overheating")


def scores(*weeks: int, end: str = "", value: float = 50.0) -> list[tuple[object, ...]]:
    """Both axes on the same day so many weeks ago."""
    return [(f"{axis}{end}", "CN", 7 * week, value + week) for axis in AXES_OF for week in weeks]


def closes(*back: int) -> list[tuple[object, ...]]:
    return [("close", SHANGHAI_COMPOSITE, days, 1.0) for days in back]


def test_a_week_is_marked_by_its_scores_or_by_their_range() -> None:
    ranges = scores(0, 1, end="_low", value=40.0) + scores(0, 1, 2, end="_high", value=60.0)
    found = verdict.position(issue(series=[*ranges, *scores(1), *closes(0)]))

    assert [(mark.day, mark.heat) for mark in found.marks] == [
        (DAY - timedelta(weeks=1), Reach(51.0, 51.0, 51.0)), (DAY, Reach(50.0, 40.0, 60.0))
    ]  # fmt: skip
    assert found.day == DAY
    assert found.partial
    one_axis = [row for row in scores(0, 1) if row[0] == "overheating"]
    assert verdict.position(issue(series=[*one_axis, *closes(0)])).marks == ()


@pytest.mark.parametrize(
    ("back", "stale", "there"),
    [((7,), False, True), ((7, 3), False, True), ((7, 3, 0), False, False), ((7, 3, 0), True, True),
     ((), False, False)],
)  # fmt: skip
def test_scores_that_do_not_reach_the_last_two_sessions_are_not_those_of_now(
    back, stale, there
) -> None:
    """The newest mark is of a week ago, one of three weeks before."""
    found = verdict.position(issue(series=[*scores(1, 4), *closes(*back)], stale=stale))

    assert bool(found.marks) is there
    assert found.day == (DAY - timedelta(weeks=1) if there else None)


def test_at_most_thirteen_weeks_are_marked() -> None:
    found = verdict.position(issue(series=[*scores(*range(20)), *closes(0)]))

    assert len(found.marks) == 13
    assert found.marks[-1].day == DAY


def test_an_axis_is_told_by_the_newest_day_that_anything_is_known_of() -> None:
    """A range of today stands for a score of yesterday; a spread must be of its day."""
    old = DAY - timedelta(days=1)
    score = fact("overheating", "CN", 50.0, observation_date=old)
    low, high = (fact(f"overheating_{end}", "CN") for end in ("low", "high"))
    spread = [fact(f"overheating_{end}", "CN") for end in ("p10", "p90")]

    ranged = verdict.position(issue(score, low, high, *spread)).heat
    assert ranged
    assert (ranged.day, ranged.fact, ranged.within, ranged.spread) == (DAY, None, (low, high), None)
    now = fact("overheating", "CN", 50.0)
    told = verdict.position(issue(now, low, high, *spread)).heat
    assert told
    assert (told.fact, told.within, told.spread) == (now, None, tuple(spread))
    before = verdict.position(issue(score, *spread)).heat
    assert before
    assert (before.day, before.fact, before.spread) == (old, score, None)
    assert verdict.position(issue(*spread)).heat is None


@pytest.mark.parametrize(
    ("kind", "roles", "told"),
    [
        ("breadth_flip", "change rising", None),
        ("other", "count change", "change"),
        ("other", "count rate", "rate"),
        ("other", "n", None),
    ],
)
def test_the_number_that_is_ranked_is_named(kind, roles, told) -> None:
    numbers = dict.fromkeys(roles.split())

    assert verdict.role(SimpleNamespace(kind=kind, numbers=numbers)) == told  # type: ignore[arg-type]
