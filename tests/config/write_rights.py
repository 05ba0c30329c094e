"""Writes ``rights.yaml`` anew, as things are now: ``pytest tests/config/write_rights.py``, then read what changed.

Its name keeps it out of the tests, which compare and never write.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

import pytest

from tests.config.addresses import every
from tests.config.test_addresses import FILE, METHODS, WHO, answers, table
from tests.config.tree import Tree

if TYPE_CHECKING:
    from tests.config.test_addresses import Answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]


def written(found: dict[str, dict[str, Answers]]) -> str:
    """The table as it lies in the file."""
    lines = [inspect.cleandoc(HEAD)]
    for method, rows in found.items():
        lines += ["", f"{method}:"]
        for name, row in rows.items():
            lines.append(f"  {name}:")
            for who, said in row.items():
                each = (
                    ", ".join(f"{place}: {status}" for place, status in said.items()) if isinstance(said, dict) else ""
                )
                lines.append(f"    {who}: {'{' + each + '}' if each else said}")
    return "\n".join(lines) + "\n"


HEAD: Final = """
    # Who may go where: what the server answers, by method, address and role (tests/config/test_addresses.py).
    # Where an address holds an id: in the organisation of who asks (the bank), in a child, a sibling, a parent of it,
    # and where there is nothing of that id. 302 leads on: without sign-in to the sign-in, after a form to what follows.
    # POST is asked with an empty form: 200 shows the form again with what is wrong. 403: not for this role.
    # 404: not there, or not to be seen. 405: this is not done so.
"""


def test_the_table_is_written_down_as_it_is() -> None:
    tree = Tree()
    names = [address.name for address in every()]
    each = {method: {who: answers(tree, who, method) for who in WHO} for method in METHODS}
    found = {method: {name: {who: each[method][who][name] for who in WHO} for name in names} for method in METHODS}
    FILE.write_text(written(found), encoding="utf-8")
    assert table() == found
