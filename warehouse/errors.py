"""What can go wrong, drawn as trees. Every message says what happened, where, and what to do.

BriefingError               shown without a traceback
├── SourceError                 an upstream could not be used
│   ├── SourceUnavailable           network, timeout, blocked        → the next source of the chain
│   ├── SourceChanged               columns or formats differ        → the next source, an alarm
│   ├── SourceDrifted               columns nobody reads changed     → an alarm; rows are loaded
│   └── SourceEmpty                 nothing for a trading day        → the next source
├── ContractViolated            rows break a dataset's rules     → only this dataset stops
├── CalendarEnds                a trading calendar ends          → nothing is collected
├── InputRefused                a file or argument is unusable   → nothing was changed
├── UnknownFact                 no fact has that name            → the nearest ones are named
├── MachineRefused              disk, memory, rights or limits   → what the message says, then again
├── WarehouseUnavailable        no warehouse, lost or locked     → nothing was changed
│   ├── WarehouseDamaged            a block is not what was written  → `briefing restore`
│   ├── WarehouseBusy               another run writes or fills it   → wait, then again
│   ├── LakeUnreachable             Postgres or S3 does not answer   → the same command again
│   └── WriteConflict               another writer was first         → the same command again
├── CoordinationLost            the workers' database is away    → the same command again
├── PublishRefused              the audit failed                 → readers keep their version
├── RenderFailed                the page would not be right      → nothing is mailed
│   └── NotTranslated               a text has no Chinese            → it needs an entry
├── IssueHeld                   its core inputs stand still      → the PDF is there, nobody gets it
└── DeliveryFailed              the mail server said no          → the PDF and the .eml are kept

AnswerError                 of a reader, which knows nothing of its source; flows.ingestion.fetch
├── UnknownFormat               makes it SourceChanged,
├── NotAnswered                 SourceUnavailable,
└── NothingYet                  or SourceEmpty

Elsewhere stand `CollectionIncomplete` and, without a network, `NetworkDown`
(flows.ingestion.results), which hold the outcomes of flows; so does `QuotaSpent`
(flows.bootstrap.bootstrap), after which the past comes on another day. What must be an
error of requests, so that akshare passes it on, becomes SourceUnavailable: `Refused`
(flows.network.response_limits), `RequestBlocked` (flows.network.rate_limit) and its `NetworkLost`
(flows.network.reachability). `LaneStopped` (flows.network.turns) ends the lanes beside one that
failed, and is no Exception.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence


class BriefingError(Exception):
    """Something a user or an operator can act on; shown without a traceback."""


class SourceError(BriefingError):
    """An upstream could not be used for one request."""


class SourceUnavailable(SourceError):
    """The upstream did not answer, or answered with a page that is not data."""


class SourceChanged(SourceError):
    """The upstream answered in a shape that its reader does not know; never retried."""


class SourceDrifted(SourceError):
    """Columns that nobody reads came or went, or a word is new.

    The rows are loaded all the same.
    """


class SourceEmpty(SourceError):
    """The upstream has nothing for a day on which the exchange traded."""


class ContractViolated(BriefingError):
    """Rows break the rules of their dataset."""


class CalendarEnds(BriefingError):
    """A trading calendar ends, so that nobody can tell what is due."""


class InputRefused(BriefingError):
    """A file, date, name or address given by the user cannot be used."""


class UnknownFact(BriefingError, KeyError):
    """A fact was looked up that the book does not hold; the message names the nearest ones."""

    def __init__(self, fact_id: str, known: Sequence[str]) -> None:
        super().__init__(fact_id)
        self.fact_id, self.known = fact_id, known

    def __str__(self) -> str:
        """The sentence; looking for the nearest takes long, and who asks for none must not wait."""
        nearest = difflib.get_close_matches(self.fact_id, self.known, n=3, cutoff=0.5)
        hint = f"; the nearest are {', '.join(nearest)}" if nearest else ""
        return f"no fact {self.fact_id!r} among {len(self.known)}{hint}"


class MachineRefused(BriefingError):
    """The operating system did not give what is needed: room, memory, rights, open files."""


class WarehouseUnavailable(BriefingError):
    """There is no warehouse here, or it cannot be opened."""


class WarehouseDamaged(WarehouseUnavailable):
    """A block of the file, or its log, is not what was written."""


class WarehouseBusy(WarehouseUnavailable):
    """Another run holds what is wanted, or is filling the lake, and will have ended."""


class LakeUnreachable(WarehouseUnavailable):
    """Postgres or the store of the lake's files does not answer."""


class WriteConflict(WarehouseUnavailable):
    """What a transaction read was changed by another one before it could commit."""


class CoordinationLost(BriefingError):
    """The database in which workers agree cannot be reached."""


class PublishRefused(BriefingError):
    """The audit before publication found a contradiction; the previous version stays current."""


class RenderFailed(BriefingError):
    """The page could not be set without a warning or a missing glyph."""


class NotTranslated(RenderFailed):
    """A declared text has no Chinese: briefing.po needs an entry."""


class IssueHeld(BriefingError):
    """An issue was set and published but not mailed, because it has nothing new to tell.

    inputs: what stands still, its newest and its expected day; remedy: what to do.
    """

    def __init__(self, issue_id: str, inputs: Sequence[str], remedy: str) -> None:
        self.issue_id, self.inputs, self.remedy = issue_id, tuple(inputs), remedy
        super().__init__(f"issue {issue_id} is held: no new data. {'; '.join(inputs)}. {remedy}.")


class DeliveryFailed(BriefingError):
    """The mail could not be handed over."""


class AnswerError(Exception):
    """An answer cannot be read; raised by readers, which do not know whom it is from."""


class UnknownFormat(AnswerError):
    """An answer contradicts itself: its columns are not what their names say."""


class NotAnswered(AnswerError):
    """The responses are not all of the answer: one is missing, cut off, or a page without data."""


class NothingYet(AnswerError):
    """The upstream answered that it has nothing for a day on which there must be something."""
