"""What the ledger says of a notice so that its recipient can compare: hashes of its text and of its file.

The file is compared byte for byte. A text is changed on its way without anybody meaning harm, and its links to answer
have a secret part of their own in each mail: so its plain form is hashed, in which that makes no difference.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

RECEIPT: Final = "notice.tlog-proof"
"""How the receipt is called that goes with a notice."""

_ANSWER: Final = re.compile(r"(/notices/answer/)[^/\s]+/")


def plain(text: str) -> bytes:
    """A text without what mail programs change: ends of lines, blanks before them, the secret parts of its links."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _ANSWER.sub(r"\1", "\n".join(line.rstrip(" \t") for line in lines).strip("\n")).encode()


def hashes(text: str, rows: str) -> dict[str, str]:
    """What stands in the ledger of a notice with this text and this file."""
    return {"text": hashlib.sha256(plain(text)).hexdigest(), "file": hashlib.sha256(rows.encode()).hexdigest()}
