"""What is done about the law: facts of organisations are stated, and facts of law confirmed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from django.db import transaction

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.law.models import Confirmation, Statement
from tutela.apps.law.queries import library, versions_of
from tutela.apps.ledger import actions as ledger
from tutela.core.errors import Conflict, WrongUse
from tutela.core.law import stating
from tutela.core.law.links import links
from tutela.core.rights import Right
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.law.condition import Fact

_MOST: Final = 300
_LONGEST: Final = 2_000


@transaction.atomic
def state(
    *,
    organisation: str,
    facts: Mapping[str, str],
    evidence: str,
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> list[Statement]:
    """State facts of an organisation, by name, as people write them; ``unknown`` takes one back.

    What was stated before stays beside it, and the last counts; what is so already is not written again. All are
    stated or none: raises WrongUse for the first that cannot be, Conflict for an organisation that is not seen.
    """
    allow(viewer, Right.STATE_LAW_FACTS)
    if not organisations_for(viewer).filter(global_id=organisation).exists():
        raise Conflict("there is no such organisation.", where=organisation[:100])
    if len(facts) > _MOST or len(evidence) > _LONGEST:
        raise WrongUse(f"more than {_MOST} facts, or {_LONGEST:,} characters of evidence.", remedy="State fewer.")
    values = {name: _read(name, text) for name, text in facts.items()}
    before = _last(organisation)
    new = [
        Statement(
            organisation=organisation,
            name=name,
            value=value,
            evidence=evidence.strip(),
            stated=now,
            actor_kind=by.kind,
            actor_name=by.name,
        )
        for name, value in values.items()
        if name not in before or before[name] != value
    ]
    Statement.objects.bulk_create(new)
    if new:
        _record_statements(organisation, new, by, basis, now)
    return new


def _record_statements(organisation: str, new: list[Statement], by: Actor, basis: Basis, now: datetime) -> None:
    said = "\n".join(f"{one.name}={one.value!r}" for one in new)
    ledger.record(
        action="law.state",
        object_type="organisation-facts",
        object_hash=hashlib.sha256(f"{organisation}\n{said}".encode()).hexdigest(),
        details={"organisation": organisation, "facts": len(new)},
        by=by,
        basis=basis,
        time=now,
    )


def _read(name: str, text: str) -> Fact | None:
    if not name.startswith(stating.ORGANISATION) and name not in stating.PLACE:
        raise WrongUse("is no fact of an organisation.", where=name[:100], remedy="`tutela law facts` lists them.")
    return stating.read(library(), name, text)


def _last(organisation: str) -> dict[str, Fact | None]:
    found = Statement.objects.filter(organisation=organisation).order_by("id")
    return dict(found.values_list("name", "value"))


@transaction.atomic
def confirm(
    *, regime: str, digest: str, source: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Confirmation:
    """Confirm that what the library says of a part of a regime stands in the law so; ``digest``: which link it is.

    Raises WrongUse where the library says something else by now, Conflict where it was confirmed before.
    """
    allow(viewer, Right.CONFIRM_LAW)
    part = {one.digest: one.part for version in versions_of(regime) for one in links(version)}.get(digest)
    if part is None:
        told = "the library does not say this, or does not any more."
        raise WrongUse(told, where=regime[:100], remedy="Look at its page again.")
    if not source.strip() or len(source) > _LONGEST:
        raise WrongUse("where it was read is not said.", where=regime, remedy="Name the text and the article.")
    if Confirmation.objects.filter(digest=digest).exists():
        raise Conflict("it was confirmed before.", where=f"{regime} {part}")
    done = Confirmation.objects.create(
        regime=regime,
        part=part,
        digest=digest,
        source=source.strip(),
        confirmed=now,
        actor_kind=by.kind,
        actor_name=by.name,
    )
    ledger.record(
        action="law.confirm",
        object_type="fact-of-law",
        object_hash=digest,
        details={"regime": regime, "part": part},
        by=by,
        basis=basis,
        time=now,
    )
    return done
