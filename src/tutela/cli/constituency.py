"""``tutela constituency``: import, list, whois, freeze, snapshots, and re-attribution, which the flow does."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutela.cli.context import context, moment
from tutela.cli.output import Json, Limit, emit, say, show
from tutela.core.errors import WrongUse
from tutela.core.netspace.holdings import KINDS
from tutela.core.netspace.imports.reader import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutela.core.actor import Viewer

app = typer.Typer(name="constituency", help="The organisations in our care, and what is theirs.", no_args_is_help=True)

Ground = Annotated[str, typer.Option("--basis", help="Legal ground, as ID@VERSION.")]
At = Annotated[str | None, typer.Option(help="As it was or will be at this time (ISO 8601); without it: now.")]

_CHANGES = ("change", "kind", "key", "organisation", "field", "from", "to", "valid_from", "valid_to")
_ORGANISATIONS = ("organisation", "name", "parent", "sector", "jurisdiction", "criticality")
_HOLDINGS = ("kind", "key", "organisation", "valid_from", "valid_to", "source")
_CERTIFICATES = ("organisation", "role", "email", "kind", "fingerprint", "expires", "fault")
_CANDIDATES = ("winner", "kind", "key", "organisation", "name", "reason", "source")


@app.command("import")
def import_command(
    files: Annotated[list[str], typer.Argument(help="CSV, JSON, YAML, RPSL dump, delegated-extended; - for stdin.")],
    format: Annotated[str, typer.Option(help=f"auto, {', '.join(FORMATS)}.")] = "auto",  # noqa: A002 - the option
    source: Annotated[str, typer.Option(help="Provenance of rows that name none; else the file's name.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    limit: Limit = 1000,
    basis: Ground = "",
    as_json: Json = False,
) -> None:
    """Import organisations and what they hold; the same file again changes nothing.

    All files together are one import: with one wrong row nothing is written, and every wrong row is told.
    """
    from tutela.apps.constituency import actions, queries

    ground = context(basis)
    done = actions.import_files(
        files=files, format=format, source=source, dry_run=dry_run, by=ground.actor, basis=ground.basis
    )
    if done.entry is not None:
        queries.current_snapshot(ground.environment.home)  # made here, not when the first report waits for it
    for warning in done.warnings:
        say(str(warning))
    if as_json:
        told = {"dry_run": dry_run, "entry": done.entry, **done.counts}
        lines = list(islice(done.lines(), limit))
        warnings = [str(warning) for warning in done.warnings]
        show({**told, "changes": lines, "warnings": warnings}, as_json=True)
        return
    if dry_run:
        emit(islice(done.lines(), limit), _CHANGES, as_json=False)
    say(_summary(done.counts, dry_run=dry_run))


@app.command("list")
def list_command(
    kind: Annotated[str, typer.Option(help="organisation, network, domain, asn, or holding for the last three.")] = (
        "organisation"
    ),
    organisation: Annotated[str, typer.Option(help="Only of this organisation (global id).")] = "",
    all_times: Annotated[bool, typer.Option("--all", help="Also what has ended or has not begun.")] = False,
    limit: Limit = 1000,
    as_json: Json = False,
) -> None:
    """List organisations, or what they hold."""
    from tutela.apps.constituency import queries

    ground = context()
    if kind == "organisation":
        rows = _organisations(ground.viewer, organisation, limit)
        emit(rows, _ORGANISATIONS, as_json=as_json)
        return
    if kind not in {*KINDS, "holding"}:
        raise WrongUse(
            f"{kind!r} is no kind.", where="--kind", remedy=f"Use organisation, holding, {', '.join(KINDS)}."
        )
    current = None if all_times else ground.now
    wanted = queries.HoldingFilter("" if kind == "holding" else kind, organisation, current)
    emit(queries.holdings_for(ground.viewer, wanted, limit=limit), _HOLDINGS, as_json=as_json)


@app.command()
def certificates(
    ending: Annotated[bool, typer.Option("--ending", help="Only what has ended, or does within 30 days.")] = False,
    as_json: Json = False,
) -> None:
    """List the certificates of contacts, to which notices are encrypted."""
    from tutela.apps.constituency import queries

    ground = context()
    emit(queries.certificates_known(ground.viewer, ground.now, is_ending=ending), _CERTIFICATES, as_json=as_json)


@app.command()
def whois(
    question: Annotated[str, typer.Argument(help="An address, network, domain name, URL or AS number.")],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Say whose something is: every holding that matches, best first, and why the first one wins."""
    from tutela.apps.constituency import queries

    candidates = queries.explain(context().environment.home, question, at=moment(at, "--at"))
    names = queries.names(candidate.holding.organisation for candidate in candidates)
    rows = [candidate.as_dict() | {"name": names.get(candidate.holding.organisation, "")} for candidate in candidates]
    emit(rows, _CANDIDATES, as_json=as_json)
    if not rows and not as_json:
        say(f"Nobody in the constituency holds {question}.")


