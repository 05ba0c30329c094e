"""Fetches one document over HTTP into a file: only what is new, within limits of size and time, from checked addresses.

``Content-Encoding`` gzip and zstd stay as they come: a report is unwrapped in one place, which knows bombs.
"""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from tutela import __version__
from tutela.core.collectors.definition import address_fault
from tutela.core.collectors.names import safe_name
from tutela.core.errors import BadInput, Unavailable
from tutela.engine.collectors.reach import Server, connected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutela.core.collectors.definition import Authentication
    from tutela.engine.collectors.reach import Deadline

_CHUNK: Final = 64 * 2**10
_MOST_REDIRECTS: Final = 5
_LONGEST_CONDITION: Final = 500
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOTHING: Final = frozenset({204, 304})
_BUSY: Final = frozenset({429, 503})
_REFUSALS: Final = frozenset(range(400, 500)) - {408, 425, 429}
_UNWRAPPED: Final = frozenset({"", "identity", "gzip", "x-gzip", "zstd"})
_PORTS: Final = {"https": 443, "http": 80}
_SAFE: Final = "/%:=&?~#+!$,;'@()*[]"


class Busy(Unavailable):
    """The source asks not to be asked again for a while: ``pause``."""

    def __init__(self, what: str, *, where: str, pause: timedelta) -> None:
        super().__init__(what, where=where, remedy="It is asked again when it wishes, in a day at the latest.")
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the source said of the last document (RFC 9110, 13), so that it need not send it again."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. ``credentials``: header and value, which go to the origin of ``url`` and to no other.

    ``hosts``: where it may lead; none: anywhere that is public.
    """

    url: str
    maximum_bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)
    credentials: tuple[str, str] | None = None
    conditions: Conditions = field(default_factory=Conditions)
    allow_private: bool = False
    allow_plain: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What was fetched: a file on disk, the SHA-256 of its bytes, and by what to ask for a newer one."""

    path: Path
    content: str
    conditions: Conditions


def credentials(authentication: Authentication, secret: str) -> tuple[str, str]:
    """The header and its value by which the house shows who it is."""
    if authentication.header is not None:
        return authentication.header, secret
    if authentication.basic is not None:
        pair = f"{authentication.basic}:{secret}".encode()
        return "Authorization", f"Basic {base64.b64encode(pair).decode()}"
    return "Authorization", f"Bearer {secret}"


def download(
    request: Request, folder: Path, *, file_name: str = "", otherwise: str, deadline: Deadline
) -> Document | None:
    """The document as a file in ``folder`` (None: nothing is new), called ``file_name``, else as the source calls it.

    ``otherwise`` is its name where nobody gives one. Raises Unavailable (Busy) where trying again may help, BadInput
    where it will not. Until it is whole the file is called ``.….part``.
    """
    url = request.url
    for _ in range(_MOST_REDIRECTS + 1):
        found = _asked(url, request, folder, (file_name, otherwise), deadline)
        if not isinstance(found, str):
            return found
        url = _led_to(url, found, request)
    raise BadInput(
        f"it leads on more than {_MOST_REDIRECTS} times.", where=place(request.url), remedy="Is this the right address?"
    )


def _led_to(url: str, location: str, request: Request) -> str:
    """The address that a redirect names, if it is one that may be asked."""
    try:
        target = urljoin(url, location)
        fault = address_fault(target, allow_plain=request.allow_plain)
        if not fault and request.hosts and urlsplit(target).hostname not in request.hosts:
            fault = "is of a host that is not named"
    except ValueError:
        target, fault = "", "is no address"
    if fault:
        what = f"it leads to an address that {fault}."
        raise BadInput(what, where=place(request.url), remedy="Ask the source for its right address.")
    return target


