"""Heads of the own log that a time-stamping authority has stamped (RFC 3161), each with its stamp; all are kept.

::

    $TUTELA_HOME/ledger/stamped-000000001234.checkpoint   the head, as it was stamped
    $TUTELA_HOME/ledger/stamped-000000001234.tsr          what the authority answered

The first head that covers an entry says the most of it: by then it was there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tutela.apps.ledger.keeper import Keeper, replace_whole
from tutela.core.errors import BadInput
from tutela.core.ledger.timestamp import told

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_NAME: Final = re.compile(r"stamped-(\d{12})\.tsr")


class Stamping:
    """The stamped heads under one data folder; hold the keeper's lock to add one."""

    def __init__(self, home: Path) -> None:
        self.keeper = Keeper(home)

    def sizes(self) -> list[int]:
        """How many entries each stamped head covers, the first first."""
        if not self.keeper.folder.is_dir():
            return []
        found = (_NAME.fullmatch(path.name) for path in self.keeper.folder.iterdir())
        return sorted(int(name[1]) for name in found if name)

    def get(self, size: int) -> tuple[bytes, bytes]:
        """A head that was stamped, and its stamp."""
        return self._head(size).read_bytes(), self._stamp(size).read_bytes()

    def last(self) -> tuple[int, datetime] | None:
        """How many entries the last stamped head covers, and when that was; None before the first."""
        for size in reversed(self.sizes()):
            try:
                return size, told(self._stamp(size).read_bytes())
            except BadInput:  # damaged on disk: the one before it counts
                continue
        return None

    def keep(self, size: int, signed: bytes, token: bytes) -> None:
        """Keep a head with its stamp; the head first, for by the stamp it is found."""
        replace_whole(self._head(size), signed)
        replace_whole(self._stamp(size), token)

    def _head(self, size: int) -> Path:
        return self.keeper.folder / f"stamped-{size:012}.checkpoint"

    def _stamp(self, size: int) -> Path:
        return self.keeper.folder / f"stamped-{size:012}.tsr"
