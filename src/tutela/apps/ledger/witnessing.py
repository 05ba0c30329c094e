"""What is kept as a witness of other ledgers, and what witnesses said of the own one.

::

    $TUTELA_HOME/ledger/witness-key       the key with which heads of others are cosigned (0600), made at the first use
    $TUTELA_HOME/ledger/witnessed-…       the last head of a log that was cosigned, by the hash of the log's origin
    $TUTELA_HOME/ledger/cosigned          the last head of the own log that came back with cosignatures
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from tutela.apps.ledger.keeper import Keeper, replace_whole
from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.cosignature import WitnessSigner, made
from tutela.core.ledger.note import KEY_BYTES

if TYPE_CHECKING:
    from pathlib import Path


class Witnessing:
    """The files of a witness under one data folder; hold the keeper's lock to change them."""

    def __init__(self, home: Path) -> None:
        self.keeper = Keeper(home)
        self._key = self.keeper.folder / "witness-key"
        self._cosigned = self.keeper.folder / "cosigned"

    def signer(self) -> WitnessSigner:
        """The key; made where there is none."""
        try:
            return WitnessSigner.parse(self._key.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            signer = made(secrets.token_bytes(KEY_BYTES))
            replace_whole(self._key, signer.private_text().encode() + b"\n")
            return signer
        except (BadInput, UnicodeDecodeError) as error:
            raise Conflict("The key of the witness is none.", where=str(self._key), remedy="Restore it.") from error

    def seen(self, origin: str) -> bytes | None:
        """The head of a log that was cosigned last."""
        return _read(self._place(origin))

    def see(self, origin: str, head: bytes) -> None:
        """Remember a head before its cosignature is given away: another one of that size is never signed."""
        replace_whole(self._place(origin), head)

    def cosigned(self) -> bytes | None:
        """The last head of the own log that witnesses have signed."""
        return _read(self._cosigned)

    def take(self, head: bytes) -> None:
        """Keep such a head."""
        replace_whole(self._cosigned, head)

    def _place(self, origin: str) -> Path:
        return self.keeper.folder / f"witnessed-{hashlib.sha256(origin.encode()).hexdigest()[:32]}"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
