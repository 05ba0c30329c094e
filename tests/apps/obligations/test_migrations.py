"""What is in the database when a new version comes is brought into its form, and nothing of it is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tutela.apps.incidents.models import Involved
from tutela.apps.obligations.models import OVER, Draft, Obligation

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def back_to(*targets: tuple[str, str]) -> Any:
    """The database as an older version left it."""
    MigrationExecutor(connection).migrate(list(targets))
    return MigrationExecutor(connection).loader.project_state(list(targets)).apps


def test_who_waited_what_was_over_and_which_texts_were_written_is_kept() -> None:
    apps = back_to(("incidents", "0003_reported"), ("obligations", "0001_initial"))
    try:
        times = {"opened": NOW, "changed": NOW, "waiting": NOW}
        case = apps.get_model("incidents", "Incident").objects.create(
            year=2026, sequence=1, title="x", type="other", severity=1, tlp=2, **times
        )
        involved = apps.get_model("incidents", "Involved").objects
        involved.create(incident=case, organisation="bank", part="affected", shared=NOW)
        involved.create(incident=case, organisation="clinic", part="affected")
        law = {"regime": "r", "stage": "s", "version": 1, "mode": "max", "citation": "c", "confidence": "P"}
        owed = apps.get_model("obligations", "Obligation").objects.create(
            **law,
            incident=case.pk,
            organisation="bank",
            due=NOW,
            turn=NOW,
            content=["p", "q"],
            state="submitted",
            started=NOW,
        )
        drafts = apps.get_model("obligations", "Draft").objects
        drafts.create(obligation=owed, number=1, texts=["a", "b"], written=NOW, author="x")
        drafts.create(obligation=owed, number=2, texts=["a"], written=NOW, author="x")
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert dict(Involved.objects.values_list("organisation", "waiting")) == {"bank": NOW, "clinic": None}
    assert Obligation.objects.get().turn == OVER
    written = [one.answers for one in Draft.objects.order_by("number")]
    assert written == [[("p", "a"), ("q", "b")], [("1.", "a")]], "also where the checklist was another by then"
