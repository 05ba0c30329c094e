from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tutela.apps.people import actions, queries
from tutela.apps.people.models import Membership, Token
from tutela.core.actor import Actor, Viewer
from tutela.core.rights import RIGHTS, Right, Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
def test_people_of_the_authority_see_all_and_others_their_own(role: Role, make: Any) -> None:
    viewer = queries.viewer_of(make(role))
    assert viewer.actor == Actor("person", f"{role.value}@example.org")
    assert viewer.role is role
    assert viewer.organisations == (None if role.is_of_authority else ("authority",))


def test_without_a_membership_nothing_is_seen(make: Any) -> None:
    user = make(Role.CONTACT)
    Membership.objects.all().delete()
    assert queries.viewer_of(user).organisations == ()


def test_people_are_seen_by_who_may_see_them(make: Any) -> None:
    people = {role: make(role) for role in Role}
    for role, user in people.items():
        viewer = queries.viewer_of(user)
        may = role in RIGHTS[Right.SEE_PEOPLE]
        assert queries.people_for(viewer).count() == (len(Role) if may else 0)
        assert (queries.person_by(people[Role.HEAD].pk, viewer) is not None) == may
    assert queries.people_for(Viewer(Actor("operator", "root"))).count() == len(Role)


def test_a_token_speaks_for_its_person_within_its_scopes(ground: dict[str, Any], make: Any) -> None:
    user, now = make(Role.ANALYST), ground["now"]
    secret = actions.issue_token(
        user=user, name="x", scopes=[Right.SEE_FINDINGS, Right.CLAIM_FINDINGS], holds=timedelta(days=1), **ground
    )
    viewer = queries.token_viewer(secret, now)
    assert viewer is not None
    assert {right for right in Right if viewer.may(right)} == {Right.SEE_FINDINGS, Right.CLAIM_FINDINGS}
    actions.change_role(user=user, role=Role.AUDITOR, **ground)
    viewer = queries.token_viewer(secret, now)
    assert viewer is not None
    assert not viewer.may(Right.CLAIM_FINDINGS), "what the person may no more, the token may no more"
    assert queries.token_viewer(secret + "x", now) is None
    assert queries.token_viewer("", now) is None
    assert queries.token_viewer(secret, now + timedelta(days=1)) is None, "it has expired"
    Token.objects.update(scopes=["a right of an older version"])
    viewer = queries.token_viewer(secret, now)
    assert viewer is not None
    assert viewer.scopes == frozenset()


def test_a_token_waits_for_the_second_factor_too(ground: dict[str, Any], make: Any, settings: Any) -> None:
    secret = actions.issue_token(user=make(), name="x", scopes=[Right.SEE_FINDINGS], holds=timedelta(days=1), **ground)
    assert queries.token_viewer(secret, ground["now"]) is not None
    settings.TUTELA = settings.TUTELA.model_copy(update={"mfa_roles": "head analyst"})
    assert queries.token_viewer(secret, ground["now"]) is None


def test_recovery_codes_alone_are_no_second_factor(make: Any, settings: Any) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: PLC0415 - reads Django
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: PLC0415 - as above

    user = make()
    assert not queries.must_use_mfa(user)
    settings.TUTELA = settings.TUTELA.model_copy(update={"mfa_roles": "analyst"})
    RecoveryCodes.activate(user)
    assert queries.must_use_mfa(user)
    assert queries.must_set_up_factor(user)
    TOTP.activate(user, generate_totp_secret())
    assert not queries.must_set_up_factor(user)
    assert queries.factors_of(user) == {"recovery_codes": 1, "totp": 1}
