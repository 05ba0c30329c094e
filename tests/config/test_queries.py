"""How many questions a page asks of the database: written down in ``queries.yaml``, and no more with more rows.

``pytest tests/config/write_queries.py`` puts down how it is now; a page that asks for each row shows there as a change.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.config.addresses import every
from tests.config.test_addresses import client_of, things
from tests.config.tree import ADDRESSES, FEED, Tree
from tests.making import a_finding
from tutela.core.rights import Role

if TYPE_CHECKING:
    from django.test import Client

    from tests.config.addresses import Address

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("pages"),
    pytest.mark.skipif(os.environ.get("TUTELA_TEST_DATABASE") == "postgresql", reason="counted on SQLite"),
]

FILE: Final = Path(__file__).with_name("queries.yaml")
MOST: Final = 15
OF_LIBRARIES: Final = ("account", "mfa", "user", "socialaccount")


@pytest.fixture
def tree(pages: None, home: Path) -> Tree:
    return Tree()


def addresses(tree: Tree) -> list[tuple[Address, list[object]]]:
    """What is read at an address, with the id of something of the bank where it needs one."""
    known = things(tree, Role.HEAD.value)
    return [
        (address, [known[address.name]("own")] if address.kinds else [])
        for address in every()
        if not address.name.startswith(OF_LIBRARIES) and (not address.kinds or address.name in known)
    ]


def asked(client: Client, url: str) -> int | None:
    """How many questions; None where there is no page."""
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(url)
    if answer.streaming:
        b"".join(answer)
    return len(caught) if answer.status_code == 200 else None


def head(tree: Tree) -> Client:
    client = client_of(tree, Role.HEAD.value)
    client.get("/")  # the session is noted once
    return client


def counts(client: Client, where: list[tuple[Address, list[object]]]) -> dict[str, int]:
    found = {address.name: asked(client, address.url(*part)) for address, part in where}
    return {name: number for name, number in found.items() if number is not None}


def grow(tree: Tree) -> None:
    """More of what lists show."""
    for name in ADDRESSES:
        for number in range(4):
            seen = tree.now - timedelta(hours=number)
            a_finding(name, seen=seen, feed=FEED, asset_key=f"198.18.0.{number}", severity=4).save()
        tree.person(Role.CONTACT, name)


def test_every_page_asks_as_often_as_is_written_down(tree: Tree) -> None:
    assert counts(head(tree), addresses(tree)) == yaml.safe_load(FILE.read_text(encoding="utf-8"))


def test_no_page_asks_oftener_with_more_rows(tree: Tree) -> None:
    client, where = head(tree), addresses(tree)
    before = counts(client, where)
    grow(tree)
    assert counts(client, where) == before


def test_no_page_asks_much() -> None:
    written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert {name: number for name, number in written.items() if number > MOST} == {}
