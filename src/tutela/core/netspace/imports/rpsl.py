"""RPSL dumps as the RIRs publish them: ``inetnum``, ``inet6num``, ``route``, ``route6``, ``aut-num``, ``organisation``.

Format: RFC 2622, and RFC 4012 for IPv6. Objects are parted by blank lines; a line that begins with a blank, a tab or
``+`` continues the one before; ``#`` begins a comment, ``%`` a remark of the server. Dumps are Latin-1.

An object belongs to the organisation that its ``org:`` names; a route belongs to the organisation of its origin. What
names no organisation is left out, and told as one warning.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tutela.core.netspace.addresses import asn, span
from tutela.core.netspace.imports.registry import Gathered, id_from
from tutela.core.netspace.imports.values import MAXIMUM_TEXT
from tutela.core.netspace.imports.wanted import OrganisationRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.core.netspace.imports.wanted import Wanted

NETWORK_CLASSES: Final = frozenset({"inetnum", "inet6num", "route", "route6"})
CLASSES: Final = NETWORK_CLASSES | {"aut-num", "organisation"}

Attributes = dict[str, str]


def objects(text: str) -> Iterator[tuple[int, str, Attributes]]:
    """The objects of a dump: line, class, and for each attribute its first value, continuation lines joined."""
    attributes: Attributes = {}
    start, current, kind = 0, "", ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r\n\x00 \t")
        if not line:
            if attributes:
                yield start, kind, attributes
            attributes, current = {}, ""
            continue
        if line[0] in "%#":
            continue
        value = line.partition("#")[0]
        if line[0] in " \t+":
            if current:
                attributes[current] = f"{attributes[current]} {value[1:].strip()}".strip()
            continue
        name, colon, value = value.partition(":")
        name = name.strip().lower()
        if not colon or not name:
            current = ""
            continue
        if not attributes:
            start, kind = number, name
        current = name if name not in attributes else f"{name} again"
        attributes[current] = value.strip()
    if attributes:
        yield start, kind, attributes


def read_rpsl(text: str, path: str, *, source: str = "") -> Wanted:
    """A dump, or several one after the other."""
    gathered = Gathered(path, source or path)
    left_out: Counter[str] = Counter()
    origins: dict[int, str] = {}
    routes: list[tuple[int, str, Attributes]] = []
    for line, kind, attributes in objects(text):
        if kind == "organisation":
            _organisation(gathered, line, attributes)
        elif kind in {"route", "route6"}:
            routes.append((line, kind, attributes))
        elif kind in CLASSES:
            _resource(gathered, line, kind, attributes, origins, left_out)
    for line, kind, attributes in routes:
        _route(gathered, line, kind, attributes, origins, left_out)
    for kind, count in sorted(left_out.items()):
        gathered.warning(0, f"{kind}: {count} without an organisation left out", "Import them in a table of your own.")
    return gathered.wanted()


def _organisation(gathered: Gathered, line: int, attributes: Attributes) -> None:
    handle = attributes["organisation"].upper()
    name = " ".join(attributes.get("org-name", handle).split())[:MAXIMUM_TEXT]
    country = attributes.get("country", "").upper()
    gathered.organisations[id_from(handle)] = OrganisationRow(
        id_from(handle),
        {"en": name},
        jurisdiction=country if len(country) == 2 and country.isalpha() else "",  # noqa: PLR2004 - ISO 3166-1 alpha-2
        identifiers={"rir": handle},
        file=gathered.path,
        line=line,
    )


def _mention(gathered: Gathered, line: int, handle: str) -> str:
    """The id of an organisation that an object names; it may be described in another file."""
    handle = handle.split(maxsplit=1)[0].upper()
    identifier = id_from(handle)
    if identifier not in gathered.organisations:
        gathered.organisations[identifier] = OrganisationRow(
            identifier, {"en": handle}, identifiers={"rir": handle}, placeholder=True, file=gathered.path, line=line
        )
    return identifier


def _resource(
    gathered: Gathered, line: int, kind: str, attributes: Attributes, origins: dict[int, str], left_out: Counter[str]
) -> None:
    if not attributes.get("org"):
        left_out[kind] += 1
        return
    try:
        if kind == "aut-num":
            number = asn(attributes[kind])
            origins[number] = _mention(gathered, line, attributes["org"])
            gathered.number(origins[number], number, line)
        else:
            found = span(attributes[kind])
            gathered.network(_mention(gathered, line, attributes["org"]), found, line)
    except ValueError as error:
        gathered.problem(line, f"{kind}: {error}", "Mend the object or take it out.")


def _route(
    gathered: Gathered, line: int, kind: str, attributes: Attributes, origins: dict[int, str], left_out: Counter[str]
) -> None:
    try:
        found = span(attributes[kind])
        origin = asn(attributes.get("origin", ""))
    except ValueError as error:
        gathered.problem(line, f"{kind}: {error}", "Mend the object or take it out.")
        return
    named = attributes.get("org")
    holder = _mention(gathered, line, named) if named else origins.get(origin)
    if holder is None:
        left_out[kind] += 1
        return
    gathered.network(holder, found, line)
