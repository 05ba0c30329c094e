"""A console with the demonstration in it, and a browser that forgives nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.console import Console, Visitor, Watch, launched, run, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import Installation


@pytest.fixture(scope="session")
def demonstration(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An installation with the demonstration, which nobody uses: each module has a copy."""
    with installation(tmp_path_factory.mktemp("demonstration") / "home") as environment:
        run(environment, "demo")
        yield environment


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; ended with the module, since its event loop bars others in the same thread from the database."""
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def console(
    browser: Browser,
    demonstration: dict[str, str],
    installation: Installation,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Console]:
    """A running console with the demonstration, for this module alone."""
    home = tmp_path_factory.mktemp("console") / "home"
    with installation(home, like=demonstration) as environment, served(environment) as found:
        yield found


@pytest.fixture
def watch(console: Console) -> Watch:
    """What the browser complains of in this test; a test that provokes an answer names its status as expected."""
    return Watch(console.address)


@pytest.fixture
def visitor(console: Console, browser: Browser, watch: Watch) -> Iterator[Visitor]:
    """Who opens pages; at the end of the test nothing may have been complained of."""
    found = Visitor(console, browser, watch)
    yield found
    found.leave()
