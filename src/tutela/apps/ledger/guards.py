"""The database itself refuses to change, delete or misnumber entries; `missing` tells when somebody took that away.

SQLite: ``INSERT OR REPLACE`` deletes without firing delete triggers, hence the guard on inserts, which also keeps
the numbers whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = {
    "ledger_entry_refuse_update": """CREATE TRIGGER ledger_entry_refuse_update BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger can only be appended to: UPDATE is refused'); END""",
    "ledger_entry_refuse_delete": """CREATE TRIGGER ledger_entry_refuse_delete BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger can only be appended to: DELETE is refused'); END""",
    "ledger_entry_in_order": """CREATE TRIGGER ledger_entry_in_order BEFORE INSERT ON ledger_entry
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM ledger_entry)
BEGIN SELECT RAISE(ABORT, 'the ledger can only be appended to: this is not the next entry'); END""",
}

_REFUSE_BODY = """
BEGIN
    RAISE EXCEPTION 'the ledger can only be appended to: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END
"""
_ORDER_BODY = """
BEGIN
    IF NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM ledger_entry) THEN
        RAISE EXCEPTION 'the ledger can only be appended to: this is not the next entry'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
"""
_FUNCTIONS = {"ledger_entry_refuse": _REFUSE_BODY, "ledger_entry_next": _ORDER_BODY}
_POSTGRESQL = {
    "ledger_entry_no_change": "UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_entry_refuse()",
    "ledger_entry_no_truncate": "TRUNCATE ON ledger_entry EXECUTE FUNCTION ledger_entry_refuse()",
    "ledger_entry_in_order": "INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_entry_next()",
}


def install(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the guards in place (run by the migration that makes the table)."""
    for statement in _statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def remove(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the guards away (the migration, backwards)."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    for name in _POSTGRESQL if postgresql else _SQLITE:
        schema_editor.execute(
            f"DROP TRIGGER IF EXISTS {name}" + (" ON ledger_entry" if postgresql else ""), params=None
        )
    for name in _FUNCTIONS if postgresql else ():
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}()", params=None)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Name the guards that are absent, switched off or not what was installed."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entry'")
            found = dict(cursor.fetchall())
            return [name for name, sql in _SQLITE.items() if found.get(name) != sql]
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'ledger_entry'::regclass AND tgenabled IN ('O', 'A')"
        )
        triggers = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE proname = ANY(%s)", [list(_FUNCTIONS)])
        bodies = dict(cursor.fetchall())
    return [name for name in _POSTGRESQL if name not in triggers] + [
        name for name, body in _FUNCTIONS.items() if bodies.get(name) != body
    ]


def _statements(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return list(_SQLITE.values())
    functions = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$"
        for name, body in _FUNCTIONS.items()
    ]
    return functions + [f"CREATE TRIGGER {name} BEFORE {event}" for name, event in _POSTGRESQL.items()]
