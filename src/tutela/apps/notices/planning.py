"""Who would receive what now, and why: one plan, which the dry run shows and the composing carries out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from tutela.apps.constituency import queries as constituency
from tutela.apps.findings import queries as findings
from tutela.apps.notices.models import Told
from tutela.core.notices.rules import Subject, choose
from tutela.core.notices.schedule import due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

    from tutela.apps.constituency.models import Contact
    from tutela.apps.constituency.queries import Reach
    from tutela.core.notices.rules import Choice, Rule, Rules

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A finding that nobody was told of since it is open, with what a letter says of it."""

    id: UUID
    opened: datetime
    type: str
    severity: int
    tlp: int
    asset: str
    identifier: str
    malware: str
    vulnerabilities: str
    feed: str
    first_seen: datetime
    last_seen: datetime


@dataclass(slots=True)
class Group:
    """Findings of an organisation that go the same way: by one rule to one contact, or nowhere, and why.

    ``due``: from when they go out; None where they do not. ``others``: each contact that is not told, with the reason.
    """

    organisation: str
    choice: Choice
    contact: Contact | None
    because: str
    due: datetime | None
    others: list[tuple[Contact, str]] = field(default_factory=list)
    findings: list[Waiting] = field(default_factory=list)


def plan(
    rules: Rules, now: datetime, organisations: Iterable[str] | None = None
) -> Iterator[tuple[Reach, list[Group]]]:
    """For each organisation with findings to tell (all, or those named): how it is reached, and its groups."""
    waiting = findings.organisations_to_tell()
    wanted = None if organisations is None else set(organisations)
    ids = waiting if wanted is None else [one for one in waiting if one in wanted]
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        known = constituency.reach(part, now)
        for organisation in part:
            if organisation in known:
                groups = _groups(organisation, known[organisation], rules, now)
                if groups:
                    yield known[organisation], groups


def _groups(organisation: str, reach: Reach, rules: Rules, now: datetime) -> list[Group]:
    decide = _decider(reach, rules)
    found: dict[tuple[str, bool], Group] = {}
    for finding in _waiting(organisation):
        choice = decide(finding.type, finding.severity, finding.tlp)
        moment = due(choice.rule.schedule, finding.opened, rules.digest) if choice.rule and choice.is_told else None
        key = (choice.because, moment is not None and moment <= now)
        group = found.get(key)
        if group is None:
            group = found[key] = _group(organisation, reach, choice, moment)
        elif moment is not None and group.due is not None:
            group.due = min(group.due, moment)
        group.findings.append(finding)
    return list(found.values())


def _decider(reach: Reach, rules: Rules) -> Callable[[str, int, int], Choice]:
    """The rule for a type, a severity and a TLP at one organisation: asked a million times, found a few."""

    @cache
    def decide(type_: str, severity: int, tlp: int) -> Choice:
        return choose(rules, Subject(reach.path, reach.organisation.sector, type_, severity, tlp))

    return decide


def _group(organisation: str, reach: Reach, choice: Choice, moment: datetime | None) -> Group:
    rule = choice.rule
    if rule is None or moment is None:
        why = choice.because if rule is None else f"{choice.because}; it says: never"
        return Group(organisation, choice, None, why, None, [(one, why) for one in _all(reach)])
    chosen, said = _contact(reach, rule)
    others = [(one, _why_not(one, chosen, rule, reach)) for one in _all(reach) if one is not chosen]
    return Group(organisation, choice, chosen, f"{choice.because}; {said}", moment if chosen else None, others)


def _contact(reach: Reach, rule: Rule) -> tuple[Contact | None, str]:
    """The first role of the rule that has an address: at the organisation, else at the nearest above it.

    One whose mail comes back is passed over where there is another. Where there is not, it is tried all the same: a
    bounce can be forged, and so nobody may be left untold because of one.
    """
    broken: tuple[Contact | None, str] = (None, "")
    for organisation in reversed(reach.path):
        for role in rule.contacts:
            for contact in reach.contacts.get(organisation, []):
                if contact.role == role:
                    above = "" if organisation == reach.path[-1] else f" of {organisation}, for it has none of its own"
                    comes_back = _comes_back(contact, reach)
                    if not comes_back:
                        return contact, f"{role} contact{above}"
                    if broken[0] is None:
                        broken = contact, f"{role} contact{above}, though {comes_back}: there is nobody else"
    if broken[0] is not None:
        return broken
    return None, f"nobody to tell: no contact with an address is {' or '.join(rule.contacts)}, here or above"


def _all(reach: Reach) -> list[Contact]:
    return [contact for organisation in reversed(reach.path) for contact in reach.contacts.get(organisation, [])]


def _comes_back(contact: Contact, reach: Reach) -> str:
    """Since when mail to a contact comes back; empty where it does not."""
    found = reach.unreachable.get(contact.email.lower())
    if found is None or found.unreachable is None:
        return ""
    return f"mail to it comes back since {found.unreachable:%Y-%m-%d} ({found.said})"


def _why_not(contact: Contact, chosen: Contact | None, rule: Rule, reach: Reach) -> str:
    if contact.role not in rule.contacts:
        return f"the rule tells {', '.join(rule.contacts)}, not {contact.role}"
    if comes_back := _comes_back(contact, reach):
        return comes_back
    if chosen is not None and contact.organisation_id != chosen.organisation_id:
        return f"{chosen.organisation_id} has a contact nearer to the finding"
    return "another contact comes first, by role or by name"


def _waiting(organisation: str) -> Iterator[Waiting]:
    """The findings to tell that no notice, sent or not, speaks of since they are open."""
    told = Told.objects.filter(finding=OuterRef("pk"), opened=OuterRef("changed"))
    rows = findings.to_tell(organisation).exclude(Exists(told))
    columns = (
        "id changed classification_type severity tlp asset_key classification_identifier malware_name "
        "vulnerabilities observer first_seen last_seen"
    ).split()
    for row in rows.values_list(*columns).iterator(chunk_size=5_000):
        yield Waiting(*row)
