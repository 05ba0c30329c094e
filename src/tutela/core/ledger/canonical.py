"""One value, one sequence of bytes: JSON as RFC 8785 (JCS) writes it.

Two programs that mean the same value must hash the same bytes. The ledger signs nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

from tutela.core.errors import WrongUse


def canonical(value: Any) -> bytes:
    """Write ``value`` (JSON types only) as UTF-8 bytes in the form of RFC 8785.

    Raises `WrongUse` for what that form cannot hold: integers beyond 2**53 - 1, NaN, keys that are no strings.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise WrongUse(
            f"The value has no canonical JSON form: {error}.",
            remedy="Use strings, booleans, null, lists, maps and integers of at most 53 bits.",
        ) from error


def digest(value: Any) -> str:
    """Name ``value`` by its content: SHA-256 over its canonical JSON, 64 hex digits, fit for an entry's object."""
    return hashlib.sha256(canonical(value)).hexdigest()
