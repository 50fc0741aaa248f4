"""Contracts of the warehouse's own books: what was asked, loaded, refused, measured and delivered."""

from __future__ import annotations

from enum import StrEnum

import dataframely as dy

from warehouse.contract import Table, choice, count, day, text
from warehouse.units import Unit


def moment(meaning: str, *, nullable: bool = False) -> dy.Datetime:
    """A point in time, naive UTC."""
    return dy.Datetime(nullable=nullable, time_unit="us", description=meaning + " (UTC)")


def number(meaning: str, unit: str | None = None) -> dy.Float64:
    return dy.Float64(nullable=True, description=meaning, metadata={"unit": unit})


class Provenance(Table):
    """Columns that every row of core carries besides its contract."""

    known_at = moment("When the row became known: fetch time, or publication rule when back-filled")
    source = text("The upstream or file that the row was read from")
    load_id = text("The load in meta.load that wrote the row")


class Superseded(Provenance):
    """Provenance of a value that was believed until a revision replaced it."""

    superseded_at = moment("When a revised value became known")


class Load(Table):
    """Every load of rows into core; a unit that is listed here is finished."""

    load_id = text("Identity of the load", key=True)
    dataset = text("Dataset")
    source = text("Upstream or file")
    unit = text("What was loaded: part and span, or file")
    fetched_at = moment("When it was fetched or imported")
    rows_received = count("Rows that arrived")
    rows_new = count("Rows with a new key")
    rows_revised = count("Rows that replaced an older value")
    rows_rejected = count("Rows set aside in raw.rejected")
    rows_corrected = count("Rows dropped by corrections.toml")
    rows_after = count("Rows of the dataset afterwards")
    checksum = text("XOR over the hashes of all rows afterwards, behind the kind of hash")
    first_date = day("First observation date of the load", nullable=True)
    last_date = day("Last observation date of the load", nullable=True)


class Answer(Table):
    """Every answer of an upstream, as published; bodies are kept compressed in the raw archive."""

    dataset = text("Dataset it was asked for")
    source = text("Upstream")
    function = text("akshare function")
    arguments = text("Arguments as JSON")
    fetched_at = moment("When it was fetched")
    rows = count("Rows of the answer")
    published_columns = text("Column names as published, as JSON")
    bodies = text("Files of the raw archive with the response bodies, as JSON")


class Answered(Table):
    """Days for which an upstream has answered in full, with rows or without, at a time.

    By it a day of events is complete, a list is fresh, and a row that comes later is not known
    before the last time at which it was absent.
    """

    dataset = text("Dataset it was asked for")
    part = text("Part of the dataset")
    for_day = day("The day that was asked for; of a list, the day on which it was asked")
    entity = text("What was absent, where the part has several: index, exchange", nullable=True)
    source = text("Upstream")
    answered_at = moment("When it answered")
    absent = dy.Bool(description="Whether something that is due was not there")


class Rejected(Table):
    """Rows that broke a rule and were not loaded."""

    load_id = text("The load in meta.load that set the row aside")
    dataset = text("Dataset")
    rule = text("Name of the rule")
    column_name = text("Column the rule speaks about")
    content = text("The row as JSON")
    rejected_at = moment("When it was set aside")


class Incident(Table):
    """What went wrong while collecting: unavailable, changed, empty, contract violated."""

    dataset = text("Dataset")
    source = text("Upstream")
    kind = text("Class of the failure")
    message = text("What happened, where, what to do")
    happened_at = moment("When")


class Setting(Table):
    """Facts about this warehouse, such as whether it holds simulated data."""

    name = text("Name", key=True)
    value = text("Value")


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

    The newest has two years of each series, an older one its last month; each has what its facts cite.
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


class State(StrEnum):
    """Where an edition stands with one recipient."""

    PREPARED = "PREPARED"  # the message is stored, nobody was asked to take it
    SENDING = "SENDING"  # about to be handed over; a run that ends here leaves it unknown
    SENT = "SENT"  # the server took it
    REFUSED = "REFUSED"  # the server will not take it
    RETRY = "RETRY"  # the server did not take it this time
    UNKNOWN = "UNKNOWN"  # the server may have taken it; never resent by itself
    OUTBOX = "OUTBOX"  # no server is configured; the .eml waits


class Delivery(Table):
    """Every step of handing an edition to a recipient; the last step says where it stands."""

    issue_id = text("Issue such as 2026-W03 or 2026-01-13", key=True)
    revision = dy.Int64(primary_key=True, min=1, description="Revision of the issue", metadata={})
    language = text("Language of the edition", key=True)
    recipient = text("Mail address", key=True)
    step = dy.Int64(primary_key=True, min=1, description="1, 2, 3 … per recipient", metadata={})
    state = choice("Where the edition stands with the recipient", list(State))
    stepped_at = moment("When")
    detail = text("What happened, in words; the answer of the mail server")
    message_id = text("Message-ID, the same however often the message is sent")
    content_hash = text("SHA-256 of the PDF")
    eml = text("File of the message, relative to the briefing's home")
    eml_hash = text("SHA-256 of the message")


