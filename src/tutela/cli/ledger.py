"""``tutela ledger``: verify, list, receipts, the public key, and a new log when the old one is lost.

What verifies a file of somebody else's ledger needs no database and loads no framework: each command that asks the own
ledger opens the house first.
"""

# What asks the database is imported when a command runs that needs it.
# ruff: noqa: PLC0415
from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutela.cli import proofs
from tutela.cli.output import Json, emit, show
from tutela.core.errors import BadInput, WrongUse
from tutela.core.ledger.checkpoint import open_checkpoint
from tutela.core.ledger.cosignature import Witness
from tutela.core.ledger.note import Verifier

if TYPE_CHECKING:
    from tutela.apps.ledger import queries as ledger
    from tutela.cli.context import Context

app = typer.Typer(
    name="ledger", help="What was done, by whom, on what legal ground, and the proof of it.", no_args_is_help=True
)

Witnesses = Annotated[
    list[str] | None, typer.Option(help="Public key of a witness that must have cosigned (may be given again).")
]
Stamps = Annotated[
    list[Path] | None,
    typer.Option(exists=True, dir_okay=False, help="A time stamp (RFC 3161) over the head (may be given again)."),
]
Roots = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="PEM roots of the authority that stamped.")
]

_COLUMNS = ("entry", "time", "actor", "action", "object", "basis", "details")
_NOTHING_YET = "Nothing has been recorded yet: the key is made with the first entry."


@app.command()
def verify(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|URL]...",
            help="Receipts, checkpoints, proofs of continuation, or a place of tiles; without one: the own ledger.",
        ),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, dir_okay=False, help="A copy of a checkpoint that was kept elsewhere (may be given again)."
        ),
    ] = None,
    key: Annotated[str, typer.Option(help="The log's public key that was kept elsewhere: name+hash+base64.")] = "",
    content: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A file that the receipt is about (may be given again)."),
    ] = None,
    witness: Witnesses = None,
    timestamp: Stamps = None,
    authority: Roots = None,
    as_json: Json = False,
) -> None:
    """Prove that nothing was changed, reordered or deleted: of the own ledger, or of what others hold of one."""
    log = _verifier(key) if key else None
    kept = {str(path): path.read_bytes() for path in against or ()}
    if files:
        others = proofs.Others(_witnesses(witness), timestamp or (), authority)
        ok = proofs.verify(files, key=log, against=kept, contents=content or (), others=others, as_json=as_json)
    elif content or witness or timestamp:
        raise WrongUse(
            "contents, witnesses and time stamps are of receipts and checkpoints.",
            where="--content" if content else "--witness" if witness else "--timestamp",
            remedy="Name the file to verify.",
        )
    else:
        ok = _verify_own(list(kept.values()), log, as_json=as_json)
    raise typer.Exit(0 if ok else 1)


def _verify_own(against: list[bytes], key: Verifier | None, *, as_json: bool) -> bool:
    ground = _house()
    from tutela.apps.ledger import queries

    result = queries.verify(ground.environment.home, against=against, key=key)
    if as_json:
        show(result.as_dict(), as_json=True)
    else:
        _tell(result)
    return result.ok


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
    ground = _house()
    from tutela.apps.ledger import queries

    entries = queries.entries_for(ground.viewer, limit=limit, before=before, action=action)
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
def receipt(
    seq: Annotated[int, typer.Argument(min=0, help="The number of the entry.")],
    cosigned: Annotated[bool, typer.Option("--cosigned", help="Under the last head that witnesses signed.")] = False,
    stamped: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Under the first head that was time-stamped; write its stamp to this file."),
    ] = None,
) -> None:
    """Print a receipt (C2SP tlog-proof) that proves an entry without the ledger at hand."""
    _house()
    from tutela.apps.ledger import queries

    if stamped is None:
        sys.stdout.write(queries.receipt(seq, is_cosigned=cosigned))
        return
    if cosigned:
        raise WrongUse("a receipt is under one head.", where="--stamped", remedy="Ask for two receipts.")
    text, token = queries.stamped_receipt(seq)
    stamped.write_bytes(token)
    sys.stdout.write(text)


@app.command()
def stamp(as_json: Json = False) -> None:
    """Let the time-stamping authority that is set stamp the ledger's head now; `tutela tick` does it daily."""
    ground = _house()
    from tutela.flow.stamp import stamp as stamp_now

    done = stamp_now(environment=ground.environment, every=timedelta(), by=ground.actor, basis=ground.basis)
    told = {"entries": done.size, "time": f"{done.time:%Y-%m-%dT%H:%M:%SZ}", "by": done.by} if done else {"entries": 0}
    show(told, as_json=as_json)


