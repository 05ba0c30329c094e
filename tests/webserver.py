"""A real web server for tests: it listens on this machine, answers as it is told, and keeps what it was asked."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from email.message import Message


@dataclass
class Answer:
    """What is answered. ``stream``: writes the body by itself, however it likes."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    stream: Callable[[Any], None] | None = None


@dataclass
class Site:
    """What stands at each path, what answers to what is sent there, and what was asked for."""

    scheme: str
    port: int = 0
    pages: dict[str, Answer | Callable[[Message], Answer]] = field(default_factory=dict)
    asked: list[tuple[str, Message]] = field(default_factory=list)
    taken: dict[str, Callable[[bytes], Answer]] = field(default_factory=dict)

    def url(self, path: str, host: str = "localhost") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A site on a free port of 127.0.0.1; with a context it speaks TLS."""
    site = Site("https" if context else "http")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.asked.append((self.path, self.headers))
            page = site.pages.get(path, Answer(status=404))
            self.give(page if isinstance(page, Answer) else page(self.headers))

        def do_POST(self) -> None:
            path = self.path.partition("?")[0]
            site.asked.append((self.path, self.headers))
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.give(site.taken[path](body) if path in site.taken else Answer(status=404))

        def give(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.stream is None and answer.status not in {204, 304}:
                self.send_header("Content-Length", answer.headers.get("Content-Length") or str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            if answer.stream is not None:
                self.close_connection = True
                answer.stream(self.wfile)

        def log_message(self, *args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[Any, Any]:
            connection, address = super().get_request()
            return context.wrap_socket(connection, server_side=True) if context else connection, address

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Who hangs up on us is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
