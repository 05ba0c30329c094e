"""Fetches a small document over HTTPS, with a limit of time and of size, and never by another scheme."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from tutela.core.errors import BadInput, Unavailable, WrongUse

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from typing import IO

TIMEOUT: Final = 30.0
MAXIMUM_BYTES: Final = 64 * 2**20
_AGAIN: Final = "Try again, or fetch it yourself."


@dataclass(frozen=True, slots=True)
class Posted:
    """What is sent to an address, instead of only asking for what lies there."""

    body: bytes
    content_type: str


class Absent(Unavailable):
    """The server says that there is nothing at this address."""


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to another HTTPS address."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request that follows."""
        if urlsplit(newurl).scheme != "https":
            raise BadInput(
                "it leads to an address without HTTPS.", where=req.full_url, remedy="Fetch the file yourself."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(
    url: str, *, maximum_bytes: int = MAXIMUM_BYTES, timeout: float = TIMEOUT, from_this_machine: bool = False
) -> bytes:
    """The bytes at ``url``. Raises WrongUse (not HTTPS), Unavailable (no answer), BadInput (too large).

    ``from_this_machine``: what listens on the loopback addresses may be asked without HTTPS, for nobody is on the way.
    """
    if urlsplit(url).scheme != "https" and not (from_this_machine and _is_here(url)):
        raise WrongUse("only https:// addresses are fetched.", where=url, remedy="Fetch the file yourself and name it.")
    return _opened(url, None, maximum_bytes, timeout)


def post(url: str, sent: Posted, *, maximum_bytes: int, timeout: float = TIMEOUT) -> bytes:
    """What an address that the operator set answers to what is sent; raises as `fetch`.

    ``http://`` too: only for what may be read on the way, and whose answer is worth nothing without a signature.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise WrongUse("is no http:// or https:// address.", where=url, remedy="See docs/configuration.md.")
    return _opened(url, sent, maximum_bytes, timeout)


def _opened(url: str, sent: Posted | None, maximum_bytes: int, timeout: float) -> bytes:
    opener, is_plain = urllib.request.OpenerDirector(), urlsplit(url).scheme == "http"
    for handler in (
        urllib.request.ProxyHandler({} if _is_here(url) else None),
        urllib.request.HTTPSHandler(),
        *([urllib.request.HTTPHandler()] if is_plain else []),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _OnlyHttps(),
    ):
        opener.add_handler(handler)
    try:
        with opener.open(_request(url, sent), timeout=timeout) as answer:
            data: bytes = answer.read(maximum_bytes + 1)
    except HTTPError as error:
        kind = Absent if error.code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} else Unavailable
        raise kind(f"cannot be fetched: {error.reason}.", where=url, remedy=_AGAIN) from error
    except (URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise Unavailable(f"cannot be fetched: {reason}.", where=url, remedy=_AGAIN) from error
    if len(data) > maximum_bytes:
        raise BadInput(f"is larger than {maximum_bytes >> 20} MiB.", where=url, remedy="Is this the right address?")
    return data


def _request(url: str, sent: Posted | None) -> urllib.request.Request:
    asked = urllib.request.Request(url)  # noqa: S310 - who calls has looked at the scheme
    if sent is not None:
        asked.data = sent.body
        asked.add_header("Content-Type", sent.content_type)
    return asked


def _is_here(url: str) -> bool:
    """Whether it is ``http://`` to a loopback address of this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and (parts.hostname or "") in {"localhost", "127.0.0.1", "::1"}
