"""Rate limit, daily quota and circuit of each host, one row for all workers.

Each question is one atomic statement: the row is locked while the answer is worked out.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.coordination.postgres import Postgres

# The slot of a request ends where the next one may begin. A day is one in Shanghai.
BOOK = """
INSERT INTO briefing_workers.host AS h (name, free_at, spent)
VALUES (%(host)s, clock_timestamp() + %(pause)s * interval '1 second', 1)
ON CONFLICT (name) DO UPDATE SET
    free_at = greatest(h.free_at, clock_timestamp()) + %(pause)s * interval '1 second',
    spent = CASE WHEN h.day = excluded.day THEN h.spent ELSE 0 END + 1,
    day = excluded.day
WHERE h.day <> excluded.day OR h.spent < %(quota)s
RETURNING
    extract(epoch FROM free_at)::float8 - %(pause)s AS begins,
    extract(epoch FROM free_at - clock_timestamp())::float8 - %(pause)s AS wait
"""
SPENT = """
SELECT name, spent FROM briefing_workers.host
WHERE day = (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date
"""
SUCCESS = """
UPDATE briefing_workers.host SET failures_before = failures, failures = 0
WHERE name = %(host)s AND (failures > 0 OR failures_before > 0)
"""
FAILURE = """
INSERT INTO briefing_workers.host AS h (name, failures, failed_at)
VALUES (%(host)s, 1, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET
    failures = CASE WHEN %(disowned)s THEN h.failures_before ELSE h.failures END + 1,
    failed_at = clock_timestamp()
"""
# Who asks first after the cool-down probes the host; to others the circuit stays open meanwhile.
PROBE = """
UPDATE briefing_workers.host SET failed_at = clock_timestamp()
WHERE name = %(host)s AND failures >= %(most)s
    AND failed_at + %(cool_down)s * interval '1 second' <= clock_timestamp()
RETURNING name
"""
OPEN = """
SELECT failures,
    extract(epoch FROM failed_at - clock_timestamp())::float8 + %(cool_down)s AS rest
FROM briefing_workers.host WHERE name = %(host)s AND failures >= %(most)s
"""


@dataclass(frozen=True)
class Slot:
    """When a request may be sent: Unix time by the database's clock, and seconds until then."""

    begins: float
    wait: float


@dataclass(frozen=True)
class Hosts:
    """What workers know together of the hosts. Every method raises CoordinationLost."""

    database: Postgres

    def book(self, host: str, pause: float, quota: int) -> Slot | None:
        """The next free slot of a host, `pause` seconds long; None when its quota is spent.

        A booking whose answer was lost is made again: a slot is wasted then, never used twice.
        """
        values = {"host": host, "pause": pause, "quota": quota}
        found = self.database.rows(BOOK, values)
        return Slot(found[0]["begins"], max(found[0]["wait"], 0.0)) if found else None

    def spent(self) -> dict[str, int]:
        """The requests of the day to each host."""
        return {row["name"]: row["spent"] for row in self.database.rows(SPENT)}

    def note(self, host: str, *, failed: bool, disowned: bool = False) -> None:
        """Count the result of a request; disowned: what counted as a success was a block page."""
        values = {"host": host, "disowned": disowned}
        self.database.run(lambda cursor: cursor.execute(FAILURE if failed else SUCCESS, values))

    def open_for(self, host: str, most: int, cool_down: float) -> tuple[int, float] | None:
        """Failures in a row, and seconds for which the circuit stays open; None if it is not."""
        values = {"host": host, "most": most, "cool_down": cool_down}
        found = self.database.rows(OPEN, values)
        if found and found[0]["rest"] <= 0:
            if self.database.rows(PROBE, values):
                return None
            found = self.database.rows(OPEN, values)  # another worker probes
        return (found[0]["failures"], found[0]["rest"]) if found else None
