"""The page of the ledger hands out receipts; who may read the tree: test_tiles.py."""

import pytest

from tutela.apps.people.models import User
from tutela.core.ledger.receipt import parse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pages")]


@pytest.mark.parametrize(("role", "status"), [("auditor", 200), ("analyst", 403)])
def test_each_entry_has_its_receipt_for_who_may_see_the_ledger(record, client, role, status):
    record(3)
    client.force_login(User.objects.create(email="a@example.org", role=role))
    answer = client.get("/ledger/?receipt=1")
    assert answer.status_code == status
    if status == 200:
        assert parse(answer.content).index == 1
        assert answer["Content-Disposition"] == 'attachment; filename="entry-1.tlog-proof"'
        assert "?receipt=2" in client.get("/ledger/").content.decode()


@pytest.mark.parametrize("number", ["3", "-1", "x", "", "9" * 30, "\u0661"])
def test_what_is_no_entry_has_none(record, client, number):
    record(3)
    client.force_login(User.objects.create(email="a@example.org", role="auditor"))
    assert client.get("/ledger/", {"receipt": number}).status_code == 404
