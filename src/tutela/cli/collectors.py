"""``tutela collectors``: what fetches reports by itself."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tutela.cli.context import context
from tutela.cli.output import Json, complain, emit, say, show
from tutela.core.errors import Conflict

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """What fetches reports by itself."""


@app.command("list")
def list_collectors(as_json: Json = False) -> None:
    """List the collectors: when each fetched last, when it will again, and what went wrong."""
    from tutela.apps.intake.queries import collections
    from tutela.engine.collectors.definitions import collectors_of

    known = collections()
    found = collectors_of(context().environment.home)
    rows: list[dict[str, Any]] = []
    for name, collector in found.sound.items():
        state = known.get(name)
        rows.append(
            {
                "name": name,
                "feed": collector.feed,
                "every_seconds": int(collector.every.total_seconds()),
                "last_attempt": state and state.last_attempt,
                "last_success": state and state.last_success,
                "next_due": state and state.next_due,
                "failures": state.failures if state else 0,
                "error": state.error if state else "",
            }
        )
    emit(rows, ("name", "feed", "last_success", "next_due", "failures", "error"), as_json=as_json)
    for error in found.refused.values():
        complain(error)
    if found.refused:
        raise typer.Exit(1)


@app.command("lint")
def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files; without them, all of this installation.")] = None,
) -> None:
    """Check definitions: every error with its file, line and what to do; also feeds and secrets that are missing."""
    from tutela.engine.collectors.definitions import lint as check

    count, problems = check(context().environment.home, paths or ())
    for problem in problems:
        say(str(problem))
    say(f"{count} definitions, {len(problems)} problems.")
    if problems:
        raise typer.Exit(1)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of the file of a collector, for editors."""
    from tutela.core.collectors.definition import schema as made

    show(made(), as_json=True)


@app.command("run")
def run(name: Annotated[str, typer.Argument(help="Name of the collector.")], as_json: Json = False) -> None:
    """Fetch now, whether it is due or not; exit code 1 where it fails or the report cannot be taken in."""
    from tutela.engine.collectors.definitions import collectors_of
    from tutela.flow.collect import collect

    ground = context()
    collector = collectors_of(ground.environment.home).get(name)
    done = collect(collector, environment=ground.environment, by=ground.actor, basis=ground.basis, at_once=True)
    if done is None:
        raise Conflict("another process is at it.", where=name, remedy="Wait for it; `tutela collectors list` tells.")
    show({"collector": name, "new_reports": done.new, "known_reports": done.known}, as_json=as_json)
    for error in done.wrong:
        complain(error)
    if done.wrong:
        raise typer.Exit(1)
