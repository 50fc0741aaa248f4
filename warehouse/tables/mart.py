"""Contracts of `mart`: metrics, facts, issues, scenarios, forecasts and event studies."""

from __future__ import annotations

import dataframely as dy

from warehouse.contract import Table, count, day, text
from warehouse.tables.columns import moment, number
from warehouse.units import Unit


class Metric(Table):
    """Metric values by issue date; a row says what was known at the end of `as_of` in Shanghai."""

    as_of = day("The date of the evaluation", key=True)
    metric = text("Metric id, see meta.metric", key=True)
    entity = text("What is measured: index, share, exchange or country", key=True)
    observation_date = day("The day that the value describes", key=True)
    value = number("Value")
    unit = text("Unit of the value")
    score = number("0–100 against the metric's own history, past only", "score 0-100")
    percentile = number("Expanding mid-rank percentile, past only", "score 0-100")
    percentile_5y = number("Mid-rank percentile within the five years before", "score 0-100")
    n_obs = dy.Int64(nullable=True, description="Observations up to this one")
    n = dy.Int64(nullable=True, description="Members counted in this observation")
    coverage = number("Share of what should be there", Unit.FRACTION)
    known_at = moment("When the newest input became known")
    metric_version = dy.Int64(nullable=True, description="Version of the metric's definition")


class Remembered(Table):
    """What expensive steps of evaluations gave, by a digest of all that they follow from.

    It spares computing them again and decides nothing: other inputs have another digest.
    """

    digest = text("The step with its version, and the digest of its inputs", key=True)
    result = text("Its numbers, as JSON")


class Evaluation(Table):
    """Evaluations: when they were made, and how many rows of mart.metric they had.

    The newest has two years of each series, an older one its last month; each has what its facts
    cite.
    """

    as_of = day("The date of the evaluation", key=True)
    evaluated_at = moment("When it was made")
    rows = count("Rows that it had in mart.metric")


class Fact(Table):
    """The numbers that an issue may print."""

    as_of = day("Date of the issue", key=True)
    fact_id = text("Identity, stable across runs", key=True)
    metric = text("Metric id")
    entity = text("What is measured")
    observation_date = day("The day that the value describes")
    value = number("Value")
    unit = text("Unit of the value")
    known_at = moment("When the newest input became known")
    fact = text("The whole fact as JSON, with highest_since, record and the like")


class Finding(Table):
    """What happened in the week of an evaluation, ranked by how rare it is in its own history."""

    as_of = day("The date of the evaluation", key=True)
    kind = text("What is stated, see transforms.findings.kinds", key=True)
    entity = text("Whom it is about, as metrics name it", key=True)
    place = count("Its rank, 1 for the most surprising", min=1)
    block = text("Dimension of the thesis that it belongs to")
    strength = text("How it is told: ordinary, notable (with its percentile) or rare (with a date)")
    surprise = dy.Float64(
        description="What it is ranked by: log10 of how many spans one waits for something as rare, "
        "or for what it is told together with",
        metadata={"unit": Unit.RATIO},
    )
    awaited = dy.Float64(
        description="log10 of how many spans one waits for its number alone; 0 without a history",
        metadata={"unit": Unit.RATIO},
    )
    percentile = number("Where it stands in its history, in its direction", "percentile 0-100")
    since = day("The last day before on which it was as far out", nullable=True)
    record = dy.Bool(description="Whether nothing in its history is as far out")
    low = dy.Bool(description="Whether far out is far down: a fall, or a level told as a low one")
    first_observation = day("Where that history starts")
    observations = count("How many values that history has")
    reason = text("Why it stands there, in words")
    known_at = moment("When all of it was known")
    told_at = moment("When what is no number of it became known", nullable=True)


class FindingNumber(Table):
    """The numbers of findings, by their role in the sentence."""

    as_of = day("The date of the evaluation", key=True)
    kind = text("The finding's kind", key=True)
    entity = text("Whom it is about", key=True)
    role = text("What the number is in the sentence: change, level, from_peak …", key=True)
    value = dy.Float64(description="The number, in its unit")
    unit = text("Unit of the value")
    observation_date = day("The day that the value describes")
    base_date = day("The day that a change is measured from", nullable=True)
    known_at = moment("When it became known")


