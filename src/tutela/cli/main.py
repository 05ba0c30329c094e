"""``tutela``: the commands, loaded when they are asked for, and the one place where an error becomes a sentence.

Exit codes: 0 the work is done, 1 the work found errors, 2 wrong use.
"""

from __future__ import annotations

import functools
import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tutela import __version__
from tutela.core.errors import TutelaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typer._click import Command, Context


@dataclass(frozen=True, slots=True)
class Room:
    """Where a command lives (``module:name`` of a Typer app or a function), its help, whether it needs the database."""

    place: str
    help: str
    database: bool = True


ROOMS = {
    "ingest": Room("tutela.cli.ingest:app", "Take in reports: read, attribute, fold into findings, keep."),
    "harmonise": Room("tutela.cli.harmonise:app", "Turn a report on standard input into IDF events.", database=False),
    "feeds": Room("tutela.cli.feeds:app", "Feeds: list, show, check, import from elsewhere.", database=False),
    "collectors": Room("tutela.cli.collectors:app", "What fetches reports by itself: list, check, run."),
    "constituency": Room("tutela.cli.constituency:app", "The organisations in our care, and what is theirs."),
    "findings": Room("tutela.cli.findings:app", "What is wrong, where, and whose it is."),
    "law": Room("tutela.cli.law:app", "Who must report what to whom by when; the library of law.", database=False),
    "notices": Room("tutela.cli.notices:app", "What organisations are told: dry run, list, send, check of rules."),
    "events": Room("tutela.cli.events:app", "Ask the event lake."),
    "export": Room("tutela.cli.export:app", "Write events out as IDF, CSV or Parquet."),
    "quarantine": Room("tutela.cli.quarantine:app", "Rows that could not be read: list, show, replay."),
    "lake": Room("tutela.cli.lake:app", "Care for the event lake: compact, expire."),
    "ledger": Room("tutela.cli.ledger:app", "What was done, by whom, on what legal ground; its proof.", database=False),
    "people": Room("tutela.cli.people:app", "Who may sign in at the console, and as what."),
    "tick": Room("tutela.cli.tick:tick", "What must be done now and then: for a timer."),
    "work": Room("tutela.cli.work:work", "The worker: takes in what is laid into the inbox, does what is due."),
    "check": Room("tutela.cli.check:check", "Whether this installation is as it must be.", database=False),
    "backup": Room("tutela.cli.backup:backup", "The whole house in one file, while it works on.", database=False),
    "restore": Room("tutela.cli.restore:restore", "A backup back into an empty house.", database=False),
    "serve": Room("tutela.cli.serve:serve", "The console for browsers, and the interface for programs."),
    "demo": Room("tutela.cli.demo:demo", "The demonstration: an invented authority, from report to finding."),
}


class LazyGroup(TyperGroup):
    """The commands of ``ROOMS``: their names and help are known, their code is imported when one of them runs."""

    def list_commands(self, ctx: Context) -> list[str]:
        """The commands in their order."""
        del ctx
        return list(ROOMS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """A command for the list in the help; what runs comes from ``resolve_command``."""
        del ctx
        room = ROOMS.get(cmd_name)
        return None if room is None else TyperGroup(name=cmd_name, help=room.help, short_help=room.help)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Import the command that was asked for."""
        for known_name in ROOMS:  # for "did you mean"
            self.commands.setdefault(known_name, TyperGroup(name=known_name))
        name, known, rest = super().resolve_command(ctx, args)
        if name is None or known is None:
            return name, known, rest
        return name, load(name), rest


def load(name: str) -> Command:
    """The command ``name`` with its sub-commands, ready to run."""
    room = ROOMS[name]
    if room.database:
        from tutela.config.boot import settle  # noqa: PLC0415 - only commands with a database pay for Django

        settle()
    command = _command(room.place)
    command.name, command.help, command.short_help = name, command.help or room.help, room.help
    if room.database:
        _boot_first(command)
    return command


def _command(place: str) -> Command:
    module, _, attribute = place.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        found._add_completion = False  # noqa: SLF001 - the root has the options that install completion
        return typer.main.get_command(found)
    alone = typer.Typer(add_completion=False)
    alone.command()(found)
    return typer.main.get_command(alone)


def _boot_first(command: Command) -> None:
    """Each leaf brings the database to its form before it runs; asking for help does not."""
    for inner in getattr(command, "commands", {}).values():
        _boot_first(inner)
    if command.callback is not None and not hasattr(command, "commands"):
        command.callback = _booted(command.callback)


def _booted(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def run(*args: Any, **kwargs: Any) -> Any:
        from tutela.config.boot import boot  # noqa: PLC0415 - as in load

        boot()
        return callback(*args, **kwargs)

    return run


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda wanted: _version(wanted=wanted), is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """From security reports to findings that somebody owns."""
    del version


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    sys.excepthook = _surprised
    try:
        typer.main.get_command(app)(arguments, prog_name="tutela")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except TutelaError as error:
        return _tell(error)
    return 0


def _surprised(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Python's last word on what nobody caught: a sentence here, the traceback in a file; Python then exits with 1."""
    del kind, trace
    from tutela.config.faults import known  # noqa: PLC0415 - as in _tell

    _tell(known(error) or _unexpected(error))


def _tell(error: TutelaError) -> int:
    from tutela.cli.output import complain  # noqa: PLC0415 - only when there is something to tell

    complain(error)
    return error.exit_code


def _unexpected(error: BaseException) -> TutelaError:
    import traceback  # noqa: PLC0415 - as in _tell

    kind = type(error).__name__
    try:
        from tutela.config import environment  # noqa: PLC0415 - as in _tell

        folder = environment.load().home / "log"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "errors.log"
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)) + "\n")
        remedy = f"What happened stands in {path}; please report it."
    except (OSError, TutelaError):
        remedy = "Please report it."
    return TutelaError(f"something went wrong that should not ({kind}: {str(error)[:200]}).", remedy=remedy)


if __name__ == "__main__":
    sys.exit(main())
