"""``tutela findings``: what is wrong, where, and whose it is."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutela.cli.context import context, moment
from tutela.cli.output import Json, Limit, emit, say
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from tutela.apps.findings.models import Finding

app = typer.Typer(no_args_is_help=True)
_COLUMNS = ("severity", "organisation", "asset", "type", "identifier", "last_seen", "events", "state")


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
    asset: Annotated[str | None, typer.Option(help="The asset, exactly: an address, a domain, a URL.")] = None,
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


def _row(finding: Finding) -> dict[str, Any]:
    from tutela.core.findings.fold import SEVERITIES, TLP_LEVELS

    return {
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
