"""The life of a finding, as one table: from which state which act leads where, who may do it, and what it needs.

The document, the buttons of the pages, the interface and the checks all come from this table. No proof, no closure:
the only way into *closed* is an act of the system that needs evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tutela.core.errors import Conflict, WrongUse


class State(StrEnum):
    """Where a finding stands."""

    NEW = "new"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    CLAIMED = "claimed"
    CLOSED = "closed"
    REOPENED = "reopened"
    FALSE_POSITIVE = "false_positive"
    ACCEPTED_RISK = "accepted_risk"


class Act(StrEnum):
    """What is done about a finding."""

    NOTIFY = "notify"
    ACKNOWLEDGE = "acknowledge"
    CLAIM = "claim"
    CLOSE = "close"
    CONTRADICT = "contradict"
    DISPUTE = "dispute"
    ACCEPT = "accept"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class Need(StrEnum):
    """What an act needs besides somebody who may do it."""

    REASON = "reason"
    END = "end"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. ``is_of_system``: no person can do it."""

    act: Act
    before: frozenset[State]
    after: State
    needs: frozenset[Need] = frozenset()
    is_of_system: bool = False


OPEN: Final = (State.NEW, State.NOTIFIED, State.ACKNOWLEDGED, State.CLAIMED, State.REOPENED)
"""States in which something is still to be done."""

_UNCLAIMED: Final = frozenset(OPEN) - {State.CLAIMED}

TRANSITIONS: Final = (
    Transition(Act.NOTIFY, frozenset({State.NEW, State.REOPENED}), State.NOTIFIED, is_of_system=True),
    Transition(Act.ACKNOWLEDGE, _UNCLAIMED - {State.ACKNOWLEDGED}, State.ACKNOWLEDGED),
    Transition(Act.CLAIM, _UNCLAIMED, State.CLAIMED),
    Transition(Act.CLOSE, frozenset(OPEN), State.CLOSED, frozenset({Need.EVIDENCE}), is_of_system=True),
    Transition(
        Act.CONTRADICT,
        frozenset({State.CLAIMED, State.CLOSED}),
        State.REOPENED,
        frozenset({Need.EVIDENCE}),
        is_of_system=True,
    ),
    Transition(Act.DISPUTE, frozenset(OPEN), State.FALSE_POSITIVE, frozenset({Need.REASON, Need.END})),
    Transition(Act.ACCEPT, frozenset(OPEN), State.ACCEPTED_RISK, frozenset({Need.REASON, Need.END})),
    Transition(
        Act.WITHDRAW,
        frozenset({State.CLAIMED, State.FALSE_POSITIVE, State.ACCEPTED_RISK}),
        State.ACKNOWLEDGED,
        frozenset({Need.REASON}),
    ),
    Transition(Act.EXPIRE, frozenset({State.FALSE_POSITIVE, State.ACCEPTED_RISK}), State.REOPENED, is_of_system=True),
)
"""Every step that there is; an act has one row."""

_BY_ACT: Final = {row.act: row for row in TRANSITIONS}


def transition(act: Act) -> Transition:
    """The row of an act."""
    return _BY_ACT[act]


def possible(state: State) -> list[Transition]:
    """What a person can do about a finding in this state."""
    return [row for row in TRANSITIONS if state in row.before and not row.is_of_system]


def advance(state: State, act: Act, *, reason: str = "", has_end: bool = False, has_evidence: bool = False) -> State:
    """The state after an act; raises Conflict where it is not possible, WrongUse where it lacks something."""
    row = _BY_ACT[act]
    if state not in row.before:
        raise Conflict(
            f"{act.value} is not possible for a finding that is {state.value.replace('_', ' ')}.",
            remedy=f"Possible now: {', '.join(one.act.value for one in possible(state)) or 'nothing by hand'}.",
        )
    given = {Need.REASON: bool(reason.strip()), Need.END: has_end, Need.EVIDENCE: has_evidence}
    missing = sorted(need.value for need in row.needs if not given[need])
    if missing:
        raise WrongUse(f"{act.value} needs {' and '.join(missing)}.", remedy="Give it, and try again.")
    return row.after
