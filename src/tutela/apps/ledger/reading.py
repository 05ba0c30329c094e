"""Reads entries page by page: whatever the ledger's length, memory holds one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tutela.apps.ledger.models import LedgerEntry
from tutela.core.errors import Conflict
from tutela.core.ledger.audit import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 10_000
_VERIFY = "Run tutela ledger verify."


def size() -> int:
    """How many entries the database holds, by the number of the last."""
    last = LedgerEntry.objects.order_by("-seq").values_list("seq", flat=True).first()
    if last is None:
        return 0
    if not isinstance(last, int):
        raise Conflict("An entry of the ledger has no number.", remedy=_VERIFY)
    return last + 1


def rows(end: int | None = None) -> Iterator[Row]:
    """Every stored entry with a number below ``end`` as it is found, in order; gaps are the reader's to tell."""
    last: object = -1
    while isinstance(last, int):
        page = LedgerEntry.objects.filter(seq__gt=last)
        if end is not None:
            page = page.filter(seq__lt=end)
        found = page.order_by("seq").values_list("seq", "time", "action", "leaf", "leaf_hash")[:PAGE]
        last = None
        for values in found:
            yield Row(*values)
            last = values[0]


def column(name: Literal["leaf", "leaf_hash"], start: int, end: int) -> Iterator[bytes]:
    """One column of the entries ``start <= seq < end`` as bytes; raises `Conflict` at a gap."""
    for low in range(start, end, PAGE):
        high = min(end, low + PAGE)
        found = list(LedgerEntry.objects.filter(seq__gte=low, seq__lt=high).order_by("seq").values_list("seq", name))
        if [seq for seq, _ in found] != list(range(low, high)):
            raise Conflict(f"Entries between {low} and {high} are missing from the ledger.", remedy=_VERIFY)
        yield from (value.encode() if isinstance(value, str) else bytes(value) for _, value in found)
