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
        "Probability in steps of 5 %; those of the four outcomes add up", Unit.FRACTION
    )
    low = number("Lower end of the 80 % interval", Unit.FRACTION)
    high = number("Upper end of the 80 % interval", Unit.FRACTION)
    base = number("What climatology says: the base rate", Unit.FRACTION)
    effective = number("Independent past days that the estimator rests on")
    days = count("Past days with any weight")
    kappa = number("How many days' weight climatology has beside them")
    published = dy.Bool(description="Whether this is the estimator that the issue prints")
    state = text("Quadrant of the two axes; null where an axis is missing", nullable=True)
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
    brier = number("(probability - outcome)²")
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
