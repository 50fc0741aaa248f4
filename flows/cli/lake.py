"""`briefing lake …`: the commands of a warehouse that several machines share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.display import Terminal, shown

if TYPE_CHECKING:
    from flows.workspace import Workspace

lake = typer.Typer(
    help="A warehouse in Postgres and on S3, for several machines.", no_args_is_help=True
)
out, err = Terminal(), Terminal(stderr=True)


@lake.callback()
def lake_options() -> None:
    """A warehouse in Postgres and on S3, which several machines share."""


def here() -> Workspace:
    from flows.machine import workspace  # noqa: PLC0415 - so that --help is quick

    return workspace()


@lake.command()
def init() -> None:
    """Make an empty lake where warehouse.lake and warehouse.data say; one that is there stays."""
    from flows.lake import made  # noqa: PLC0415

    out.print(made(here()), markup=False)


@lake.command()
def status() -> None:
    """Published versions, size, a migration under way, and who is writing."""
    from flows.lake import lake_here  # noqa: PLC0415

    for matter, said in lake_here(here()).account():
        out.print(f"{matter:24}{said}", markup=False)


@lake.command()
def migrate() -> None:
    """Bring what the file of this home holds into the lake; run it again where it was cut off."""
    from flows.lake import migrated  # noqa: PLC0415

    with shown(err):
        for line in migrated(here()):
            out.print(line, markup=False)


@lake.command()
def export(
    *,
    whole: Annotated[
        bool, typer.Option("--whole", help="With all minute bars, not only the newest days.")
    ] = False,
) -> None:
    """The published version as current.duckdb of this home; prints its path."""
    from flows.lake import exported  # noqa: PLC0415

    with shown(err):
        path = exported(here(), whole=whole)
    out.print(str(path), markup=False)


@lake.command()
def compact() -> None:
    """Merge small files and remove what no kept version needs."""
    from flows.lake import compacted  # noqa: PLC0415

    with shown(err):
        said = compacted(here())
    out.print(said, markup=False)


def work() -> None:
    """Take part in collections that others lead, until interrupted; see docs/scaling.md."""
    from flows.machine import workspace  # noqa: PLC0415 - so that --help is quick
    from flows.shared_collection import keep_working  # noqa: PLC0415

    with shown(err):
        keep_working(workspace)
