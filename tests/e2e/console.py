"""A console that runs, and a browser that looks at it: what the tests of this folder stand on."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

    from tutela.core.rights import Role

LOOKED_AT_ONCE = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("TUTELA_TEST_DATABASE") == "postgresql",
        reason="pages look the same on both databases; the story and the sign-in run on both",
    ),
]
"""Marks of tests of how pages look."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
_AXE: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
_PATIENCE = 15_000  # milliseconds
_STATUS = re.compile(r"status of (\d{3})")
_STATE_AFTER_ANIMATIONS = "() => Promise.all(document.getAnimations().map((one) => one.finished))"


def chromium() -> str:
    """Where the browser is; the test is skipped where there is none, and fails where one was promised."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found:
        return found
    said = f"There is no browser: none of {', '.join(_NAMES)} is installed, and the pages were not looked at."
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


def run(environment: dict[str, str], *arguments: str) -> str:
    """What a command of the product prints; it must succeed."""
    command = [sys.executable, "-m", "tutela", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(environment: dict[str, str]) -> Iterator[Console]:
    """The console of an installation; it is called localhost, because passkeys know no bare addresses."""
    port = free_port()
    settings = environment | {"TUTELA_PORT": str(port)}
    log = Path(environment["TUTELA_HOME"]) / "served.log"
    command = [sys.executable, "-m", "tutela", "serve"]
    with log.open("w") as said, subprocess.Popen(command, env=settings, stdout=said, stderr=said) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", server, log)
            yield Console(f"http://localhost:{port}", settings)
        finally:
            _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    family = psutil.Process(server.pid).children(recursive=True) if server.poll() is None else []
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
    for one in psutil.wait_procs(family, timeout=20)[1]:
        one.kill()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{url} never answered")


@dataclass
class Console:
    """A running console: its address, the environment of its installation, and who is signed in there."""

    address: str
    environment: dict[str, str]
    _signed_in: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return Path(self.environment["TUTELA_HOME"])

    @property
    def password(self) -> str:
        """The password of everybody in the demonstration."""
        return (self.home / "demonstration").read_text().strip()

    def run(self, *arguments: str) -> str:
        return run(self.environment, *arguments)

    def state_of(self, browser: Browser, role: Role) -> Any:
        """The cookies of somebody in the demonstration; they sign in once for all tests of a module."""
        if role not in self._signed_in:
            context = browser.new_context(base_url=self.address, locale="en-GB")
            page = context.new_page()
            sign_in(page, email(role), self.password)
            self._signed_in[role] = context.storage_state()
            context.close()
        return self._signed_in[role]


def email(role: Role) -> str:
    return f"{role.value}@csirt.example"


def sign_in(page: Page, address: str, password: str) -> None:
    """Sign in by password as a person does."""
    page.goto("/account/login/")
    page.get_by_label(re.compile("E-?mail")).fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/account/login" not in url)


@dataclass
class Watch:
    """Writes down what a browser complains of and what it asks of others; an ``expected`` status is no complaint."""

    address: str
    expected: set[int] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        status = _STATUS.search(message.text)
        if not (status and int(status[1]) in self.expected):
            self.complaints.append(f"console: {message.text} ({message.location.get('url')})")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address + "/", "data:")):
            self.complaints.append(f"request to elsewhere: {request.url}")


@dataclass
class Visitor:
    """Opens pages of a console, as somebody or as nobody; all that the browser complains of is watched."""

    console: Console
    browser: Browser
    watch: Watch
    _contexts: list[BrowserContext] = field(default_factory=list)

    def context(self, role: Role | None = None, **options: Any) -> BrowserContext:
        state = self.console.state_of(self.browser, role) if role else None
        settings = {"locale": "en-GB", "base_url": self.console.address, "storage_state": state} | options
        context = self.browser.new_context(**settings)
        context.set_default_timeout(_PATIENCE)
        self.watch.over(context)
        self._contexts.append(context)
        return context

    def page(self, role: Role | None = None, **options: Any) -> Page:
        return self.context(role, **options).new_page()

    def leave(self) -> None:
        for context in self._contexts:
            context.close()
        assert not self.watch.complaints, "\n".join(self.watch.complaints)


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page, one text for each element."""
    page.evaluate(_STATE_AFTER_ANIMATIONS)
    found = Axe().run(page, options=_AXE).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:200]} – {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the document is wider than the window."""
    wide: int = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
