"""``tutela constituency``: import, list, whois, freeze, snapshots."""

from __future__ import annotations

import getpass
import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from django.conf import settings
from django.utils import timezone
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tutela.apps.constituency import actions, queries
from tutela.core.actor import Actor, Basis, Viewer
from tutela.core.errors import WrongUse
from tutela.core.netspace.holdings import KINDS
from tutela.core.netspace.imports.reader import FORMATS
from tutela.core.netspace.imports.values import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

app = typer.Typer(name="constituency", help="The organisations in our care, and what is theirs.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, and nothing else there.")]
Ground = Annotated[str, typer.Option("--basis", help="Legal ground, as ID@VERSION.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000_000, help="Print at most so many.")]
At = Annotated[str, typer.Option(help="As it was or will be at this time (ISO 8601); empty: now.")]

_CHANGES = ("change", "kind", "key", "organisation", "field", "from", "to", "valid_from", "valid_to")
_ORGANISATIONS = ("organisation", "name", "parent", "sector", "jurisdiction", "criticality")
_HOLDINGS = ("kind", "key", "organisation", "valid_from", "valid_to", "source")
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
    done = actions.import_files(
        files=files, format=format, source=source, dry_run=dry_run, by=_operator(), basis=_basis(basis)
    )
    if done.entry is not None:
        queries.current_snapshot(settings.TUTELA.home)  # made here, not when the first report waits for it
    for warning in done.warnings:
        _say(str(warning))
    if as_json:
        told = {"dry_run": dry_run, "entry": done.entry, **done.counts}
        lines = list(islice(done.lines(), limit))
        _write({**told, "changes": lines, "warnings": [str(warning) for warning in done.warnings]})
        return
    if dry_run:
        _emit(islice(done.lines(), limit), _CHANGES, as_json=False)
    _say(_summary(done.counts, dry_run=dry_run))


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
    viewer = Viewer(_operator())
    if kind == "organisation":
        rows = _organisations(viewer, organisation, limit)
        _emit(rows, _ORGANISATIONS, as_json=as_json)
        return
    if kind not in {*KINDS, "holding"}:
        raise WrongUse(
            f"{kind!r} is no kind.", where="--kind", remedy=f"Use organisation, holding, {', '.join(KINDS)}."
        )
    current = None if all_times else timezone.now()
    wanted = queries.HoldingFilter("" if kind == "holding" else kind, organisation, current)
    _emit(queries.holdings_for(viewer, wanted, limit=limit), _HOLDINGS, as_json=as_json)


@app.command()
def whois(
    question: Annotated[str, typer.Argument(help="An address, network, domain name, URL or AS number.")],
    at: At = "",
    as_json: Json = False,
) -> None:
    """Say whose something is: every holding that matches, best first, and why the first one wins."""
    candidates = queries.explain(settings.TUTELA.home, question, at=_moment(at))
    names = queries.names(candidate.holding.organisation for candidate in candidates)
    rows = [candidate.as_dict() | {"name": names.get(candidate.holding.organisation, "")} for candidate in candidates]
    _emit(rows, _CANDIDATES, as_json=as_json)
    if not rows and not as_json:
        _say(f"Nobody in the constituency holds {question}.")


@app.command()
def freeze(basis: Ground = "", as_json: Json = False) -> None:
    """Freeze the constituency as it is, and record the snapshot in the ledger."""
    snapshot = actions.freeze(home=settings.TUTELA.home, by=_operator(), basis=_basis(basis))
    if as_json:
        _write({"snapshot": snapshot.id, "holdings": snapshot.holdings.height})
        return
    sys.stdout.write(f"{snapshot.id}\n")


@app.command()
def snapshots(as_json: Json = False) -> None:
    """List the snapshots that lie in the data folder, the latest first."""
    _emit([{"snapshot": one} for one in queries.snapshots(settings.TUTELA.home)], ("snapshot",), as_json=as_json)


def _organisations(viewer: Viewer, organisation: str, limit: int) -> Iterator[dict[str, Any]]:
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


def _operator() -> Actor:
    return Actor("operator", getpass.getuser())


def _basis(text: str) -> Basis:
    given, where = (text, "--basis") if text else (settings.TUTELA.basis, "TUTELA_BASIS")
    identifier, _, version = given.rpartition("@")
    if not identifier or not version:
        raise WrongUse(f"{given!r} is no legal basis.", where=where, remedy="Write ID@VERSION.")
    return Basis(identifier, version)


def _moment(text: str) -> datetime | None:
    try:
        return moment(text) if text else None
    except ValueError as error:
        raise WrongUse(f"{error}.", where="--at", remedy="Write 2026-03-01.") from error


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _write(value: object) -> None:
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")


def _emit(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """A JSON array with all keys, a table on a terminal, lines with tabs in a pipe."""
    if as_json:
        separator = "["
        for row in rows:
            sys.stdout.write(separator + orjson.dumps(dict(row), default=str).decode())
            separator = ",\n"
        sys.stdout.write("[]\n" if separator == "[" else "]\n")
        return
    if sys.stdout.isatty():
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(_cell(row.get(column))) for column in columns))
        Console(highlight=False).print(table)
        return
    sys.stdout.write("\t".join(columns) + "\n")
    for row in rows:
        sys.stdout.write("\t".join(_cell(row.get(column)) for column in columns) + "\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = orjson.dumps(value).decode() if isinstance(value, dict | list | tuple) else str(value)
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
