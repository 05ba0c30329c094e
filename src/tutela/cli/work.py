"""``tutela work``: the worker beside the console, which takes in what comes and does what is due."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from tutela.cli.context import context
from tutela.cli.output import complain, say
from tutela.core.errors import TutelaError

if TYPE_CHECKING:
    from types import FrameType

_LOOK: Final = 5.0
"""Seconds between two looks into the inbox."""


def work(
    every: Annotated[
        int, typer.Option(min=1, max=86_400, help="Seconds between two rounds of what is due (tutela tick).")
    ] = 300,
    once: Annotated[bool, typer.Option("--once", help="One look and one round, then end.")] = False,
) -> None:
    """Take in what is laid into the inbox, and do what is due, until the process is told to end (SIGTERM, Ctrl-C)."""
    signal.signal(signal.SIGTERM, _end)
    say(f"tutela: looking into {context().environment.inbox_path} (end it with Ctrl-C)")
    due = time.monotonic()
    while True:
        is_due = time.monotonic() >= due
        _round(is_due=is_due)
        if once:
            return
        if is_due:
            due = time.monotonic() + every
        time.sleep(_LOOK)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """At any moment: what is unfinished is carried to its end by the next process."""
    raise SystemExit(0)


def _round(*, is_due: bool) -> None:
    """One look; what goes wrong is told, and the next round tries again."""
    from django.db import close_old_connections

    from tutela.flow.inbox import take_in
    from tutela.flow.tick import tick

    ground = context()
    given = {"environment": ground.environment, "now": ground.now, "by": ground.actor, "basis": ground.basis}
    close_old_connections()
    try:
        for error in take_in(**given).refused:  # type: ignore[arg-type]  # the names are those of the function
            complain(error)
        if is_due:
            tick(**given)  # type: ignore[arg-type]  # as above
    except TutelaError as error:
        complain(error)
    finally:
        close_old_connections()
