"""``tutela notices``: what organisations are told of their findings."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from tutela.cli.context import context
from tutela.cli.output import Json, Limit, emit, say, show
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.cli.context import Context

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """What organisations are told of their findings."""


@app.command("preview")
def preview(
    organisation: Annotated[str, typer.Option(help="Global id; its descendants are included.")] = "",
    as_json: Json = False,
) -> None:
    """Show who would be told what, when and why, and why each other contact would not: nothing is written or sent."""
    ground = context()
    columns = ("organisation", "findings", "to", "when", "why")
    told = emit(_planned(ground, organisation, as_json=as_json), columns, as_json=as_json)
    if not told and not as_json:
        say("No finding waits to be told.")


def _planned(ground: Context, organisation: str, *, as_json: bool) -> Iterator[dict[str, Any]]:
    from tutela.apps.notices.queries import preview as planned

    found = planned(ground.environment.home, ground.viewer, ground.now, below=organisation or None)
    for _reach, groups in found:
        for one in groups:
            when = "never" if one.due is None else "now" if one.due <= ground.now else f"{one.due:%Y-%m-%d %H:%M}Z"
            row = {
                "organisation": one.organisation,
                "findings": len(one.findings),
                "to": one.contact.email if one.contact else None,
                "when": when,
                "why": one.because,
            }
            others = [{"to": contact.email, "role": contact.role, "why_not": why} for contact, why in one.others]
            yield row | ({"others": others, "due": one.due} if as_json else {})


@app.command("list")
def list_notices(
    organisation: Annotated[str, typer.Option(help="Global id; its descendants are included.")] = "",
    state: Annotated[str, typer.Option(help="queued, handing, held, sent, failed or withdrawn.")] = "",
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List notices, the latest first."""
    from tutela.apps.notices.models import Notice
    from tutela.apps.notices.queries import NoticeFilter, notices_for

    known = [one.value for one in Notice.State]
    if state and state not in known:
        raise WrongUse(f"{state!r} is no state", where="--state", remedy=f"Use one of {', '.join(known)}.")
    found = notices_for(context().viewer, NoticeFilter(organisation or None, state or None))[:limit]
    rows = (
        {
            "notice": str(one.pk),
            "created": one.created,
            "organisation": one.organisation,
            "to": one.recipient,
            "findings": one.findings,
            "state": one.state,
            "sent": one.sent,
            "attempts": one.attempts,
            "error": one.error,
            "subject": one.subject,
        }
        for one in found
    )
    emit(rows, ("notice", "created", "organisation", "to", "findings", "state", "error"), as_json=as_json)


@app.command("send")
def send(as_json: Json = False) -> None:
    """Write the notices that are due and send all that wait; `tutela tick` does the same."""
    from tutela.apps.notices.actions import compose
    from tutela.flow.tick import send as send_due

    ground = context()
    settings = ground.environment
    if not settings.smtp:
        raise WrongUse("no mail server is set.", where="TUTELA_SMTP", remedy="See docs/notices.md.")
    composed = compose(home=settings.home, url=settings.url, now=ground.now, by=ground.actor, basis=ground.basis)
    done = send_due(environment=settings, by=ground.actor, basis=ground.basis)
    show(
        {
            "written": composed.notices,
            "sent": done.sent,
            "deferred": done.deferred,
            "failed": done.failed,
            "withdrawn": done.withdrawn,
            "held": done.held,
        },
        as_json=as_json,
    )
    if done.failed:
        raise typer.Exit(1)


@app.command("renew")
def renew(
    notices: Annotated[list[UUID], typer.Argument(help="Ids of notices that failed or are held.")],
    as_json: Json = False,
) -> None:
    """Let notices that failed or are held be written anew with the next round, to the contacts as they are then."""
    from tutela.apps.notices.actions import renew as write_anew

    ground = context()
    show({"renewed": write_anew(notices=notices, by=ground.actor, basis=ground.basis)}, as_json=as_json)


@app.command("send-in-clear")
def send_in_clear(
    notices: Annotated[list[UUID], typer.Argument(help="Ids of notices that are held.")], as_json: Json = False
) -> None:
    """Let notices go out that cannot be encrypted to their contact's certificate, readable to everybody on the way."""
    from tutela.apps.notices.actions import send_in_clear as let_go

    ground = context()
    done = let_go(notices=notices, viewer=ground.viewer, now=ground.now, by=ground.actor, basis=ground.basis)
    show({"in_clear": done}, as_json=as_json)


@app.command("lint")
def lint(
    file: Annotated[Path | None, typer.Argument(help="A file of rules; without it, the one in force.")] = None,
    as_json: Json = False,
) -> None:
    """Check rules: every error with its line and what to do."""
    from tutela.apps.notices.queries import rules_in_force

    rules = rules_in_force(context().environment.home, file)
    show({"rules": len(rules.rules)}, as_json=as_json)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of a file of rules, for editors."""
    from tutela.core.notices.rules import schema as made

    show(made(), as_json=True)
