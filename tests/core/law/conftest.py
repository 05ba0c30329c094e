"""The library that ships, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutela.core.law.linter import load
from tutela.engine.law import BUILT_IN

if TYPE_CHECKING:
    from tutela.core.law.library import Library


@pytest.fixture(scope="session")
def library() -> Library:
    """All built-in law."""
    return load({str(path): path.read_bytes() for path in sorted(BUILT_IN.rglob("*.yaml"))})
