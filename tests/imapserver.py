"""A real, small IMAP server for tests (of RFC 3501 what the house uses): it listens on this machine and keeps mails."""

from __future__ import annotations

import re
import socketserver
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@dataclass
class Kept:
    """A mail in a folder."""

    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Mailhouse:
    """What lies in which folder, and what was said. ``interrupt`` answers a command by itself, or not (None)."""

    port: int = 0
    user: str = "csirt"
    password: str = "correct-horse"  # noqa: S105 - of nothing
    capabilities: str = "IMAP4rev1 MOVE"
    validity: int = 1
    folders: dict[str, list[Kept]] = field(default_factory=lambda: {"INBOX": [], "Done": []})
    said: list[str] = field(default_factory=list)
    tls: list[bool] = field(default_factory=list)
    interrupt: Callable[[str], bytes | None] = lambda _command: None
    number: int = 0

    def lay(self, content: bytes, folder: str = "INBOX") -> Kept:
        self.number += 1
        kept = Kept(self.number, content)
        self.folders[folder].append(kept)
        return kept


class _Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    house: Mailhouse
    context: ssl.SSLContext
    is_implicit: bool

    def setup(self) -> None:
        self.folder: list[Kept] = []
        self.is_encrypted = self.is_implicit
        if self.is_implicit:
            self.request = self.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()
        self.request.close()

    def handle(self) -> None:
        self.tell("* OK ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self.house.said.append(command)
            answer = self.house.interrupt(command)
            if answer is not None:
                self.wfile.write(answer.replace(b"TAG", tag.encode()))
                continue
            name, _, rest = command.partition(" ")
            self.tell(f"{tag} {getattr(self, f'do_{name.lower()}')(rest) or 'OK done'}")
            if name == "STARTTLS":
                self.encrypt()
            if name == "LOGOUT":
                return

    def tell(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def encrypt(self) -> None:
        self.request = self.connection = self.context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
        self.is_encrypted = True

    def do_capability(self, _rest: str) -> None:
        self.tell(f"* CAPABILITY {self.house.capabilities}")

    def do_noop(self, _rest: str) -> None:
        pass

    def do_starttls(self, _rest: str) -> None:
        pass

    def do_logout(self, _rest: str) -> None:
        self.tell("* BYE")

    def do_login(self, rest: str) -> str:
        self.house.tls.append(self.is_encrypted)
        is_right = rest == f'{self.house.user} "{self.house.password}"'
        return "OK in" if is_right else f"NO not with {rest}"  # which repeats the password

    def do_select(self, rest: str) -> str:
        found = self.house.folders.get(rest.strip('"'))
        if found is None:
            return "NO no such folder"
        self.folder = found
        self.tell(f"* {len(found)} EXISTS")
        self.tell(f"* OK [UIDVALIDITY {self.house.validity}] valid")
        return "OK [READ-WRITE] open"

    def do_uid(self, rest: str) -> str | None:
        name, _, more = rest.partition(" ")
        result: str | None = getattr(self, f"uid_{name.lower()}")(more)
        return result

    def chosen(self, text: str) -> list[tuple[int, Kept]]:
        wanted = set(map(int, text.split(",")))
        return [(number, mail) for number, mail in enumerate(self.folder, 1) if mail.uid in wanted]

    def uid_search(self, rest: str) -> None:
        without = {"UNSEEN": "\\Seen", "UNFLAGGED": "\\Flagged", "UNDELETED": "\\Deleted"}
        barred = {without[one] for one in rest.split()}
        self.tell(" ".join(["* SEARCH", *(str(mail.uid) for mail in self.folder if not mail.flags & barred)]))

    def uid_fetch(self, rest: str) -> None:
        text, _, items = rest.partition(" ")
        for number, mail in self.chosen(text):
            whole = "HEADER" not in items
            head = re.split(rb"\r?\n\r?\n", mail.content)[0]
            wanted = re.findall(rb"(?im)^(?:from|subject):.*(?:\r?\n[ \t].*)*", head)
            data = mail.content if whole else b"\r\n".join(wanted) + b"\r\n\r\n"
            item = "BODY[]" if whole else f"RFC822.SIZE {len(mail.content)} BODY[HEADER.FIELDS (FROM SUBJECT)]"
            self.wfile.write(
                f"* {number} FETCH ({item} {{{len(data)}}}\r\n".encode() + data + f" UID {mail.uid})\r\n".encode()
            )

    def uid_store(self, rest: str) -> None:
        text, _, flags = rest.partition(" +FLAGS.SILENT ")
        for _, mail in self.chosen(text):
            mail.flags.add(flags.strip("()"))

    def uid_copy(self, rest: str) -> str | None:
        text, _, folder = rest.partition(" ")
        target = self.house.folders.get(folder.strip('"'))
        if target is None:
            return "NO [TRYCREATE] no such folder"
        target += [mail for _, mail in self.chosen(text)]
        return None

    def uid_move(self, rest: str) -> str | None:
        if "MOVE" not in self.house.capabilities:
            return "BAD what?"
        said = self.uid_copy(rest)
        for _, mail in [] if said else self.chosen(rest.partition(" ")[0]):
            self.folder.remove(mail)
        return said


@contextmanager
def keeping(context: ssl.SSLContext, *, is_implicit: bool = True) -> Iterator[Mailhouse]:
    """A server on a free port of 127.0.0.1; TLS from the start, or by STARTTLS."""
    house = Mailhouse(capabilities="IMAP4rev1 MOVE" if is_implicit else "IMAP4rev1 MOVE STARTTLS")
    handler = type("Handler", (_Conversation,), {"house": house, "context": context, "is_implicit": is_implicit})

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Who hangs up on us is what some tests are about."""

    with Server(("127.0.0.1", 0), handler) as server:
        house.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield house
        finally:
            server.shutdown()
            thread.join()
