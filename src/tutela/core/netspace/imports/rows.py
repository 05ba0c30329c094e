"""Rows of named columns (CSV, JSON, YAML) turned into a `Wanted`; every wrong value is told with its row and column."""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from tutela.core.errors import Problem
from tutela.core.netspace.holdings import KINDS, canonical
from tutela.core.netspace.imports import values
from tutela.core.netspace.imports.wanted import WANTED_SCHEMA, ContactRow, OrganisationRow, ServiceRow, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

COLUMNS: Final[Mapping[str, str]] = {
    "kind": "organisation, network, asn, domain, contact or service; "
    "organisation must be said, the others show by the column of that name",
    "organisation": "global id of the organisation (in a row of kind organisation: its own)",
    "value": "network (prefix or first-last), AS number, domain name (=name: that name alone), role or service id",
    "network": "as value, and says the kind",
    "asn": "as value, and says the kind",
    "domain": "as value, and says the kind",
    "contact": "as value (the role: security, abuse, technical, legal, management …), and says the kind",
    "service": "as value (the id of the service), and says the kind",
    "name": "name of the organisation, contact or service; name:fr is the name in French",
    "parent": "global id of the organisation above",
    "sector": "such as energy, health, finance",
    "jurisdiction": "ISO 3166 code of country or subdivision",
    "criticality": "low, medium, high or critical",
    "language": "language in which the organisation or contact is written to (BCP 47)",
    "identifier:lei": "Legal Entity Identifier; any scheme may follow the colon: national-register, rir …",
    "email": "mail address of a contact",
    "phone": "telephone number of a contact",
    "openpgp": "OpenPGP certificate (public key) of a contact, in ASCII armour; mail to it is encrypted",
    "smime": "S/MIME certificate of a contact, in PEM; mail to it is encrypted",
    "assets": "what a service runs on: addresses, networks, domain names, AS numbers, parted by ;",
    "valid_from": "first moment of validity (ISO 8601; UTC); empty: since ever",
    "valid_to": "end of validity, itself excluded; empty: until further notice",
    "shared": "true: several organisations hold it together and an event concerns them all",
    "source": "where the row comes from; empty: the path of the file as it was given",
}
"""The documented columns; nested YAML and JSON use the same words."""

_SAY_KIND: Final = "Fill the column kind; it is organisation in a row that describes one."
ROW_KINDS: Final = ("organisation", *KINDS, "contact", "service")
_PREFIXES: Final = ("name:", "identifier:")
_PERIOD: Final = ("valid_from", "valid_to", "source")
_CONTACT: Final = ("name", "email", "phone", "language", "openpgp", "smime")
_CERTIFICATES: Final = frozenset({"openpgp", "smime"})
_USED: Final[Mapping[str, frozenset[str]]] = {
    "organisation": frozenset("name parent sector jurisdiction criticality language identifier source".split()),
    **{kind: frozenset([*_PERIOD, "shared"]) for kind in KINDS},
    "contact": frozenset([*_PERIOD, *_CONTACT]),
    "service": frozenset([*_PERIOD, "name", "criticality", "assets"]),
}
_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "organisation": values.organisation_id,
    "parent": values.organisation_id,
    "sector": values.word,
    "jurisdiction": values.jurisdiction,
    "criticality": values.criticality,
    "language": values.language,
    "email": values.email,
    "phone": values.phone,
    "openpgp": values.openpgp,
    "smime": values.smime,
    "valid_from": values.moment,
    "valid_to": values.moment,
    "shared": values.truth,
    "source": values.plain_text,
    "name": values.plain_text,
}


