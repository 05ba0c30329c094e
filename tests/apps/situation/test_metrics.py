"""Metrics are those of the database, in a form that a parser of Prometheus takes."""

from __future__ import annotations

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.config.tree import FEED, Tree
from tutela.core.rights import Right, Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages", "home")]

PLACE = "/api/v1/metrics"


@pytest.fixture
def tree(pages: None) -> Tree:
    return Tree()


def asked(tree: Tree, role: Role, *scopes: Right) -> dict[str, dict[str, float]]:
    secret = tree.token(tree.people[role], *scopes)[1]
    answer = Client().get(PLACE, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/plain")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        family.name: {next(iter(sample.labels.values())): sample.value for sample in family.samples}
        for family in families
    }


def test_they_say_how_the_house_is(tree: Tree) -> None:
    found = asked(tree, Role.AUDITOR, Right.SEE_FEEDS)
    assert found["tutela_findings_open"]["high"] == 5
    assert set(found["tutela_findings_overdue"]) == {"undefined", "info", "low", "medium", "high", "critical"}
    assert found["tutela_notices"] == {
        "queued": 5,
        "handing": 0,
        "sent": 0,
        "failed": 0,
        "held": 0,
        "withdrawn": 0,
        "bounced": 0,
    }
    assert found["tutela_obligations"] == {"overdue": 0, "day": 5, "running": 5}
    assert found["tutela_work_waiting"] == {"loads": 0, "deliveries": 0}
    assert found["tutela_feed_last_report_timestamp_seconds"] == {FEED: tree.now.timestamp()}
    assert found["tutela_pace_seconds"] == {}


def test_they_are_for_the_authority_alone(tree: Tree) -> None:
    assert Client().get(PLACE).status_code == 401
    client = Client()
    client.force_login(tree.people[Role.MANAGER])
    assert client.get(PLACE).status_code == 403
