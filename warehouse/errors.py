"""What can go wrong, drawn as a tree. Every message says what happened, where, and what to do.

BriefingError
├── SourceError            an upstream could not be used
│   ├── SourceUnavailable      network, timeout, blocked          → the next source of the chain
│   ├── SourceChanged          columns or formats differ          → the next source, and an alarm
│   ├── SourceDrifted          columns nobody reads came or went  → an alarm; the rows are loaded
│   └── SourceEmpty            nothing for a trading day          → the next source
├── ContractViolated       rows break a dataset's rules       → the dataset stops, the others go on
├── CalendarEnds           the trading calendar ends in days   → nothing is collected
├── InputRefused           a file or an argument is unusable  → nothing was changed
├── MachineRefused         disk, memory, rights or limits     → what the message says, then again
├── WarehouseUnavailable   no warehouse, lost or locked       → nothing was changed
│   └── WarehouseDamaged       a block differs from its checksum  → `briefing restore`
├── PublishRefused         the audit failed                   → readers keep the previous version
├── RenderFailed           the page would not be right        → nothing is mailed
├── IssueHeld              its core inputs stand still        → the PDF is there, nobody gets it
└── DeliveryFailed         the mail server said no            → the PDF and the .eml are kept
"""

from __future__ import annotations

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
    """The upstream's columns are not those of the last time; those that are read are still there."""


class SourceEmpty(SourceError):
    """The upstream has nothing for a day on which the exchange traded."""


class ContractViolated(BriefingError):
    """Rows break the rules of their dataset."""


class CalendarEnds(BriefingError):
    """The trading calendar ends within days, so that nobody can tell what is due."""


class InputRefused(BriefingError):
    """A file, date, name or address given by the user cannot be used."""


class MachineRefused(BriefingError):
    """The operating system did not give what is needed: room, memory, rights, open files."""


class WarehouseUnavailable(BriefingError):
    """There is no warehouse here, or it cannot be opened."""


class WarehouseDamaged(WarehouseUnavailable):
    """A block of the file, or its log, is not what was written."""


class PublishRefused(BriefingError):
    """The audit before publication found a contradiction; the previous version stays current."""


class RenderFailed(BriefingError):
    """The page could not be set without a warning or a missing glyph."""


class IssueHeld(BriefingError):
    """An issue was set and published but not mailed, because it has nothing new to tell.

    inputs: what stands still, its newest and its expected day; remedy: what to do.
    """

    def __init__(self, issue_id: str, inputs: Sequence[str], remedy: str) -> None:
        self.issue_id, self.inputs, self.remedy = issue_id, tuple(inputs), remedy
        super().__init__(f"issue {issue_id} is held: no new data. {'; '.join(inputs)}. {remedy}.")


class DeliveryFailed(BriefingError):
    """The mail could not be handed over."""
