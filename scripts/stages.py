"""The table of stages in the README, out of the plan for an empty home: `make stages`."""

from __future__ import annotations

import re
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from flows.bootstrap.bootstrap import plan_of
from flows.bootstrap.words import markdown
from flows.settings import Settings
from flows.workspace import Workspace
from warehouse.shanghai import SHANGHAI

README = Path(__file__).parents[1] / "README.md"
MARKED = re.compile(r"(?<=<!-- stages -->\n).*?(?=<!-- /stages -->)", re.DOTALL)
NOW = datetime(2026, 1, 13, 19, tzinfo=SHANGHAI)


def table() -> str:
    """The table for an empty home, with the default settings, on a fixed evening."""
    with tempfile.TemporaryDirectory() as home:
        plan = plan_of(Workspace(Settings(home=Path(home)), lambda: NOW))
    return "\n".join(markdown(plan)) + "\n"


def main() -> None:
    """Write it into the README."""
    README.write_text(MARKED.sub(lambda _: table(), README.read_text()))
    sys.stdout.write("README.md: the table of stages is up to date\n")


if __name__ == "__main__":
    main()
