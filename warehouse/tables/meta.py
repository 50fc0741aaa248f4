"""Contracts of `meta`: the logs of loads, collection, mail and notices, and the dictionary."""

from __future__ import annotations

from enum import StrEnum

import dataframely as dy

from warehouse.contract import Table, choice, count, day, text
from warehouse.tables.columns import moment, number
from warehouse.units import Unit


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
    rows_rejected = count("Rows set aside in raw.rejected; not those that lost a field only")
    rows_corrected = count("Rows dropped by corrections.toml")
    rows_after = count("Rows of the dataset afterwards")
    checksum = text("XOR over the hashes of all rows afterwards, behind the kind of hash")
    first_date = day("First observation date of the load", nullable=True)
    last_date = day("Last observation date of the load", nullable=True)


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
    if_broken = text(
        "In core, what a broken rule of this column costs: it becomes `null`; its `row` is set aside; "
        "the row, and with many such rows the whole `answer`",
        nullable=True,
    )
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


class Weight(Table):
    """What enters the axes and their cores, with its weight: priors, fixed beforehand."""

    axis = text("structural_momentum or overheating, or the core of one of them", key=True)
    metric = text("Metric id, see meta.metric", key=True)
    entity = text("What it is measured of", key=True)
    block = text("The block that it belongs to")
    block_weight = count("Per cent of the axis that the block has; in a core, its inputs there")
    metric_weight = count("Per cent of the block that the metric has; in a core, of the whole core")
    entities = count("How many entities share that equally", min=1)
    axis_weight = number("The share of the axis that this entity has, with all data", Unit.FRACTION)
    version = count("Version of the weights")


class Anchor(Table):
    """How values become scores: the points of anchored maps, a row without points for others."""

    metric = text("Metric id, see meta.metric", key=True)
    place = count("Number of the point, from 1; 0 for a map without points", key=True)
    score_map = text("percentile, trailing, robust, anchors or itself")
    fewest = count("Observations that a rank or a score needs")
    span = text("How far back a trailing rank looks, such as 24mo", nullable=True)
    value = number("Value of the point, in the unit of the metric")
    score = number("Its score; values between two points lie on a line", "score 0-100")


class Discrepancy(Table):
    """Headline figures that two hosts speak of, as known at
    an issue's date: both, and the choice.
    """

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
    """What no source offers, or only one: since when, why, and what there is instead."""

    subject = text("What is missing", key=True)
    since = day("The last day for which it existed; null if it never did", nullable=True)
    why = text("Why it is missing")
    instead = text("What there is instead; of one upstream, when it is silent")
    dataset = text("The dataset that one upstream alone offers; else null", nullable=True)
    part = text("The part of it; null where it holds for all parts", nullable=True)


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
    speaks_on = day(
        "Where it is a matter of time: the first day with it, if no session is missed",
        nullable=True,
    )


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
