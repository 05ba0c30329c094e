"""Every address that the server answers to, taken from its own table of addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Address:
    """A pattern: its name with its namespace, its whole route, and what answers."""

    name: str
    route: str
    answers: Any

    @property
    def kinds(self) -> list[str]:
        """The kinds of its parts."""
        return [kind or "str" for kind, _ in _PART.findall(self.route)]

    def url(self, *parts: object) -> str:
        """As one types it, with its parts put in from the first to the last."""
        left = iter(parts)
        return "/" + _PART.sub(lambda _: str(next(left)), self.route)


def every() -> list[Address]:
    """All of them, those of the libraries too; Ninja writes one down for each method, and means the same."""
    return list({(one.name, one.route): one for one in _below(get_resolver(), "", ())}.values())


def _below(resolver: URLResolver, route: str, namespaces: tuple[str, ...]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern, whole, (*namespaces, *filter(None, [pattern.namespace])))
        else:
            yield Address(":".join((*namespaces, pattern.name or whole)), whole, pattern.callback)
