"""Sees which format a constituency file is in, and reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tutela.core.errors import BadInput, WrongUse
from tutela.core.netspace.imports.delegated import read_delegated
from tutela.core.netspace.imports.ranges import read_ranges
from tutela.core.netspace.imports.rpsl import CLASSES, read_rpsl
from tutela.core.netspace.imports.tables import read_csv, read_json, read_yaml

if TYPE_CHECKING:
    from tutela.core.netspace.imports.wanted import Wanted

FORMATS: Final = ("csv", "json", "yaml", "rpsl", "delegated", "ranges")

_HEAD: Final = 16_384
_SUFFIXES: Final = {"yaml": "yaml", "yml": "yaml", "json": "json"}
_OTHER_CLASSES: Final = ("as-block", "person", "role", "mntner", "domain", "as-set", "route-set", "poem")
_FIRST_LINES: Final = {
    "json": re.compile(r"\s*[\[{]"),
    "ranges": re.compile(r'"?[0-9A-Fa-f:.]+"?,"?[0-9A-Fa-f:.]+"?,"?[0-9]+"?,'),
    "delegated": re.compile(r"[a-z]+\|[A-Za-z*]*\|(ipv4|ipv6|asn)\||[0-9.]+\|[a-z]+\|[0-9]+\|"),
    "rpsl": re.compile(rf"({'|'.join([*CLASSES, *_OTHER_CLASSES])}):", re.IGNORECASE),
    "yaml": re.compile(r"(organisations|rows|source|title|version|licence|language|names):|- |---"),
    "csv": re.compile(r"[^,;\t|]+[,;\t|]"),
}
"""In this order; the first line that is neither empty nor a comment tells."""


def read(data: bytes, path: str, *, format: str = "auto", source: str = "") -> Wanted:  # noqa: A002 - the option's name
    """Read one file; ``source`` is the provenance of rows that do not name their own (else the path)."""
    if format not in {"auto", *FORMATS}:
        raise WrongUse(f"{format!r} is no format.", remedy=f"Use auto or one of {', '.join(FORMATS)}.")
    if format == "auto":
        format = detect(data, path)  # noqa: A001 - as above
    if format == "ranges":
        return read_ranges(data, path, source=source)
    if format == "json":
        return read_json(data.removeprefix(b"\xef\xbb\xbf"), path, source=source)
    readers = {"csv": read_csv, "yaml": read_yaml, "rpsl": read_rpsl, "delegated": read_delegated}
    return readers[format](decoded(data), path, source=source)


def detect(data: bytes, path: str) -> str:
    """The format of a file, from its name where that says it, else from its first line of content."""
    suffix = path.lower().removesuffix(".gz").rpartition(".")[2]
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    lines = [line for line in decoded(data[:_HEAD]).splitlines() if line.strip() and line[0] not in "#%"]
    first = lines[0] if lines else ""
    for format_name, pattern in _FIRST_LINES.items():
        if pattern.match(first):
            return format_name
    if suffix in {"csv", "tsv"}:
        return "csv"
    raise BadInput("is in no format that is known here", where=path, remedy=f"Say --format {'|'.join(FORMATS)}.")


def decoded(data: bytes) -> str:
    """Text in UTF-8 or UTF-16 with its mark, else Latin-1 (as registries dump)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start >= len(data) - 4  # the head may end within a character
        return data[: error.start].decode("utf-8") if cut and len(data) == _HEAD else data.decode("latin-1")
