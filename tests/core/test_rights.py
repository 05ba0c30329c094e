from __future__ import annotations

import pytest

from tutela.core.actor import Actor, Viewer
from tutela.core.rights import AUTHORITY, RIGHTS, Right, Role

READING = {right for right in Right if right.value.endswith(".see")}


def test_every_right_has_a_role() -> None:
    assert set(RIGHTS) == set(Right)
    assert all(RIGHTS.values())


def test_an_auditor_reads_everything_and_changes_nothing() -> None:
    assert {right for right in Right if Role.AUDITOR in RIGHTS[right]} == READING


def test_people_of_an_organisation_do_not_look_into_the_house() -> None:
    house = {Right.SEE_LEDGER, Right.SEE_PEOPLE, Right.CHANGE_PEOPLE, Right.SEE_FEEDS}
    assert not {role for right in house for role in RIGHTS[right]} - AUTHORITY


def test_only_an_administrator_changes_people() -> None:
    assert RIGHTS[Right.CHANGE_PEOPLE] == {Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", Role)
def test_a_viewer_may_what_the_table_says(role: Role) -> None:
    viewer = Viewer(Actor("person", "dana.example"), None, role)
    narrow = Viewer(viewer.actor, None, role, frozenset({Right.SEE_FINDINGS}))
    for right in Right:
        assert viewer.may(right) == (role in RIGHTS[right])
        assert narrow.may(right) == (right is Right.SEE_FINDINGS and viewer.may(right))


def test_who_changes_something_may_see_it() -> None:
    for right in set(Right) - READING:
        see = Right(right.value.split(".")[0] + ".see")
        assert RIGHTS[right] <= RIGHTS[see]
