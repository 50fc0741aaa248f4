"""Chunks of a collection: who works on which, and what came of each.

A run is open until its account is given. Its chunks are open, claimed, or done. Who claims one says
again and again that it lives; a chunk whose worker is silent for too long goes to another. Each
claim has a number, the attempt, so that a worker that was given up cannot end the chunk any more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.coordination.postgres import Cursor, Postgres, Row

ATTEMPTS = 3  # so many workers lost over one chunk are enough
KEPT = "30 days"  # runs that have ended

BEGIN = """
INSERT INTO briefing_workers.run (store, subject) VALUES (%(store)s, %(subject)s)
ON CONFLICT (store, subject) WHERE ended_at IS NULL DO UPDATE SET subject = excluded.subject
RETURNING run_id
"""
# After a restart of the database nobody could beat for a while: that is no silence.
SILENT = """
(c.heartbeat < clock_timestamp() - %(silence)s * interval '1 second'
 AND pg_postmaster_start_time() < clock_timestamp() - %(silence)s * interval '1 second')
"""
# The host on which fewest are at work comes first: workers on one host only wait for each other.
CLAIM = f"""
WITH busy AS (
    SELECT run_id, host, count(*) AS workers FROM briefing_workers.chunk
    WHERE state = 'claimed' GROUP BY run_id, host
), next AS (
    SELECT c.run_id, c.number
    FROM briefing_workers.chunk c JOIN briefing_workers.run r USING (run_id)
        LEFT JOIN busy b ON b.run_id = c.run_id AND b.host = c.host
    WHERE r.store = %(store)s AND r.ended_at IS NULL
        AND (r.run_id = %(run_id)s::bigint OR %(run_id)s::bigint IS NULL)
        AND c.attempt < {ATTEMPTS} AND (c.state = 'open' OR (c.state = 'claimed' AND {SILENT}))
    ORDER BY c.run_id, coalesce(b.workers, 0), c.number
    LIMIT 1 FOR UPDATE OF c SKIP LOCKED
)
UPDATE briefing_workers.chunk c
SET state = 'claimed', worker = %(worker)s, attempt = attempt + 1, heartbeat = clock_timestamp()
FROM next n JOIN briefing_workers.run r USING (run_id)
WHERE c.run_id = n.run_id AND c.number = n.number
RETURNING c.run_id, c.number, c.dataset, c.part, c.codes, c.host, c.attempt, r.subject
"""
MINE = """
WHERE run_id = %(run_id)s AND number = %(number)s AND worker = %(worker)s
    AND attempt = %(attempt)s AND state = 'claimed'
RETURNING number
"""
BEAT = "UPDATE briefing_workers.chunk SET heartbeat = clock_timestamp() " + MINE
DONE = "UPDATE briefing_workers.chunk SET state = 'done', outcome = %(outcome)s::jsonb " + MINE
RELEASE = "UPDATE briefing_workers.chunk SET state = 'open', attempt = attempt - %(undo)s " + MINE
GIVE_UP = f"""
UPDATE briefing_workers.chunk c SET state = 'done'
WHERE run_id = %(run_id)s AND attempt >= {ATTEMPTS}
    AND (state = 'open' OR (state = 'claimed' AND {SILENT}))
