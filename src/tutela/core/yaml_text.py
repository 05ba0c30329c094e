"""YAML text as plain data, with the line of every part, and every key that stands twice.

Read by the core schema of YAML 1.2: only ``true`` and ``false`` are truths (``no`` is Norway), only digits are numbers,
and nothing is a date.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

Place = tuple[str | int, ...]

MAXIMUM_BYTES = 256 * 1024
"""No definition that a person has written comes near; what is larger would keep the reader busy for minutes."""

DEEPEST = 32
_WHOLE_NUMBER = "tag:yaml.org,2002:int"
_MOST_DIGITS = 18  # all numbers of so many digits have 64 bits


@dataclass(slots=True)
class Document:
    """Plain data, the line (1-based) of each part of it, and what is wrong with the text: line, sentence."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def line(self, place: Sequence[str | int]) -> int:
        """The line of a part, or of the nearest part around it; steps that are not in the text are passed over."""
        known: Place = ()
        for step in place:
            known = (*known, step) if (*known, step) in self.lines else known
        return self.lines.get(known, 1)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, with the implicit types of YAML 1.2 alone."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way of declaring them
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """An alias could stand for itself, or for more than memory holds."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias (*name) is not read", event.start_mark)
        if self.depth == DEEPEST:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, f"nested more than {DEEPEST} levels deep", mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def read_yaml(content: bytes | str) -> Document:
    """Read one YAML document (bytes are UTF-8); faults of the text are in the result, never raised."""
    document = Document()
    if len(content) > MAXIMUM_BYTES:
        document.faults.append((1, f"the text is larger than {MAXIMUM_BYTES // 1024} KiB."))
        return document
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        loader = _Loader(text)
    except (UnicodeDecodeError, yaml.reader.ReaderError) as error:
        document.faults.append((1, f"the text cannot be read: {error.reason}."))
        return document
    try:
        node = loader.get_single_node()
        document.data = None if node is None else _data(loader, node, (), document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.faults.append(
            (mark.line + 1 if mark else 1, f"the text is no YAML: {error.problem or error.context}.")
        )
    except yaml.YAMLError as error:
        document.faults.append((1, f"the text is no YAML: {error}."))
    finally:
        loader.dispose()
    return document


def _data(loader: _Loader, node: yaml.Node, place: Place, document: Document) -> Any:
    document.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_data(loader, item, (*place, number), document) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, place, document)
    if node.tag == _WHOLE_NUMBER:
        return _whole_number(node, document)
    value = loader.construct_object(node)
    if isinstance(value, float) and not math.isfinite(value):
        document.faults.append((node.start_mark.line + 1, f"the number {node.value:.40} is too large."))
    return value


def _whole_number(node: yaml.Node, document: Document) -> int:
    if len(node.value.lstrip("+-")) > _MOST_DIGITS:
        line = node.start_mark.line + 1
        document.faults.append((line, f"the number {node.value:.40} is too large; in quotation marks it is text."))
        return 0
    return int(str(node.value))


def _mapping(loader: _Loader, node: yaml.MappingNode, place: Place, document: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.faults.append((line, "a key is no plain text."))
            continue
        key = str(key_node.value)
        if key in found:
            document.faults.append(
                (line, f"the key “{key}” stands twice; the first is in line {document.line((*place, key))}.")
            )
        document.lines[*place, key] = line
        found[key] = _data(loader, value_node, (*place, key), document)
    return found
