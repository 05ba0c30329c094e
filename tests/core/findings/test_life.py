"""The table of transitions is sound, and nothing but evidence closes a finding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import Conflict, TutelaError, WrongUse
from tutela.core.findings.life import OPEN, TRANSITIONS, Act, Need, State, advance, possible


def test_every_act_has_one_row_and_every_state_can_be_left() -> None:
    assert sorted(row.act for row in TRANSITIONS) == sorted(Act)
    assert {state for row in TRANSITIONS for state in row.before} == set(State)
    assert {row.after for row in TRANSITIONS} == set(State) - {State.NEW}


def test_only_the_system_closes_and_only_with_evidence() -> None:
    into = [row for row in TRANSITIONS if row.after is State.CLOSED]
    assert [(row.act, row.is_of_system, row.needs) for row in into] == [(Act.CLOSE, True, {Need.EVIDENCE})]


def test_what_sets_a_finding_aside_needs_a_reason_and_an_end() -> None:
    for row in TRANSITIONS:
        if row.after in {State.FALSE_POSITIVE, State.ACCEPTED_RISK}:
            assert row.needs == {Need.REASON, Need.END}


@given(st.lists(st.tuples(st.sampled_from(Act), st.booleans(), st.booleans(), st.booleans())))
def test_no_order_of_acts_closes_without_evidence(acts: list[tuple[Act, bool, bool, bool]]) -> None:
    state, proofs = State.NEW, 0
    for act, has_reason, has_end, has_evidence in acts:
        try:
            state = advance(state, act, reason="why" if has_reason else " ", has_end=has_end, has_evidence=has_evidence)
        except TutelaError:
            continue
        proofs += act is Act.CLOSE and has_evidence
        if state is State.CLOSED:
            assert proofs


def test_a_step_that_is_not_possible_says_what_is() -> None:
    with pytest.raises(Conflict, match="not possible for a finding that is closed"):
        advance(State.CLOSED, Act.CLAIM)
    with pytest.raises(WrongUse, match="needs end and reason"):
        advance(State.NEW, Act.DISPUTE)


def test_people_are_offered_only_what_they_can_do() -> None:
    assert {row.act for row in possible(State.NEW)} == {Act.ACKNOWLEDGE, Act.CLAIM, Act.DISPUTE, Act.ACCEPT}
    assert possible(State.CLOSED) == []
    assert all(not row.is_of_system for state in OPEN for row in possible(state))
