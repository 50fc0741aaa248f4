"""Contracts of the warehouse's own tables, one file per schema; those of `core` are in datasets."""

from __future__ import annotations

from warehouse.contract import Table
from warehouse.tables import intraday, mart, meta, raw

# By schema and name, in the order in which they are created.
SYSTEM_TABLES: dict[str, type[Table]] = {
    "meta.load": meta.Load,
    "meta.incident": meta.Incident,
    "meta.setting": meta.Setting,
    "meta.answered": meta.Answered,
    "raw.answer": raw.Answer,
    "raw.rejected": raw.Rejected,
    "meta.dataset": meta.DatasetEntry,
    "meta.column": meta.ColumnEntry,
    "meta.metric": meta.MetricEntry,
    "meta.weight": meta.Weight,
    "meta.anchor": meta.Anchor,
    "meta.discrepancy": meta.Discrepancy,
    "meta.gap": meta.Gap,
    "meta.absence": meta.Absence,
    "meta.doubt": meta.Doubt,
    "mart.metric": mart.Metric,
    "mart.evaluation": mart.Evaluation,
    "mart.intraday_partition": intraday.IntradayPartition,
    "mart.intraday": intraday.Intraday,
    "mart.remembered": mart.Remembered,
    "mart.fact": mart.Fact,
    "mart.finding": mart.Finding,
    "mart.finding_number": mart.FindingNumber,
    "mart.finding_term": mart.FindingTerm,
    "mart.state": mart.State,
    "mart.turn": mart.Turn,
    "mart.event_calendar": mart.EventCalendar,
    "mart.thesis": mart.Thesis,
    "mart.thesis_week": mart.ThesisWeek,
    "mart.restatement": mart.Restatement,
    "mart.issue": mart.Issue,
    "mart.printed": mart.Printed,
    "mart.scenario": mart.Scenario,
    "mart.scenario_record": mart.ScenarioRecord,
    "mart.scenario_reliability": mart.ScenarioReliability,
    "mart.followed": mart.Followed,
    "mart.followed_case": mart.FollowedCase,
    "mart.forecast": mart.Call,
    "mart.forecast_score": mart.CallScore,
    "mart.study": mart.Study,
    "mart.study_event": mart.StudyEvent,
    "meta.delivery": meta.Delivery,
    "meta.notification": meta.Notification,
}
