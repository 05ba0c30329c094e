"""``tutela constituency``: the app's own commands, and re-attribution, which the flow does."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from typing import Annotated

import typer

from tutela.apps.constituency.commands import app
from tutela.cli.context import context, moment
from tutela.cli.output import Json, emit, say, show

__all__ = ["app"]


@app.command()
def reattribute(
    since: Annotated[str | None, typer.Option(help="Only events since this time; without it all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    basis: Annotated[str, typer.Option(help="Legal ground, as ID@VERSION.")] = "",
    as_json: Json = False,
) -> None:
    """Attribute past events against the constituency as it is now; their findings move."""
    from tutela.flow.reattribute import reattribute as run

    ground = context(basis)
    done = run(
        since=moment(since, "--since"),
        dry_run=dry_run,
        environment=ground.environment,
        now=ground.now,
        by=ground.actor,
        basis=ground.basis,
    )
    moves = [
        {"from": before or "nobody", "to": after or "nobody", "events": number}
        for (before, after), number in sorted(done.moves.items(), key=lambda move: -move[1])
    ]
    if as_json:
        told = {"events": done.events, "findings": done.findings, "moves": moves, "dry_run": done.dry_run}
        show(told | {"snapshot": done.snapshot}, as_json=True)
        return
    emit(moves, ("from", "to", "events"), as_json=False)
    verb = "would change" if done.dry_run else "changed"
    say(f"{done.events} events {verb} hands, {done.findings} findings with them.")