class FindingTerm(Table):
    """The names and codes of findings, by their role in the sentence: a state, a share, a list."""

    as_of = day("The date of the evaluation", key=True)
    kind = text("The finding's kind", key=True)
    entity = text("Whom it is about", key=True)
    role = text("What the term is in the sentence: state, turn, best, theme …", key=True)
    value = dy.String(description="The name or code, empty where there is none")


class State(Table):
    """The state of the market by day, as an evaluation found it from both axes."""

    as_of = day("The date of the evaluation", key=True)
    observation_date = day("The day that the state describes", key=True)
    momentum = number("Structural momentum", "score 0-100")
    heat = number("Overheating", "score 0-100")
    state = text("The state: overheated advance, healthy advance, undecided, fading …")
    held = dy.Bool(description="Whether it only holds: the printed point lies beyond its lines")
    since = day("The first day of this run of the state")
    first_observation = day("The first day that has a state")
    n_obs = count("Days with a state up to this one")


class Turn(Table):
    """What the axes and their cores read on the days of the great tops and bottoms of indices.

    Found by rule (transforms.axes.turns), and only once the turn could be told.
    """

    as_of = day("The date of the evaluation", key=True)
    entity = text("Index", key=True)
    observation_date = day("The day of the turn", key=True)
    turn = text("top or bottom")
    close = number("The close of that day", "index points")
    fall = number("From the top to the bottom; so far, where no later top has come", Unit.FRACTION)
    confirmed_on = day("The first day on which it could be told")
    momentum_core = number("Core of structural momentum on that day", "score 0-100")
    heat_core = number("Core of overheating", "score 0-100")
    momentum = number("Structural momentum; null where the axis had not begun", "score 0-100")
    heat = number("Overheating; null where the axis had not begun", "score 0-100")


class EventCalendar(Table):
    """What was ahead on the day of an evaluation, as known at its end: announced, or by rule."""

    as_of = day("The date of the evaluation", key=True)
    event_date = day("The day, on the calendar of the place where it happens", key=True)
    kind = text("What sort of thing it is", key=True)
    subject = text("What tells it from others of its kind on that day", key=True)
    until = day("Last day of a closure, or the last on which it may come", nullable=True)
    beijing_time = text("Hour in Beijing; +1 is that of the next day", nullable=True)
    title_en = text("What it is, in English")
    title_zh = text("What it is, in Chinese")
    certainty = text("announced by its publisher, expected by a rule, or unknown: not told yet")
    basis = text("Who named the day, or the rule that it follows from")


class Thesis(Table):
    """The standing theses on the date of an evaluation: each held against a line fixed before."""

    as_of = day("The date of the evaluation", key=True)
    thesis = text("The dimension that it is about", key=True)
    place = count("Its place on the scorecard", min=1)
    status = text("holds, does not hold, or no data: the newest value is too old, or none is there")
    metric = text("Metric whose newest value is held against the line")
    entity = text("What is measured")
    measure = text("What of it is measured: value, percentile in its own past, or score")
    unit = text("Unit of the measure and the line")
    side = text("Where the measure lies if it holds: above the line, or at least there")
    line = number("The line")
    measured = number("The measure of the newest value, also where that is too old to count")
    value = number("The newest value of the metric")
    observation_date = day("The day that it describes", nullable=True)
    changed_on = day("The session on which it began to hold, or no longer held", nullable=True)
    first_day = day("The first session on which it had data", nullable=True)
    held = count("Weeks of the last 52 with a session at whose end it held")
    known = count("Weeks of them at whose end it had data")
    known_at = moment("When the newest value became known", nullable=True)
    version = count("Version of the lines")


class ThesisWeek(Table):
    """Each thesis at the end of each of the last 52 weeks with a session, as it was known then."""

    as_of = day("The date of the evaluation", key=True)
    thesis = text("The dimension that it is about", key=True)
    week = day("Monday of the week", key=True)
    last_session = day("Its last session; of the running week the last so far")
    status = text("holds, does not hold, or no data")
    measured = number("The measure of the newest value known then")
    value = number("That value")
    observation_date = day("The day that it describes", nullable=True)


class Issue(Table):
    """Issues of the briefing that were rendered."""

    issue_id = text("2026-W03: the regular issue of a week; 2026-01-13: one between two", key=True)
    revision = count("1 for the first rendering, higher when the facts changed", key=True, min=1)
    as_of = day("Date of the issue")
    language = text("Language of the edition", key=True)
    content_hash = text("SHA-256 of what the edition says and the code that says it")
    headline = text("Headline")
    path = text("File of the PDF, relative to the briefing's home")
    rendered_at = moment("When")
    requested = day("The day that was asked for; differs from the date on holidays", nullable=True)
    files = text("Length and SHA-256 of facts, html, text and pdf, as JSON", nullable=True)


