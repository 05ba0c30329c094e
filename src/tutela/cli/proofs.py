"""Verifies what others hold of a ledger: reads it from files and addresses, and says in plain words what it proves.

Nothing here opens the house: who checks a receipt has no database, and need not trust one.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tutela.cli.output import printable, show
from tutela.core.errors import BadInput, WrongUse
from tutela.core.ledger import verifier
from tutela.core.ledger.note import LARGEST_NOTE
from tutela.core.ledger.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutela.core.ledger.note import Verifier

LARGEST: Final = 2 * LARGEST_NOTE
"""Bytes of the largest receipt or checkpoint that is read."""

_LARGEST_CONTENT: Final = 64 * 2**20
_WORDS: Final = {Outcome.PROVEN: "proven", Outcome.REFUTED: "NOT SO", Outcome.OPEN: "not shown"}


def verify(
    sources: Sequence[str],
    *,
    key: Verifier | None,
    against: Sequence[bytes],
    contents: Sequence[Path],
    as_json: bool,
) -> bool:
    """Verify each file or address, then all of them together; prints what came out, and says whether all is proven."""
    if key is None:
        raise WrongUse(
            "without the public key of the ledger nothing is proven.",
            where="--key",
            remedy="Ask its keeper for it on another way than the file came (they print it: tutela ledger key).",
        )
    held = {path.name: _limited(path, _LARGEST_CONTENT) for path in contents}
    verdicts = [(source, _verdict(source, key, against, held)) for source in sources]
    apart = verifier.disagreements([verdict for _, verdict in verdicts])
    ok = all(verdict.ok for _, verdict in verdicts) and not apart
    if as_json:
        told = [{"source": source} | verdict.as_dict() for source, verdict in verdicts]
        show({"ok": ok, "files": told, "together": [{"code": s.code, "what": s.what} for s in apart]}, as_json=True)
        return ok
    for source, verdict in verdicts:
        _tell(source, verdict)
    for statement in apart:
        _line(_WORDS[statement.outcome], statement.what)
    return ok


def _verdict(source: str, key: Verifier, against: Sequence[bytes], contents: dict[str, bytes]) -> Verdict:
    try:
        return verifier.verify(_read(source), key=key, now=datetime.now(UTC), against=against, contents=contents)
    except BadInput as error:
        raise BadInput(error.what, where=error.where or source, remedy=error.remedy) from error


def _read(source: str) -> bytes:
    if "://" in source:
        from tutela.engine.fetch import fetch  # noqa: PLC0415 - files need nothing of it

        return fetch(source, maximum_bytes=LARGEST, from_this_machine=True)
    if source == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    return _limited(Path(source), LARGEST)


def _limited(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise WrongUse(f"the file cannot be read: {error.strerror}.", where=str(path)) from error
    if len(data) > most:
        raise BadInput(f"The file has more than {most >> 20} MiB.", where=str(path))
    return data


def _tell(source: str, verdict: Verdict) -> None:
    sys.stdout.write(printable(f"{source}: {verdict.kind}") + "\n")
    for statement in verdict.statements:
        _line(_WORDS[statement.outcome], statement.what)
    for limit in verdict.limits:
        _line("beyond it", limit)


def _line(word: str, what: str) -> None:
    sys.stdout.write(f"  {word:<10} {printable(what)}\n")
