"""``tutela serve`` as an operator sees it: it answers, it closes what needs a sign-in, and it ends whole."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(environment: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    port = free_port()
    settings = environment | {"TUTELA_PORT": str(port)}
    command = [sys.executable, "-m", "tutela", "serve"]
    with subprocess.Popen(command, env=settings, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/healthz", server)
            yield address, server
        finally:
            server.terminate()
            server.wait(20)


def wait_for(url: str, server: subprocess.Popen[str]) -> None:
    for _ in range(300):
        assert server.poll() is None, server.stderr.read() if server.stderr else ""
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310 - our own server
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{url} never answered")


def answer(url: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - as above
            return response.status, {k.title(): v for k, v in response.headers.items()}, response.read()
    except urllib.error.HTTPError as error:
        return error.code, {k.title(): v for k, v in error.headers.items()}, error.read()


def test_it_serves_and_ends_with_all_its_children(environment: dict[str, str]) -> None:
    with served(environment) as (address, server):
        assert answer(f"{address}/healthz")[0] == 200
        assert answer(f"{address}/readyz")[0] == 200
        status, headers, body = answer(f"{address}/")
        assert status == 200, "the sign-in page, after a redirect"
        assert headers["Content-Security-Policy"].startswith("default-src")
        assert b"csrfmiddlewaretoken" in body
        status, headers, body = answer(f"{address}/api/v1/findings")
        assert (status, headers["Content-Type"]) == (401, "application/problem+json")
        assert json.loads(body)["status"] == 401
        children = psutil.Process(server.pid).children(recursive=True)
        assert children
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        _, alive = psutil.wait_procs(children, timeout=20)
        assert not alive


def test_a_port_in_use_is_told_in_a_sentence(environment: dict[str, str]) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = environment | {"TUTELA_PORT": str(taken.getsockname()[1])}
        told = subprocess.run(
            [sys.executable, "-m", "tutela", "serve"], env=settings, capture_output=True, text=True, check=False
        )
    assert told.returncode == 1
    assert "TUTELA_PORT" in told.stderr
    assert "Traceback" not in told.stderr
