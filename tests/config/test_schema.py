"""The interface does what its description says, whatever it is asked: found by asking it thousands of things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.config.tree import Tree
from tutela.core.rights import RIGHTS, Right, Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages"), pytest.mark.slow]

ROLE = Role.HEAD
TOO_MUCH = [positive_data_acceptance]
"""What a description cannot say: which organisation there is, which cursor is one."""

LAX = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture
def headers(pages: None, home: Path) -> dict[str, str]:
    """What somebody sends who may do all that the interface does."""
    tree = Tree()
    scopes = (right for right in Right if ROLE in RIGHTS[right])
    return {"Authorization": f"Bearer {tree.token(tree.people[ROLE], *scopes)[1]}"}


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request must not close the connection in which the test has its rows, as Django's own client sees to."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def described(headers: dict[str, str]) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


def test_every_answer_is_as_it_is_described(described: Any, headers: dict[str, str]) -> None:
    operations = [one.ok() for one in described.get_all_operations()]
    assert len(operations) > 10
    for operation in operations:

        @LAX
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            case.call_and_validate(headers=headers, excluded_checks=TOO_MUCH)

        ask()
