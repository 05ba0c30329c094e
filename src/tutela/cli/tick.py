"""``tutela tick``: what must be done now and then. Safe to run as often as one likes, by several processes at once."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from tutela.cli.context import context
from tutela.cli.output import Json, show


def tick(as_json: Json = False) -> None:
    """Carry broken-off loads to their end, write and send notices, measure today; for a timer, every five minutes."""
    from tutela.flow.tick import tick as run

    ground = context()
    done = run(environment=ground.environment, now=ground.now, by=ground.actor, basis=ground.basis)
    show(done, as_json=as_json)
