from __future__ import annotations

import http.server
import io
import threading
import urllib.request
from http.client import HTTPMessage
from typing import TYPE_CHECKING

import pytest

from tutela.core.errors import BadInput, Unavailable, WrongUse
from tutela.engine import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers every question with a thousand bytes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 1000)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("url", ["http://example.org/x", "file:///etc/passwd", "ftp://example.org/x", "data:,x"])
def test_only_https_is_fetched(url: str) -> None:
    with pytest.raises(WrongUse, match="https"):
        fetch.fetch(url)


def test_what_does_not_speak_https_is_unavailable(address: str) -> None:
    with pytest.raises(Unavailable):
        fetch.fetch(f"https://{address}/", timeout=5)


def test_a_redirect_away_from_https_is_refused() -> None:
    request = urllib.request.Request("https://example.org/x")
    with pytest.raises(BadInput, match="without HTTPS"):
        fetch._OnlyHttps().redirect_request(request, io.BytesIO(), 302, "Found", HTTPMessage(), "http://example.org/y")


def test_a_large_answer_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "HTTPSHandler", _Plain)
    with pytest.raises(BadInput, match="larger"):
        fetch.fetch(f"https://{address}/", maximum_bytes=999)
    assert len(fetch.fetch(f"https://{address}/", maximum_bytes=1000)) == 1000


class _Plain(urllib.request.HTTPHandler):
    """Stands where HTTPS stands, without the cipher."""

    def https_open(self, request: urllib.request.Request) -> object:
        return self.http_open(request)

    https_request = urllib.request.AbstractHTTPHandler.do_request_
