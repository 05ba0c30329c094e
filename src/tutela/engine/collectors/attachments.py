"""What a mail brings: attachments that are reports, what is in encrypted archives, and links of its text."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from tutela.core.collectors.mail import is_report, links_in
from tutela.core.collectors.names import safe_name
from tutela.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from tutela.core.collectors.definition import Imap

_MOST_MEMBERS: Final = 100
_CHUNK: Final = 64 * 2**10
_IS_ENCRYPTED: Final = 1
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def reports_of(mail: EmailMessage, imap: Imap) -> Iterator[tuple[str, bytes]]:
    """The attachments that are reports: a name that leads nowhere, and the bytes; raises one of ``UNREADABLE``."""
    for part in mail.walk():
        given = part.get_filename()
        if given is None or part.is_multipart():
            continue
        name = safe_name(given, "attachment")
        data = part.get_payload(decode=True)
        if is_report(name, imap) and isinstance(data, bytes):
            yield name, data


def links_of(mail: EmailMessage, imap: Imap) -> list[str]:
    """The links of its text, plain and HTML, that lead to hosts which the definition names; raises as `reports_of`."""
    texts = (
        str(part.get_content(errors="replace"))
        for part in (mail.walk() if imap.links else ())
        if part.get_content_type() in {"text/plain", "text/html"} and part.get_filename() is None
    )
    return list(dict.fromkeys(link for text in texts for link in links_in(text, imap.links)))


def decrypted(name: str, data: bytes, password: str, most: int) -> list[tuple[str, bytes]]:
    """The file as it is; in place of an encrypted zip archive the files in it, of ``most`` bytes in all.

    Raises BadInput where the archive cannot be read with this password. An archive that is not encrypted is left to
    the reader of reports.
    """
    if len(data) > most:
        raise BadInput(f"{name!r} is larger than {most} bytes.")
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return [(name, data)]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if not any(member.flag_bits & _IS_ENCRYPTED for member in members):
                return [(name, data)]
            if not password:
                raise BadInput(f"{name!r} is encrypted, and there is no zip_secret.")
            if len(members) > _MOST_MEMBERS:
                raise BadInput(f"{name!r} holds more than {_MOST_MEMBERS} files.")
            return _members(name, archive, members, password, most)
    except _DAMAGED as error:
        what = (
            "is packed in a way that is not known" if isinstance(error, NotImplementedError) else "cannot be decrypted"
        )
        raise BadInput(f"{name!r} {what}.") from error


def _members(
    name: str, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], password: str, most: int
) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    left = most
    for member in members:
        with archive.open(member, pwd=password.encode()) as packed:
            pieces: list[bytes] = []
            while data := packed.read(_CHUNK):  # what it says of its size is not believed
                left -= len(data)
                if left < 0:
                    raise BadInput(f"{name!r} unpacks to more than {most} bytes.")
                pieces.append(data)
        found.append((safe_name(member.filename, "member"), b"".join(pieces)))
    return found
