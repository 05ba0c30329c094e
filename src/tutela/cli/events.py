"""``tutela events`` and ``tutela export``: questions to the event lake."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from tutela.cli.context import Context, context, moment
from tutela.cli.output import Json, Limit, emit
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from tutela.lake.query import EventFilter

app = typer.Typer(no_args_is_help=True)
_COLUMNS = ("time.source", "organisation", "source.ip", "source.fqdn", "classification.type", "feed", "attribution")

Organisation = Annotated[str, typer.Option(help="Global id; its descendants are included.")]
Address = Annotated[str | None, typer.Option(help="An address, prefix or range that holds source.ip.")]
Type = Annotated[str | None, typer.Option("--type", help="classification.type, such as infected-system.")]
Cve = Annotated[str | None, typer.Option(help="A CVE number.")]
Feed = Annotated[str | None, typer.Option(help="The feed that reported it.")]
Report = Annotated[str | None, typer.Option(help="SHA-256 of the report, or how it begins.")]
Finding = Annotated[str | None, typer.Option(help="Fingerprint of the finding.")]
Since = Annotated[str | None, typer.Option(help="time.source at this time or later.")]
Until = Annotated[str | None, typer.Option(help="time.source before this time.")]
Where = Annotated[
    str | None, typer.Option(help='A condition in SQL: "source.port" = 23 AND "malware.name" LIKE \'mirai%\'.')
]


@app.callback()
def group() -> None:
    """Ask the event lake."""


@app.command("query")
def query_events(
    organisation: Organisation = "",
    address: Address = None,
    type_: Type = None,
    cve: Cve = None,
    feed: Feed = None,
    report: Report = None,
    finding: Finding = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    limit: Limit = 100,
    offset: Annotated[int, typer.Option(min=0, max=10**15, help="Leave out so many rows first (for paging).")] = 0,
    as_json: Json = False,
) -> None:
    """List events, the newest first."""
    from tutela.lake.query import objects, page, query
    from tutela.lake.table import EventTable

    ground = context()
    wanted = event_filter(ground, organisation, address, type_, cve, feed, report, finding, since, until, where)
    found = page(query(EventTable(ground.environment.lake_path), wanted), limit=limit, offset=offset)
    emit(objects(found), _COLUMNS, as_json=as_json)


def event_filter(
    ground: Context,
    organisation: str,
    address: str | None,
    type_: str | None,
    cve: str | None,
    feed: str | None,
    report: str | None,
    finding: str | None,
    since: str | None,
    until: str | None,
    where: str | None,
) -> EventFilter:
    """The options of a command as a filter, within what the viewer may see."""
    from tutela.apps.constituency.queries import organisations_below
    from tutela.lake.query import EventFilter

    return EventFilter(
        organisations=organisations_below(ground.viewer, organisation) if organisation else None,
        address=address,
        type=type_,
        cve=cve,
        feed=feed,
        report=report,
        fingerprint=_fingerprint(finding),
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        where=where,
    )


def _fingerprint(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise WrongUse(
            f"{text!r} is no fingerprint", where="--finding", remedy="Take it from `tutela findings list --json`."
        ) from error