"""
COUNTS = """
SELECT count(*) AS planned, count(*) FILTER (WHERE state = 'done') AS done
FROM briefing_workers.chunk WHERE run_id = %(run_id)s
"""
ADD = """
INSERT INTO briefing_workers.chunk (run_id, number, dataset, part, codes, host)
VALUES (%(run_id)s, %(number)s, %(dataset)s, %(part)s, %(codes)s, %(host)s)
"""


@dataclass(frozen=True)
class Planned:
    """A chunk: a part of a dataset, of which only these codes if there are any."""

    dataset: str
    part: str
    codes: tuple[str, ...] | None
    host: str


@dataclass(frozen=True)
class Claimed(Planned):
    """A chunk that this worker works on. subject: what the run collects, as its leader wrote it."""

    run_id: int
    number: int
    attempt: int
    subject: str


@dataclass(frozen=True)
class Finished(Planned):
    """A chunk that is done. outcome: as its worker wrote it. lost: no worker could end it.

    worker: the last one that worked on it. attempts: how many began.
    """

    outcome: Any
    lost: bool
    worker: str
    attempts: int


@dataclass(frozen=True)
class Claims:
    """What one worker does with the chunks of the runs over one store.

    store: names the warehouse that is loaded; workers of another one see nothing of it. silence: in
    seconds, after which a worker counts as lost. Every method raises CoordinationLost.
    """

    database: Postgres
    store: str
    worker: str
    silence: float

    def begin(self, subject: str) -> int:
        """The open run about a subject, begun if there is none; old runs are forgotten."""
        forget = f"DELETE FROM briefing_workers.run WHERE ended_at < now() - interval '{KEPT}'"
        self.database.run(lambda cursor: cursor.execute(forget))
        return int(
            self.database.rows(BEGIN, {"store": self.store, "subject": subject})[0]["run_id"]
        )

    def waves_planned(self, run_id: int) -> int:
        """How many waves of a run have their chunks."""
        sql = "SELECT waves_planned FROM briefing_workers.run WHERE run_id = %(run_id)s"
        return int(self.database.rows(sql, {"run_id": run_id})[0]["waves_planned"])

    def plan(self, run_id: int, wave: int, chunks: Sequence[Planned]) -> None:
        """The chunks of a wave, all or none; nothing happens if another leader has planned it."""

        def add(cursor: Cursor) -> None:
            here = {"run_id": run_id, "wave": wave}
            cursor.execute(
                "UPDATE briefing_workers.run SET waves_planned = %(wave)s + 1 "
                "WHERE run_id = %(run_id)s AND waves_planned = %(wave)s RETURNING run_id", here,
            )  # fmt: skip
            if not cursor.fetchall():
                return
            (counted,) = cursor.execute(COUNTS, here).fetchall()
            for number, one in enumerate(chunks, start=counted["planned"]):
                codes = list(one.codes) if one.codes is not None else None
                values = here | vars(one) | {"number": number, "codes": codes}
                cursor.execute(ADD, values)

        self.database.run(add)

    def claim(self, run_id: int | None = None) -> Claimed | None:
        """A chunk for this worker, of one run or of any; None when there is none now."""
        found = self.database.rows(
            CLAIM,
            {
                "store": self.store,
                "run_id": run_id,
                "worker": self.worker,
                "silence": self.silence,
            },
        )
        return Claimed(**_with_codes(found[0])) if found else None

    def beat(self, chunk: Claimed) -> bool:
        """Say that this worker lives; False when the chunk is another's by now."""
        return self._mine(BEAT, chunk)

    def done(self, chunk: Claimed, outcome: Any) -> bool:
        """End a chunk, after what it brought is loaded; False when it is another's by now."""
        return self._mine(DONE, chunk, outcome=json.dumps(outcome))

    def release(self, chunk: Claimed, *, failed: bool = False) -> bool:
        """Give a chunk back undone; False when it is another's by now.

        failed: the chunk itself may be to blame, so that the attempt counts.
        """
        return self._mine(RELEASE, chunk, undo=0 if failed else 1)

    def counts(self, run_id: int) -> tuple[int, int]:
        """How many chunks of a run are done, and planned; hopeless ones are ended here."""
        values = {"run_id": run_id, "silence": self.silence}
        self.database.run(lambda cursor: cursor.execute(GIVE_UP, values))
        (row,) = self.database.rows(COUNTS, values)
        return row["done"], row["planned"]

    def finished(self, run_id: int) -> list[Finished]:
        """The chunks of a run that are done, in the order in which they were planned."""
        sql = (
            "SELECT dataset, part, codes, host, outcome, outcome IS NULL AS lost, worker, "
            "attempt AS attempts "
            "FROM briefing_workers.chunk WHERE run_id = %(run_id)s AND state = 'done' ORDER BY number"
        )
        rows = self.database.rows(sql, {"run_id": run_id})
        return [Finished(**_with_codes(row)) for row in rows]

    def end(self, run_id: int) -> None:
        """Close a run; what is collected next is another one."""
        sql = (
            "UPDATE briefing_workers.run SET ended_at = clock_timestamp() "
            "WHERE run_id = %(run_id)s AND ended_at IS NULL"
        )
        self.database.run(lambda cursor: cursor.execute(sql, {"run_id": run_id}))

    def _mine(self, sql: str, chunk: Claimed, **values: Any) -> bool:
        mine = {"run_id": chunk.run_id, "number": chunk.number, "attempt": chunk.attempt}
        return bool(self.database.rows(sql, mine | {"worker": self.worker} | values))


def _with_codes(row: Row) -> Row:
    return row | {"codes": tuple(row["codes"]) if row["codes"] is not None else None}