class Printed(Table):
    """The facts that an edition cites, as it printed them: written once, never rewritten."""

    issue_id = text("Issue such as 2026-W03 or 2026-01-13", key=True)
    revision = count("Revision of the edition", key=True, min=1)
    language = text("Language of the edition", key=True)
    fact_id = text("The fact, stable across runs", key=True)
    as_of = day("Date of the issue")
    measured_at = moment("When the evaluation that it prints was made")
    metric = text("Metric id")
    entity = text("What is measured")
    observation_date = day("The day that the value describes")
    value = number("Value")
    unit = text("Unit of the value")
    metric_version = dy.Int64(nullable=True, description="Version of the metric's definition")
    fact = text("The whole fact as JSON")


class Restatement(Table):
    """What has changed since the issue before of what that issue printed, and why."""

    as_of = day("The date of the evaluation", key=True)
    fact_id = text("The fact as it was printed; of what came late, as it would have been", key=True)
    field = text(
        "What has changed: value; record, where it stands; since, the day since when it is the "
        "highest; came, where none was; withdrawn, where none is any more",
        key=True,
    )
    metric = text("Metric id")
    entity = text("What is measured")
    observation_date = day("The day that the fact describes")
    unit = text("Unit of both values")
    before = number("The value as printed; null where there was none")
    before_day = day("The day of it; of the highest since, the day named", nullable=True)
    value = number("The value now; null where there is none")
    value_day = day("The day of it; of the highest since, the day named", nullable=True)
    why = text("restated: a source changed a value; late: one has come; corrected: by us")
    known_at = moment("When the value now became known", nullable=True)
    printed_as_of = day("Date of the issue that printed it")


class Correction(Table):
    """What a source has restated of what an issue printed, found after the issue's cut-off.

    Rows are only ever added; of a fact the newest one holds.
    """

    as_of = day("Date of the issue", key=True)
    fact_id = text("The fact as it was printed", key=True)
    found_at = moment("When it was found", key=True)
    metric = text("Metric id")
    entity = text("What is measured")
    observation_date = day("The day that the fact describes")
    unit = text("Unit of both values")
    before = number("The value as printed")
    value = number("The value that follows from the restated rows")
    sources = text("The sources that restated them; more than one is parted by a semicolon")
    fetched_at = moment("When the newest of those rows was fetched")


class Scenario(Table):
    """What each estimator says on an issue's date may come:
    probabilities, and quantiles of return.
    """

    as_of = day("The date of the evaluation", key=True)
    entity = text("Index", key=True)
    horizon = count("Sessions ahead", key=True)
    estimator = text("climatology, quadrant, price analogues or analogues", key=True)
    target = text("Outcome, event, or quantile of the return", key=True)
    value = number("Probability, or return", Unit.FRACTION)
    printed = number(
        "Probability in steps of 5 %; those of the four outcomes that are no bounds add up",
        Unit.FRACTION,
    )
    bound = text(
        "under, over: what is printed is a bound (under 5 %, over 95 %); null: it is the value",
        nullable=True,
    )
    low = number("Lower end of the 80 % interval, which covers what is printed", Unit.FRACTION)
    high = number("Upper end of the 80 % interval, which covers what is printed", Unit.FRACTION)
    base = number("What climatology says: the base rate", Unit.FRACTION)
    effective = number("Independent past days that the estimator rests on")
    days = count("Past days with any weight")
    kappa = number("How many days' weight climatology has beside them")
    published = dy.Bool(description="Whether this is the estimator that the issue prints")
    state = text("Quadrant of the two axes; null where an axis is missing", nullable=True)
    axes = text("The axes it looks at: core or full; null if it looks at none", nullable=True)
    silent = text("Why it repeats climatology; null if it has its own to say", nullable=True)
    narrowest = text("The input that is unknown on the day, else on the most sessions of the index")
    narrowest_days = count("On how many sessions all that is taken of that input is known")
    narrowest_since = day("The first of them", nullable=True)
    informed_since = day("First day on which it had 8 independent past days", nullable=True)
    observation_date = day("The day that it is said of")
    since = day("First day of the past that it rests on")
    known_at = moment("When the newest input became known")


