"""Each step of a finding has a receipt, on its page and in the interface, for whoever may see the finding."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.making import a_finding
from tutela.apps.constituency.models import Organisation
from tutela.apps.findings import actions
from tutela.apps.findings.models import Step
from tutela.apps.people.models import Membership, User
from tutela.core.actor import SYSTEM, Basis, Viewer
from tutela.core.findings.life import Act
from tutela.core.ledger.receipt import parse
from tutela.core.rights import Role

if TYPE_CHECKING:
    from django.test import Client

    from tutela.apps.findings.models import Finding

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pages")]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def finding() -> Finding:
    for name in ("bank", "clinic"):
        Organisation.objects.create(global_id=name, names={}, path=f"/{name}/", source="test", imported=NOW)
    one = a_finding("bank", seen=NOW)
    one.save()
    viewer = Viewer(SYSTEM, role=Role.ANALYST)
    for act in (Act.ACKNOWLEDGE, Act.CLAIM):
        actions.perform(act=act, findings=[one.pk], viewer=viewer, now=NOW, by=SYSTEM, basis=Basis("x", "1"))
    return one


def signed_in(client: Client, organisation: str = "") -> Client:
    user = User.objects.create(email="a@example.org", role="organisation-contact" if organisation else "analyst")
    if organisation:
        Membership.objects.create(user=user, organisation=organisation)
    client.force_login(user)
    return client


def addresses(finding: Finding, what: str, entry: int) -> tuple[str, ...]:
    return f"/findings/{finding.pk}/?{what}={entry}", f"/api/v1/findings/{finding.pk}/{what}?entry={entry}"


@pytest.mark.parametrize("organisation", ["", "bank"])
def test_the_receipt_is_about_the_statement(finding: Finding, client: Client, organisation: str) -> None:
    signed_in(client, organisation)
    page = client.get(f"/findings/{finding.pk}/").content.decode()
    for step in Step.objects.all():
        entry: Any = step.entry
        assert f"?receipt={entry}" in page
        for receipt, statement in zip(
            addresses(finding, "receipt", entry), addresses(finding, "statement", entry), strict=True
        ):
            proof = parse(client.get(receipt).content)
            said = client.get(statement)
            assert (proof.index, said["Content-Type"]) == (entry, "application/json")
            assert json.loads(said.content)["act"] == step.act
            assert hashlib.sha256(said.content).hexdigest() in json.loads(proof.entry or b"")["details"]["steps"]
    last = client.get(f"/api/v1/findings/{finding.pk}/receipt")
    assert last["Content-Disposition"].endswith('-claim.tlog-proof"')


def test_who_may_not_see_the_finding_gets_none(finding: Finding, client: Client) -> None:
    signed_in(client, "clinic")
    entry: Any = Step.objects.latest("entry").entry
    for what in ("receipt", "statement"):
        assert [client.get(one).status_code for one in addresses(finding, what, entry)] == [404, 404]


@pytest.mark.parametrize("entry", ["99", "-1", "x", "1" * 30, "\u0661", ""])
def test_what_is_no_step_of_it_is_not_there(finding: Finding, client: Client, entry: str) -> None:
    signed_in(client)
    for what in ("receipt", "statement"):
        assert client.get(f"/findings/{finding.pk}/", {what: entry}).status_code == 404
        assert client.get(f"/api/v1/findings/{finding.pk}/{what}", {"entry": entry}).status_code in {404, 422}
