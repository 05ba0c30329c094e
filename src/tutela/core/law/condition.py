"""Conditions in CEL, three-valued: true, false, or undetermined with the facts that would settle it.

``&&``, ``||``, ``!`` and parentheses are seen here, so that it is known which part is still open; the tests between
them are compiled and run by the CEL library (Common Expression Language, cel.dev). A part that a fact is missing to is
undetermined; ``false && …`` is false and ``true || …`` is true whatever is missing (Kleene's strong logic).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import cel

Fact = bool | int | float | str
Facts = Mapping[str, Fact]

_NAME: Final = re.compile(r"\b(?:org|inc)\.[a-z0-9_]+")
_WORD: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\b[A-Za-z_][A-Za-z0-9_.]*")
_BARE: Final = re.compile(r"(?:org|inc)\.[a-z0-9_]+")
_OPENING, _CLOSING = "([{", ")]}"
_SPACES: Final = ("org", "inc")
_ESCAPES: Final = ("\\", "'''", '"""')
DEEPEST: Final = 20
LONGEST: Final = 2_000


class ConditionError(ValueError):
    """A text that is no condition; what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A test that was looked at: its text, and what came of it (None: a fact is missing)."""

    text: str
    value: bool | None


@dataclass(slots=True)
class Decision:
    """What came of a condition, the facts that would settle it (none when it is settled), and the tests behind it."""

    value: bool | None
    missing: tuple[str, ...] = ()
    checked: tuple[Checked, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of a case, and the same as CEL sees them; made once for all conditions.

    ``ranges``: of a fact that is not known but can only be one of a few values, the case with each of them.
    """

    facts: Facts
    context: cel.Context
    ranges: Mapping[str, tuple[Known, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Facts) -> Known:
        """``facts``: full names (``org.…``, ``inc.…``) to values of the declared types."""
        known = cls(facts, cel.Context())
        for space in _SPACES:
            known._tell(space)
        return known

    def but(self, changes: Mapping[str, Fact | None]) -> Known:
        """The same with some facts changed (None: taken out); it takes the place of this one, asked no more."""
        whole: dict[str, Fact | None] = {**self.facts, **changes}
        known = Known({name: value for name, value in whole.items() if value is not None}, self.context)
        for space in {name[: len(_SPACES[0])] for name in changes}:
            known._tell(space)
        return known

    def narrowed(self, ranges: Mapping[str, Iterable[Fact]]) -> Known:
        """The same, with what is known of facts that are not: the few values of which one is right."""
        each = {name: tuple(Known.of({**self.facts, name: one}) for one in values) for name, values in ranges.items()}
        return Known(self.facts, self.context, each)

    def _tell(self, space: str) -> None:
        """Handing facts to CEL is the dearest part of a case: only what changed is handed over again."""
        begin = len(space) + 1
        self.context.add_variable(space, {n[begin:]: value for n, value in self.facts.items() if n.startswith(space)})


@dataclass(frozen=True, slots=True)
class _Test:
    """One test without ``&&`` and ``||``, run by CEL."""

    text: str
    program: cel.Program
    names: tuple[str, ...]

    def decide(self, known: Known, *, trace: bool) -> Decision:
        """Undetermined while any of its facts is missing; raises TypeError where it is neither true nor false."""
        missing = tuple(name for name in self.names if name not in known.facts)
        value = self._value(known) if not missing else self._whichever(known, missing)
        if not isinstance(value, bool | None):
            raise TypeError(f"{self.text} is neither true nor false")
        return Decision(value, missing if value is None else (), (Checked(self.text, value),) if trace else ())

    def _whichever(self, known: Known, missing: tuple[str, ...]) -> object:
        """The answer where it is the same for each value that the one missing fact can have."""
        cases = known.ranges.get(missing[0], ()) if len(missing) == 1 else ()
        answers = [self._value(one) for one in cases]
        return answers[0] if answers and all(one == answers[0] for one in answers) else None

    def _value(self, known: Known) -> object:
        if self.names == (self.text,):  # the fact itself: CEL would say the same, later
            return known.facts[self.text]
        return self.program.execute(known.context)


@dataclass(frozen=True, slots=True)
class _Not:
    part: Node

    def decide(self, known: Known, *, trace: bool) -> Decision:
        """The other answer, hanging on the same facts."""
        inner = self.part.decide(known, trace=trace)
        return Decision(None if inner.value is None else not inner.value, inner.missing, inner.checked)


@dataclass(frozen=True, slots=True)
class _Joined:
    """Several parts, of which one that is ``settles`` settles the whole: false of ``&&``, true of ``||``."""

    parts: tuple[Node, ...]
    settles: bool

    def decide(self, known: Known, *, trace: bool) -> Decision:
        """The answer of all parts; the first that settles it ends the search where no trace is wanted."""
        found = []
        for part in self.parts:
            one = part.decide(known, trace=trace)
            if one.value is self.settles and not trace:
                return one
            found.append(one)
        return joined(found, settles=self.settles)


Node = _Test | _Not | _Joined


def joined(decisions: Iterable[Decision], *, settles: bool) -> Decision:
    """Decisions under ``&&`` (``settles=False``) or ``||`` (``settles=True``), as one."""
    value: bool | None = not settles
    missing: dict[str, None] = {}
    checked: list[Checked] = []
    for one in decisions:
        checked += one.checked
        if one.value is settles:
            value = settles
        elif one.value is None and value is not settles:
            value = None
            missing |= dict.fromkeys(one.missing)
    return Decision(value, tuple(missing) if value is None else (), tuple(checked))


@dataclass(frozen=True)
class Condition:
    """A condition, ready to be asked."""

    text: str
    names: tuple[str, ...] = field(default=())
    node: Node | None = None

    @cached_property
    def _program(self) -> cel.Program:
        return cel.compile(self.text)

    def decide(self, known: Known) -> Decision:
        """Whether it holds of these facts, with each of its tests."""
        assert self.node is not None  # noqa: S101 - `parse` is the only maker
        return self.node.decide(known, trace=True)

    def holds(self, known: Known) -> Decision:
        """The same answer without the tests: quicker, where nobody asks why."""
        if isinstance(self.node, _Test):
            return self.node.decide(known, trace=False)
        if all(name in known.facts for name in self.names):
            return Decision(bool(self._program.execute(known.context)))
        assert self.node is not None  # noqa: S101 - as above
        return self.node.decide(known, trace=False)


def parse(text: str) -> Condition:
    """The condition in a text; raises ConditionError with what is wrong."""
    if len(text) > LONGEST:
        raise ConditionError(f"it is longer than {LONGEST:,} characters")
    if any(mark in text for mark in _ESCAPES):  # behind them functions would pass for text
        raise ConditionError("a text in it holds a backslash or three quotation marks")
    for word in _WORD.findall(text):
        if word[0] not in "'\"" and not _BARE.fullmatch(word) and word not in {"true", "false", "in"}:
            raise ConditionError(f"{word} is no fact: names begin with org. or inc., texts stand in quotation marks")
    node = _parse(text.strip(), 0)
    return Condition(text, _names(text), node)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in _WORD.findall(text) if _NAME.fullmatch(word)))


def _parse(text: str, depth: int) -> Node:
    if depth > DEEPEST:
        raise ConditionError(f"it is nested more than {DEEPEST} deep")
    for sign, settles in (("||", True), ("&&", False)):
        parts = _split(text, sign)
        if len(parts) > 1:
            return _Joined(tuple(_parse(part, depth + 1) for part in parts), settles)
    if text.startswith("(") and _closing(text, 0) == len(text) - 1:
        return _parse(text[1:-1].strip(), depth + 1)
    inner = text[1:].lstrip()
    if text.startswith("!") and (_BARE.fullmatch(inner) or (inner[:1] == "(" and _closing(inner, 0) == len(inner) - 1)):
        return _Not(_parse(inner, depth + 1))
    return _test(text)


def _test(text: str) -> _Test:
    if not text:
        raise ConditionError("a part of it is empty")
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise ConditionError(f"“{text}” is no CEL: {str(error).splitlines()[0]}") from error
    return _Test(text, program, _names(text))


def _split(text: str, sign: str) -> list[str]:
    """The parts between ``sign`` where it stands outside of brackets and quotation marks."""
    parts, start, place = [], 0, 0
    while place < len(text):
        if text[place] in _OPENING or text[place] in "'\"":
            place = _closing(text, place) + 1
        elif text.startswith(sign, place):
            parts.append(text[start:place].strip())
            place = start = place + len(sign)
        else:
            place += 1
    return [*parts, text[start:].strip()]


def _closing(text: str, start: int) -> int:
    """Where the bracket or quotation mark that opens at ``start`` is closed."""
    opening = text[start]
    if opening in "'\"":
        end = text.find(opening, start + 1)
        if end < 0:
            raise ConditionError("a quotation mark is not closed")
        return end
    place = start + 1
    while place < len(text):
        if text[place] == _CLOSING[_OPENING.index(opening)]:
            return place
        place = _closing(text, place) + 1 if text[place] in _OPENING or text[place] in "'\"" else place + 1
    raise ConditionError("a bracket is not closed")
