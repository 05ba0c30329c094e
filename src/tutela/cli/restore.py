"""``tutela restore``: a backup back into an empty house."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutela.cli.backup import tell
from tutela.cli.context import context
from tutela.cli.output import Json, complain, say
from tutela.core.errors import Conflict


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `tutela backup` wrote.")], as_json: Json = False
) -> None:
    """Put a backup into an empty TUTELA_HOME and an empty database, whole or not at all; the ledger is verified."""
    from tutela.config.boot import boot, settle

    settle()
    from tutela.apps.ledger import queries
    from tutela.flow.restore import restore as run

    settings = context().environment
    manifest = run(file.absolute(), environment=settings)
    boot()  # an older backup is brought to the form of this version
    result = queries.verify(settings.home)
    ledger = f"{result.size} entries of the ledger {'verified' if result.ok else 'NOT as they were recorded'}"
    tell(
        manifest,
        f"{settings.home} restored, {ledger}",
        as_json=as_json,
        home=str(settings.home),
        ledger=result.as_dict(),
    )
    for flaw in result.warnings:
        say(f"tutela: {flaw.what}")
    if not result.ok:
        complain(
            Conflict(
                f"the ledger was not whole when this backup was made: {result.problems[0].what}",
                where=str(file),
                remedy="See `tutela ledger verify`; compare an earlier backup.",
            )
        )
        raise typer.Exit(1)
