"""Names of files that strangers give, made harmless."""

from __future__ import annotations

import re
from typing import Final

_MOST_BYTES: Final = 200
_APART: Final = re.compile(r"[/\\:]")


def safe_name(given: str, otherwise: str) -> str:
    """The last part of a path as a plain name of at most 200 bytes; ``otherwise`` where nothing is left of it.

    Nothing unprintable, no folder, no leading dot: under such a name a file is hidden, or taken for unfinished.
    """
    last = _APART.split(given)[-1]
    plain = "".join(one for one in last if one.isprintable()).strip(" .")
    if len(plain.encode()) > _MOST_BYTES:
        stem, _, suffix = plain[-16:].rpartition(".")  # what tells its kind stays
        end = f".{suffix}" if stem else ""
        plain = plain.encode()[: _MOST_BYTES - len(end.encode())].decode(errors="ignore").strip(" .") + end
    return plain or otherwise
