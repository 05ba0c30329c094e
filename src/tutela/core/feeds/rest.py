"""What happens to the source columns that no field reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutela.core.feeds.definition import Rest
from tutela.core.idf.fields import EXTRA, EXTRA_PREFIX, FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutela.core.feeds.definition import FeedDefinition

WIRE_MARK = "__type"
"""The key by which IDF JSON says that it is an event; it is no content."""


def unread(definition: FeedDefinition, columns: Iterable[str]) -> dict[str, str]:
    """From the field (an IDF field or ``extra.*``) to the source column, for columns that no field reads."""
    if definition.rest == "ignore":
        return {}
    read = {name for _place, value in definition.values() for name in value.columns()}
    read |= {inner.column for inner in definition.expand}
    left = [name for name in columns if name not in read]
    if isinstance(definition.rest, Rest):
        rest = definition.rest
        left = [name for name in left if name not in rest.leave_out]
        if rest.only:
            left = [name for name in left if name.startswith(rest.only)]
        return _named(definition, {f"{rest.prefix}{name}": name for name in left})
    if definition.rest == "idf":
        return _named(definition, {_idf_name(name): name for name in left if name != WIRE_MARK})
    return _named(definition, {f"{EXTRA_PREFIX}{name}": name for name in left})


def _named(definition: FeedDefinition, given: dict[str, str]) -> dict[str, str]:
    """What a definition maps by itself goes before what has the same name by chance."""
    return {field: name for field, name in given.items() if field not in definition.fields}


def _idf_name(column: str) -> str:
    known = (column in FIELDS and column != EXTRA) or column.startswith(EXTRA_PREFIX)
    return column if known else f"{EXTRA_PREFIX}{column}"
