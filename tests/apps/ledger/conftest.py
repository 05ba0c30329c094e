"""What the tests of the ledger share: recording, verifying, and an attacker who has the database's own rights."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tutela.apps.ledger import actions, queries


@pytest.fixture
def record(actor, basis):
    """Record some entries in one transaction; gives their numbers."""

    def write(count=1, **changes):
        acts = [actions.Act("test.act", "thing", f"{n:064x}", {"n": n}) for n in range(count)]
        with transaction.atomic():
            return actions.record_many(acts, by=actor, basis=basis, **changes)

    return write


@pytest.fixture
def verify(home):
    """Verify the test's ledger."""
    return lambda **changes: queries.verify(home, **changes)


@pytest.fixture
def attacker():
    """Run SQL as somebody who owns the database: guards taken away, and put back so that nobody notices."""

    @contextmanager
    def unguarded(cursor):
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield
            for _, text in triggers:
                cursor.execute(text)
        else:
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
            yield
            cursor.execute("ALTER TABLE ledger_entry ENABLE TRIGGER USER")

    def run(*statements):
        with transaction.atomic(), connection.cursor() as cursor, unguarded(cursor):
            for statement in statements:
                cursor.execute(statement)

    return run


@pytest.fixture
def codes(verify):
    """The kinds of problems (not warnings) that a verification tells."""

    def told(**changes):
        result = verify(**changes)
        assert result.ok is not bool(result.problems)
        assert all(flaw.what.endswith(".") for flaw in result.problems)
        return {flaw.code for flaw in result.problems}

    return told
