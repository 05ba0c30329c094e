"""``tutela check``: whether this installation is as it must be."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from dataclasses import asdict

import typer

from tutela.cli.output import Json, emit


def check(as_json: Json = False) -> None:
    """Look at settings, home, database, ledger, clock, keys, lake, feeds, rules, mail server and inbox; change none."""
    from tutela.config.check import State, answers

    found = list(answers())
    emit(map(asdict, found), ("thing", "state", "what", "remedy"), as_json=as_json)
    raise typer.Exit(1 if any(answer.state is State.WRONG for answer in found) else 0)
