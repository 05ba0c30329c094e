from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.hashers import identify_hasher

from tests.apps.people.conftest import ANOTHER, PASSWORD
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.people import actions, queries
from tutela.apps.people.models import Invitation, Token, User
from tutela.core.actor import Actor
from tutela.core.errors import Conflict, NotAllowed, WrongUse
from tutela.core.rights import Right, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.django_db


def entries() -> list[str]:
    return list(LedgerEntry.objects.order_by("seq").values_list("action", flat=True))


def test_a_person_comes_in_by_a_link_that_holds_once(ground: dict[str, Any]) -> None:
    user = actions.add_person(email="Dana@Example.org", name="Dana", role=Role.ANALYST, **ground)
    assert (user.email, user.has_usable_password()) == ("dana@example.org", False)
    first = actions.invite(user=user, **ground)
    secret = actions.invite(user=user, **ground)
    assert queries.invitation_by(first, ground["now"]) is None, "a new link ends the one before"
    invitation = queries.invitation_by(secret, ground["now"])
    assert invitation is not None
    actions.accept_invitation(invitation=invitation, password=PASSWORD, **ground)
    assert User.objects.get().check_password(PASSWORD)
    assert identify_hasher(User.objects.get().password).algorithm == "argon2"
    assert queries.invitation_by(secret, ground["now"]) is None
    with pytest.raises(Conflict, match="no longer"):
        actions.accept_invitation(invitation=invitation, password=ANOTHER, **ground)
    assert entries() == ["people.add", "people.invite", "people.invite", "people.accept-invitation"]


def test_no_secret_and_no_address_stands_where_it_can_be_read(ground: dict[str, Any], make: Any) -> None:
    user = make()
    secret = actions.invite(user=user, **ground)
    token = actions.issue_token(user=user, name="x", scopes=[Right.SEE_FINDINGS], holds=timedelta(days=1), **ground)
    stored = json.dumps([list(Invitation.objects.values()), list(Token.objects.values())], default=str)
    assert secret not in stored
    assert token not in stored
    for leaf in LedgerEntry.objects.values_list("leaf", flat=True):
        assert not any(word in leaf for word in (user.email, str(user.pk), secret, token))


def test_a_link_ends_after_three_days(ground: dict[str, Any], make: Any) -> None:
    secret = actions.invite(user=make(), **ground)
    late = ground | {"now": ground["now"] + timedelta(days=3)}
    assert queries.invitation_by(secret, late["now"]) is None
    invitation = queries.invitation_by(secret, ground["now"])
    assert invitation is not None
    with pytest.raises(Conflict):
        actions.accept_invitation(invitation=invitation, password=PASSWORD, **late)


def test_one_address_is_one_person_however_it_is_written(ground: dict[str, Any], make: Any) -> None:
    make(email="dana@example.org")
    with pytest.raises(Conflict):
        actions.add_person(email="DANA@example.org", name="", role=Role.HEAD, **ground)


@pytest.mark.parametrize(("role", "organisations"), [(Role.HEAD, ["authority"]), (Role.MANAGER, [])])
def test_a_role_says_whether_it_has_organisations(
    role: Role, organisations: list[str], ground: dict[str, Any], make: Any
) -> None:
    with pytest.raises(WrongUse):
        actions.add_person(email="a@example.org", name="", role=role, organisations=organisations, **ground)
    with pytest.raises(WrongUse):
        actions.change_role(user=make(), role=role, organisations=organisations, **ground)
    with pytest.raises(WrongUse):
        actions.change_role(user=make(Role.CONTACT), role=Role.CONTACT, organisations=[], **ground)


def test_another_role_and_other_organisations(ground: dict[str, Any], make: Any) -> None:
    user = make()
    actions.change_role(user=user, role=Role.CONTACT, organisations=["b", "a", "b"], **ground)
    assert queries.viewer_of(User.objects.get()).organisations == ("a", "b")
    actions.change_role(user=user, role=Role.CONTACT, organisations=["c"], **ground)
    assert queries.viewer_of(User.objects.get()).organisations == ("c",)
    assert entries()[-2:] == ["people.change-role", "people.change-role"]


def test_an_administrator_is_always_left(ground: dict[str, Any], make: Any) -> None:
    only = make(Role.ADMINISTRATOR)
    for change in (
        lambda: actions.deactivate(user=only, **ground),
        lambda: actions.change_role(user=only, role=Role.HEAD, **ground),
    ):
        with pytest.raises(Conflict, match="last administrator"):
            change()
    actions.deactivate(user=make(Role.ADMINISTRATOR, "other@example.org"), **ground)
    with pytest.raises(Conflict, match="last administrator"):
        actions.deactivate(user=only, **ground)