class Notification(Table):
    """Every step of telling the operator something; the last step says whether it was told."""

    kind = text("What kind of event it is", key=True)
    key = text("Which one: told at most once per kind and key", key=True)
    step = dy.Int64(primary_key=True, min=1, description="1, 2, 3 … per event", metadata={})
    state = choice("How far the telling is; REFUSED is given up", list(State))
    stepped_at = moment("When")
    subject = text("What happened, in a line")
    body = text("What happened and what to do")
    detail = text("Which service took it or not, without its secrets")


class DatasetEntry(Table):
    """The datasets of core: meaning, grain, key, and when a row becomes known."""

    dataset = text("Dataset", key=True)
    label = text("Name in words")
    meaning = text("What the table holds")
    grain = text("What one row is")
    keys = text("Key columns")
    publication = text("When a row becomes known, Shanghai time")
    sources = text("Upstreams in the order in which they are asked")


class ColumnEntry(Table):
    """Every column of core and of the books: type, unit, meaning, rules."""

    table_name = text("Schema and table", key=True)
    column_name = text("Column", key=True)
    type = text("Type")
    unit = text("Unit", nullable=True)
    nullable = dy.Bool(description="Whether the value may be absent")
    meaning = text("Meaning")


class MetricEntry(Table):
    """The metrics of mart.metric: definition, unit, reading, source."""

    metric = text("Metric id", key=True)
    family = text("Family; mart.wide_<family> has its metrics side by side")
    label = text("Name in words")
    unit = text("Unit")
    formula = text("Definition")
    looks_back = count("Observations that a value looks at; 0 is the whole history")
    reads = text("Datasets it is computed from")
    score_map = text("How a value becomes a score")
    direction = text("momentum, heat or context")
    block = text("The block of a composite that its score enters", nullable=True)
    reading = text("How to read it")
    pitfall = text("What may deceive about it")
    paper = text("Where the definition comes from")
    version = count("Version of the definition")


class Discrepancy(Table):
    """Headline figures that two hosts speak of, as known at an issue's date: both, and the choice."""

    as_of = day("The date of the comparison", key=True)
    series = text("What is compared", key=True)
    entity = text("Index, exchange or market", key=True)
    observation_date = day("The day that both figures describe", key=True)
    chosen = number("The figure that the briefing uses")
    chosen_source = text("Who says so")
    other = number("The other figure")
    other_source = text("Who says that")
    unit = text("Unit of both")
    difference = number("other / chosen - 1; of fractions other - chosen")
    tolerance = number("Largest difference that counts as agreement")
    agrees = dy.Bool(description="Whether the difference lies within the tolerance")
    reason = text("Why the chosen figure is the one that is used")


class Gap(Table):
    """What no source offers: since when, why, and what the briefing says instead."""

    subject = text("What is missing", key=True)
    since = day("The last day for which it existed; null if it never did", nullable=True)
    why = text("Why it is missing")
    instead = text("What the briefing says instead")


class Absence(Table):
    """What was not measured on an issue's date, and why."""

    as_of = day("The date of the evaluation", key=True)
    metric = text("Metric id, see meta.metric", key=True)
    entity = text("What of it is absent; empty where the whole metric is", key=True)
    kind = text(
        "no rows, ended, short history, adjusted prices, or no value: the inputs are there and give none"
    )
    reason = text("Why, in words")
    since = day("The last day with a value; null if there was none", nullable=True)
    missing = text("The dataset behind it; empty where none can be named")


class Doubt(Table):
    """What of the data was there on an issue's date and was not fully believed."""

    as_of = day("The date of the evaluation", key=True)
    dataset = text("Dataset", key=True)
    kind = text("partial day, or adjusted prices", key=True)
    first_day = day("First day it is about", key=True)
    last_day = day("Last day it is about")
    there = count("Codes on a partial day; adjusted closes that are no whole cents")
    usual = count("Codes on the fullest day before; all adjusted closes")
    reason = text("In words, with what follows from it")


class Scenario(Table):
    """What each estimator says on an issue's date may come: probabilities, and quantiles of return."""

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
    """What followed company warnings, run-ups, first days, states and our own calls; what moved the axes."""

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


BOOKS: dict[str, type[Table]] = {
    "meta.load": Load,
    "meta.incident": Incident,
    "meta.setting": Setting,
    "meta.answered": Answered,
    "raw.answer": Answer,
    "raw.rejected": Rejected,
    "meta.dataset": DatasetEntry,
    "meta.column": ColumnEntry,
    "meta.metric": MetricEntry,
    "meta.discrepancy": Discrepancy,
    "meta.gap": Gap,
    "meta.absence": Absence,
    "meta.doubt": Doubt,
    "mart.metric": Metric,
    "mart.evaluation": Evaluation,
    "mart.remembered": Remembered,
    "mart.fact": Fact,
    "mart.issue": Issue,
    "mart.scenario": Scenario,
    "mart.scenario_record": ScenarioRecord,
    "mart.scenario_reliability": ScenarioReliability,
    "mart.forecast": Call,
    "mart.forecast_score": CallScore,
    "mart.study": Study,
    "mart.study_event": StudyEvent,
    "meta.delivery": Delivery,
    "meta.notification": Notification,
}
