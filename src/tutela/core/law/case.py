"""A case that is put to the law: facts, events, country and time zone, checked; every fault of it at once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from tutela.core.errors import DefinitionErrors, Problem
from tutela.core.law import periods
from tutela.core.law.clock import Place
from tutela.core.law.instrument import OF_A_STAGE, Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutela.core.law.condition import Fact
    from tutela.core.law.library import Library

_PARTS: Final = {"organisation": "org", "incident": "inc"}
_KEYS: Final = (*_PARTS, "events", "country", "timezone")
_MOST_EVENTS: Final = 1_000
_MOST_TIMES: Final = 100
_FORM: Final = "Write it as 2026-12-18T22:30:00+01:00."
_FACTS: Final = "`tutela law facts` lists them."

_BEFORE: Final = (
    (Event.OCCURRED, Event.DISCOVERED),
    (Event.OCCURRED, Event.AWARE),
    (Event.DISCOVERED, Event.AWARE),
    (Event.OCCURRED, Event.DETERMINED),
    (Event.DISCOVERED, Event.DETERMINED),
    (Event.AWARE, Event.DETERMINED),
    (Event.OCCURRED, Event.HANDLED),
    (Event.DISCOVERED, Event.HANDLED),
    (Event.AWARE, Event.HANDLED),
    (Event.OCCURRED, Event.PAID),
)
"""Which events cannot come after which others."""


@dataclass(frozen=True, slots=True)
class Case:
    """An incident of an organisation as far as it is known. ``events``: name to the times at which it happened."""

    facts: Mapping[str, Fact]
    events: Mapping[str, tuple[datetime, ...]]
    place: Place

    @property
    def begun(self) -> datetime | None:
        """The earliest of its events: the time at which the law is asked."""
        return min((time for times in self.events.values() for time in times), default=None)

    @property
    def latest(self) -> datetime | None:
        """The last of its events: nothing later is known of it."""
        return max((time for times in self.events.values() for time in times), default=None)


class _Fault(NamedTuple):
    place: str
    what: str
    remedy: str


def read_case(given: object, library: Library, path: str = "the facts", at: datetime | None = None) -> Case:
    """The case in plain data (as of JSON); raises DefinitionErrors with all faults. ``at``: no event lies after it."""
    if not isinstance(given, dict):
        raise DefinitionErrors([Problem(path, 0, "holds no case.", f"A case has {', '.join(_KEYS)}.")])
    faults = [
        _Fault(str(key), "is no part of a case.", f"A case has {', '.join(_KEYS)}.") for key in given.keys() - _KEYS
    ]
    country, zone = _country(given.get("country"), faults), _zone(given.get("timezone"), faults)
    facts = dict(_facts(given, library, faults))
    events = _events(given.get("events", {}), zone, library, faults)
    faults += _out_of_order(events)
    if at is not None:
        faults += _after(events, at)
    if faults:
        raise DefinitionErrors([Problem(f"{path}, {one.place}"[:300], 0, one.what, one.remedy) for one in faults])
    return Case(facts, events, Place(country, zone))


def _country(given: object, faults: list[_Fault]) -> str | None:
    if given is None:
        return None
    if isinstance(given, str) and given in periods.countries():
        return given
    faults.append(_Fault("country", f"{_shown(given)} is no country whose holidays are known.", "Write LU, DE, CN …"))
    return None


def _zone(given: object, faults: list[_Fault]) -> ZoneInfo | None:
    if given is None:
        return None
    try:
        return ZoneInfo(given if isinstance(given, str) and given else "/")
    except (ValueError, OSError, KeyError):
        faults.append(
            _Fault("timezone", f"{_shown(given)} is no time zone.", "Write a name such as Europe/Luxembourg.")
        )
        return None


def _facts(given: Mapping[str, Any], library: Library, faults: list[_Fault]) -> Iterator[tuple[str, Fact]]:
    for part, space in _PARTS.items():
        values = given.get(part, {})
        if not isinstance(values, dict):
            faults.append(_Fault(part, "is no set of facts.", 'Write {"name": value, …}.'))
            continue
        for name, value in values.items():
            declared = library.facts.get(f"{space}.{name}")
            if declared is None:
                faults.append(_Fault(f"{part}.{name}", "there is no such fact.", _like(f"{space}.{name}", library)))
                continue
            if value is None:
                continue  # known to be unknown
            try:
                yield declared.name, declared.read(value)
            except ValueError as error:
                faults.append(_Fault(f"{part}.{name}", f"{error}.", declared.question["en"]))


def _like(name: str, library: Library) -> str:
    near = difflib.get_close_matches(name[:200], library.facts, n=2, cutoff=0.7)
    told = " or ".join(one.partition(".")[2] for one in near)
    return f"Is it {told}? {_FACTS}" if near else _FACTS


def _events(
    given: object, zone: ZoneInfo | None, library: Library, faults: list[_Fault]
) -> dict[str, tuple[datetime, ...]]:
    if not isinstance(given, dict):
        faults.append(_Fault("events", "is no set of events.", 'Write {"aware": "2026-12-18T22:30:00+01:00", …}.'))
        return {}
    flat = dict(_flat(given, "", 0))
    if len(flat) > _MOST_EVENTS:
        faults.append(_Fault("events", f"are more than {_MOST_EVENTS:,}.", "Leave out those of other incidents."))
        return {}
    found = {}
    known = _stages(library)
    for name, value in flat.items():
        if value is None:
            continue
        wrong = _unknown_event(name, known)
        if wrong:
            faults.append(_Fault(f"events.{name}", *wrong))
            continue
        values = value if isinstance(value, list) else [value]
        times = [_time(f"events.{name}", one, zone, faults) for one in values[:_MOST_TIMES]]
        found[name] = tuple(time for time in times if time is not None)
    return {name: times for name, times in found.items() if times}


def _flat(given: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    """``{"submitted": {"eu.dora.art19": {"initial": …}}}`` is as good as ``submitted.eu.dora.art19.initial``."""
    for name, value in given.items():
        if isinstance(value, dict) and depth < 3:  # noqa: PLR2004 - kind, regime, stage
            yield from _flat(value, f"{before}{name}.", depth + 1)
        else:
            yield f"{before}{name}", value


def fault_of_event(name: str, library: Library) -> tuple[str, str] | None:
    """What is wrong with the name of an event, and what to do; None where it is one."""
    return _unknown_event(name, _stages(library))


def _stages(library: Library) -> frozenset[str]:
    named = [
        (one.id, stage.stage.id) for versions in library.versions.values() for one in versions for stage in one.stages
    ]
    return frozenset(name for regime, stage in named for name in (f"{regime}.{stage}", stage))


def _unknown_event(name: str, stages: frozenset[str]) -> tuple[str, str] | None:
    kind, _, rest = name.partition(".")
    if kind not in tuple(Event):
        return "there is no such event.", f"There are: {', '.join(Event)}."
    if (kind in OF_A_STAGE) != bool(rest):
        return "it must be said of which stage." if not rest else "it is of no stage.", (
            "Write submitted.REGIME.STAGE, as submitted.eu.dora.art19.initial." if not rest else f"Write {kind} alone."
        )
    if rest and rest not in stages:
        return "there is no such stage.", "`tutela law show REGIME` lists the stages."
    return None


def _time(place: str, given: object, zone: ZoneInfo | None, faults: list[_Fault]) -> datetime | None:
    try:
        time = datetime.fromisoformat(given) if isinstance(given, str) and len(given) > len("2026-12-18") else None
    except ValueError:
        time = None
    if time is None:
        faults.append(_Fault(place, f"{_shown(given)} is no moment with date and time.", _FORM))
        return None
    if time.tzinfo is not None:
        return _in_range(place, time, faults)
    if zone is None:
        faults.append(_Fault(place, "it is not said in which time zone.", f"Give timezone, or an offset. {_FORM}"))
        return None
    local = time.replace(tzinfo=zone)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        faults.append(
            _Fault(
                place, f"{given} comes twice or not at all in {zone} (daylight saving).", f"Give the offset. {_FORM}"
            )
        )
        return None
    return _in_range(place, local, faults)


def _in_range(place: str, time: datetime, faults: list[_Fault]) -> datetime | None:
    if 1990 <= time.year <= 2200:  # noqa: PLR2004 - no law of the library is older; holidays are known so far
        return time.astimezone(UTC)
    faults.append(_Fault(place, f"the year {time.year} cannot be meant.", _FORM))
    return None


def _out_of_order(events: Mapping[str, tuple[datetime, ...]]) -> Iterator[_Fault]:
    for first, second in _BEFORE:
        if first in events and second in events and min(events[first]) > max(events[second]):
            what = (
                f"{second} ({max(events[second]).isoformat()}) lies before {first} ({min(events[first]).isoformat()})."
            )
            yield _Fault(f"events.{second}", what, "Which of the two times is right?")
    for name, times in events.items():
        begun = events.get(Event.OCCURRED)
        if name.partition(".")[0] in OF_A_STAGE and begun and min(times) < min(begun):
            yield _Fault(f"events.{name}", "it lies before the incident occurred.", "Which of the two times is right?")


def _after(events: Mapping[str, tuple[datetime, ...]], at: datetime) -> Iterator[_Fault]:
    for name, times in events.items():
        if max(times) > at:
            what = f"{max(times).isoformat()} lies after the moment that is asked for ({at.isoformat()})."
            yield _Fault(f"events.{name}", what, "Leave out what has not happened yet, or ask for a later moment.")


def _shown(given: object) -> str:
    return repr(given)[:80]