def test_nobody_takes_their_own_administration_away(ground: dict[str, Any], make: Any) -> None:
    mine, _ = make(Role.ADMINISTRATOR), make(Role.ADMINISTRATOR, "other@example.org")
    own = ground | {"by": Actor("person", mine.email.upper())}
    with pytest.raises(Conflict, match="own"):
        actions.change_role(user=mine, role=Role.HEAD, **own)
    with pytest.raises(Conflict, match="own"):
        actions.deactivate(user=mine, **own)
    actions.change_role(user=mine, role=Role.ADMINISTRATOR, **own)


def test_who_is_kept_out_is_out_at_once(
    client: Client, enter: Callable[..., Any], ground: dict[str, Any], make: Any
) -> None:
    user = make()
    enter(user.email)
    assert client.get("/people/me/").status_code == 200
    invited = actions.invite(user=user, **ground)
    token = actions.issue_token(user=user, name="x", scopes=[Right.SEE_FINDINGS], holds=timedelta(days=1), **ground)
    actions.deactivate(user=user, **ground)
    assert client.get("/people/me/").status_code == 302
    assert queries.sessions_of(user) == []
    assert queries.token_viewer(token, ground["now"]) is None
    assert queries.invitation_by(invited, ground["now"]) is None
    with pytest.raises(Conflict):
        actions.invite(user=user, **ground)
    assert enter(user.email).headers["Location"] == "/account/inactive/"
    assert client.get("/people/me/").status_code == 302
    actions.reactivate(user=user, **ground)
    assert queries.token_viewer(token, ground["now"]) is None, "a token that was revoked stays so"
    enter(user.email)
    assert client.get("/people/me/").status_code == 200


def test_a_new_password_ends_the_sessions_of_the_old(
    client: Client, enter: Callable[..., Any], ground: dict[str, Any], make: Any
) -> None:
    user = make()
    enter(user.email)
    invitation = queries.invitation_by(actions.invite(user=user, **ground), ground["now"])
    assert invitation is not None
    actions.accept_invitation(invitation=invitation, password=ANOTHER, **ground)
    assert client.get("/people/me/").status_code == 302


def test_a_token_may_no_more_than_its_person(ground: dict[str, Any], make: Any) -> None:
    user = make(Role.AUDITOR)
    give = {"user": user, "name": "x", "holds": timedelta(days=1)} | ground
    with pytest.raises(NotAllowed, match=r"people\.change"):
        actions.issue_token(scopes=[Right.SEE_LEDGER, Right.CHANGE_PEOPLE], **give)
    with pytest.raises(WrongUse):
        actions.issue_token(scopes=[], **give)
    for holds in (timedelta(0), timedelta(days=367)):
        with pytest.raises(WrongUse):
            actions.issue_token(scopes=[Right.SEE_LEDGER], **give | {"holds": holds})
    secret = actions.issue_token(scopes=[Right.SEE_LEDGER, Right.SEE_LEDGER], **give)
    token = Token.objects.get()
    assert (token.scopes, secret.startswith(token.prefix)) == (["ledger.see"], True)
    actions.revoke_token(token=token, **ground)
    assert queries.token_viewer(secret, ground["now"]) is None
    assert entries()[-2:] == ["people.issue-token", "people.revoke-token"]


def test_the_use_of_a_token_is_noted_now_and_then(ground: dict[str, Any], make: Any) -> None:
    now = ground["now"]
    secret = actions.issue_token(user=make(), name="x", scopes=[Right.SEE_FINDINGS], holds=timedelta(days=1), **ground)
    for later, noted in ((0, 0), (4, 0), (6, 6)):
        actions.note_use(secret=secret, now=now + timedelta(minutes=later))
        assert Token.objects.get().last_used == now + timedelta(minutes=noted)


def test_preferences_are_kept(ground: dict[str, Any], make: Any) -> None:
    actions.set_preferences(user=make(), name="Dana", language="zh-hans", time_zone="Asia/Shanghai", **ground)
    found = User.objects.get()
    assert (found.get_full_name(), found.language, found.time_zone) == ("Dana", "zh-hans", "Asia/Shanghai")
    actions.set_preferences(user=found, name="", language="", time_zone="", **ground)
    assert entries()[-1] == "people.set-preferences"
