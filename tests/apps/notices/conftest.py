from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.mailserver import Mailbox, listening
from tests.making import a_finding
from tutela.apps.constituency.models import Contact, Organisation
from tutela.apps.notices import actions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tutela.apps.findings.models import Finding
    from tutela.core.actor import Actor, Basis

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL = "https://tutela.example"
SENDER = "CSIRT <notices@csirt.example>"


@pytest.fixture
def ground(actor: Actor, basis: Basis) -> dict[str, Any]:
    return {"by": actor, "basis": basis}


@pytest.fixture
def constituency(db: None) -> None:
    """A group with a bank and a bare branch below it, and a clinic that reads Chinese; nobody at the lake house."""
    said = {"source": "test", "imported": NOW}
    for path, sector in (
        ("/group/", ""),
        ("/group/bank/", "finance"),
        ("/group/bank/branch/", ""),
        ("/clinic/", "health"),
        ("/lake/", ""),
    ):
        *above, name = path.strip("/").split("/")
        Organisation.objects.create(
            global_id=name,
            names={"en": f"The {name}"},
            path=path,
            parent_id=above[-1] if above else None,
            sector=sector,
            **said,
        )
    contacts = (
        ("group", "security", "Sam", ""),
        ("bank", "abuse", "Kim", ""),
        ("bank", "security", "Lee", ""),
        ("bank", "press", "Pat", ""),
        ("clinic", "technical", "陈", "zh-Hans"),
    )
    for organisation, role, name, language in contacts:
        address = f"{role}@{organisation}.example"
        Contact.objects.create(
            organisation_id=organisation, role=role, name=name, email=address, language=language, **said
        )
    Contact.objects.create(organisation_id="lake", role="press", email="press@lake.example", **said)
    Contact.objects.create(
        organisation_id="clinic", role="abuse", email="gone@clinic.example", valid_to=NOW - timedelta(days=1), **said
    )


@pytest.fixture
def found(constituency: None) -> Callable[..., Finding]:
    def make(organisation: str = "bank", *, seen: datetime = NOW, **more: Any) -> Finding:
        values = {"classification_type": "infected-system", "severity": 4} | more
        finding = a_finding(organisation, seen=seen, **values)
        finding.save()
        return finding

    return make


@pytest.fixture
def compose(home: Path, ground: dict[str, Any]) -> Callable[..., actions.Composed]:
    def run(now: datetime = NOW) -> actions.Composed:
        return actions.compose(home=home, url=URL, now=now, **ground)

    return run


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening() as box:
        yield box


@pytest.fixture
def send(mailbox: Mailbox, ground: dict[str, Any]) -> Callable[..., actions.Sent]:
    def run(**more: Any) -> actions.Sent:
        values: dict[str, Any] = {"smtp": mailbox.url, "sender": SENDER, "per_minute": 100_000} | ground | more
        return actions.send(**values)

    return run
