"""``tutela ledger``: verify, list, receipts, the public key, and a new log when the old one is lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tutela.apps.ledger import actions, queries
from tutela.cli.context import context
from tutela.cli.output import Json, emit, show
from tutela.core.actor import Basis
from tutela.core.errors import BadInput, WrongUse
from tutela.core.ledger import receipt as receipts
from tutela.core.ledger.note import Verifier

app = typer.Typer(
    name="ledger", help="What was done, by whom, on what legal ground, and the proof of it.", no_args_is_help=True
)

_COLUMNS = ("entry", "time", "actor", "action", "object", "basis", "details")


@app.command()
def verify(
    against: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, dir_okay=False, help="A copy of the checkpoint that was kept elsewhere (may be given again)."
        ),
    ] = None,
    key: Annotated[str, typer.Option(help="The log's public key that was kept elsewhere: name+hash+base64.")] = "",
    as_json: Json = False,
) -> None:
    """Read the whole ledger and prove that nothing was changed, reordered or deleted; exit code 1 if something was."""
    result = queries.verify(
        context().environment.home,
        against=[path.read_bytes() for path in against or ()],
        key=_verifier(key) if key else None,
    )
    if as_json:
        show(result.as_dict(), as_json=True)
    else:
        _tell(result)
    raise typer.Exit(0 if result.ok else 1)


@app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many entries, the latest first.")] = 100,
    before: Annotated[
        int | None, typer.Option(min=0, max=10**15, help="Only entries below this number (for paging).")
    ] = None,
    action: Annotated[str, typer.Option(help="Only actions that start like this.")] = "",
    as_json: Json = False,
) -> None:
    """List entries, the latest first."""
    entries = queries.entries_for(context().viewer, limit=limit, before=before, action=action)
    emit(entries if as_json else map(_row, entries), _COLUMNS, as_json=as_json)


def _row(entry: dict[str, Any]) -> dict[str, str]:
    """An entry for people; counts of nothing say nothing."""
    actor, of = entry["actor"], entry["object"]
    return {
        "entry": str(entry["seq"]),
        "time": entry["time"],
        "actor": actor.get("value") or actor.get("name") or f"{actor['kind']} (erased)",
        "action": entry["action"],
        "object": f"{of['type']} {(of.get('hash') or of.get('commitment'))[:12]}",
        "basis": f"{entry['basis']['id']} {entry['basis']['version']}",
        "details": " ".join(f"{name}={value!s:.12}" for name, value in entry["details"].items() if value),
    }


@app.command()
def receipt(seq: Annotated[int, typer.Argument(min=0, help="The number of the entry.")]) -> None:
    """Print a receipt (C2SP tlog-proof) that proves an entry without the ledger at hand."""
    sys.stdout.write(queries.receipt(seq))


@app.command("check-receipt")
def check_receipt(
    receipt_file: Annotated[Path, typer.Argument(help="The receipt; - for standard input.")],
    key: Annotated[str, typer.Option(help="The log's public key: name+hash+base64.")],
) -> None:
    """Check a receipt; needs no database. Prints the entry that is proven."""
    if str(receipt_file) != "-" and not receipt_file.is_file():
        raise WrongUse("There is no such file.", where=str(receipt_file))
    data = sys.stdin.buffer.read() if str(receipt_file) == "-" else receipt_file.read_bytes()
    proof = receipts.parse(data)
    proof.verify(_verifier(key))
    sys.stdout.write((proof.entry or b"").decode() + "\n")


@app.command()
def key() -> None:
    """Print the log's public key, to be kept elsewhere together with copies of the checkpoint."""
    log = queries.verifier()
    if log is None:
        raise BadInput("Nothing has been recorded yet: the key is made with the first entry.")
    sys.stdout.write(f"{log}\n")


@app.command()
def adopt(
    basis: Annotated[str, typer.Option(help="Id of the legal ground for going on without the old log.")],
    basis_version: Annotated[str, typer.Option(help="Version of that ground.")],
) -> None:
    """Start a new log over the entries that are left, when key, checkpoint or database are lost."""
    seq = actions.adopt(by=context().actor, basis=Basis(basis, basis_version))
    sys.stdout.write(f"Entry {seq} is the first of the new log. Keep its key elsewhere: tutela ledger key\n")


def _verifier(text: str) -> Verifier:
    try:
        return Verifier.parse(text)
    except BadInput as error:
        raise WrongUse(error.what, where="--key", remedy=error.remedy) from error


def _tell(result: queries.Verification) -> None:
    from rich.console import Console  # noqa: PLC0415 - only here is there something in colour

    console = Console(highlight=False)
    for flaw in (*result.problems, *result.warnings):
        console.print(
            f"{flaw.severity}: {flaw.what}", style="red" if flaw.severity == "error" else "yellow", markup=False
        )
    if result.ok:
        console.print(
            f"The ledger is whole: {result.size} entries, {result.checkpoint_size} under the signed checkpoint."
        )
        console.print(f"root {result.root}", soft_wrap=True)
        console.print(f"key  {result.key}", soft_wrap=True)
    else:
        console.print(f"The ledger is NOT what was recorded: {len(result.problems)} problems in {result.size} entries.")
