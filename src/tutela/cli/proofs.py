"""Verifies what others hold of a ledger: reads it from files and addresses, and says in plain words what it proves.

Nothing here opens the house: who checks a receipt has no database, and need not trust one.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tutela.cli import mails
from tutela.cli.output import printable, show
from tutela.core.errors import BadInput, WrongUse
from tutela.core.ledger import verifier
from tutela.core.ledger.note import LARGEST_NOTE
from tutela.core.ledger.timestamp import LARGEST as LARGEST_STAMP
from tutela.core.ledger.timestamp import Authorities
from tutela.core.ledger.verdict import Outcome, Verdict
from tutela.engine.fetch import Absent, fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tutela.core.ledger.cosignature import Witness
    from tutela.core.ledger.note import Verifier
    from tutela.core.ledger.tiles import Fetch

LARGEST: Final = 2 * LARGEST_NOTE
"""Bytes of the largest receipt or checkpoint that is read."""

_LARGEST_CONTENT: Final = 64 * 2**20
_WORDS: Final = {Outcome.PROVEN: "proven", Outcome.REFUTED: "NOT SO", Outcome.OPEN: "not shown"}


@dataclass(frozen=True, slots=True)
class Others:
    """What people apart from the ledger's keeper say of it: witnesses, and time stamps with whom to believe."""

    witnesses: Sequence[Witness] = ()
    stamps: Sequence[Path] = ()
    roots: Path | None = None

    def tell(self, found: Iterable[Verdict]) -> None:
        """Add to each verdict what they say of it. Raises WrongUse, BadInput."""
        authorities = self._authorities()
        stamps = {path.name: _limited(path, LARGEST_STAMP) for path in self.stamps}
        for verdict in found:
            verifier.witnessed(verdict, self.witnesses)
            if authorities is not None:
                verifier.stamped(verdict, stamps, authorities)

    def _authorities(self) -> Authorities | None:
        if not self.stamps:
            return None
        if self.roots is None:
            remedy = "Ask the time-stamping authority for its root certificates (PEM)."
            raise WrongUse("a time stamp proves nothing without whom to believe.", where="--authority", remedy=remedy)
        return Authorities.parse(_limited(self.roots, _LARGEST_CONTENT))


def verify(
    sources: Sequence[str],
    *,
    key: Verifier | None,
    against: Mapping[str, bytes],
    contents: Sequence[Path],
    others: Others,
    as_json: bool,
) -> bool:
    """Verify each file or address, then all of them together; prints what came out, and says whether all is proven."""
    if key is None:
        raise WrongUse(
            "without the public key of the ledger nothing is proven.",
            where="--key",
            remedy="Ask its keeper for it on another way than the file came (they print it: tutela ledger key).",
        )
    held: dict[str, list[bytes]] = {}
    for path in contents:
        data = _limited(path, _LARGEST_CONTENT)
        held |= mails.taken_apart(data).contents if mails.is_mail(path.name) else {path.name: mails.forms(data)}
    found = verdicts(sources, key, against, held)
    others.tell(found.values())
    apart = verifier.disagreements(list(found.values()))
    ok = all(verdict.ok for verdict in found.values()) and not apart
    if as_json:
        told = [{"source": source} | verdict.as_dict() for source, verdict in found.items()]
        show({"ok": ok, "files": told, "together": [{"code": s.code, "what": s.what} for s in apart]}, as_json=True)
        return ok
    for source, verdict in found.items():
        _tell(source, verdict)
    for statement in apart:
        _line(_WORDS[statement.outcome], statement.what)
    return ok


def verdicts(
    sources: Sequence[str], key: Verifier, against: Mapping[str, bytes], contents: dict[str, list[bytes]]
) -> dict[str, Verdict]:
    """Of each source. Where tiles are among them, they show of all the others whether the ledger continues them."""
    logs = [source for source in sources if _is_log(source)]
    kept = {} if logs else against
    now = datetime.now(UTC)
    found = {}
    for source in dict.fromkeys(sources):
        if source not in logs:
            with _named(source):
                data, more = _evidence(source)
                found[source] = verifier.verify(data, key=key, now=now, against=kept, contents=contents | more)
    held = dict(against) | {source: verdict.signed for source, verdict in found.items() if verdict.signed}
    for source in logs:
        with _named(source):
            found[source] = verifier.verify_log(_fetcher(source), key=key, against=held)
    return found


@contextmanager
def _named(source: str) -> Iterator[None]:
    try:
        yield
    except BadInput as error:
        raise BadInput(error.what, where=error.where or source, remedy=error.remedy) from error


def _is_log(source: str) -> bool:
    """Whether it is a place with a checkpoint and tiles: a folder, or an address that ends as one."""
    return source.endswith("/") or ("://" not in source and Path(source).is_dir())


def _fetcher(source: str) -> Fetch:
    """Reads below that place; None for what is not there."""
    if "://" not in source:
        return lambda path: _limited(Path(source) / path, LARGEST) if (Path(source) / path).is_file() else None

    def read(path: str) -> bytes | None:
        try:
            return _read(source + path)
        except Absent:
            return None

    return read


def _evidence(source: str) -> tuple[bytes, dict[str, list[bytes]]]:
    """What is to be verified; of a mail its receipt, and the rest of it as what that is about."""
    if not mails.is_mail(source):
        return _read(source), {}
    mail = mails.taken_apart(_limited(Path(source), _LARGEST_CONTENT))
    if mail.receipt is None:
        raise BadInput("No receipt is attached to this mail.", remedy="If it is encrypted, save its parts as files.")
    return mail.receipt, mail.contents


def _read(source: str) -> bytes:
    if "://" in source:
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
