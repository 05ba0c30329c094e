"""CSV, JSON and YAML constituencies.

CSV: a header and one row per thing, in the columns of `rows.COLUMNS`; the delimiter is seen from the header. JSON: a
list of such rows, or an object as YAML has it. YAML nests: ``organisations`` is a list, and each holds ``networks``,
``asns``, ``domains``, ``contacts`` and ``services`` of its own; ``source`` at the top names where all of it comes
from; ``rows`` may hold flat rows.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

import orjson
import yaml

from tutela.core.netspace.imports.rows import RowReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.core.netspace.imports.wanted import Wanted

_NESTED: Final = {
    "networks": "network",
    "asns": "asn",
    "domains": "domain",
    "contacts": "contact",
    "services": "service",
}
_MAPS: Final = {"name": "name:", "names": "name:", "identifiers": "identifier:"}
_TOP: Final = frozenset({"organisations", "rows", "source", "title", "version", "language", "licence", "names"})
_LINE: Final = "\0line"
_OWN_ID: Final = {"contact": "role", "service": "id"}


def read_csv(text: str, path: str, *, source: str = "") -> Wanted:
    """A CSV table with a header."""
    reader = RowReader(path, source=source)
    header = text.partition("\n")[0]
    delimiter = max(",;\t|", key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() if ":" not in name else name.strip() for name in next(rows, [])]
        known = reader.header(names)
        for cells in rows:
            if len(cells) > len(names):
                what = f"has {len(cells)} columns, the header {len(names)}"
                reader.problem(rows.line_num, what, "Quote what has commas.")
            elif any(cell.strip() for cell in cells):
                row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
                reader.add({name: row[name] for name in known if name in row}, rows.line_num)
    except csv.Error as error:
        reader.problem(rows.line_num, f"is no CSV from here on: {error}", "Check the quotes.")
    return reader.wanted()


_DEEPEST: Final = 50


def read_json(data: bytes, path: str, *, source: str = "") -> Wanted:
    """A JSON list of flat rows, or an object as YAML has it; rows are told by their number."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        reader = RowReader(path)
        reader.problem(error.lineno, f"is no JSON: {error.msg}", "Check it with a JSON editor.")
        return reader.wanted()
    return _document(document, path, source)


def read_yaml(text: str, path: str, *, source: str = "") -> Wanted:
    """A YAML constituency; every problem is told with its line."""
    reader = RowReader(path)
    loader = yaml.CSafeLoader(text)
    try:
        _refuse_bombs(text)
        node = loader.get_single_node()
        document = _value(node, loader, reader) if node else {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reader.problem(line, f"is no YAML: {error.problem}", "Check the indentation.")
    except (yaml.YAMLError, ValueError) as error:
        reader.problem(1, f"is no YAML: {' '.join(str(error).split())}", "Save it as UTF-8 text.")
    finally:
        loader.dispose()
    return reader.wanted() if reader.problems else _document(document, path, source)


def _refuse_bombs(text: str) -> None:
    """ValueError for aliases, which may stand for more than memory holds, and for nesting that no constituency has."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        place = f"line {event.start_mark.line + 1}" if event.start_mark else "somewhere"
        is_alias = isinstance(event, yaml.AliasEvent)
        if is_alias or depth > _DEEPEST:
            why = "an alias (*name) is not read; write it out" if is_alias else f"nested more than {_DEEPEST} deep"
            raise ValueError(f"{place}: {why}")


def _value(node: yaml.Node, loader: Any, reader: RowReader, ancestors: tuple[yaml.Node, ...] = ()) -> Any:
    """A node as a value; mappings, and scalars in lists, remember their line."""
    if node in ancestors:
        raise ValueError("an anchor holds itself")
    line, above = node.start_mark.line + 1, (*ancestors, node)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {_LINE: line}
        for key_node, value_node in node.value:
            key = str(loader.construct_object(key_node))
            if key in mapping:
                reader.problem(key_node.start_mark.line + 1, f"{key}: stands twice", "Keep one of the two.")
            mapping[key] = _value(value_node, loader, reader, above)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        items = [_value(item, loader, reader, above) for item in node.value]
        scalar = (isinstance(item, yaml.ScalarNode) for item in node.value)
        return [
            {_LINE: item.start_mark.line + 1, "value": value} if plain else value
            for item, value, plain in zip(node.value, items, scalar, strict=True)
        ]
    return loader.construct_object(node)


def _document(document: Any, path: str, source: str) -> Wanted:
    if isinstance(document, list):
        document = {"rows": document}
    if not isinstance(document, dict):
        reader = RowReader(path)
        reader.problem(1, "holds neither a list of rows nor organisations", "See docs/constituency.md.")
        return reader.wanted()
    reader = RowReader(path, source=source or str(document.get("source") or ""))
    for name in sorted(set(document) - _TOP - {_LINE}):
        reader.problem(1, f"{name}: is no known part of a constituency", f"Known here: {', '.join(sorted(_TOP))}.")
    for name, expand in (("organisations", _organisation), ("rows", _flat)):
        for number, item in enumerate(document.get(name) or [], 1):
            line = item.get(_LINE, number) if isinstance(item, dict) else number
            if not isinstance(item, dict) or set(item) == {_LINE, "value"}:
                reader.problem(line, f"{name}: holds something that is no mapping", "Write name: value pairs.")
                continue
            for row in expand(item):
                reader.add({k: v for k, v in row.items() if k != _LINE}, int(row.get(_LINE) or line))
    return reader.wanted()


def _organisation(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One nested organisation as flat rows: itself, then what it holds."""
    identifier = item.get("id")
    own = {name: value for name, value in item.items() if name not in _NESTED and name != "id"}
    yield {"kind": "organisation", "organisation": identifier, **_spread(own)}
    for plural, kind in _NESTED.items():
        held = item.get(plural) or []
        for entry in held if isinstance(held, list) else [held]:
            row = dict(entry) if isinstance(entry, dict) else {"value": entry}
            if (own_id := _OWN_ID.get(kind)) in row:
                row["value"] = row.pop(own_id)
            yield {"kind": kind, "organisation": identifier, _LINE: item.get(_LINE, 0), **_spread(row)}


def _flat(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield _spread(item)


def _spread(row: dict[str, Any]) -> dict[str, Any]:
    """Mappings of names and identifiers as columns of their own (``name:fr``); lists of scalars plain again."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name in _MAPS and isinstance(value, dict):
            flat |= {f"{_MAPS[name]}{key}": inner for key, inner in value.items() if key != _LINE}
        elif isinstance(value, list):
            flat[name] = [i["value"] if isinstance(i, dict) and set(i) == {_LINE, "value"} else i for i in value]
        else:
            flat[name] = value
    return flat
