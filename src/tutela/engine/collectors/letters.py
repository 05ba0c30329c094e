"""The mails of one round: taken out of a mailbox as files on disk, and marked there once nobody needs them any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tutela.core.collectors.mail import UNREADABLE, is_wanted, parsed
from tutela.core.errors import BadInput, TutelaError
from tutela.engine.collectors.attachments import decrypted, links_of, reports_of
from tutela.engine.collectors.download import Request, download
from tutela.engine.collectors.mailbox import MOST_BYTES, opened

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tutela.core.collectors.definition import Collector, Imap
    from tutela.engine.collectors.mailbox import Mailbox
    from tutela.engine.collectors.reach import Deadline

MOST_LETTERS: Final = 100
"""Mails in one round; the others wait for the next one."""

_MOST_FILES: Final = 100
_MOST_LINKS: Final = 20
_FLAGGED: Final = "The mail is flagged and left; take the flag off to have it tried again."


@dataclass(slots=True)
class Letter:
    """A mail: the files that it brought, and what is wrong with it. ``waits``: the next round may have better luck."""

    identifier: str
    files: list[Path] = field(default_factory=list)
    wrong: list[TutelaError] = field(default_factory=list)
    waits: bool = False


@dataclass(slots=True)
class Post:
    """The mails of a round, and the validity of their ids."""

    validity: bytes = b""
    letters: list[Letter] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Postman:
    """Goes to the mailbox of one collector. ``folder``: where files are laid, each in a folder of its own."""

    collector: Collector
    imap: Imap
    folder: Path
    password: str
    zip_password: str = ""

    def take(self, deadline: Deadline) -> Post:
        """The mails that are wanted and that nobody was done with; the mailbox stays as it is."""
        with self._opened(deadline) as mailbox:
            post = Post(mailbox.validity)
            waiting = mailbox.ids(is_unseen=self.imap.done == "seen")
            for identifier, size, head in mailbox.heads(waiting):
                if is_wanted(head, self.imap):
                    post.letters.append(self._letter(mailbox, identifier, size, deadline))
                if len(post.letters) == MOST_LETTERS:
                    break
        return post

    def mark(self, post: Post, deadline: Deadline) -> None:
        """Say in the mailbox what became of the mails: done with, or flagged. What waits stays as it is."""
        letters = [letter for letter in post.letters if not letter.waits]
        if not letters:
            return
        with self._opened(deadline) as mailbox:
            if mailbox.validity != post.validity:  # the ids mean other mails now; the next round sees these again
                return
            for letter in letters:
                if letter.wrong:
                    mailbox.mark(letter.identifier, r"\Flagged")
                elif self.imap.done == "seen":
                    mailbox.mark(letter.identifier, r"\Seen")
                else:
                    mailbox.move(letter.identifier, self.imap.done.move)

    def _opened(self, deadline: Deadline) -> AbstractContextManager[Mailbox]:
        return opened(self.imap, self.password, allow_private=self.collector.allow_private, deadline=deadline)

    def _letter(self, mailbox: Mailbox, identifier: str, size: int, deadline: Deadline) -> Letter:
        letter = Letter(identifier)
        try:
            if size > MOST_BYTES:
                raise self._fault(letter, f"is larger than {MOST_BYTES >> 20} MiB.")
            reports, links = self._parts(letter, mailbox.content(identifier))
        except BadInput as error:
            letter.wrong.append(error)
            return letter
        for name, data in reports[:_MOST_FILES]:
            self._keep(letter, name, data)
        for link in links[:_MOST_LINKS]:
            self._fetch(letter, link, deadline)
        if len(reports) > _MOST_FILES or len(links) > _MOST_LINKS:
            letter.wrong.append(self._fault(letter, f"brings more than {_MOST_FILES} files or {_MOST_LINKS} links."))
        if not letter.files and not letter.wrong:
            letter.wrong.append(self._fault(letter, "brings no report."))
        return letter

    def _parts(self, letter: Letter, content: bytes) -> tuple[list[tuple[str, bytes]], list[str]]:
        try:
            mail = parsed(content)
            return list(reports_of(mail, self.imap)), links_of(mail, self.imap)
        except UNREADABLE as error:
            raise self._fault(letter, "is no mail that can be read.") from error

    def _keep(self, letter: Letter, name: str, data: bytes) -> None:
        """An attachment as a file, or in place of an encrypted archive what is in it."""
        most = self.collector.maximum_bytes
        try:
            for inner, content in decrypted(name, data, self.zip_password, most):
                path = self._place(letter) / inner
                path.write_bytes(content)
                letter.files.append(path)
        except BadInput as error:
            letter.wrong.append(self._fault(letter, error.what))

    def _fetch(self, letter: Letter, link: str, deadline: Deadline) -> None:
        request = Request(
            link,
            self.collector.maximum_bytes,
            allow_private=self.collector.allow_private,
            hosts=tuple(host.lower() for host in self.imap.links),
        )
        place = self._place(letter)
        try:
            found = download(request, place, otherwise=self.collector.name, deadline=deadline)
        except TutelaError as error:
            letter.wrong.append(error)
            letter.waits = letter.waits or error.transient
            place.rmdir()
        else:
            letter.files += [found.path] if found else []

    def _place(self, letter: Letter) -> Path:
        """A new folder for one file: two attachments may have one name."""
        place = self.folder / f"{letter.identifier}-{len(letter.files)}"
        place.mkdir(exist_ok=True)
        return place

    def _fault(self, letter: Letter, what: str) -> BadInput:
        return BadInput(what, where=f"{self.collector.name}, mail {letter.identifier}", remedy=_FLAGGED)