@app.command()
def continuation(
    since: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The checkpoint that somebody kept.")],
) -> None:
    """Print the proof that the ledger of now continues that checkpoint, for somebody without the ledger."""
    _house()
    from tutela.apps.ledger import queries

    log = queries.verifier()
    if log is None:
        raise BadInput(_NOTHING_YET)
    sys.stdout.write(queries.continuation(open_checkpoint(since.read_bytes(), log).size))


@app.command()
def tiles(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="A folder that a web server serves.")],
    entries: Annotated[bool, typer.Option("--entries", help="Write the entries too, not the hashes alone.")] = False,
    as_json: Json = False,
) -> None:
    """Write checkpoint and tiles (C2SP tlog-tiles) as static files; only what is new since the last time."""
    ground = _house()
    from tutela.apps.ledger import queries

    done = queries.publish(folder, with_entries=entries, home=ground.environment.home)
    show({"entries": done.size, "tiles": done.written}, as_json=as_json)


@app.command()
def key() -> None:
    """Print the log's public key, to be kept elsewhere together with copies of the checkpoint."""
    _house()
    from tutela.apps.ledger import queries

    log = queries.verifier()
    if log is None:
        raise BadInput(_NOTHING_YET)
    sys.stdout.write(f"{log}\n")


@app.command()
def cosign(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="Tiles, a checkpoint or a proof of another's log.")],
    key: Annotated[str, typer.Option(help="The public key of that log: name+hash+base64.")],
) -> None:
    """As a witness: sign the head of another's log if it continues the one signed before, and print it."""
    ground, log = _house(), _verifier(key)
    from tutela.apps.ledger import actions, queries

    seen = queries.seen(log.name)
    kept = {} if seen is None else {"the head that was cosigned before": seen}
    (verdict,) = proofs.verdicts([source], log, kept, {}).values()
    sys.stdout.write(
        actions.cosign(verdict=verdict, seen=seen, log=log, time=ground.now, by=ground.actor, basis=ground.basis)
    )


@app.command("take-cosigned")
def take_cosigned(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The head as the witness gave it back.")],
    witness: Annotated[list[str], typer.Option(help="Public key of the witness (may be given again).")],
) -> None:
    """Keep a head of the own log that witnesses have signed, for receipts under it (receipt --cosigned)."""
    ground, witnesses = _house(), _witnesses(witness)
    from tutela.apps.ledger import actions

    size = actions.take_cosigned(
        data=file.read_bytes(), witnesses=witnesses, time=ground.now, by=ground.actor, basis=ground.basis
    )
    sys.stdout.write(f"Cosigned: the first {size} entries.\n")


@app.command("witness-key")
def witness_key() -> None:
    """Print the public key with which heads of others are cosigned."""
    _house()
    from tutela.apps.ledger import queries

    sys.stdout.write(f"{queries.witness()}\n")


@app.command()
def adopt(
    basis: Annotated[str, typer.Option(help="Id of the legal ground for going on without the old log.")],
    basis_version: Annotated[str, typer.Option(help="Version of that ground.")],
) -> None:
    """Start a new log over the entries that are left, when key, checkpoint or database are lost."""
    ground = _house()
    from tutela.apps.ledger import actions
    from tutela.core.actor import Basis

    seq = actions.adopt(by=ground.actor, basis=Basis(basis, basis_version))
    sys.stdout.write(f"Entry {seq} is the first of the new log. Keep its key elsewhere: tutela ledger key\n")


def _house() -> Context:
    """Open the house, as only what asks the own ledger must."""
    from tutela.config.boot import boot

    boot()
    from tutela.cli.context import context

    return context()


def _verifier(text: str) -> Verifier:
    try:
        return Verifier.parse(text)
    except BadInput as error:
        raise WrongUse(error.what, where="--key", remedy=error.remedy) from error


def _witnesses(texts: list[str] | None) -> list[Witness]:
    try:
        return [Witness.parse(text) for text in texts or ()]
    except BadInput as error:
        raise WrongUse(error.what, where="--witness", remedy=error.remedy) from error


def _tell(result: ledger.Verification) -> None:
    from rich.console import Console

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
