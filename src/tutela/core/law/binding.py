"""Which regimes bind an organisation on a day, why, and which questions would settle the rest; and what changes when.

It asks only what an organisation is. Whether an incident of theirs must be reported is asked by ``evaluation``.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tutela.core.law.case import read_case
from tutela.core.law.instrument import Status
from tutela.core.law.preparation import prepare
from tutela.core.law.stating import ORGANISATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tutela.core.law.condition import Checked, Fact
    from tutela.core.law.instrument import YieldsTo
    from tutela.core.law.library import Compiled, Library

_UNION: Final = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())
"""The Member States of the European Union (ISO 3166-1)."""

_NEVER: Final = date.max


class Binds(StrEnum):
    """Whether a regime binds an organisation."""

    YES = "yes"
    YIELDS = "yields"
    OPEN = "open"
    LATER = "later"
    NO = "no"


class Before(NamedTuple):
    """A special law that goes before a regime: whether it does for this organisation (None: not known)."""

    rule: YieldsTo
    value: bool | None


class Binding(NamedTuple):
    """One regime for one organisation: whether it binds, on which tests and facts that rests, what would settle it.

    ``near``: whether it is law of the organisation's own country, or of the Union that it belongs to.
    """

    compiled: Compiled
    binds: Binds
    near: bool
    checked: tuple[Checked, ...]
    facts: Mapping[str, Fact | None]
    told: tuple[str, ...]
    before: tuple[Before, ...]
    missing: tuple[str, ...]


class Question(NamedTuple):
    """A fact that is not known, and the regimes that hang on it."""

    name: str
    regimes: tuple[str, ...]


class Change(NamedTuple):
    """A version of a regime that begins or ends on a day; None: nobody knows on which, it is proposed."""

    day: date | None
    compiled: Compiled
    begins: bool


def bound(library: Library, profile: Mapping[str, Any], at: datetime) -> list[Binding]:
    """Each regime for an organisation, in the order of the library.

    ``profile``: the parts of a case that are of an organisation (``organisation``, ``country``, ``timezone``).
    """
    case = read_case(dict(profile), library, "the profile")
    prepared = prepare(library, case, at)
    versions = library.regimes(case.place.country, prepared.day)
    found = []
    for compiled, law in versions.values():
        who = compiled.who.decide(prepared.known)
        before = _before(compiled, versions, prepared) if law and who.value is not False else ()
        open_ = {name for rule, one, names in before if one is None for name in names}
        found.append(
            Binding(
                compiled,
                _binds(compiled, [one for _, one, _ in before], who=who.value, law=law),
                is_near(compiled.instrument.jurisdiction, case.place.country),
                who.checked,
                {name: prepared.known.facts.get(name) for name in compiled.who.names},
                tuple(prepared.told[name] for name in compiled.who.names if name in prepared.told),
                tuple(Before(rule, one) for rule, one, _ in before),
                tuple(dict.fromkeys((*who.missing, *sorted(open_)))),
            )
        )
    return found


def _before(compiled: Compiled, versions: Any, prepared: Any) -> tuple[tuple[YieldsTo, bool | None, Any], ...]:
    """The special laws that are law on that day; an answer that hangs on the incident is open, and asks nothing."""
    found = []
    for rule, condition in compiled.yields_to:
        if versions[rule.regime][1]:
            one = condition.holds(prepared.known)
            found.append((rule, one.value, [name for name in one.missing if name.startswith(ORGANISATION)]))
    return tuple(found)


def _binds(compiled: Compiled, before: list[bool | None], *, who: bool | None, law: bool) -> Binds:
    validity = compiled.instrument.validity
    if who is False or (not law and compiled.instrument.status is Status.REPEALED):
        return Binds.NO
    if not law:
        over = validity.to is not None and compiled.instrument.status is not Status.PROPOSED
        return Binds.NO if over else Binds.LATER
    if who is None:
        return Binds.OPEN
    return Binds.YIELDS if True in before else Binds.YES


def is_near(jurisdiction: str, country: str | None) -> bool:
    """Whether it is law of the country itself, or of the Union to which the country belongs."""
    own = {"GB": "UK"}.get(country or "", country)
    return jurisdiction.partition("-")[0] == own or (jurisdiction == "EU" and country in _UNION)


def questions(bindings: Iterable[Binding]) -> list[Question]:
    """What is to be asked: first what the law of the own country hangs on, then by how many regimes hang on it."""
    regimes: dict[str, list[str]] = {}
    near: dict[str, int] = {}
    for one in bindings:
        for name in one.missing:
            regimes.setdefault(name, []).append(one.compiled.id)
            near[name] = near.get(name, 0) + one.near
    found = [Question(name, tuple(each)) for name, each in regimes.items()]
    return sorted(found, key=lambda one: (-near[one.name], -len(one.regimes)))


def changes(library: Library, regimes: Iterable[str] | None = None) -> list[Change]:
    """What begins and ends on which day; at the end what is proposed and has none. ``regimes``: only of these."""
    wanted = set(library.versions if regimes is None else regimes)
    national = (one for (regime, _), each in library.overlays.items() if regime in wanted for one in each)
    own = (one for regime, each in library.versions.items() if regime in wanted for one in each)
    found = []
    for one in (*own, *national):
        validity, status = one.instrument.validity, one.instrument.status
        if validity.from_ or status is Status.PROPOSED:
            found.append(Change(validity.from_, one, begins=True))
        if validity.to:
            found.append(Change(validity.to, one, begins=False))
    return sorted(found, key=lambda one: (one.day is None, one.day or _NEVER, one.compiled.id))
