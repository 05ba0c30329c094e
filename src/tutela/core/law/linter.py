"""Files of law checked before they compute: all errors of all files at once, each with its line and remedy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from tutela.core.errors import DefinitionErrors, Problem
from tutela.core.law import checks
from tutela.core.law.clock import TimeRule, TimeRules
from tutela.core.law.condition import parse
from tutela.core.law.facts import FactBook
from tutela.core.law.instrument import Instrument, Overlay, Part
from tutela.core.law.library import Compiled, Library, Source, compile_instrument, composed
from tutela.core.law.tables import DecisionTable, Derivation, compiled
from tutela.core.reading import shape
from tutela.core.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutela.core.yaml_text import Document

HELP: Final = "docs/law.md"
Model = TypeVar("Model", bound=Part)


class Sources(Part):
    """Where the facts of law were read."""

    sources: dict[str, Source]


@dataclass(frozen=True, slots=True)
class File(Generic[Model]):
    """One file that has the right shape, with its lines."""

    path: str
    value: Model
    document: Document


@dataclass(slots=True)
class Read:
    """All files by what they hold."""

    instruments: list[File[Instrument]] = field(default_factory=list)
    overlays: list[File[Overlay]] = field(default_factory=list)
    derivations: list[File[Derivation]] = field(default_factory=list)
    decisions: list[File[DecisionTable]] = field(default_factory=list)
    books: list[File[FactBook]] = field(default_factory=list)
    rules: list[File[TimeRules]] = field(default_factory=list)
    sources: list[File[Sources]] = field(default_factory=list)


_KINDS: Final[tuple[tuple[str, type[Part], str], ...]] = (
    ("inputs", DecisionTable, "decisions"),
    ("policy", Derivation, "derivations"),
    ("overlays", Overlay, "overlays"),
    ("instrument", Instrument, "instruments"),
    ("facts", FactBook, "books"),
    ("rules", TimeRules, "rules"),
    ("sources", Sources, "sources"),
)
"""A key by which a file is known, what it then is, and where it goes; the first that fits."""
_INSTRUMENT: Final = _KINDS[3]


def lint(files: Mapping[str, bytes | str]) -> list[Problem]:
    """All problems of files of law, given by path and content, in the order of the files and their lines."""
    read, problems = _read(files)
    problems += _wrong(read)
    order = {path: number for number, path in enumerate(files)}
    return sorted(dict.fromkeys(problems), key=lambda one: (order.get(one.path, 0), one.line))


def load(files: Mapping[str, bytes | str]) -> Library:
    """The library of these files; raises DefinitionErrors with all errors of all of them."""
    read, problems = _read(files)
    problems += _wrong(read)
    if problems:
        raise DefinitionErrors(sorted(dict.fromkeys(problems), key=lambda one: (one.path, one.line)))
    return _library(read)


def schema() -> dict[str, Any]:
    """The JSON Schema of an instrument's file, for editors."""
    whole = Instrument.model_json_schema(by_alias=True)
    period = {"type": "string", "pattern": "^[1-9][0-9]{0,3} (minute|hour|day|month|business day)s?$"}
    limit = whole["$defs"]["Limit"]
    limit["properties"]["within"]["anyOf"] = [period, {"type": "null"}]
    due = whole["$defs"]["Due"]
    whole["$defs"]["Due"] = {"anyOf": [{"$ref": "#/$defs/Limit"}, due]}
    return whole


def _read(files: Mapping[str, bytes | str]) -> tuple[Read, list[Problem]]:
    read = Read()
    problems: list[Problem] = []
    for path, content in files.items():
        document = read_yaml(content)
        keys = document.data.keys() if isinstance(document.data, dict) else ()
        kind = next((one for one in _KINDS if one[0] in keys), _INSTRUMENT)
        value, wrong = shape(document, path, kind[1], HELP)
        problems += wrong
        if value is not None:
            getattr(read, kind[2]).append(File(path, value, document))
    return read, problems


def _wrong(read: Read) -> Iterator[Problem]:
    facts = {fact.name: fact for book in read.books for fact in book.value.facts}
    sources = frozenset(name for one in read.sources for name in one.value.sources)
    rules = {rule.id: rule for one in read.rules for rule in one.value.rules}
    known = checks.Known(facts, sources, frozenset(rules), {one.value.id: one.value for one in read.instruments})
    for kind in (read.instruments, read.overlays, read.derivations, read.decisions, read.books, read.rules):
        for file in kind:
            for place, what, remedy in checks.file(file.value, known):
                yield Problem(file.path, file.document.line(place), what, remedy)
    for number, place, what, remedy in checks.together([file.value for file in read.instruments]):
        yield _of(read.instruments[number], place, what, remedy)
    for number, place, what, remedy in checks.national([file.value for file in read.overlays]):
        yield _of(read.overlays[number], place, what, remedy)


def _of(file: File[Any], place: checks.Place, what: str, remedy: str) -> Problem:
    return Problem(file.path, file.document.line(place), what, remedy)


def _library(read: Read) -> Library:
    rules: dict[str, TimeRule] = {rule.id: rule for one in read.rules for rule in one.value.rules}
    versions = _versions([file.value for file in read.instruments], rules)
    contradictions = [one for book in read.books for one in book.value.contradictions]
    return Library(
        facts={fact.name: fact for book in read.books for fact in book.value.facts},
        contradictions=tuple((parse(one.when), one.question["en"]) for one in contradictions),
        derivations=tuple((file.value, compiled(file.value)) for file in read.derivations),
        decisions={file.value.id: file.value for file in read.decisions},
        sources={name: source for one in read.sources for name, source in one.value.sources.items()},
        rules=rules,
        reliefs={rule.id: parse(rule.relief.except_when) for rule in rules.values() if rule.relief},
        versions=versions,
        overlays=_overlays([file.value for file in read.overlays], versions, rules),
        national=_national([file.value for file in read.overlays]),
    )


def _national(overlays: list[Overlay]) -> dict[tuple[str, str], tuple[Overlay, ...]]:
    found: dict[tuple[str, str], tuple[Overlay, ...]] = {}
    for one in sorted(overlays, key=lambda one: (one.id, one.version)):
        found[one.overlays, one.country] = (*found.get((one.overlays, one.country), ()), one)
    return found


def _versions(instruments: list[Instrument], rules: Mapping[str, TimeRule]) -> dict[str, tuple[Compiled, ...]]:
    by_id: dict[str, list[Instrument]] = {}
    for one in sorted(instruments, key=lambda one: (one.id, one.version)):
        by_id.setdefault(one.id, []).append(one)
    newest = {id_: found[-1] for id_, found in by_id.items()}
    return {
        id_: tuple(compile_instrument(one, rules, newest.get(one.uses_stages_of or "")) for one in found)
        for id_, found in by_id.items()
    }


def _overlays(
    overlays: list[Overlay], versions: Mapping[str, tuple[Compiled, ...]], rules: Mapping[str, TimeRule]
) -> dict[tuple[str, str], tuple[Compiled, ...]]:
    found: dict[tuple[str, str], tuple[Compiled, ...]] = {}
    for key, each in _national(overlays).items():
        base = versions[key[0]][-1]
        lending = base.lender if base.instrument.uses_stages_of else None
        found[key] = tuple(composed(base.instrument, lending, one, None, rules) for one in each)
    return found
