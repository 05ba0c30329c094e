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
    network: Annotated[str | None, typer.Option(help="A prefix, an address or a range that holds the asset.")] = None,
    state: Annotated[str, typer.Option(help="open, or one state: new, acknowledged, claimed, closed, …")] = "",
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
        network=network,
        state=_states(state),
        feed=feed,
        since=moment(since, "--since"),
    )
    found = findings_for(context().viewer, wanted)[:limit]
    told = emit((_row(finding) for finding in found.iterator(chunk_size=5_000)), _COLUMNS, as_json=as_json)
    if not told and not as_json:
        say(_why_nothing())


def _states(text: str) -> tuple[str, ...]:
    from tutela.core.findings.life import OPEN, State

    if text == "open":
        return tuple(state.value for state in OPEN)
    known = [state.value for state in State]
    if text and text not in known:
        raise WrongUse(f"{text!r} is no state", where="--state", remedy=f"Use open, or one of {', '.join(known)}.")
    return (text,) if text else ()


@app.command("step")
def take_step(
    act: Annotated[
        str, typer.Argument(help="acknowledge, claim, dispute (false positive), accept (risk) or withdraw.")
    ],
    findings: Annotated[list[str], typer.Argument(help="Ids of findings, or how they begin.")],
    reason: Annotated[str, typer.Option(help="Why; needed to dispute, accept and withdraw.")] = "",
    until: Annotated[str | None, typer.Option(help="Until when; needed to dispute and accept.")] = None,
    as_json: Json = False,
) -> None:
    """Take a step with findings: what is possible from which state stands in docs/findings.md."""
    from tutela.apps.findings.actions import perform
    from tutela.apps.findings.queries import RIGHT_TO, finding_by
    from tutela.core.findings.life import Act

    ground = context()
    if act not in {one.value for one in RIGHT_TO}:
        known = ", ".join(one.value for one in RIGHT_TO)
        raise WrongUse(f"{act!r} is no step that a person takes", remedy=f"Use one of {known}.")
    found = []
    for text in findings:
        one = finding_by(text, ground.viewer)
        if one is None:
            raise WrongUse(f"no single finding begins with {text!r}", remedy="See `tutela findings list`.")
        found.append(one.pk)
    done = perform(
        act=Act(act),
        findings=found,
        viewer=ground.viewer,
        reason=reason,
        until=moment(until, "--until"),
        now=ground.now,
        by=ground.actor,
        basis=ground.basis,
    )
    show({"done": done.done, "skipped": done.skipped}, as_json=as_json)


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
    life = _life(found)
    ends = _ends(found, ground)
    candidates = _explained(ends[-1], ground) if ends else []
    if as_json:
        first, last = (ends[0], ends[-1]) if ends else (None, None)
        show(_row(found) | life | {"first": first, "last": last, "candidates": candidates}, as_json=True)
        return
    life["steps"] = "; ".join(f"{step['at']:%Y-%m-%d %H:%M} {step['act']} by {step['by']}" for step in life["steps"])
    life["reports"] = "; ".join(f"{report['file']}: {report['says']}" for report in life["reports"])
    told = {name: _line(event) for name, event in zip(("first_event", "last_event"), (ends * 2)[:2], strict=False)}
    why = {"attribution": ends[-1]["attribution"] if ends else None}
    for candidate in candidates:
        held = f"{candidate['kind']} {candidate['key']}"
        if candidate["winner"]:
            why["because"] = f"{held}: {candidate['reason']}"
        else:
            why[f"not {candidate['organisation']} by {held}"] = candidate["reason"]
    show(_row(found) | life | told | why, as_json=False)
    if not ends:
        say("Its events are not in the lake any more.")
    elif not candidates:
        say(f"The constituency that it was attributed against ({ends[-1]['snapshot']}) is not in the data folder.")


def _life(finding: Finding) -> dict[str, Any]:
    """The steps that were taken, and what each report since it was last shown says about it."""
    from tutela.apps.findings.queries import life_of, outlook

    found = outlook(finding)
    return {
        "closed_by": f"{found.verdict.count} of {found.verdict.needed} reports that show it absent",
        "reports": [
            {"file": report.file_name, "report": report.content, "says": word.value} for report, word in found.reports
        ],
        "steps": [
            {
                "at": step.at,
                "act": step.act,
                "after": step.after,
                "by": f"{step.actor_kind}:{step.actor_name}",
                "reason": step.reason,
                "until": step.until,
                "evidence": step.evidence,
            }
            for step in life_of(finding)
        ],
    }


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
