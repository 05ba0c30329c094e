"""The way to a server: its name is resolved once, its addresses are looked at, and the whole has an end in time."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tutela.core.collectors.public import is_public
from tutela.core.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ssl import SSLContext

_MOST_ADDRESSES: Final = 8
_AGAIN: Final = "It is tried again later."

Address = tuple[int, tuple[object, ...]]
"""Family and socket address."""


class Deadline:
    """The moment at which a round ends, however slowly the other side sends."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether it is past."""
        return time.monotonic() >= self._end

    def left(self, where: str) -> float:
        """Seconds that are left; raises Unavailable where none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unavailable(f"took longer than {self._seconds:g} seconds.", where=where, remedy="Raise timeout?")
        return left


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect to. ``where``: how errors name it, never with a secret. ``tls``: None for plain text."""

    host: str
    port: int
    where: str
    allow_private: bool = False
    tls: SSLContext | None = None


def resolve(server: Server) -> list[Address]:
    """The addresses of a server, asked for once; raises BadInput where one of them is not public and all must be.

    One that is not public among public ones is no accident: none of them is used then.
    """
    try:
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or "no name"
        raise Unavailable(f"the name cannot be resolved: {said}.", where=server.where, remedy=_AGAIN) from error
    addresses = list(dict.fromkeys((int(one[0]), tuple(one[4])) for one in found))
    if not server.allow_private and not all(is_public(str(address[0])) for _, address in addresses):
        raise BadInput(
            "has an address that is not public, and is not asked.",
            where=server.where,
            remedy="If the source really is in your own net: allow_private: true, for the host named in the file.",
        )
    return addresses[:_MOST_ADDRESSES]


@contextmanager
def connected(server: Server, deadline: Deadline) -> Iterator[socket.socket]:
    """A connection to one of the looked-at addresses, by TLS for the server's name; cut when the time is over.

    The other side may send a byte now and then for ever: no limit for a single read helps against that, so the
    connection itself is shut down at the deadline. Raises Unavailable, also for what goes wrong in the block.
    """
    addresses = resolve(server)
    try:
        connection = _first_that_answers(addresses, server, deadline)
        with connection.dup() as handle, connection:
            cutter = threading.Timer(deadline.left(server.where), _cut, (handle,))
            cutter.daemon = True
            cutter.start()
            try:
                if server.tls is None:
                    yield connection
                else:
                    # an end that nobody signed may be the end of a report that somebody cut short
                    with server.tls.wrap_socket(
                        connection, server_hostname=server.host, suppress_ragged_eofs=False
                    ) as encrypted:
                        yield encrypted
            finally:
                cutter.cancel()
                cutter.join()
    except (OSError, ValueError) as error:
        deadline.left(server.where)
        raise Unavailable(f"cannot be fetched: {_said(error)}.", where=server.where, remedy=_AGAIN) from error


def _first_that_answers(addresses: list[Address], server: Server, deadline: Deadline) -> socket.socket:
    error: OSError = OSError("no address")
    for family, address in addresses:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(deadline.left(server.where))
        try:
            connection.connect(address)
        except OSError as reason:
            connection.close()
            error = reason
        else:
            return connection
    raise error


def _cut(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _said(error: Exception) -> str:
    """What the system says; what the other side says stands in no sentence of ours."""
    said = getattr(error, "verify_message", None) or getattr(error, "strerror", None) or type(error).__name__
    return str(said).rstrip(".")
