"""``tutela findings``: what is wrong, where, and whose it is."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutela.cli.context import context, moment
from tutela.cli.output import Json, Limit, emit, say, show
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from tutela.apps.findings.models import Finding
    from tutela.cli.context import Context

app = typer.Typer(no_args_is_help=True)
_COLUMNS = ("finding", "severity", "organisation", "asset", "type", "identifier", "last_seen", "events", "state")


@app.callback()
def group() -> None:
    """What is wrong, where, and whose it is."""


@app.command("list")
def list_findings(
    organisation: Annotated[str, typer.Option(help="Global id; its descendants are included.")] = "",
    type_: Annotated[str | None, typer.Option("--type", help="classification.type, such as infected-system.")] = None,
    severity: Annotated[
        str | None, typer.Option(help="At least this severe: info, low, medium, high, critical.")
    ] = None,
    cve: Annotated[str | None, typer.Option(help="A CVE number.")] = None,
    asset: Annotated[str | None, typer.Option(help="The whole asset: an address, a domain, a URL.")] = None,
    feed: Annotated[str | None, typer.Option(help="The feed that observed it.")] = None,
    since: Annotated[str | None, typer.Option(help="Seen at this time or later.")] = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List findings, the worst and latest first."""
    from tutela.apps.findings.queries import FindingFilter, findings_for
    from tutela.core.findings.fold import SEVERITIES

    if severity is not None and severity not in SEVERITIES:
        raise WrongUse(
            f"{severity!r} is no severity", where="--severity", remedy=f"Use one of {', '.join(SEVERITIES)}."
        )
    wanted = FindingFilter(
        below=organisation or None,
        type=type_,
        severity=SEVERITIES.index(severity) if severity else None,
        cve=cve,
        asset=asset,
        feed=feed,
        since=moment(since, "--since"),
    )
    found = findings_for(context().viewer, wanted)[:limit]
    told = emit((_row(finding) for finding in found.iterator(chunk_size=5_000)), _COLUMNS, as_json=as_json)
    if not told and not as_json:
        say(_why_nothing())


def _why_nothing() -> str:
    """What to do when no finding is there: most often nobody is in care yet, so nothing can be anybody's."""
    from tutela.apps.constituency.queries import counts

    if counts()["organisation"]:
        return "No finding is like that."
    return (
        "There are no findings, because no organisation is in your care yet. Say who is (docs/constituency.md shows "
        "the shortest file): tutela constituency import FILE. For events that are here already then: "
        "tutela constituency reattribute."
    )


@app.command("show")
def show_finding(
    finding: Annotated[str, typer.Argument(help="The id of the finding, or how it begins.")],
    as_json: Json = False,
) -> None:
    """Show one finding: what is known of it, its first and its last event, and why it is whose it is."""
    from tutela.apps.findings.queries import finding_by

    ground = context()
    found = finding_by(finding, ground.viewer)
    if found is None:
        raise WrongUse(f"no single finding begins with {finding!r}", remedy="Take the id from `tutela findings list`.")
    ends = _ends(found, ground)
    candidates = _explained(ends[-1], ground) if ends else []
    if as_json:
        first, last = (ends[0], ends[-1]) if ends else (None, None)
        show(_row(found) | {"first": first, "last": last, "candidates": candidates}, as_json=True)
        return
    told = {name: _line(event) for name, event in zip(("first_event", "last_event"), (ends * 2)[:2], strict=False)}
    why = {"attribution": ends[-1]["attribution"] if ends else None}
    for candidate in candidates:
        held = f"{candidate['kind']} {candidate['key']}"
        if candidate["winner"]:
            why["because"] = f"{held}: {candidate['reason']}"
        else:
            why[f"not {candidate['organisation']} by {held}"] = candidate["reason"]
    show(_row(found) | told | why, as_json=False)
    if not ends:
        say("Its events are not in the lake any more.")
    elif not candidates:
        say(f"The constituency that it was attributed against ({ends[-1]['snapshot']}) is not in the data folder.")


def _ends(finding: Finding, ground: Context) -> list[dict[str, Any]]:
    """The first and the last event of a finding, or the one that is both, or none after they expired."""
    from tutela.lake.query import EventFilter, ends, objects, query
    from tutela.lake.table import EventTable

    wanted = EventFilter(organisations=[finding.organisation], fingerprint=finding.fingerprint)
    return list(objects(ends(query(EventTable(ground.environment.lake_path), wanted))))


def _explained(event: dict[str, Any], ground: Context) -> list[dict[str, Any]]:
    """Who held what the event was attributed by, in the constituency that it was attributed against: best first."""
    from tutela.apps.constituency.queries import snapshot, snapshot_path
    from tutela.core.netspace.attribution import evidence_of

    home = ground.environment.home
    if not snapshot_path(home, event["snapshot"]).is_file():
        return []
    asked = str(event[evidence_of(event["attribution"])])
    return [one.as_dict() for one in snapshot(home, event["snapshot"]).explain(asked)]


def _line(event: dict[str, Any]) -> str:
    """One event on one line: when, by which feed, and where it stands in which report."""
    when = event.get("time.source", event.get("time.observation"))
    return f"{when} {event['feed']}, report {event['report'][:12]} row {event['row']}"


def _row(finding: Finding) -> dict[str, Any]:
    from tutela.core.findings.fold import SEVERITIES, TLP_LEVELS

    return {
        "finding": finding.id.hex[:12],
        "id": str(finding.id),
        "organisation": finding.organisation,
        "severity": SEVERITIES[finding.severity],
        "tlp": TLP_LEVELS[finding.tlp],
        "asset": finding.asset_key,
        "asset_type": finding.asset_type,
        "taxonomy": finding.classification_taxonomy,
        "type": finding.classification_type,
        "identifier": finding.classification_identifier or finding.malware_name,
        "malware": finding.malware_name,
        "vulnerabilities": finding.vulnerabilities,
        "observer": finding.observer,
        "first_seen": finding.first_seen,
        "last_seen": finding.last_seen,
        "events": finding.events,
        "state": finding.state,
        "fingerprint": str(finding.fingerprint),
        "recipe": finding.recipe,
    }