@app.command()
def freeze(basis: Ground = "", as_json: Json = False) -> None:
    """Freeze the constituency as it is, and record the snapshot in the ledger."""
    from tutela.apps.constituency import actions

    ground = context(basis)
    snapshot = actions.freeze(home=ground.environment.home, by=ground.actor, basis=ground.basis)
    if as_json:
        show({"snapshot": snapshot.id, "holdings": snapshot.holdings.height}, as_json=True)
        return
    sys.stdout.write(f"{snapshot.id}\n")


@app.command()
def snapshots(as_json: Json = False) -> None:
    """List the snapshots that lie in the data folder, the latest first."""
    from tutela.apps.constituency import queries

    known = queries.snapshots(context().environment.home)
    emit([{"snapshot": one} for one in known], ("snapshot",), as_json=as_json)


@app.command()
def reattribute(
    since: Annotated[str | None, typer.Option(help="Only events since this time; without it all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    basis: Ground = "",
    as_json: Json = False,
) -> None:
    """Attribute past events against the constituency as it is now; their findings move."""
    from tutela.flow.reattribute import reattribute as run

    ground = context(basis)
    done = run(
        since=moment(since, "--since"),
        dry_run=dry_run,
        environment=ground.environment,
        now=ground.now,
        by=ground.actor,
        basis=ground.basis,
    )
    moves = [
        {"from": before or "nobody", "to": after or "nobody", "events": number}
        for (before, after), number in sorted(done.moves.items(), key=lambda move: -move[1])
    ]
    if as_json:
        told = {"events": done.events, "findings": done.findings, "moves": moves, "dry_run": done.dry_run}
        show(told | {"snapshot": done.snapshot}, as_json=True)
        return
    emit(moves, ("from", "to", "events"), as_json=False)
    verb = "would change" if done.dry_run else "changed"
    say(f"{done.events} events {verb} hands, {done.findings} findings with them.")


def _organisations(viewer: Viewer, organisation: str, limit: int) -> Iterator[dict[str, Any]]:
    from tutela.apps.constituency import queries

    rows = queries.organisations_for(viewer)
    rows = rows.filter(global_id=organisation) if organisation else rows
    for one in rows.prefetch_related("identifiers")[:limit]:
        yield {
            "organisation": one.global_id,
            "name": one.name(),
            "names": one.names,
            "parent": one.parent_id,
            "path": one.path,
            "sector": one.sector,
            "jurisdiction": one.jurisdiction,
            "criticality": one.criticality,
            "language": one.language,
            "identifiers": {identifier.scheme: identifier.value for identifier in one.identifiers.all()},
        }


def _summary(counts: Mapping[str, int], *, dry_run: bool) -> str:
    told = [f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count]
    return f"{'Would be' if dry_run else 'Done'}: {', '.join(told) or 'nothing to change'}."
