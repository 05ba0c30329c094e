"""What is kept of the ledger outside the database: the signing key, the signed checkpoint, the edge of the tree.

::

    $TUTELA_HOME/ledger/key          the signing key (0600), made at the first use
    $TUTELA_HOME/ledger/checkpoint   the head of the tree as a C2SP signed note; it only ever grows
    $TUTELA_HOME/ledger/frontier     the edge of the tree, so that an append reads no old entry; a cache, never believed
    $TUTELA_HOME/ledger/lock         held while the checkpoint is moved

Who can write this folder and the database can rewrite both: keep copies of the checkpoint and of the public key
elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tutela.core.errors import BadInput, Conflict, Unavailable
from tutela.core.ledger.checkpoint import Checkpoint, empty, open_checkpoint
from tutela.core.ledger.merkle import Frontier
from tutela.core.ledger.note import KEY_BYTES, Signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RESTORE = (
    "Restore the ledger folder from its copy; if that is lost, start a new log over the entries: tutela ledger adopt."
)


class Keeper:
    """The files of one ledger under one data folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "ledger"
        self.key = self.folder / "key"
        self.checkpoint = self.folder / "checkpoint"
        self._frontier = self.folder / "frontier"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the folder: one process at a time moves the checkpoint."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            os.close(descriptor)

    def head(self) -> tuple[Signer, Checkpoint] | None:
        """The key and the checkpoint that it signed; None before the first use; `Conflict` if one is lost or false."""
        key, note = self._read(self.key), self._read(self.checkpoint)
        if key is None and note is None:
            return None
        if key is None or note is None:
            lost = self.key if key is None else self.checkpoint
            raise Conflict("The file is missing, though the ledger was in use.", where=str(lost), remedy=_RESTORE)
        try:
            signer = Signer.parse(key.decode("utf-8", "replace"))
            return signer, open_checkpoint(note, signer.verifier())
        except (BadInput, Conflict) as error:
            raise Conflict(
                f"The checkpoint is not one that the ledger's key signed. {error.what}",
                where=str(self.checkpoint),
                remedy=_RESTORE,
            ) from error

    def start(self) -> None:
        """Make key and checkpoint of an empty tree unless both are there; only for a database without entries."""
        if self.key.exists() and self.checkpoint.exists():
            return
        with self.locked():
            if not (self.key.exists() and self.checkpoint.exists()):
                self.set_aside()  # half of a pair that a crash left
                signer = new_signer()
                self.begin(signer, empty(signer.name), Frontier())

    def begin(self, signer: Signer, checkpoint: Checkpoint, frontier: Frontier) -> None:
        """Write the key of a new log and its first head; call it with the lock held."""
        replace_whole(self.key, signer.private_text().encode() + b"\n")
        self.move(signer, checkpoint, frontier)

    def move(self, signer: Signer, checkpoint: Checkpoint, frontier: Frontier) -> None:
        """Sign and write a new head; call it with the lock held.

        The edge comes second: if a crash leaves it behind, it is caught up from the entries.
        """
        replace_whole(self.checkpoint, str(checkpoint.signed(signer)).encode())
        state = {"size": frontier.size, "peaks": [peak.hex() for peak in frontier.peaks]}
        replace_whole(self._frontier, orjson.dumps(state))

    def frontier(self) -> Frontier:
        """The saved edge, or that of the empty tree when there is none that could be read."""
        raw = self._read(self._frontier)
        try:
            state = orjson.loads(raw or b"")
            return Frontier(int(state["size"]), [bytes.fromhex(peak) for peak in state["peaks"]])
        except (ValueError, KeyError, TypeError, BadInput):
            return Frontier()

    def set_aside(self) -> None:
        """Put key, checkpoint and edge of this log out of the way, under a name with the time; nothing is lost."""
        for path in (self.key, self.checkpoint, self._frontier):
            if path.exists():
                path.rename(path.with_name(f"{path.name}.set-aside-{time.time_ns()}"))

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"The file cannot be read ({error.strerror}).", where=str(path)) from error

    def _unwritable(self, error: OSError) -> Unavailable:
        return Unavailable(
            f"The ledger's checkpoint cannot be written ({error.strerror}).",
            where=str(self.folder),
            remedy="Entries that the database holds are safe; the next action writes the checkpoint again.",
        )


def replace_whole(path: Path, data: bytes) -> None:
    """Replace a file of the ledger whole, for its owner alone: written beside it, made durable, and renamed."""
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def new_signer() -> Signer:
    """A fresh key whose name, which is also the log's origin, is made from its public half."""
    seed = secrets.token_bytes(KEY_BYTES)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(f"tutela/ledger/{hashlib.sha256(public).hexdigest()[:16]}", seed)
