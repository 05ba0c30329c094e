"""Writes ``queries.yaml`` anew, as things are now. Its name keeps it out of the tests, which never write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.test_queries import FILE, addresses, counts, head
from tests.config.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]

HEAD = "# How many questions each page asks of the database (tests/config/test_queries.py).\n"


def test_the_counts_are_written_down_as_they_are(home: Path) -> None:
    tree = Tree()
    lines = [f"{name}: {number}" for name, number in counts(head(tree), addresses(tree)).items()]
    FILE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
