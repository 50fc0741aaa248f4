"""Time in Shanghai: the warehouse writes naive UTC, people and exchanges live eight hours ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
AHEAD_OF_UTC = timedelta(hours=8)  # no daylight saving time since 1991
DAY_END_UTC = time(15, 59, 59, 999999)


def shanghai_date(moment: datetime) -> date:
    """The date in Shanghai at a naive UTC moment."""
    return moment.replace(tzinfo=UTC).astimezone(SHANGHAI).date()


def naive_utc(moment: datetime) -> datetime:
    """An aware moment as the warehouse writes it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def shanghai_sql(column: str) -> str:
    """SQL for a column of naive UTC moments on the clock of Shanghai."""
    return f"{column} + INTERVAL {AHEAD_OF_UTC.seconds // 3600} HOUR"
