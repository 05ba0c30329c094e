"""A mailbox over IMAP (RFC 3501), always encrypted: which mails are there, their bytes, and the marks that they get.

Looking changes nothing: a mail is marked only once it is done with.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from tutela.core.errors import BadInput, Unavailable, WrongUse
from tutela.engine.collectors.reach import Server, connected

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

    from tutela.core.collectors.definition import Imap
    from tutela.engine.collectors.reach import Deadline

MOST_BYTES: Final = 64 * 2**20
"""No mail server that is known takes larger mails."""

_ANSWER_BYTES: Final = 4 * 2**20
_HEADS: Final = 50
_HEAD_ITEMS: Final = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])"
_AGAIN: Final = "It is tried again later."


class _Line(imaplib.IMAP4):
    """The library's conversation over a connection that is there already, with a limit for what one answer holds."""

    def __init__(self, host: str, connection: socket.socket) -> None:
        self._given = connection
        self.allowance = _ANSWER_BYTES
        super().__init__(host)

    def _create_socket(self, _timeout: float | None) -> socket.socket:
        return self._given

    def read(self, size: int) -> bytes:
        """A literal, whose size the other side names before it sends it."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """A line of at most a million bytes."""
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self.allowance -= size
        if self.allowance < 0:
            raise self.abort("an answer is too large")


class Mailbox:
    """A folder of a mailbox that is open. ``validity``: ids of mails hold only as long as it is the same."""

    def __init__(self, line: _Line, where: str) -> None:
        self._line, self._where = line, where
        self.validity = b""

    def open(self, folder: str) -> None:
        """Look into a folder; raises WrongUse where there is none."""
        self._line.allowance = _ANSWER_BYTES
        state, _ = self._line.select(f'"{folder}"')
        if state != "OK":
            raise WrongUse(f"the folder {folder!r} cannot be opened.", where=self._where, remedy="Check folder.")
        found = self._line.response("UIDVALIDITY")[1]
        self.validity = (found[0] if found else b"") or b""

    def ids(self, *, is_unseen: bool) -> list[str]:
        """The mails that nobody was done with, the oldest first; those with a flag are left to a person."""
        criteria = ["UNFLAGGED", "UNDELETED", *(["UNSEEN"] if is_unseen else [])]
        data = self._asked("SEARCH", *criteria)
        return [one.decode() for line in data if isinstance(line, bytes) for one in line.split() if one.isdigit()]

    def heads(self, ids: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
        """Id, size in bytes, and the head of each mail: sender and subject."""
        for start in range(0, len(ids), _HEADS):
            data = self._asked("FETCH", ",".join(ids[start : start + _HEADS]), _HEAD_ITEMS)
            for index, item in enumerate(data):
                if not isinstance(item, tuple):
                    continue
                after = data[index + 1] if index + 1 < len(data) else b""
                said = item[0] + (after if isinstance(after, bytes) else b"")
                number, size = re.search(rb"\bUID (\d+)", said), re.search(rb"\bRFC822\.SIZE (\d+)", said)
                if number and size:
                    yield number[1].decode(), int(size[1]), item[1]

    def content(self, identifier: str) -> bytes:
        """The bytes of a mail; raises BadInput where it is not there any more."""
        data = self._asked("FETCH", identifier, "(BODY.PEEK[])", allowance=MOST_BYTES + _ANSWER_BYTES)
        for item in data:
            if isinstance(item, tuple):
                found: bytes = item[1]
                return found
        raise BadInput("a mail is not there any more.", where=self._where)

    def mark(self, identifier: str, flag: str) -> None:
        r"""Set a flag, such as ``\Seen``."""
        self._asked("STORE", identifier, "+FLAGS.SILENT", f"({flag})")

    def move(self, identifier: str, folder: str) -> None:
        """Move a mail to another folder (RFC 6851); where the server cannot, copy it and mark it as deleted."""
        if "MOVE" in self._line.capabilities:
            self._asked("MOVE", identifier, f'"{folder}"')
            return
        self._asked("COPY", identifier, f'"{folder}"')
        self.mark(identifier, r"\Deleted")

    def _asked(self, command: str, *arguments: str, allowance: int = _ANSWER_BYTES) -> list[Any]:
        self._line.allowance = allowance
        state, data = self._line.uid(command, *arguments)
        if state != "OK":
            raise Unavailable(f"the mail server refuses {command}.", where=self._where, remedy="Check the folders.")
        return data


@contextmanager
def opened(imap: Imap, password: str, *, allow_private: bool, deadline: Deadline) -> Iterator[Mailbox]:
    """The mailbox, signed in, with its folder open. Raises Unavailable, and WrongUse where it does not let us in."""
    port = imap.port or (993 if imap.tls == "implicit" else 143)
    where = f"imap://{imap.host}"
    context = ssl.create_default_context()
    is_implicit = imap.tls == "implicit"
    server = Server(imap.host, port, where, allow_private=allow_private, tls=context if is_implicit else None)
    with connected(server, deadline) as connection:
        try:
            line = _Line(imap.host, connection)
            try:
                if not is_implicit:
                    line.starttls(context)
                _sign_in(line, imap, password, where)
                mailbox = Mailbox(line, where)
                mailbox.open(imap.folder)
                yield mailbox
            finally:
                with suppress(imaplib.IMAP4.error, OSError):
                    line.logout()
                with suppress(OSError):  # the library closes it only where the server said goodbye
                    line.shutdown()
        except imaplib.IMAP4.error as error:
            deadline.left(where)
            what = "the mail server does not speak IMAP as it should, or broke off."
            raise Unavailable(what, where=where, remedy=_AGAIN) from error


def _sign_in(line: _Line, imap: Imap, password: str, where: str) -> None:
    """What the server says is not repeated: it may repeat what it was given."""
    try:
        line.login(imap.user, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        remedy = f"Check user and the secret {imap.secret}."
        raise WrongUse("the mail server does not let us in.", where=where, remedy=remedy) from None
