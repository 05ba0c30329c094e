"""People come in by a link, see what their role and organisations allow, and are out at once when they are kept out."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.making import a_finding
from tutela.apps.constituency.models import Organisation
from tutela.apps.constituency.queries import organisations_for
from tutela.apps.findings.queries import findings_for
from tutela.apps.ledger.models import CommitmentOpening, LedgerEntry
from tutela.apps.people import actions, queries
from tutela.apps.people.models import Invitation, Token, User
from tutela.core.actor import SYSTEM, Basis
from tutela.core.errors import Conflict, WrongUse
from tutela.core.rights import AUTHORITY, RIGHTS, Right, Role

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = timedelta(days=2)
PASSWORD = "a horse that counts to nine"  # noqa: S105 - of nobody
GROUND: dict[str, Any] = {"by": SYSTEM, "basis": Basis("example/mandate#art-1", "2026-01-01"), "now": NOW}
HELD = timedelta(days=30)


def person(role: Role = Role.ANALYST, *organisations: str, email: str = "") -> User:
    """Somebody with this role; of an organisation where the role belongs to one."""
    places = organisations or (() if role.is_of_authority else ("bank",))
    return actions.add_person(
        email=email or f"{uuid4()}@example.org", name="Dana", role=role, organisations=places, **GROUND
    )


def token(user: User, *scopes: Right, now: datetime = NOW, holds: timedelta = HELD) -> str:
    return actions.issue_token(user=user, name="export", scopes=scopes, holds=holds, **GROUND | {"now": now})


def tree() -> None:
    """authority > group > bank > branch, and clinic beside the group; a finding in each."""
    paths = "authority authority/group authority/group/bank authority/group/bank/branch authority/clinic"
    for path in paths.split():
        *above, name = path.split("/")
        parent = above[-1] if above else None
        Organisation.objects.create(global_id=name, parent_id=parent, path=f"/{path}/", imported=NOW)
        a_finding(name, seen=NOW).save()


def seen(user: User) -> set[str]:
    """The organisations whose findings somebody sees, which are those that they see themselves."""
    viewer = queries.viewer_of(user)
    owners = {one.organisation for one in findings_for(viewer)}
    assert owners == {one.global_id for one in organisations_for(viewer)}
    return owners


def test_who_was_written_down_cannot_sign_in_yet() -> None:
    user = person(email="Dana@Example.org")
    assert user.email == "dana@example.org"
    assert not user.has_usable_password()


@pytest.mark.parametrize("again", ["dana@example.org", "DANA@example.ORG"])
def test_one_address_is_one_person_in_whatever_letters(again: str) -> None:
    person(email="dana@example.org")
    with pytest.raises(Conflict, match="here already"):
        person(email=again)
    assert User.objects.count() == 1


@pytest.mark.parametrize("role", Role)
def test_a_role_belongs_either_to_the_authority_or_to_an_organisation(role: Role) -> None:
    given = ["bank"] if role.is_of_authority else []
    with pytest.raises(WrongUse):
        actions.add_person(email="dana@example.org", name="", role=role, organisations=given, **GROUND)
    user = person(role)
    with pytest.raises(WrongUse):
        actions.change_role(user=user, role=role, organisations=given, **GROUND)
    assert User.objects.count() == 1
    assert LedgerEntry.objects.count() == 1, "what was refused was not done"


def test_a_link_lets_one_set_a_password_once() -> None:
    user = person()
    secret = actions.invite(user=user, **GROUND)
    invitation = queries.invitation_by(secret, NOW)
    assert invitation is not None
    actions.accept_invitation(invitation=invitation, password=PASSWORD, **GROUND)
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)
    assert queries.invitation_by(secret, NOW) is None
    with pytest.raises(Conflict):
        actions.accept_invitation(invitation=invitation, password="another one altogether", **GROUND)  # noqa: S106
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_a_link_holds_for_three_days() -> None:
    secret = actions.invite(user=person(), **GROUND)
    assert queries.invitation_by(secret, NOW + actions.INVITATION_HOLDS - timedelta(seconds=1)) is not None
    assert queries.invitation_by(secret, NOW + actions.INVITATION_HOLDS) is None


def test_another_link_takes_the_place_of_the_one_before() -> None:
    user = person()
    first, second = (actions.invite(user=user, **GROUND) for _ in range(2))
    assert queries.invitation_by(first, NOW) is None
    assert queries.invitation_by(second, NOW) is not None


def test_of_a_link_only_a_hash_is_kept() -> None:
    secret = actions.invite(user=person(), **GROUND)
    assert Invitation.objects.get().digest == hashlib.sha256(secret.encode()).hexdigest()
    assert len(secret) >= 40
    assert queries.invitation_by(Invitation.objects.get().digest, NOW) is None


def test_with_a_role_changes_what_one_sees() -> None:
    tree()
    user = person(Role.MANAGER, "bank", "clinic")
    assert seen(user) == {"bank", "branch", "clinic"}
    actions.change_role(user=user, role=Role.CONTACT, organisations=["branch"], **GROUND)
    assert seen(user) == {"branch"}
    actions.change_role(user=user, role=Role.ANALYST, **GROUND)
    assert not user.memberships.exists()
    assert len(seen(user)) == 5


def test_an_organisation_named_twice_is_one_membership() -> None:
    assert person(Role.MANAGER, "bank", "bank").memberships.count() == 1


def test_the_last_administrator_stays() -> None:
    first, second = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    actions.deactivate(user=second, **GROUND)
    with pytest.raises(Conflict, match="last administrator"):
        actions.deactivate(user=first, **GROUND)
    with pytest.raises(Conflict, match="last administrator"):
        actions.change_role(user=first, role=Role.ANALYST, **GROUND)
    first.refresh_from_db()
    assert (first.role, first.is_active) == ("administrator", True)
    actions.reactivate(user=second, **GROUND)
    actions.change_role(user=first, role=Role.ANALYST, **GROUND)
    assert list(User.objects.filter(role="administrator")) == [second]


def test_an_administrator_may_be_given_the_role_they_have() -> None:
    only = person(Role.ADMINISTRATOR)
    actions.change_role(user=only, role=Role.ADMINISTRATOR, **GROUND)
    only.refresh_from_db()
    assert (only.role, only.is_active) == ("administrator", True)


def test_who_is_kept_out_has_no_session_token_or_link_left(client: Client, pages: None) -> None:
    user, other = person(), person()
    secret, link = token(user, Right.SEE_FINDINGS), actions.invite(user=user, **GROUND)
    kept, kept_link = token(other, Right.SEE_FINDINGS), actions.invite(user=other, **GROUND)
    client.force_login(user)
    assert client.get("/api/v1/findings").status_code == 200
    elsewhere = Client()
    elsewhere.force_login(other)
    assert elsewhere.get("/api/v1/findings").status_code == 200
    actions.deactivate(user=user, **GROUND)
    assert client.get("/api/v1/findings").status_code == 401
    assert "sessionid" not in client.cookies or not client.session.get("_auth_user_id")
    assert queries.token_viewer(secret, NOW) is None
    assert queries.invitation_by(link, NOW) is None
    assert elsewhere.get("/api/v1/findings").status_code == 200
    assert queries.token_viewer(kept, NOW) is not None
    assert queries.invitation_by(kept_link, NOW) is not None
    actions.reactivate(user=user, **GROUND)
    assert queries.token_viewer(secret, NOW) is None, "what was taken away does not come back"
    assert client.get("/api/v1/findings").status_code == 401


def test_of_a_token_only_a_hash_is_kept() -> None:
    secret = token(person(), Right.SEE_FINDINGS)
    row = Token.objects.get()
    assert row.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.startswith("tutela_")
    assert len(secret) > 45
    assert secret not in str(Token.objects.values().get())


def test_a_token_holds_until_it_is_over_or_revoked() -> None:
    secret = token(person(), Right.SEE_FINDINGS, holds=LATER)
    assert queries.token_viewer(secret, NOW) is not None
    assert queries.token_viewer(secret, NOW + LATER - timedelta(seconds=1)) is not None
    assert queries.token_viewer(secret, NOW + LATER) is None
    actions.revoke_token(token=Token.objects.get(), **GROUND)
    assert queries.token_viewer(secret, NOW) is None


@pytest.mark.parametrize("holds", [timedelta(0), timedelta(seconds=-1), timedelta(days=367)])
def test_no_token_holds_for_ever_or_not_at_all(holds: timedelta) -> None:
    with pytest.raises(WrongUse, match="a year"):
        token(person(), Right.SEE_FINDINGS, holds=holds)
    assert not Token.objects.exists()


@pytest.mark.parametrize("text", ["", "tutela_", "x" * 5000, "tutela_unknown"])
def test_what_is_no_token_is_nobody(text: str) -> None:
    token(person(), Right.SEE_FINDINGS)
    assert queries.token_viewer(text, NOW) is None
    assert queries.token_viewer(Token.objects.get().digest, NOW) is None, "the hash opens nothing"


@pytest.mark.parametrize("role", Role)
def test_a_token_may_what_both_its_person_and_its_scopes_may(role: Role) -> None:
    scopes = {Right.SEE_FINDINGS, Right.SEE_SITUATION}
    viewer = queries.token_viewer(token(person(role), *scopes), NOW)
    assert viewer is not None
    assert {right for right in Right if viewer.may(right)} == {right for right in scopes if role in RIGHTS[right]}


def test_scopes_are_no_way_to_a_right_that_was_taken_away() -> None:
    user = person(Role.ADMINISTRATOR)
    person(Role.ADMINISTRATOR)
    secret = token(user, Right.CHANGE_PEOPLE, Right.SEE_FINDINGS)
    actions.change_role(user=user, role=Role.CONTACT, organisations=["bank"], **GROUND)
    viewer = queries.token_viewer(secret, NOW)
    assert viewer is not None
    assert [right for right in Right if viewer.may(right)] == [Right.SEE_FINDINGS]
    assert viewer.organisations == ("bank",)


@pytest.mark.parametrize("role", Role)
def test_a_person_asks_with_their_role_and_for_their_organisations(role: Role) -> None:
    user = person(role)
    viewer = queries.viewer_of(user)
    assert (viewer.actor.kind, viewer.actor.name, viewer.role) == ("person", user.email, role)
    assert viewer.organisations == (None if role in AUTHORITY else ("bank",))
    assert {right for right in Right if viewer.may(right)} == {right for right in Right if role in RIGHTS[right]}


@pytest.mark.parametrize("role", sorted(set(Role) - AUTHORITY))
@pytest.mark.parametrize("organisations", [[], ["gone"], ["%"], ["/"], ["BANK"]])
def test_without_a_membership_that_leads_somewhere_nothing_is_seen(role: Role, organisations: list[str]) -> None:
    tree()
    user = person(role)
    user.memberships.all().delete()
    for one in organisations:
        user.memberships.create(organisation=one)
    assert seen(user) == set()


@pytest.mark.parametrize(
    ("membership", "sees"),
    [
        ("group", {"group", "bank", "branch"}),
        ("bank", {"bank", "branch"}),
        ("branch", {"branch"}),
        ("clinic", {"clinic"}),
    ],
)
def test_people_of_an_organisation_see_it_and_all_below_and_nothing_beside_or_above(
    membership: str, sees: set[str]
) -> None:
    tree()
    Organisation.objects.create(global_id="bank2", path="/authority/group/bank2/", imported=NOW)
    Organisation.objects.filter(global_id="bank2").update(parent="group")
    assert seen_without_bank2(person(Role.CONTACT, membership)) == sees


def seen_without_bank2(user: User) -> set[str]:
    """A neighbour whose id begins alike is seen from above only."""
    found = {one.global_id for one in organisations_for(queries.viewer_of(user))}
    assert ("bank2" in found) == ("group" in found)
    return found - {"bank2"}


@pytest.mark.parametrize("role", Role)
def test_people_are_seen_by_those_alone_who_have_the_right(role: Role) -> None:
    user, other = person(role), person()
    viewer = queries.viewer_of(user)
    may = role in RIGHTS[Right.SEE_PEOPLE]
    assert set(queries.people_for(viewer)) == ({user, other} if may else set())
    assert queries.person_by(other.pk, viewer) == (other if may else None)


def test_every_change_leaves_one_entry_and_no_address_stands_in_it() -> None:
    one, other = (person(Role.ADMINISTRATOR, email=f"{name}@example.org") for name in ("dana", "kim"))
    by_other = GROUND | {"by": queries.viewer_of(other).actor}
    actions.change_role(user=one, role=Role.MANAGER, organisations=["bank"], **by_other)
    invitation = queries.invitation_by(actions.invite(user=one, **by_other), NOW)
    assert invitation is not None
    actions.accept_invitation(invitation=invitation, password=PASSWORD, **GROUND | {"by": queries.viewer_of(one).actor})
    actions.set_preferences(user=one, name="Dana", language="zh-hans", time_zone="Asia/Taipei", **by_other)
    secret = token(one, Right.SEE_FINDINGS)
    actions.revoke_token(token=Token.objects.get(), **by_other)
    actions.deactivate(user=one, **by_other)
    actions.reactivate(user=one, **by_other)
    acts = "add add change-role invite accept-invitation set-preferences issue-token revoke-token deactivate reactivate"
    assert [entry.action for entry in LedgerEntry.objects.all()] == [f"people.{act}" for act in acts.split()]
    text = "".join(entry.leaf for entry in LedgerEntry.objects.all())
    for said in ("dana", "Dana", "kim", "example.org", str(one.pk), one.pk.hex, secret, PASSWORD):
        assert said not in text
    assert {"dana@example.org", "kim@example.org"} <= {row.value for row in CommitmentOpening.objects.all()}


def test_preferences_may_be_empty_again() -> None:
    user = person()
    actions.set_preferences(user=user, name="", language="", time_zone="", **GROUND)
    user.refresh_from_db()
    assert (user.name, user.language, user.time_zone) == ("", "", "")
