"""Files that belong to an incident: what may be kept, and under what name."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from tutela.core.errors import BadInput

LARGEST: Final = 25 * 2**20
"""Bytes of one file."""

ENDINGS: Final = frozenset(
    "7z bz2 csv docx eml gz ics jpeg jpg json log md msg ndjson ods odt pdf pem png pptx txt xlsx xml yaml zip".split()
)
"""What may be kept. Nothing is ever opened or shown by the console; what a reader's machine would run is refused."""

_LONGEST_NAME: Final = 200
_ODD: Final = re.compile(r"[^\w .,()+@=-]+")


def checked_name(given: str, size: int) -> str:
    """The name under which a file is kept: without a path, and with nothing in it that could mislead.

    Raises BadInput for a file that may not be kept.
    """
    bare = PurePosixPath(given.replace("\\", "/")).name
    name = _ODD.sub("_", unicodedata.normalize("NFC", bare)).strip(". ")[-_LONGEST_NAME:]
    ending = name.rpartition(".")[2].lower()
    if "." not in name or ending not in ENDINGS:
        raise BadInput(
            f"a file of the kind {ending!r} is not kept." if "." in name else "a file without an ending is not kept.",
            where=name,
            remedy=f"Put it into a zip, or choose one of {', '.join(sorted(ENDINGS))}.",
        )
    if not 0 < size <= LARGEST:
        raise BadInput(
            "is empty." if not size else f"is larger than {LARGEST >> 20} MiB.",
            where=name,
            remedy="Attach what is needed of it.",
        )
    return name
