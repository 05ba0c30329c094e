from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from tutela.core.errors import BadInput, Unavailable
from tutela.engine.collectors import reach
from tutela.engine.collectors.reach import Deadline, Server, connected, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_that_is_asked(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server of an attacker says one thing to who looks and another to who connects: nobody asks it twice."""
    asked = []

    def name_server(host: str, *arguments: Any, **more: Any) -> Any:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(reach.socket, "getaddrinfo", name_server)
    with connected(Server("rebinding.example.org", port, "there", allow_private=True), Deadline(5)) as connection:
        assert connection.getpeername() == ("127.0.0.1", port)
    assert asked == ["rebinding.example.org"]


def test_one_address_that_is_not_public_spoils_all(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("192.31.196.1", "127.0.0.1")]
    monkeypatch.setattr(reach.socket, "getaddrinfo", lambda *_arguments, **_more: found)
    with pytest.raises(BadInput, match="not public"):
        resolve(Server("example.org", 443, "there"))
    del found[1]
    assert resolve(Server("example.org", 443, "there")) == [(socket.AF_INET, ("192.31.196.1", 443))]


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "::ffff:127.0.0.1", "[::1]", "0"])
def test_no_way_of_writing_leads_to_this_machine(host: str, port: int) -> None:
    with pytest.raises((BadInput, Unavailable), match=r"not public|cannot be resolved"):
        resolve(Server(host, port, "there"))


def test_who_says_nothing_at_all_is_left(port: int) -> None:
    def listen() -> None:
        with connected(Server("127.0.0.1", port, "there", allow_private=True), Deadline(0.3)) as line:
            line.settimeout(None)
            assert line.recv(1) == b"", "the connection was cut"
            raise OSError

    with pytest.raises(Unavailable, match=r"took longer than 0\.3 seconds"):
        listen()


@pytest.mark.parametrize("host", ["a" * 64 + ".example.org", "", "a..b"])
def test_what_is_no_name_is_not_found(host: str) -> None:
    with pytest.raises((Unavailable, BadInput)):
        resolve(Server(host, 443, "there"))
