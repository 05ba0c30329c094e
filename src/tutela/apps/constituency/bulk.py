"""Many rows at once: COPY on PostgreSQL, one statement on SQLite; models by the hundred thousand take minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import Model

_BATCH: Final = 10_000
_AS_THEY_ARE: Final = (str, int)


def insert(model: type[Model], columns: Mapping[str, Sequence[Any]]) -> int:
    """Insert rows given column by column (by name of field); says how many."""
    fields: list[Any] = [model._meta.get_field(name) for name in columns]  # noqa: SLF001 - Django's documented way
    prepared = [_prepared(field, values) for field, values in zip(fields, columns.values(), strict=True)]
    rows = list(zip(*prepared, strict=True))
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - as above
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return len(rows)
        statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608 - own names
        for start in range(0, len(rows), _BATCH):
            cursor.executemany(statement, rows[start : start + _BATCH])
    return len(rows)


def end(model: type[Model], rows: Sequence[tuple[int, Any]], *, recorded: Any, source: str) -> None:
    """Give stored rows (by id) their end."""
    fields = [model._meta.get_field(name) for name in ("valid_to", "ended", "id")]  # noqa: SLF001 - as in insert
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - as in insert
    statement = f"UPDATE {table} SET valid_to = %s, ended = %s, ended_by = %s WHERE id = %s"  # noqa: S608 - own names
    moments = [moment for _, moment in rows]
    ends, stamps = _prepared(fields[0], moments), _prepared(fields[1], [recorded] * len(moments))
    numbers = [number for number, _ in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(e, s, source, n) for e, s, n in zip(ends, stamps, numbers, strict=True)])


def _prepared(field: Any, values: Sequence[Any]) -> Sequence[Any]:
    """Values as the database takes them; the same few moments over and over are prepared once."""
    if field.get_internal_type() == "JSONField":
        return [field.get_db_prep_save(value, connection) for value in values]
    if all(type(value) in _AS_THEY_ARE for value in values):
        return values
    known: dict[Any, Any] = {}
    for value in values:
        if value not in known:
            known[value] = field.get_db_prep_save(value, connection)
    return [known[value] for value in values]
