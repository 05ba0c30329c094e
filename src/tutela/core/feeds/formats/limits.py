"""How much of what comes in from outside is taken at most, so that no report can fill memory or disk."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one report; all in bytes where nothing else is said.

    ``unwrapped``: of all parts of a report together, unpacked. ``ratio``: unpacked bytes per packed byte, looked at
    once ``ratio_from`` bytes are unpacked (a short report may be all blanks). ``members``: files in an archive.
    ``nesting``: wrappers around wrappers. ``record``: one record of a line format; a longer one is rejected and the
    rest goes on. ``document``: one JSON, XML or HTML document, which is read in one piece and takes about ten times
    its size.
    """

    unwrapped: int = 64 * GIB
    ratio: int = 400
    ratio_from: int = 64 * MIB
    members: int = 1000
    nesting: int = 2
    record: int = 16 * MIB
    document: int = 512 * MIB


DEFAULT_LIMITS = Limits()
