"""Who may do what: one table, which pages and interface ask and which the tests compare with what really happens.

Rights say *what* a role may do. *Where* it may do so is the scope of the viewer (`Viewer.organisations`): the
authority's own people see all organisations, the people of an organisation see theirs and all below it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is at the authority, or at an organisation in its care."""

    ANALYST = "analyst"
    LEGAL_OFFICER = "legal-officer"
    HEAD = "head"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    MANAGER = "organisation-manager"
    CONTACT = "organisation-contact"

    @property
    def is_of_authority(self) -> bool:
        """Whether it is a role at the authority itself, which sees every organisation."""
        return self in AUTHORITY


class Right(StrEnum):
    """Something that may be seen or done."""

    SEE_SITUATION = "situation.see"
    SEE_ORGANISATIONS = "organisations.see"
    CHANGE_CERTIFICATES = "organisations.change-certificates"
    SEE_LAW = "law.see"
    STATE_LAW_FACTS = "law.state-facts"
    CONFIRM_LAW = "law.confirm"
    SEE_FINDINGS = "findings.see"
    ACKNOWLEDGE_FINDINGS = "findings.acknowledge"
    CLAIM_FINDINGS = "findings.claim"
    JUDGE_FINDINGS = "findings.judge"
    SEE_EVENTS = "events.see"
    SEND_EVENTS = "events.send"
    SEE_FEEDS = "feeds.see"
    SEE_INCIDENTS = "incidents.see"
    SEE_INCIDENT_FILES = "incident-files.see"
    CHANGE_INCIDENTS = "incidents.change"
    REPORT_INCIDENTS = "incidents.report"
    SEE_OBLIGATIONS = "obligations.see"
    SET_CLOCKS = "obligations.set-clocks"
    WRITE_SUBMISSIONS = "obligations.write"
    APPROVE_SUBMISSIONS = "obligations.approve"
    SEE_NOTICES = "notices.see"
    SEE_NOTICE_PLAN = "notice-plan.see"
    SEND_IN_CLEAR = "notices.send-in-clear"
    SEE_CORRESPONDENCE = "correspondence.see"
    CHANGE_CORRESPONDENCE = "correspondence.change"
    SEE_LEDGER = "ledger.see"
    SEE_PEOPLE = "people.see"
    CHANGE_PEOPLE = "people.change"


AUTHORITY: Final = frozenset({Role.ANALYST, Role.LEGAL_OFFICER, Role.HEAD, Role.ADMINISTRATOR, Role.AUDITOR})
_ALL: Final = frozenset(Role)
_ORGANISATION: Final = frozenset({Role.MANAGER, Role.CONTACT})
_HANDS: Final = frozenset({Role.ANALYST, Role.HEAD})

RIGHTS: Final[dict[Right, frozenset[Role]]] = {
    Right.SEE_SITUATION: _ALL,
    Right.SEE_ORGANISATIONS: _ALL,
    # to whom mail is encrypted is the authority's to judge: a key that was slipped in reads along
    Right.CHANGE_CERTIFICATES: _HANDS,
    Right.SEE_LAW: _ALL,
    # what an organisation is, it knows best itself: its manager states it, or the authority does
    Right.STATE_LAW_FACTS: _HANDS | {Role.LEGAL_OFFICER, Role.MANAGER},
    Right.CONFIRM_LAW: frozenset({Role.LEGAL_OFFICER}),
    Right.SEE_FINDINGS: _ALL,
    Right.SEE_EVENTS: _ALL,
    Right.ACKNOWLEDGE_FINDINGS: _HANDS | _ORGANISATION,
    Right.CLAIM_FINDINGS: _HANDS | _ORGANISATION,
    # that something is no fault, or that a risk is borne, binds the organisation: its manager says so, or the authority
    Right.JUDGE_FINDINGS: _HANDS | {Role.MANAGER},
    Right.SEND_EVENTS: _HANDS | {Role.ADMINISTRATOR},
    Right.SEE_FEEDS: AUTHORITY,
    # people of an organisation see incidents that were shared with it, and of their file nothing
    Right.SEE_INCIDENTS: _ALL,
    Right.SEE_INCIDENT_FILES: AUTHORITY,
    Right.CHANGE_INCIDENTS: _HANDS | {Role.LEGAL_OFFICER},
    # an organisation tells the authority of its own incidents, and answers what is asked
    Right.REPORT_INCIDENTS: _ORGANISATION,
    # people of an organisation see what it must report in incidents that were shared with it
    Right.SEE_OBLIGATIONS: _ALL,
    # an official clock is the authority's; nothing starts or stops it but a person of its own
    Right.SET_CLOCKS: _HANDS | {Role.LEGAL_OFFICER},
    Right.WRITE_SUBMISSIONS: _HANDS | _ORGANISATION | {Role.LEGAL_OFFICER},
    Right.APPROVE_SUBMISSIONS: _HANDS | {Role.LEGAL_OFFICER, Role.MANAGER},
    Right.SEE_NOTICES: _ALL,
    Right.SEE_NOTICE_PLAN: AUTHORITY,
    Right.SEND_IN_CLEAR: _HANDS,
    # people of an organisation see what was answered for it, and nothing that nobody has assigned yet
    Right.SEE_CORRESPONDENCE: _ALL,
    Right.CHANGE_CORRESPONDENCE: _HANDS,
    Right.SEE_LEDGER: frozenset({Role.AUDITOR, Role.HEAD, Role.LEGAL_OFFICER, Role.ADMINISTRATOR}),
    Right.SEE_PEOPLE: frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.HEAD}),
    Right.CHANGE_PEOPLE: frozenset({Role.ADMINISTRATOR}),
}
"""Every right, and the roles that have it. An auditor sees everything and changes nothing."""
