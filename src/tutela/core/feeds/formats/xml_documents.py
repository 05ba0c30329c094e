"""XML documents: some elements are records, what lies in them becomes columns. Entities are refused (defusedxml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.encoding import mend
from tutela.core.feeds.formats.flattening import FlatRecord, frame_of, json_text
from tutela.core.feeds.formats.physical_lines import BLANKS
from tutela.core.feeds.formats.records import INTERNAL, Records, rejected_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.core.feeds.formats.specification import XmlFormat, XmlPairs

DEEPEST_DOCUMENT = 200
_OWN_TEXT = "#text"
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")


@dataclass(frozen=True, slots=True)
class _Found:
    """An element that is a record, and the elements around it, the document's own first."""

    element: Element
    around: tuple[Element, ...]


class _Builder(TreeBuilder):
    """A tree builder that refuses to go too deep."""

    depth = 0

    def start(self, tag: Any, attrs: dict[Any, Any], /) -> Element:
        """One level down."""
        self.depth += 1
        if self.depth > DEEPEST_DOCUMENT:
            raise BadInput(
                f"the XML document is nested more than {DEEPEST_DOCUMENT} levels deep.",
                remedy="Ask the source what it sent.",
            )
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """One level up."""
        self.depth -= 1
        return super().end(tag)


def read_xml(data: bytes, specification: XmlFormat, *, first_row: int, keep_raw: bool = False) -> Records:
    """The records of an XML document; ``BadInput`` if it is no XML or declares entities."""
    records: list[FlatRecord] = []
    if data.strip(BLANKS.encode()):
        for row, found in enumerate(_records(_parsed(data, specification), specification.rows), start=first_row):
            raw = tostring(found.element, "unicode").strip(BLANKS) if keep_raw else ""
            records.append(FlatRecord(row, _leaves(found, specification), raw))
    frame, json_columns = frame_of(records, keep_raw=keep_raw)
    return Records(frame, rejected_frame(()), json_columns, len(records))


def _parsed(data: bytes, specification: XmlFormat) -> Element:
    """The document's own element.

    What was transcoded already is UTF-8 whatever the declaration says; else the declaration counts.
    """
    declared = _DECLARED.match(data)
    named = declared.group(1).decode().lower() if declared else "utf-8"
    override = "utf-8" if specification.encoding != "auto" or named.startswith("utf") else None
    parser = DefusedXMLParser(target=_Builder(), encoding=override, forbid_dtd=False, forbid_entities=True)
    try:
        parser.feed(mend(data)[0] if override else data)
        root = parser.close()
    except DefusedXmlException as error:
        raise BadInput(
            "the XML document declares entities, which no report needs and which can blow up a reader.",
            remedy="Do not read it; ask the source what it sent.",
        ) from error
    except ParseError as error:
        raise BadInput(
            f"the report is not XML: {error}.", remedy="Check that it came in whole and is of this feed."
        ) from error
    except (LookupError, ValueError) as error:
        raise BadInput(f"the XML document declares an encoding ({named}) that cannot be read.") from error
    if not isinstance(root, Element):
        raise BadInput("the XML document is empty.")
    return root


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _records(root: Element, rows: str) -> Iterator[_Found]:
    """The elements that are records, in the order of the document; one may lie inside another."""
    wanted = tuple(rows.strip("/").split("/"))
    waiting: list[tuple[Element, tuple[Element, ...]]] = [(root, ())]
    while waiting:
        element, around = waiting.pop()
        path = (*around, element)
        if _matches(path, wanted):
            yield _Found(element, around)
        waiting.extend((child, path) for child in reversed(element))


def _matches(path: tuple[Element, ...], wanted: tuple[str, ...]) -> bool:
    if len(path) < len(wanted) or _name(path[-1]) != wanted[-1]:
        return False
    return tuple(_name(element) for element in path[-len(wanted) :]) == wanted


def _leaves(found: _Found, specification: XmlFormat) -> dict[str, str]:
    """The columns of one record."""
    left_out = {specification.rows.rpartition("/")[2]}
    if specification.pairs:
        left_out.add(specification.pairs.element)
    leaves: dict[str, str] = {}
    if specification.ancestors:
        for element in found.around:
            _plain_parts(leaves, element)
    if specification.pairs:
        for element in (*found.around, found.element):
            leaves.update(_pairs(element, specification.pairs))
    own = _text(found.element)
    if own:
        leaves[_OWN_TEXT] = own
    _collect(leaves, found.element, "", left_out)
    return leaves


def _plain_parts(leaves: dict[str, str], element: Element) -> None:
    """Attributes and plain children of an element around a record."""
    name = _name(element)
    for key, value in element.attrib.items():
        _set(leaves, f"{name}.@{key.rpartition('}')[2]}", value.strip(BLANKS))
    for child in element:
        if _is_plain(child):
            _set(leaves, f"{name}.{_name(child)}", _text(child))


def _collect(leaves: dict[str, str], element: Element, prefix: str, left_out: set[str]) -> None:
    """Attributes and children of ``element``, by dotted path."""
    for key, value in element.attrib.items():
        _set(leaves, f"{prefix}@{key.rpartition('}')[2]}", value.strip(BLANKS))
    by_name: dict[str, list[Element]] = {}
    for child in element:
        if _name(child) not in left_out:
            by_name.setdefault(_name(child), []).append(child)
    for name, children in by_name.items():
        path = prefix + name
        if len(children) > 1:
            values = [one for one in map(_as_value, children) if one]
            if values:
                _set(leaves, path, json_text(values))
        elif _is_plain(children[0]):
            _set(leaves, path, _text(children[0]))
        else:
            _set(leaves, f"{path}.{_OWN_TEXT}", _text(children[0]))
            _collect(leaves, children[0], path + ".", left_out)


def _as_value(element: Element) -> str | dict[str, str]:
    """One of several elements of the same name: its text, or its parts by path."""
    if _is_plain(element):
        return _text(element)
    parts: dict[str, str] = {}
    _set(parts, _OWN_TEXT, _text(element))
    _collect(parts, element, "", set())
    return parts


def _pairs(element: Element, pairs: XmlPairs) -> dict[str, str]:
    """The columns that children of ``element`` name themselves; a name that comes again gives a JSON array."""
    found: dict[str, list[str]] = {}
    for child in element:
        if _name(child) == pairs.element:
            key, value = _at(child, pairs.key), _at(child, pairs.value)
            if key and value and key not in INTERNAL:
                found.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else json_text(values) for key, values in found.items()}


def _at(element: Element, path: str) -> str:
    """The text or attribute at a path below ``element``."""
    for step in path.split("/"):
        if step.startswith("@"):
            by_name = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
            return by_name.get(step[1:], "").strip(BLANKS)
        child = next((one for one in element if _name(one) == step), None)
        if child is None:
            return ""
        element = child
    return _text(element)


def _is_plain(element: Element) -> bool:
    return not len(element) and not element.attrib


def _text(element: Element) -> str:
    return (element.text or "").strip(BLANKS)


def _set(leaves: dict[str, str], name: str, value: str) -> None:
    if value and name not in INTERNAL:
        leaves[name] = value