class RowReader:
    """Takes rows one by one and gathers what they want and what is wrong with them."""

    def __init__(self, path: str, *, source: str = "") -> None:
        self.path = path
        self.source = source or path
        self.problems: list[Problem] = []
        self._organisations: list[OrganisationRow] = []
        self._holdings: list[tuple[Any, ...]] = []
        self._contacts: list[ContactRow] = []
        self._services: list[ServiceRow] = []
        self._line = 0

    def problem(self, line: int, what: str, remedy: str = "") -> None:
        """Note what is wrong."""
        self.problems.append(Problem(self.path, line, f"{what}.", remedy))

    def header(self, names: Sequence[str]) -> list[str]:
        """The columns of a table that are known; the others are told once, not with every row."""
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self.problem(1, f"{name}: stands twice in the header", "Keep one of the columns.")
        strange = [name for name in names if name and name not in COLUMNS and not _prefixed(name)]
        for name in strange:
            self.problem(1, f"{name}: is no known column", _suggestion(name, list(COLUMNS)))
        return [name for name in names if name and name not in strange]

    def add(self, row: Mapping[str, Any], line: int) -> None:
        """Take one row; ``line`` is its place in the file, counted from 1."""
        self._line = line
        filled = {str(name).strip(): value for name, value in row.items() if value not in (None, "", [], {})}
        kind = self._kind(filled)
        if kind is None or not self._known(filled, kind):
            return
        before = len(self.problems)
        given = {name: self._checked(name, value) for name, value in filled.items() if name in _CHECKS}
        if "organisation" not in filled:
            self.problem(line, "organisation: is missing", "Say whose this is.")
        if given.get("valid_from") and given.get("valid_to") and given["valid_to"] < given["valid_from"]:
            self.problem(line, "valid_to: lies before valid_from", "Exchange the two.")
        given.setdefault("source", self.source)
        make = {"organisation": self._organisation, "contact": self._contact, "service": self._service}
        row_of_kind = make.get(kind, self._holding)(filled, given, kind)
        if len(self.problems) == before and row_of_kind is not None:
            self._keep(kind, row_of_kind)

    def wanted(self) -> Wanted:
        """What all rows want together."""
        return Wanted(
            organisations=tuple(self._organisations),
            holdings=pl.DataFrame(self._holdings, schema=WANTED_SCHEMA, orient="row"),
            contacts=tuple(self._contacts),
            services=tuple(self._services),
            problems=tuple(self.problems),
        )

    def _keep(self, kind: str, row: Any) -> None:
        lists: dict[str, list[Any]] = {
            "organisation": self._organisations,
            "contact": self._contacts,
            "service": self._services,
        }
        lists.get(kind, self._holdings).append(row)

    def _kind(self, row: dict[str, Any]) -> str | None:
        """The kind of a row, said or seen; its value is moved to ``value``."""
        kind = str(row.pop("kind", "")).strip().lower()
        if kind and kind not in ROW_KINDS:
            self.problem(self._line, f"kind: {kind!r} is none of {', '.join(ROW_KINDS)}", _suggestion(kind, ROW_KINDS))
            return None
        named = [name for name in ROW_KINDS[1:] if name in row]
        if not kind and len(named) != 1:
            said = "several of " if named else "none of "
            self.problem(self._line, f"kind: cannot be seen, {said}{', '.join(ROW_KINDS[1:])} is filled", _SAY_KIND)
            return None
        kind = kind or named[0]
        if kind in row and kind != "organisation":
            row["value"] = row.pop(kind)
        return kind

    def _known(self, row: Mapping[str, Any], kind: str) -> bool:
        used = _USED[kind] | {"organisation"} | (set() if kind == "organisation" else {"value"})
        strange = [name for name in row if name.partition(":")[0] not in used or (":" in name and not _prefixed(name))]
        for name in strange:
            said = f"has no use in a row of kind {kind}" if name in COLUMNS else "is no known column"
            self.problem(self._line, f"{name}: {said}", _suggestion(name, sorted(used)))
        return not strange

    def _checked(self, name: str, value: Any) -> Any:
        return self._try(name, _CHECKS[name], value)

    def _try(self, name: str, check: Callable[[Any], Any], value: Any) -> Any:
        try:
            return check(value)
        except ValueError as error:
            self.problem(self._line, f"{name}: {error}", _REMEDIES.get(name, "Mend the value, or leave it empty."))
            return None

    def _names(self, row: Mapping[str, Any], spoken: str) -> dict[str, str]:
        names = {"": row["name"]} if "name" in row else {}
        names |= {name.partition(":")[2]: value for name, value in row.items() if name.startswith("name:")}
        return {
            self._try("name", values.language, tag or spoken or "en"): self._try("name", values.plain_text, value)
            for tag, value in names.items()
        }

    def _organisation(self, row: Mapping[str, Any], given: dict[str, Any], _kind: str) -> OrganisationRow:
        identifiers = {}
        for name in (name for name in row if name.startswith("identifier:")):
            scheme = self._try(name, values.word, name.partition(":")[2])
            identifiers[scheme] = self._try(name, partial(values.identifier, str(scheme)), row[name])
        plain = {name: given.get(name, "") for name in ("parent", "sector", "jurisdiction", "criticality", "language")}
        if given.get("organisation") and given.get("organisation") == given.get("parent"):
            self.problem(self._line, "parent: is the organisation itself", "Leave it empty at the top.")
        return OrganisationRow(
            given.get("organisation") or "",
            self._names(row, given.get("language") or ""),
            **plain,
            identifiers=identifiers,
            file=self.path,
            line=self._line,
        )

    def _holding(self, row: Mapping[str, Any], given: dict[str, Any], kind: str) -> tuple[Any, ...] | None:
        found = self._try(kind, lambda value: canonical(kind, str(value)), row.get("value", ""))
        if found is None:
            return None
        key, first, last = found
        period = (given.get("valid_from"), given.get("valid_to"))
        shared = given.get("shared", False)
        return (
            kind,
            key,
            given.get("organisation"),
            first,
            last,
            *period,
            given["source"],
            shared,
            self.path,
            self._line,
        )

    def _contact(self, row: Mapping[str, Any], given: dict[str, Any], _kind: str) -> ContactRow:
        if "email" not in row and "phone" not in row:
            self.problem(self._line, "email: is missing, and phone too", "Give one of the two.")
        for name in _CERTIFICATES & row.keys() if "email" not in row else ():
            self.problem(self._line, f"{name}: is of no use without email", "Give the address, or leave it out.")
        return ContactRow(
            organisation=given.get("organisation") or "",
            role=self._try("contact", values.word, row.get("value", "")) or "",
            **{name: given[name] for name in (*_CONTACT, *_PERIOD) if name in given},
            file=self.path,
            line=self._line,
        )

    def _service(self, row: Mapping[str, Any], given: dict[str, Any], _kind: str) -> ServiceRow:
        listed = row.get("assets", [])
        texts = listed.split(";") if isinstance(listed, str) else listed if isinstance(listed, list) else [listed]
        assets = [self._try("assets", values.asset, text) for text in texts]
        return ServiceRow(
            organisation=given.get("organisation") or "",
            id=self._try("service", values.organisation_id, row.get("value", "")) or "",
            names=self._names(row, ""),
            assets=tuple(sorted({found for found in assets if found})),
            **{name: given[name] for name in ("criticality", *_PERIOD) if name in given},
            file=self.path,
            line=self._line,
        )


_REMEDIES: Final[Mapping[str, str]] = {
    "domain": "Name the domain below it, or write =name to mean that name alone.",
    "network": "Write a prefix such as 192.0.2.0/24, or a range such as 192.0.2.1-192.0.2.9.",
    "asn": "Write a number such as 64496 or AS64496.",
    "assets": "Write addresses, networks, domain names or AS numbers.",
    "organisation": "Write an id such as ministry-of-finance.",
    "parent": "Write an id such as ministry-of-finance.",
    "service": "Write an id such as online-banking.",
    "contact": "Write a role such as security or abuse.",
    "criticality": "Write one of these, or leave it empty.",
    "openpgp": "Give the public key as it is exported in ASCII armour, or leave it empty.",
    "smime": "Give the certificate in PEM, or leave it empty.",
    "valid_from": "Write a day such as 2026-03-01, or leave it empty.",
    "valid_to": "Write a day such as 2026-03-01, or leave it empty.",
}


def _prefixed(name: str) -> bool:
    return name.startswith(_PREFIXES)


def _suggestion(name: str, known: tuple[str, ...] | list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(known)}."