class ScenarioRecord(Table):
    """How good each estimator was at forecasting the past, from origins every fifth session."""

    as_of = day("The date of the evaluation", key=True)
    entity = text("Index", key=True)
    horizon = count("Sessions ahead", key=True)
    estimator = text("Estimator; published: the one that was chosen at each origin", key=True)
    target = text("Outcome or event; outcomes: the four together", key=True)
    origins = count("Forecasts whose outcome is known")
    independent = number("How many outcomes that do not overlap these are worth")
    informed = count("Forecasts for which the estimator had 8 independent days")
    first_origin = day("Day of the first of them")
    last_origin = day("Day of the last of them")
    known_at = moment("When the newest input became known")
    brier = number("Brier score, 0 at best")
    brier_climatology = number("Brier score of climatology at the same origins")
    skill = number("1 - brier / brier_climatology; negative is worse than climatology")
    reliability = number("Part of the score lost by saying other than what comes (Murphy)")
    resolution = number("Part won by telling occasions apart (Murphy)")
    uncertainty = number("Score of always saying the frequency (Murphy)")
    dm_statistic = number("Diebold-Mariano statistic against climatology; negative is better")
    p_value = number(
        "Its two-sided p-value; null where the target came, or stayed away, too seldom"
    )
    p_adjusted = number("The p-value after the number of all tests (Benjamini-Yekutieli)")
    crps = number("Mean continuous ranked probability score of the return")
    crps_skill = number("1 - crps / that of climatology")
    pinball = number("Mean quantile score of the return")
    pinball_skill = number("1 - pinball / that of climatology")
    within_50 = number("Share of returns inside the central half of the forecast", Unit.FRACTION)
    within_90 = number("Share of returns inside the central nine tenths", Unit.FRACTION)


class ScenarioReliability(Table):
    """Forecast against frequency, in tenths of the forecast, for what would have been published."""

    as_of = day("The date of the evaluation", key=True)
    entity = text("Index", key=True)
    horizon = count("Sessions ahead", key=True)
    estimator = text("Estimator", key=True)
    bin = count("Tenth of the probability, from 0", key=True)
    forecasts = count("Probabilities in it, four an origin")
    forecast = number("Their mean", Unit.FRACTION)
    frequency = number("How often it came", Unit.FRACTION)
    low = number("Where the frequency of a reliable forecast would lie in nine of ten bins: from")
    high = number("… to")


class Followed(Table):
    """What followed days like those of a reading, beside what usually followed, by index.

    A reading: the state, the band of an axis, or a finding with its rarity in steps; each earlier
    day is judged by what came before it. Cases do not overlap: see mart.followed_case.
    """

    as_of = day("The date of the evaluation", key=True)
    kind = text("Kind of the finding; or state, momentum, heat", key=True)
    entity = text("Whom the reading is about", key=True)
    measured_on = text("The index on which is measured what followed", key=True)
    horizon = count("Sessions ahead", key=True)
    metric = text("Metric whose past was read")
    axes = text("The axes that were read: core or full; null of a finding", nullable=True)
    shape = text(
        "change, day, total, level, extreme (of 250 sessions), record, zone, test, band or state"
    )
    side = text("up, down, high, low; or the zone, the band or the state")
    sessions = count("Over how many sessions a change or total is")
    least = number("Percentile that each case reached in its own past", "percentile 0-100")
    observation_date = day("The day of the reading")
    value = number("What was read, in the unit of the metric; a change of a price as a fraction")
    since = day("The session of the index from which on the reading could be judged")
    cases = count("Independent cases whose horizon is over")
    lower_return = number("Lower quartile of the returns; null under 8 cases", Unit.FRACTION)
    median_return = number("Median of the returns; null under 8 cases", Unit.FRACTION)
    upper_return = number("Upper quartile of the returns; null under 8 cases", Unit.FRACTION)
    lower_fall = number("Lower quartile of the largest falls (<= 0)", Unit.FRACTION)
    median_fall = number("Median of the largest falls (<= 0)", Unit.FRACTION)
    upper_fall = number("Upper quartile of the largest falls (<= 0)", Unit.FRACTION)
    base_days = count("Sessions since then whose horizon is over")
    base_independent = number("How many outcomes that do not overlap these are worth")
    base_lower_return = number("Lower quartile of their returns", Unit.FRACTION)
    base_median_return = number("Median of their returns", Unit.FRACTION)
    base_upper_return = number("Upper quartile of their returns", Unit.FRACTION)
    base_lower_fall = number("Lower quartile of their largest falls", Unit.FRACTION)
    base_median_fall = number("Median of their largest falls", Unit.FRACTION)
    base_upper_fall = number("Upper quartile of their largest falls", Unit.FRACTION)
    known_at = moment("When the newest input became known")


