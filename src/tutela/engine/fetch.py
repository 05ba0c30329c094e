"""Fetches a small document over HTTPS, with a limit of time and of size, and never by another scheme."""

from __future__ import annotations

import urllib.request
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
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if from_this_machine and _is_here(url) else None),
        urllib.request.HTTPSHandler(),
        *([urllib.request.HTTPHandler()] if from_this_machine else []),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _OnlyHttps(),
    ):
        opener.add_handler(handler)
    try:
        with opener.open(url, timeout=timeout) as answer:
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


def _is_here(url: str) -> bool:
    """Whether it is ``http://`` to a loopback address of this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and (parts.hostname or "") in {"localhost", "127.0.0.1", "::1"}
