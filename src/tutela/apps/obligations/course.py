"""The course of an obligation: what the law says of it, how it is taken up, told in the timeline and recorded."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.incidents import actions as incidents
from tutela.apps.incidents.queries import incident_by
from tutela.apps.law.queries import title_of
from tutela.apps.ledger import actions as ledger
from tutela.apps.obligations.assessment import assess
from tutela.apps.obligations.models import END_OF_TIME, Obligation
from tutela.apps.obligations.queries import in_its_zone, in_zone, obligations_for
from tutela.core.errors import Conflict, WrongUse
from tutela.web.rights import allow

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.incidents.case import Act
    from tutela.core.law.row import Row
    from tutela.core.ledger.entry import Detail
    from tutela.core.rights import Right

LONGEST: Final = 20_000


def row_of(incident: UUID, organisation: str, regime: str, stage: str, viewer: Viewer, now: datetime) -> Row:
    """The answer of the law as it is now, fit for a clock; raises Conflict where it is not."""
    found = incident_by(incident, viewer)
    whose = organisations_for(viewer).filter(global_id=organisation).first()
    if found is None or whose is None:
        raise Conflict("there is no such incident, or no such organisation.")
    where = f"{regime} {stage}"[:200]
    assessment = assess(found, whose, viewer, now)
    if assessment.faults:
        raise Conflict(f"it cannot be said: {assessment.faults[0]}", where=where, remedy="Put the facts right first.")
    row = assessment.row(regime, stage)
    if row is None or not row.applies:
        told = "by what is known the law does not ask for it."
        raise Conflict(told, where=where, remedy="Answer the questions first.")
    doubts = assessment.links[regime, stage]
    if doubts:
        told = f"nobody has read in the law: {', '.join(f'{one.part} ({one.citation})' for one in doubts)}."
        raise Conflict(told, where=where, remedy="A legal officer confirms it on the page of the law.")
    return row


def said(row: Row) -> dict[str, Any]:
    """An answer of the law as an obligation keeps it; the due time stays what it was when the clock was set."""
    zone = str(row.due.tzinfo) if row.due is not None else ""
    told = row.as_dict()
    return {
        "version": next(step["version"] for step in told["because"] if step["step"] == "rule"),
        "mode": row.mode,
        "due": row.due,
        "turn": row.due or END_OF_TIME,
        "zone": zone,
        "waits_for": row.waits_for or "",
        "recipient": row.recipient,
        "content": told["content"],
        "citation": row.citation,
        "confidence": str(row.confidence),
        "because": told["because"],
    }


def taken(
    identifier: UUID, right: Right, viewer: Viewer, state: Obligation.State = Obligation.State.RUNNING
) -> Obligation:
    """A running obligation for somebody who has this right, locked until the transaction ends."""
    allow(viewer, right)
    found = obligations_for(viewer).select_for_update().filter(pk=identifier).first()
    if found is None:
        raise Conflict("there is no such obligation.")
    if found.state != state:
        raise Conflict(f"it is {found.state}.", where=f"{found.regime} {found.stage}", remedy="Look at it anew.")
    return found


def check_text(text: str, what: str) -> None:
    """Raises WrongUse where nothing is said, or too much."""
    if not text.strip() or len(text) > LONGEST:
        raise WrongUse(f"{what} is not said, or in more than {LONGEST:,} characters.", remedy="Say it in a few words.")


def tell(
    obligation: Obligation, act: Act, viewer: Viewer, now: datetime, by: Actor, text: str = "", **more: datetime | None
) -> None:
    """The line of the timeline: for the authority, and for the organisation whose report it is."""
    times = " → ".join(filter(None, (in_zone(more.get("before"), obligation.zone), in_its_zone(obligation))))
    about = " · ".join(filter(None, (obligation.citation, title_of(obligation.regime, obligation.stage), times)))
    incidents.tell(
        incident=obligation.incident,
        act=act,
        organisation="" if obligation.duty else obligation.organisation,
        text=text,
        data={"about": about, "obligation": obligation.pk.hex},
        viewer=viewer,
        now=now,
        by=by,
    )


def record(
    action: str,
    obligation: Obligation,
    by: Actor,
    basis: Basis,
    now: datetime,
    hashed: bytes = b"",
    **more: Detail,
) -> int:
    """One entry: which stage of which law, and a hash of what was written."""
    return ledger.record(
        action=action,
        object_type="obligation",
        object_hash=hashlib.sha256(hashed or obligation.pk.bytes).hexdigest(),
        details={
            "obligation": obligation.pk.hex,
            "stage": f"{obligation.regime}.{obligation.stage}",
            "due": obligation.due.isoformat() if obligation.due else None,
            **more,
        },
        by=by,
        basis=basis,
        time=now,
    )
