"""Log lines on a terminal: text, whatever a message quotes from data (see flows.cli.display).

A module of its own, because the command line sets Prefect's variables before it imports Prefect.
"""

from __future__ import annotations

import logging

from prefect.logging.handlers import PrefectConsoleHandler

from warehouse.characters import escaped


class LogLines(PrefectConsoleHandler):
    """Prefect's console, which prints `:x:` as it stands and writes unreadable characters out."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = escaped(self.format(record), keep="\n")
            self.console.print(line, soft_wrap=True, emoji=False, markup=False)
        except (ValueError, TypeError, KeyError, OSError):  # a record that cannot be formatted
            self.handleError(record)
