"""``tutela demo``: the demonstration that ships in ``content/demo``, taken in as any report is, and its picture."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutela.cli import demo_incidents, demo_law, demo_mails, demo_obligations, demo_people
from tutela.cli.context import Context, context
from tutela.cli.output import Json, complain, emit, say, show
from tutela.cli.serve import address
from tutela.core.errors import Conflict
from tutela.core.rights import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tutela.apps.intake.models import Report
    from tutela.flow.ingest import Ingested

CONTENT = Path(__file__).resolve().parent.parent / "content" / "demo"
_MARK = "demonstration"
_WORST = 8
_NEXT = """\
The demonstration is loaded. Its console is at {address} (the bare `./run` starts it, `./run tutela serve` too). Sign
in there as

  {people}

with the password  {password}  (made for this folder alone). Or look around from here:

  ./run tutela findings list --severity high       what is wrong, whose it is, since when
  ./run tutela constituency whois 192.0.2.10       whose an address is, and why
  ./run tutela events query --address 192.0.2.0/24 single events
  ./run tutela quarantine list                     what could not be read, and why
  ./run tutela ledger verify                       that nobody changed anything behind our back

On your own data, in a home of its own:

  export TUTELA_HOME=~/tutela
  ./run tutela constituency import networks.csv    who is in your care (--dry-run shows what would change)
  ./run tutela feeds list                          what can be read already
  ./run tutela ingest reports/                     read it all; the same again changes nothing
"""


def demo(as_json: Json = False) -> None:
    """Load the demonstration (an invented authority and its reports) and print the picture."""
    from tutela.apps.constituency.actions import import_files
    from tutela.flow.ingest import ingest
    from tutela.flow.tick import tick

    ground = context()
    _only_where_nothing_else_is(ground)
    say("tutela: loading the demonstration, an invented authority; all its addresses are reserved for documentation…")
    import_files(files=[str(CONTENT / "constituency.yaml")], by=ground.actor, basis=ground.basis)
    ground = context()  # the import took its time: what follows is later
    result = ingest(
        [str(CONTENT / "reports")],
        feed="auto",
        environment=ground.environment,
        now=ground.now,
        by=ground.actor,
        basis=ground.basis,
    )
    tick(environment=ground.environment, now=ground.now, by=ground.actor, basis=ground.basis)
    password = demo_people.add_people(ground, ground.environment.home / _MARK)
    demo_law.add_statements(ground)
    begun = demo_incidents.add_incidents(ground)
    if begun is not None:
        demo_obligations.add_obligations(ground, begun)
    demo_mails.add_mails(ground)
    picture = _picture(result, ground)
    if as_json:
        show(picture, as_json=True)
        return
    _print(picture, password, ground)
    for error in result.refused:
        complain(error)


def _only_where_nothing_else_is(ground: Context) -> None:
    """The demonstration never mixes with real data. Raises Conflict."""
    from tutela.apps.intake.queries import reports_for

    mark = ground.environment.home / _MARK
    if not mark.exists():
        if reports_for(ground.viewer).exists():
            raise Conflict(
                "reports of your own are here already, and the demonstration does not mix with them.",
                where=str(ground.environment.home),
                remedy="Give it a home of its own: TUTELA_HOME=/tmp/demonstration ./run",
            )
        mark.touch()


def _picture(result: Ingested, ground: Context) -> dict[str, list[dict[str, Any]]]:
    """What came in, whom it concerns, the worst findings, what went to quarantine."""
    reports = [
        {
            "report": report.file_name,
            "feed": report.feed,
            "rows": report.rows,
            "events": report.events,
            "new": report.new,
            "duplicate": report.duplicate,
            "quarantined": report.quarantined,
        }
        for report in sorted(_reports(result), key=lambda report: str(report.file_name))
    ]
    return {
        "reports": reports,
        "organisations": _organisations(ground),
        "findings": _worst(ground),
        "quarantine": _quarantine(result, ground),
        "refused": [error.as_dict() for error in result.refused],
    }


def _reports(result: Ingested) -> list[Report]:
    return [*result.reports, *(again.report for again in result.known)]


def _organisations(ground: Context) -> list[dict[str, Any]]:
    from django.db.models import Count, Max

    from tutela.apps.constituency.queries import names
    from tutela.apps.findings.queries import findings_for
    from tutela.core.findings.fold import SEVERITIES

    counted = list(
        findings_for(ground.viewer)
        .order_by()
        .values("organisation")
        .annotate(count=Count("id"), worst=Max("severity"), seen=Max("last_seen"))
        .order_by("-worst", "-count")
    )
    known = names(row["organisation"] for row in counted)
    return [
        {
            "organisation": row["organisation"],
            "name": known.get(row["organisation"], ""),
            "findings": row["count"],
            "worst": SEVERITIES[row["worst"]],
            "last seen": row["seen"],
        }
        for row in counted
    ]


def _worst(ground: Context) -> list[dict[str, Any]]:
    from tutela.apps.findings.queries import findings_for
    from tutela.core.findings.fold import SEVERITIES

    return [
        {
            "severity": SEVERITIES[finding.severity],
            "asset": finding.asset_key,
            "condition": " ".join(
                filter(None, (finding.classification_type, finding.classification_identifier or finding.malware_name))
            ),
            "organisation": finding.organisation,
            "events": finding.events,
            "first seen": finding.first_seen,
            "last seen": finding.last_seen,
        }
        for finding in findings_for(ground.viewer)[:_WORST]
    ]


def _quarantine(result: Ingested, ground: Context) -> list[dict[str, Any]]:
    from tutela.lake.quarantine import Quarantine

    quarantine = Quarantine(ground.environment.home)
    return [
        {"report": report.file_name, **row}
        for report in _reports(result)
        if report.quarantined
        for row in quarantine.rows(str(report.id)).select("row", "reason", "detail").collect().iter_rows(named=True)
    ]


def _print(picture: Mapping[str, Sequence[Mapping[str, Any]]], password: str, ground: Context) -> None:
    _section("What came in", picture["reports"])
    _section("Whom it concerns", picture["organisations"])
    _section("The worst findings", picture["findings"])
    _section("What went to quarantine", picture["quarantine"])
    people = "\n  ".join(demo_people.address(role) for role in Role)
    sys.stdout.write("\n" + _NEXT.format(address=address(ground.environment), people=people, password=password))


def _section(title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    sys.stdout.write(f"\n{title}\n\n")
    sys.stdout.flush()
    if rows:
        emit(rows, list(rows[0]), as_json=False)
    else:
        sys.stdout.write("nothing\n")