class FollowedCase(Table):
    """The cases behind mart.followed: at each horizon the first day like the reading, and then the
    next whose horizon begins when that of the last one is over.
    """

    as_of = day("The date of the evaluation", key=True)
    kind = text("Kind of the finding; or state, momentum, heat", key=True)
    entity = text("Whom the reading is about", key=True)
    measured_on = text("The index on which is measured what followed", key=True)
    horizon = count("Sessions ahead", key=True)
    observation_date = day("The day that was like the reading", key=True)
    value = number("What was read on it")
    begins = day("The first session on whose evening that was known")
    ends = day("The last session of the horizon")
    realised = number("Return from the close of the first to that of the last", Unit.FRACTION)
    fall = number("Largest fall from a close of the horizon to a later one (<= 0)", Unit.FRACTION)
    known_at = moment("When all of it was known")


class Call(Table):
    """What an issue said may come, as it was said: written once, never rewritten."""

    issue_id = text("Issue such as 2026-W03 or 2026-01-13", key=True)
    as_of = day("Date of the issue", key=True)
    entity = text("Index", key=True)
    horizon = count("Sessions ahead", key=True)
    target = text("Outcome or event", key=True)
    made_at = moment("When it was written down")
    in_time = dy.Bool(description="Whether that was within a week of the date, before any outcome")
    observation_date = day("The session from which the horizon counts")
    close = number("The index's close on that day, as it was known")
    estimator = text("Estimator that was published")
    probability = number("Probability as printed", Unit.FRACTION)
    bound = text("under, over: it was printed as a bound; null: as the value", nullable=True)
    estimate = number("Probability before rounding", Unit.FRACTION)
    low = number("Lower end of the 80 % interval", Unit.FRACTION)
    high = number("Upper end of the 80 % interval", Unit.FRACTION)
    base = number("Base rate then", Unit.FRACTION)
    effective = number("Independent past days it rested on")
    version = count("Version of the method")


class CallScore(Table):
    """What came of a call, written once when its horizon had passed, from closes known then."""

    issue_id = text("Issue such as 2026-W03 or 2026-01-13", key=True)
    as_of = day("Date of the issue", key=True)
    entity = text("Index", key=True)
    horizon = count("Sessions ahead", key=True)
    target = text("Outcome or event", key=True)
    due = day("The last session of the horizon")
    scored_as_of = day("The evaluation that scored it")
    outcome = number("1 if it came, 0 if not")
    realised = number("Return over the horizon", Unit.FRACTION)
    brier = number("(estimate - outcome)²; scores of before version 3 took the probability")
    brier_base = number("(base - outcome)²")


class Study(Table):
    """What followed company warnings, run-ups, first days, states and our own calls; what moved the
    axes.
    """

    as_of = day("The date of the evaluation", key=True)
    study = text("What was studied", key=True)
    reference = text("The class of events: kind, index and size, venue and year", key=True)
    measure = text("What is summed up", key=True)
    value = number("Value")
    unit = text("Unit of the value")
    n = count("Events it rests on; null if the source does not say", nullable=True)
    first_day = day("Day of the first of them", nullable=True)
    last_day = day("Day of the last of them", nullable=True)
    known_at = moment("When the newest input became known")


class StudyEvent(Table):
    """The events behind mart.study, with what followed or how far it is: of the last evaluation."""

    as_of = day("The date of the evaluation", key=True)
    study = text("What was studied", key=True)
    reference = text("The class of events", key=True)
    entity = text("Index, share or listing", key=True)
    event_date = day("Day of the event", key=True)
    completed = dy.Bool(description="Whether the whole window after it is over")
    sessions_so_far = count("Sessions of the window that are over")
    size = number("How large it was: run-up, first-day return", Unit.FRACTION)
    abnormal = number("Abnormal return over the window, cumulated", Unit.FRACTION)
    held = number("Return of buying and holding over the window", Unit.FRACTION)
    drawdown = number("Largest fall within the window", Unit.FRACTION)
