"""The rules that a feed definition of the right shape must still keep; each finds all its faults.

A check yields (place in the file, what is wrong, remedy). An error stops the definition, a warning is only told.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from tutela.core.feeds.converters import CONVERTERS
from tutela.core.feeds.formats.records import RAW, ROW
from tutela.core.feeds.formats.specification import CsvFormat, LinesFormat
from tutela.core.feeds.patterns import REMEDY, named_groups, problem
from tutela.core.feeds.spread import REPORT, SETTING, names_read
from tutela.core.feeds.standing import standing_value
from tutela.core.idf.fields import EXTRA, EXTRA_PREFIX, FIELDS
from tutela.core.idf.types import explain_invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutela.core.feeds.definition import FeedDefinition
    from tutela.core.feeds.values import Condition, Value
    from tutela.core.yaml_text import Place

    Function = Callable[[FeedDefinition, str], Iterator["Fault"]]

ALWAYS_GIVEN = ("feed.", "time.observation", "classification.type", "classification.taxonomy", "tlp")
"""Fields, or beginnings of them, that an event has from the delivery or by enrichment whatever the feed maps."""


class Fault(NamedTuple):
    """One fault: where in the file, what, and what to do."""

    place: Place
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Check:
    """One rule and how serious a breach of it is."""

    severity: str
    function: Function


CHECKS: list[Check] = []
"""All rules, in the order in which they are tried."""


def _check(severity: str) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        CHECKS.append(Check(severity, function))
        return function

    return register


def _near(name: str, known: Any) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"Did you mean “{close[0]}”?" if close else ""


def _is_field(name: str) -> bool:
    return (name in FIELDS and name != EXTRA) or name.startswith(EXTRA_PREFIX)


@_check("error")
def name_is_that_of_the_file(feed: FeedDefinition, path: str) -> Iterator[Fault]:
    """A definition is found by the name of its file."""
    stem = PurePath(path).name.removesuffix(".yaml").removesuffix(".yml")
    if path.endswith((".yaml", ".yml")) and stem != feed.name:
        yield Fault(("name",), f"the file is named {stem}, the feed {feed.name}.", "Give both the same name.")


@_check("error")
def fields_are_known(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """Only fields of IDF, and ``extra.*``, can be given or named."""
    places: list[tuple[Place, str]] = [
        ((part, name), name) for part in ("fields", "constants") for name in getattr(feed, part)
    ]
    for part in ("required", "strict", "keep_invalid", "keep_empty"):
        places += [((part, number), name) for number, name in enumerate(getattr(feed, part))]
    for part in ("asset", "fields"):
        places += [(("finding", part, number), name) for number, name in enumerate(getattr(feed.finding, part))]
    for place, name in places:
        if not _is_field(name):
            hint = _near(name, FIELDS) or "Use a field of the IntelMQ Data Format, or extra.<name>."
            yield Fault(place, f"{name} is no IDF field.", hint)


def _walk(feed: FeedDefinition) -> Iterator[tuple[Place, Value]]:
    """All values with the place they stand at (that of the outermost one)."""
    for part in ("columns", "fields"):
        for name, value in getattr(feed, part).items():
            for inner in value.walk():
                yield (part, name), inner


@_check("error")
def converters_are_known_and_told_right(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """A step names a converter and gives it the argument that it needs."""
    for place, value in _walk(feed):
        for step in value.steps:
            converter = CONVERTERS.get(step.name)
            if converter is None:
                hint = _near(step.name, CONVERTERS) or "See the list of converters in docs/feeds."
                yield Fault(place, f"{place[1]}: there is no converter “{step.name}”.", hint)
            elif wrong := converter.wrong_argument(step.argument):
                yield Fault(place, f"{place[1]}: {wrong}.", f"Write it like {converter.example}")


def _conditions(feed: FeedDefinition) -> Iterator[tuple[Place, Condition]]:
    def inside(place: Place, one: Condition) -> Iterator[tuple[Place, Condition]]:
        yield place, one
        for inner in (*(one.every or ()), *(one.some or ()), *((one.negated,) if one.negated else ())):
            yield from inside(place, inner)

    for number, question in enumerate(feed.skip):
        yield from inside(("skip", number), question)
    for place, value in _walk(feed):
        if value.when is not None:
            yield from inside(place, value.when)


@_check("error")
def conditions_compile(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """The regular expressions of conditions are sound."""
    for place, question in _conditions(feed):
        wrong = problem(question.matches) if question.matches is not None else None
        if wrong:
            yield Fault(place, f"{wrong}.", REMEDY)


@_check("error")
def literals_are_valid(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """A constant is valid for its field."""
    literals: list[tuple[Place, str, Any]] = [
        (("constants", name), name, value) for name, value in feed.constants.items()
    ]
    for place, value in _walk(feed):
        if place[0] == "fields" and not value.steps:
            literals += [(place, str(place[1]), one) for one in (value.const, value.default) if one is not None]
    for place, name, literal in literals:
        if name in FIELDS and standing_value(name, literal) is None:
            yield Fault(
                place, f"{name} is given as {literal!r}: {explain_invalid(FIELDS[name])}.", "Give a valid value."
            )


def _can_have(feed: FeedDefinition, name: str) -> bool:
    return feed.rest == "idf" or name in feed.fields_given() or name.startswith((*ALWAYS_GIVEN, EXTRA_PREFIX))


@_check("error")
def required_fields_are_given(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """A field that each row must have is mapped."""
    for number, name in enumerate(feed.required):
        if _is_field(name) and not _can_have(feed, name):
            yield Fault(("required", number), f"{name} is required and never mapped.", "Map it, or do not require it.")


@_check("error")
def findings_can_be_told_apart(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """What identifies a finding is mapped, and at least one kind of asset is."""
    finding = feed.finding
    written = "fields" in finding.model_fields_set
    for number, name in enumerate(finding.fields):
        if written and _is_field(name) and not _can_have(feed, name):
            what = f"{name} identifies findings and is never mapped."
            yield Fault(("finding", "fields", number), what, "Map it, or leave it out of finding.fields.")
    if not any(_can_have(feed, name) for name in finding.asset):
        what = f"no asset is ever mapped: {', '.join(finding.asset)}."
        yield Fault(("finding", "asset"), what, "Map one, or name in finding.asset what the feed is about.")


@_check("warning")
def events_tell_what_happened(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """Events should have a type of their own."""
    if feed.rest != "idf" and not {"classification.type", "classification.taxonomy"} & feed.fields_given():
        what = "classification.type is not given; events are “undetermined”."
        yield Fault(("fields",), what, "Map it, or add it to constants.")


def _fixed_columns(feed: FeedDefinition) -> set[str] | None:
    """The source columns when the format alone decides them, else None."""
    if isinstance(feed.format, CsvFormat) and feed.format.columns:
        return {*feed.format.columns, *feed.format.preamble}
    if isinstance(feed.format, LinesFormat):
        patterns = [one for one in (feed.format.pattern, feed.format.context) if one]
        groups = {name for pattern in patterns for name in named_groups(pattern)}
        return {*(groups or {"line"}), *feed.format.preamble}
    return None


@_check("error")
def columns_exist(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """A column that is read is one that the format, the definition or the report gives."""
    known = {ROW, RAW, *feed.columns, *((feed.each.into or feed.each.column,) if feed.each else ())}
    fixed = _fixed_columns(feed)
    prefixes = tuple(one.prefix for one in feed.expand)
    for name in sorted(names_read(feed)):
        place = next((where for where, value in _walk(feed) if name in value.source), ("fields",))
        if name.startswith(SETTING):
            if name.removeprefix(SETTING) not in feed.settings:
                yield Fault(place, f"there is no setting “{name.removeprefix(SETTING)}”.", "Add it to settings.")
        elif fixed is not None and name not in fixed | known and not name.startswith((REPORT, *prefixes)):
            yield Fault(
                place, f"there is no column “{name}”.", _near(name, fixed | known) or "Name a column of the format."
            )


@_check("warning")
def made_columns_are_read(feed: FeedDefinition, _path: str) -> Iterator[Fault]:
    """A column made from others is there to be read."""
    read = names_read(feed) | {one.column for one in feed.expand}
    for name in feed.columns:
        if name not in read and feed.rest != "idf":
            yield Fault(("columns", name), f"column “{name}” is made and never read.", "Read it, or do not make it.")