def place(url: str) -> str:
    """An address as errors tell it: what follows the path may hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _asked(
    url: str, request: Request, folder: Path, names: tuple[str, str], deadline: Deadline
) -> Document | str | None:
    """What one server answers: a document, nothing new, or another address."""
    parts = urlsplit(url)
    context = ssl.create_default_context() if parts.scheme == "https" else None
    host = parts.hostname or ""
    server = Server(
        host,
        parts.port or _PORTS[parts.scheme],
        place(url),
        # who allowed a private address allowed it for the host they named, not for where that one leads
        allow_private=request.allow_private and host == urlsplit(request.url).hostname,
        tls=context,
    )
    with connected(server, deadline) as connection:
        line = HTTPSConnection(host, server.port, context=context) if context else HTTPConnection(host, server.port)
        line.sock = connection
        try:
            line.request("GET", _target(url), headers=_headers(url, request))
            with line.getresponse() as answer:
                return _answered(answer, url, request, folder, names, deadline)
        except HTTPException as error:
            deadline.left(server.where)
            what = f"does not speak HTTP as it should ({type(error).__name__})."
            raise Unavailable(what, where=server.where, remedy="It is tried again later.") from error
        finally:
            line.close()


def _target(url: str) -> str:
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=_SAFE)
    return f"{path}?{quote(parts.query, safe=_SAFE)}" if parts.query else path


def _headers(url: str, request: Request) -> dict[str, str]:
    headers = {"User-Agent": f"Tutela/{__version__}", "Accept": "*/*", "Connection": "close"}
    headers |= {**request.headers, "Accept-Encoding": "identity"}
    if request.conditions.etag:
        headers["If-None-Match"] = request.conditions.etag
    if request.conditions.last_modified:
        headers["If-Modified-Since"] = request.conditions.last_modified
    if request.credentials and _origin(url) == _origin(request.url):
        headers |= [request.credentials]
    return headers


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _answered(
    answer: HTTPResponse, url: str, request: Request, folder: Path, names: tuple[str, str], deadline: Deadline
) -> Document | str | None:
    where = place(url)
    if answer.status in _NOTHING:
        return None
    if answer.status in _REDIRECTS and (location := answer.headers.get("Location")):
        return quote(location.encode("latin-1", "replace"), safe=_SAFE)
    said = f"{answer.status} {HTTPStatus(answer.status).phrase}" if answer.status in set(HTTPStatus) else answer.status
    if answer.status in _BUSY:
        raise Busy(f"answers {said}.", where=where, pause=_pause(answer.headers.get("Retry-After", "")))
    if answer.status != HTTPStatus.OK:
        kind = BadInput if answer.status in _REFUSALS else Unavailable
        raise kind(f"answers {said}.", where=where, remedy="Check address and credentials; it is tried again.")
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _UNWRAPPED:
        raise BadInput("is packed in a way that was not asked for.", where=where, remedy="Tell the source.")
    given, otherwise = names
    called = given or answer.headers.get_filename() or unquote(urlsplit(url).path)
    return _kept(answer, folder / safe_name(called, otherwise), request, where, deadline)


def _kept(answer: HTTPResponse, target: Path, request: Request, where: str, deadline: Deadline) -> Document:
    """The body as a file: whole under its name, or not there at all."""
    folder, size, digest = target.parent, answer.length or 0, hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as part:
        try:
            read = 0
            while size <= request.maximum_bytes and (data := answer.read(_CHUNK)):
                read += len(data)
                size = max(size, read)
                digest.update(data)
                part.write(data)
            deadline.left(where)  # a connection that was cut looks like one that ended
            if size > request.maximum_bytes:
                what = f"is larger than {request.maximum_bytes} bytes."
                raise BadInput(what, where=where, remedy="Is this the right address? Else raise maximum_bytes.")
            if answer.length:
                raise Unavailable("broke off before its end.", where=where, remedy="It is tried again later.")
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).rename(target)
        finally:
            Path(part.name).unlink(missing_ok=True)
    return Document(target, digest.hexdigest(), _conditions(answer))


def _conditions(answer: HTTPResponse) -> Conditions:
    """What we may send back: one short line of ASCII; anything else is a mistake, or an attack."""
    values = (answer.headers.get(name, "").strip() for name in ("ETag", "Last-Modified"))
    return Conditions(
        *(one if one.isascii() and one.isprintable() and len(one) <= _LONGEST_CONDITION else "" for one in values)
    )


def _pause(retry_after: str) -> timedelta:
    """How long the source wishes to be left alone: seconds or a date (RFC 9110, 10.2.3), else not at all."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return timedelta()
    return max(timedelta(), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC))
