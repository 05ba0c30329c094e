"""The certificates of contacts as they are kept: text of which each reading says anew how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutela.core.mailkeys import reading
from tutela.core.mailkeys.certificate import Certificate, Kind

if TYPE_CHECKING:
    from tutela.apps.constituency.models import Contact


def kept(kind: Kind, text: str) -> Certificate | None:
    """The certificate in a column, None where it is empty; what cannot be read any more is one with that flaw."""
    if not text:
        return None
    try:
        return reading.of_kind(kind, text)
    except ValueError as error:
        return Certificate(kind, text, "", (), None, None, f"cannot be read any more: it {error}")


def of_contact(contact: Contact) -> list[Certificate]:
    """Those of a contact, OpenPGP first."""
    found = (kept(kind, getattr(contact, kind.value)) for kind in Kind)
    return [one for one in found if one is not None]
