"""The receipt of a submission: whoever has it and the text checks the one against the other, without the house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from typer.testing import CliRunner

from tests.apps.obligations.conftest import CONTACT, NOW, as_
from tutela.apps.ledger import queries as ledger
from tutela.apps.obligations import actions
from tutela.apps.people.models import Membership, User
from tutela.cli.ledger import app

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tutela.apps.incidents.models import Incident

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pages", "all_read")]


def _check(*words: object) -> Any:
    return CliRunner().invoke(app, ["verify", *map(str, words), "--key", str(ledger.verifier())])


def test_the_receipt_is_about_exactly_the_text_that_was_handed_in(
    incident: Incident, ground: dict[str, Any], client: Client, tmp_path: Path, settings: Any
) -> None:
    settings.TUTELA = settings.TUTELA.model_copy(update={"receives": "none.* *.initial"})
    one = actions.start(incident=incident.pk, organisation="bank", regime="eu.dora.art19", stage="initial", **ground)
    actions.write_draft(obligation=one.pk, texts=["Payments"] * len(one.content), **as_(CONTACT, ground))
    person = User.objects.create(email="kim@bank.example", role=CONTACT.role)
    Membership.objects.create(user=person, organisation="bank")
    client.force_login(person)
    place = reverse("obligation", args=[one.pk])
    assert client.get(place, {"format": "tlog-proof"}).status_code == 404  # nothing was submitted yet
    actions.submit(obligation=one.pk, at=NOW, proof="", here=True, **as_(CONTACT, ground))
    receipt, text, other = (tmp_path / name for name in ("it.tlog-proof", "it.txt", "other.txt"))
    receipt.write_bytes(client.get(place, {"format": "tlog-proof"}).content)
    text.write_bytes(client.get(reverse("report-of-obligation", args=[one.pk]), {"format": "txt"}).content)
    other.write_bytes(text.read_bytes().replace(b"Payments", b"Nothing"))
    told = _check(receipt, "--content", text).output
    assert "obligations.submit on obligation" in told
    assert "it.txt is what the entry speaks of" in told
    assert told.count("NOT SO") == told.count("later than now")  # the night of the test may not have come yet
    assert "other.txt is not what the entry speaks of" in _check(receipt, "--content", other).output
    same = client.get(f"/api/v1/obligations/{one.pk}/receipt")
    assert same.content == receipt.read_bytes()
