"""The certificates of contacts: by a file or by the page, checked at entry, and named by their fingerprints alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.mailkeys import KIM, openpgp, public, smime
from tutela.apps.constituency import actions, queries
from tutela.apps.constituency.models import Contact, Organisation
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.people.models import User
from tutela.core.actor import Actor, Basis, Viewer
from tutela.core.errors import BadInput, Conflict, DefinitionErrors, NotAllowed
from tutela.core.mailkeys import reading
from tutela.core.mailkeys.certificate import Kind
from tutela.core.rights import Role

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
ANALYST = Viewer(Actor("person", "dana.example"), role=Role.ANALYST)


@pytest.fixture
def bank() -> Organisation:
    said: dict[str, Any] = {"source": "test", "imported": NOW}
    made = Organisation.objects.create(global_id="bank", names={"en": "The bank"}, path="/bank/", **said)
    Contact.objects.create(organisation=made, role="abuse", email=KIM, **said)
    Contact.objects.create(organisation=made, role="legal", phone="+1 555 0100", **said)
    return made


@pytest.fixture
def keep(bank: Organisation, actor: Actor, basis: Basis) -> Any:
    def run(text: str, role: str = "abuse", viewer: Viewer = ANALYST) -> actions.Kept:
        contact = Contact.objects.get(role=role).pk
        more: dict[str, Any] = {"viewer": viewer, "now": datetime.now(UTC), "by": actor, "basis": basis}
        return actions.keep_certificate(contact=contact, organisation=bank, text=text, **more)

    return run


def test_a_certificate_is_kept_and_the_ledger_names_its_fingerprint(keep: Any) -> None:
    done = keep(public(openpgp()))
    assert done.warning == ""
    assert queries.certificates_for(KIM.upper(), NOW) == [done.certificate]
    leaf = LedgerEntry.objects.get(action="constituency.keep-certificate").leaf
    assert done.certificate.fingerprint in leaf
    assert KIM not in leaf
    assert "BEGIN" not in leaf


def test_one_of_a_kind_replaces_the_one_before_and_leaves_the_other_kind(keep: Any) -> None:
    first, other, second = keep(public(openpgp())), keep(smime().text), keep(public(openpgp()))
    assert first.certificate != second.certificate
    assert queries.certificates_for(KIM, NOW) == [second.certificate, other.certificate]


def test_one_for_another_address_is_kept_with_a_warning(keep: Any) -> None:
    assert "does not name abuse@bank.example, but cert@" in keep(smime("cert@bank.example").text).warning


@pytest.mark.parametrize("what", ["private", "nothing", "over"])
def test_what_cannot_be_used_is_refused_and_not_kept(keep: Any, what: str) -> None:
    given = {
        "private": (str(openpgp()), "never send it to anybody"),
        "nothing": ("hello", "is no certificate"),
        "over": (smime(begins=NOW - timedelta(days=9), days=3).text, "expired on"),
    }
    text, said = given[what]
    with pytest.raises(BadInput, match=said) as raised:
        keep(text)
    assert not any(line in str(raised.value) for line in text.splitlines() if len(line) > 40)
    assert queries.certificates_for(KIM, NOW) == []
    assert not LedgerEntry.objects.exists()


def test_who_has_not_the_right_changes_nothing(keep: Any) -> None:
    with pytest.raises(NotAllowed):
        keep(smime().text, viewer=Viewer(ANALYST.actor, role=Role.ADMINISTRATOR))
    with pytest.raises(Conflict):
        keep(smime().text, viewer=Viewer(ANALYST.actor, ("clinic",), role=Role.ANALYST))
    with pytest.raises(Conflict, match="no mail address"):
        keep(smime().text, role="legal")


def test_one_is_taken_away(keep: Any, bank: Organisation, actor: Actor, basis: Basis) -> None:
    keep(smime().text)
    contact = Contact.objects.get(role="abuse").pk
    given: dict[str, Any] = {"contact": contact, "organisation": bank, "kind": Kind.SMIME, "viewer": ANALYST}
    given |= {"now": NOW, "by": actor, "basis": basis}
    actions.drop_certificate(**given)
    assert queries.certificates_for(KIM, NOW) == []
    assert LedgerEntry.objects.filter(action="constituency.drop-certificate").count() == 1
    with pytest.raises(Conflict):
        actions.drop_certificate(**given)


def test_the_time_of_a_contact_is_over_and_its_key_is_not_forgotten(keep: Any) -> None:
    old = keep(smime().text).certificate
    Contact.objects.filter(role="abuse").update(valid_to=NOW - timedelta(days=1))
    assert queries.certificates_for(KIM, NOW) == [old]
    new = keep(smime().text).certificate
    Contact.objects.create(
        organisation_id="bank", role="security", email=KIM, source="test", imported=NOW, openpgp=public(openpgp())
    )
    assert new not in queries.certificates_for(KIM, NOW), "another contact in force has the mailbox now"


def the_file(folder: Path, certificate: str, kind: str = "openpgp", email: str = KIM) -> Path:
    lines = "".join(f"            {line}\n" for line in certificate.splitlines())
    file = folder / "contacts.yaml"
    file.write_text(
        "organisations:\n  - id: bank\n    names: {en: Bank}\n    contacts:\n"
        f"      - role: abuse\n        email: {email}\n        {kind}: |\n{lines}"
    )
    return file


@pytest.fixture
def load(tmp_path: Path, actor: Actor, basis: Basis) -> Any:
    def run(certificate: str, now: datetime | None = None, **more: Any) -> actions.Imported:
        file = the_file(tmp_path, certificate, **more)
        return actions.import_files(files=[file], by=actor, basis=basis, now=now or datetime.now(UTC))

    return run


def test_a_file_brings_it_and_the_same_again_changes_nothing(load: Any) -> None:
    text = public(openpgp(validity_seconds=3_600))
    done = load(text)
    assert done.counts["contacts_added"] == 1
    (found,) = queries.certificates_for(KIM, NOW)
    assert found.fingerprint in LedgerEntry.objects.get(action="constituency.import").leaf
    assert load(text, datetime.now(UTC) + timedelta(days=9)).entry is None, "nor when it is over: it is known"


def test_another_in_the_file_replaces_it_and_the_change_is_told_by_fingerprints(load: Any) -> None:
    load(public(openpgp()))
    (before,) = queries.certificates_for(KIM, NOW)
    done = load(public(openpgp()))
    (after,) = queries.certificates_for(KIM, NOW)
    (change,) = [one for one in done.lines() if one["change"] == "set"]
    assert (change["field"], change["from"], change["to"]) == ("openpgp", before.fingerprint, after.fingerprint)


def test_a_file_with_one_that_cannot_be_used_brings_nothing(load: Any) -> None:
    over = smime(begins=NOW - timedelta(days=9), days=3)
    for text, kind, said in (
        (over.text, "smime", "expired on"),
        (str(openpgp()), "openpgp", "never send it"),
        (smime().text, "openpgp", "is a certificate of S/MIME"),
        ("hello", "smime", "is no certificate"),
    ):
        with pytest.raises(DefinitionErrors, match=said):
            load(text, kind=kind)
    assert not Organisation.objects.exists()


def test_a_file_with_one_for_another_address_is_told(load: Any) -> None:
    (warning,) = load(smime("cert@bank.example").text, kind="smime").warnings
    assert "does not name abuse@bank.example" in str(warning)


@pytest.fixture
def analyst(pages: None) -> Client:
    browser = Client()
    browser.force_login(User.objects.create(email="analyst@example.org", role="analyst"))
    return browser


def test_the_page_keeps_shows_and_takes_away(bank: Organisation, analyst: Client) -> None:
    place, contact = f"/organisations/{bank.pk}/certificates/", Contact.objects.get(role="abuse").pk
    key = openpgp(validity_seconds=3_600)
    fingerprint = reading.certificate(public(key)).readable
    assert "not encrypted" in analyst.get(f"/organisations/{bank.pk}/").content.decode()
    answer = analyst.post(place, {"contact": contact, "text": public(key).replace("\n", "\r\n")}, follow=True)
    assert f"Kept: {fingerprint}" in answer.content.decode()
    shown = analyst.get(f"/organisations/{bank.pk}/").content.decode()
    assert fingerprint in shown
    assert "until" in shown
    analyst.post(place, {"contact": contact, "kind": "openpgp"})
    assert fingerprint not in analyst.get(place).content.decode()


def test_a_private_key_that_was_pasted_is_not_shown_again(bank: Organisation, analyst: Client) -> None:
    place, contact = f"/organisations/{bank.pk}/certificates/", Contact.objects.get(role="abuse").pk
    secret = str(openpgp())
    page = analyst.post(place, {"contact": contact, "text": secret}, follow=True).content.decode()
    assert "never send it to anybody" in page
    assert not any(line in page for line in secret.splitlines() if len(line) > 40)


def test_what_is_posted_wrong_is_told(bank: Organisation, analyst: Client) -> None:
    place = f"/organisations/{bank.pk}/certificates/"
    for given in ({}, {"contact": "x", "text": "y"}, {"contact": "1", "kind": "x"}, {"contact": "9", "kind": "smime"}):
        assert analyst.post(place, given, follow=True).status_code == 200
