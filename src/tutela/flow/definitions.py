"""Feed definitions that come in from elsewhere: files in the home, and the ledger entry that says so."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction

from tutela.apps.ledger import actions as ledger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from tutela.core.actor import Actor, Basis


@transaction.atomic
def take_over(
    *, source: bytes, kind: str, files: Mapping[str, bytes], home: Path, now: datetime, by: Actor, basis: Basis
) -> list[Path]:
    """Write ``files`` (name to content) into the feeds of ``home``, each whole or not at all, and record it.

    ``source`` is what they were made from; its SHA-256 stands in the ledger as the object of the action.
    """
    folder = home / "feeds"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in files.items():
        new = folder / f"{name}.new"
        new.write_bytes(content)
        written.append(new.replace(folder / name))
    ledger.record(
        action="feeds.import",
        object_type=kind,
        object_hash=hashlib.sha256(source).hexdigest(),
        details={"files": len(files)},
        by=by,
        basis=basis,
        time=now,
    )
    return written
