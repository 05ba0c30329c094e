"""Notices that are signed and encrypted, read back from a real mail server by the libraries and by gpg and openssl."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der
from django.utils import timezone
from pysequoia import Cert, Sig, Tsk, decrypt, verify

from tests.apps.notices.conftest import SENDER
from tests.mailkeys import KIM, elliptic, openpgp, own_file, public, smime
from tutela.apps.constituency.models import Contact
from tutela.apps.findings.models import Finding
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.notices import actions, keys
from tutela.apps.notices.models import Notice
from tutela.core.actor import SYSTEM, Viewer
from tutela.core.errors import NotAllowed, WrongUse
from tutela.core.rights import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from tests.mailserver import Mailbox

pytestmark = pytest.mark.django_db(transaction=True)

US = "notices@csirt.example"


@dataclass
class House:
    """The keys of the authority: files, and what verifies what they sign."""

    openpgp: Tsk
    smime: Any
    openpgp_file: Path
    smime_file: Path

    def keys(self, *, openpgp: bool = True, smime: bool = True) -> keys.Keys:
        return keys.load(self.openpgp_file if openpgp else None, self.smime_file if smime else None, datetime.now(UTC))

    def verified(self, content: bytes, signature: bytes) -> None:
        verify(content, lambda _ids: [self.openpgp.extract_certificate()], signature=Sig.from_bytes(signature))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("keys")
    ours, certificate = openpgp(US), smime(US, key=elliptic())
    pem = certificate.private + certificate.text.encode()
    return House(ours, certificate, own_file(folder / "key.asc", str(ours)), own_file(folder / "key.pem", pem))


@pytest.fixture
def told(found: Any, compose: Any) -> Finding:
    one: Finding = found(asset_key="192.0.2.7")
    compose()
    return one


def give(**certificates: str) -> None:
    Contact.objects.filter(organisation_id="bank", role="abuse").update(**certificates)


def parsed(data: bytes) -> EmailMessage:
    mail: Any = message_from_bytes(data, policy=policy.SMTP)
    return mail  # type: ignore[no-any-return]


def pieces(raw: bytes) -> list[bytes]:
    """The parts of a multipart mail, byte for byte."""
    boundary = parsed(raw).get_boundary()
    assert boundary
    mark = f"\r\n--{boundary}".encode()
    first = raw.index(f"--{boundary}\r\n".encode()) - 2
    return [piece.removeprefix(b"\r\n") for piece in raw[first:].split(mark)[1:-1]]


def body_of(piece: bytes) -> bytes:
    return parsed(piece).get_payload(decode=True)  # type: ignore[return-value]


def reads_as_a_notice(content: bytes) -> None:
    """What a reader gets in the end: text, file, and the header as it was meant."""
    mail = parsed(content)
    text, file, *_receipt = mail.iter_parts()
    notice = Notice.objects.get()
    assert text.get_content().replace("\r\n", "\n").splitlines()[:8] == notice.body.splitlines()[:8]
    assert file.get_filename() == "findings.csv"
    assert "192.0.2.7" in file.get_content()
    assert (mail["Subject"], mail["From"], mail["Message-ID"]) == (
        notice.subject,
        SENDER,
        f"<{notice.pk}@csirt.example>",
    )


def hides_what_is_told(raw: bytes) -> None:
    notice = Notice.objects.get()
    head = parsed(raw)
    assert head["Subject"] == f"Notice {notice.pk.hex[:12]}"
    assert head["Message-ID"] == f"<{notice.pk}@csirt.example>"
    assert head["Content-Language"] is None
    for word in ("192.0.2.7", "findings", "security", "TLP:"):
        assert word.encode() not in raw


def test_without_keys_it_goes_out_as_ever(told: Any, send: Any, mailbox: Mailbox) -> None:
    assert send() == actions.Sent(sent=1)
    (mail,) = mailbox.mails
    assert mail.get_content_type() == "multipart/mixed"
    notice = Notice.objects.get()
    assert (notice.signed_by, notice.encrypted_to) == ("", "")


def test_signed_with_openpgp(told: Any, send: Any, mailbox: Mailbox, house: House) -> None:
    assert send(keys=house.keys(smime=False)) == actions.Sent(sent=1)
    (raw,) = mailbox.raw
    head = parsed(raw)
    assert head.get_content_type() == "multipart/signed"
    assert head["Content-Type"].params["micalg"] == "pgp-sha512"
    content, signature = pieces(raw)
    reads_as_a_notice(content)
    assert max(content) < 128
    house.verified(content, body_of(signature))
    with pytest.raises(RuntimeError):
        house.verified(content.replace(b"mixed", b"mixes"), body_of(signature))
    assert Notice.objects.get().signed_by == house.openpgp.extract_certificate().fingerprint.upper()


def test_encrypted_and_signed_with_openpgp(told: Any, send: Any, mailbox: Mailbox, house: House) -> None:
    theirs = openpgp()
    give(openpgp=public(theirs), smime=smime().text)
    assert send(keys=house.keys()) == actions.Sent(sent=1)
    (raw,) = mailbox.raw
    assert parsed(raw).get_content_type() == "multipart/encrypted"
    hides_what_is_told(raw)
    version, message = pieces(raw)
    assert body_of(version).strip() == b"Version: 1"
    opened = decrypt(body_of(message), theirs.decryptor(), store=lambda _ids: [house.openpgp.extract_certificate()])
    assert opened.bytes is not None
    reads_as_a_notice(opened.bytes)
    assert [one.certificate for one in opened.valid_sigs] == [house.openpgp.extract_certificate().fingerprint]
    inner = parsed(opened.bytes)
    assert inner["Content-Type"].params["hp"] == "cipher"
    assert f"Subject: {parsed(raw)['Subject']}" in inner.get_all("HP-Outer", [])
    notice = Notice.objects.get()
    assert notice.encrypted_to == theirs.extract_certificate().fingerprint.upper()
    assert theirs.extract_certificate().fingerprint.upper() in LedgerEntry.objects.get(action="notices.send").leaf


def test_what_was_changed_on_its_way_is_not_opened(told: Any, send: Any, mailbox: Mailbox, house: House) -> None:
    theirs = openpgp()
    give(openpgp=public(theirs))
    send(keys=house.keys())
    message = bytearray(body_of(pieces(mailbox.raw[0])[1]))
    place = len(message) // 2
    message[place] = ord("A") if message[place] != ord("A") else ord("B")
    with pytest.raises(RuntimeError):
        decrypt(bytes(message), theirs.decryptor())


def test_signed_with_smime(told: Any, send: Any, mailbox: Mailbox, house: House, tmp_path: Path) -> None:
    assert send(keys=house.keys()) == actions.Sent(sent=1)
    (raw,) = mailbox.raw
    assert parsed(raw)["Content-Type"].params["protocol"] == "application/pkcs7-signature"
    content, _signature = pieces(raw)
    reads_as_a_notice(content)
    assert (
        Notice.objects.get().signed_by
        == house.smime.certificate.fingerprint(house.smime.certificate.signature_hash_algorithm).hex().upper()
    )
    assert openssl_verifies(raw, house, tmp_path) == content
    assert openssl_verifies(raw.replace(b"multipart/mixed", b"multipart/mixes"), house, tmp_path) is None


def test_encrypted_and_signed_with_smime(told: Any, send: Any, mailbox: Mailbox, house: House, tmp_path: Path) -> None:
    theirs = smime()
    give(smime=theirs.text)
    assert send(keys=house.keys()) == actions.Sent(sent=1)
    (raw,) = mailbox.raw
    assert parsed(raw)["Content-Type"].params["smime-type"] == "enveloped-data"
    hides_what_is_told(raw)
    opened = pkcs7_decrypt_der(body_of(raw), theirs.certificate, theirs.key, [])
    content, _signature = pieces(opened)
    reads_as_a_notice(content)
    key, mail = own_file(tmp_path / "theirs.pem", theirs.private + theirs.text.encode()), tmp_path / "mail"
    mail.write_bytes(raw)
    again = openssl("-decrypt", "-in", str(mail), "-recip", str(key), "-inkey", str(key))
    assert again.stdout == opened
    assert openssl_verifies(opened, house, tmp_path) == content


def openssl(*given: str) -> subprocess.CompletedProcess[bytes]:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not on this machine")
    return subprocess.run(["openssl", "cms", *given], capture_output=True, check=False)


def openssl_verifies(raw: bytes, house: House, folder: Path) -> bytes | None:
    """What openssl read under a signature that it found good, None where it did not."""
    known, mail = folder / "known.pem", folder / "signed"
    known.write_text(house.smime.text)
    mail.write_bytes(raw)
    done = openssl("-verify", "-in", str(mail), "-CAfile", str(known), "-purpose", "smimesign")
    return done.stdout if done.returncode == 0 else None


@pytest.fixture
def gpg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not shutil.which("gpg"):
        pytest.skip("gpg is not on this machine")
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)

    def run(*given: str, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", "", *given]
        return subprocess.run(command, input=said, capture_output=True, check=False)

    yield run
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, env=dict(os.environ))


@pytest.mark.parametrize("algorithm", ["future-default", "rsa3072"])
def test_gpg_opens_it_and_finds_the_signature_good(
    told: Any, send: Any, mailbox: Mailbox, house: House, gpg: Any, algorithm: str
) -> None:
    made = gpg("--quick-gen-key", f"Kim <{KIM}>", algorithm, "default", "1y")
    assert made.returncode == 0, made.stderr
    if algorithm == "rsa3072":  # as many have it: first one that is over, then one in use
        lines = gpg("--with-colons", "--list-keys", KIM).stdout.decode().splitlines()
        primary = next(line.split(":")[9] for line in lines if line.startswith("fpr"))
        gpg("--quick-add-key", primary, algorithm, "encr", "seconds=1")
        gpg("--quick-add-key", primary, algorithm, "encr", "1y")
    give(openpgp=gpg("--armor", "--export", KIM).stdout.decode())
    gpg("--import", said=public(house.openpgp).encode())
    assert send(keys=house.keys()) == actions.Sent(sent=1)
    opened = gpg("--status-fd", "2", "--decrypt", said=body_of(pieces(mailbox.raw[0])[1]))
    assert b"GOODSIG" in opened.stderr
    reads_as_a_notice(opened.stdout)


def test_gpg_finds_a_detached_signature_good(
    told: Any, send: Any, mailbox: Mailbox, house: House, gpg: Any, tmp_path: Path
) -> None:
    gpg("--import", said=public(house.openpgp).encode())
    send(keys=house.keys(smime=False))
    content, signature = pieces(mailbox.raw[0])
    file, other = tmp_path / "content.asc", tmp_path / "content"
    file.write_bytes(body_of(signature))
    other.write_bytes(content)
    assert b"GOODSIG" in gpg("--status-fd", "2", "--verify", str(file), str(other)).stderr
    other.write_bytes(content + b"x")
    assert b"BADSIG" in gpg("--status-fd", "2", "--verify", str(file), str(other)).stderr


def expired() -> str:
    return smime(begins=datetime.now(UTC) - timedelta(days=9), days=3).text


def test_where_the_key_cannot_be_used_the_notice_is_held(told: Finding, send: Any, mailbox: Mailbox) -> None:
    give(smime=expired())
    assert send() == actions.Sent(held=1)
    assert send() == actions.Sent(), "not before its time"
    look_again()
    assert send() == actions.Sent(held=1)
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts, notice.leased_until) == ("held", 0, None)
    assert "expired on" in notice.error
    assert not mailbox.raw
    assert Finding.objects.get(pk=told.pk).state == "new"
    assert LedgerEntry.objects.filter(action="notices.hold").count() == 1


def look_again() -> None:
    Notice.objects.update(next_try=timezone.now() - timedelta(seconds=1))


def test_a_key_that_was_mended_lets_it_go(told: Any, send: Any, mailbox: Mailbox) -> None:
    give(smime=expired())
    send()
    give(openpgp=public(openpgp()))
    look_again()
    assert send() == actions.Sent(sent=1)
    assert parsed(mailbox.raw[0]).get_content_type() == "multipart/encrypted"


def test_a_person_with_the_right_lets_it_go_in_clear(told: Any, send: Any, mailbox: Mailbox, ground: Any) -> None:
    give(smime=expired())
    send()
    notice = Notice.objects.get()
    given = {"notices": [notice.pk], "now": timezone.now(), **ground}
    with pytest.raises(NotAllowed):
        actions.send_in_clear(viewer=Viewer(SYSTEM, role=Role.AUDITOR), **given)
    assert actions.send_in_clear(viewer=Viewer(SYSTEM, ("clinic",), role=Role.ANALYST), **given) == 0
    assert actions.send_in_clear(viewer=Viewer(SYSTEM, role=Role.ANALYST), **given) == 1
    assert LedgerEntry.objects.filter(action="notices.send-in-clear").count() == 1
    assert send() == actions.Sent(sent=1)
    assert "192.0.2.7" in next(iter(mailbox.mails[0].iter_parts())).get_content()


def test_to_take_the_certificate_away_lets_nothing_go_that_is_held(told: Any, send: Any, mailbox: Mailbox) -> None:
    give(smime=expired())
    send()
    give(smime="")
    look_again()
    assert send() == actions.Sent(held=1)
    assert "was taken away" in Notice.objects.get().error
    assert not mailbox.raw


def test_what_is_held_can_be_written_anew(told: Any, compose: Any, send: Any, mailbox: Mailbox, ground: Any) -> None:
    give(smime=expired())
    send()
    held = Notice.objects.get()
    Contact.objects.filter(organisation_id="bank", role="abuse").update(email="new@bank.example", smime="")
    assert actions.renew(notices=[held.pk], **ground) == 1
    assert compose() == actions.Composed(1, 1)
    assert send() == actions.Sent(sent=1)
    assert mailbox.mails[0]["To"].addresses[0].addr_spec == "new@bank.example"


def test_what_is_held_is_withdrawn_when_it_is_not_so_any_more(told: Finding, send: Any, mailbox: Mailbox) -> None:
    give(smime=expired())
    send()
    Finding.objects.filter(pk=told.pk).update(state="closed")
    look_again()
    assert send() == actions.Sent(withdrawn=1)


def test_a_mailbox_has_its_key_in_every_role(told: Any, send: Any, mailbox: Mailbox) -> None:
    Contact.objects.filter(organisation_id="clinic", role="technical").update(
        email=KIM.upper(), openpgp=public(openpgp())
    )
    assert send() == actions.Sent(sent=1)
    assert parsed(mailbox.raw[0]).get_content_type() == "multipart/encrypted"


def test_a_key_that_cannot_be_read_any_more_is_no_reason_to_send_in_clear(
    told: Any, send: Any, mailbox: Mailbox
) -> None:
    give(openpgp="was a key once")
    assert send() == actions.Sent(held=1)
    assert not mailbox.raw


def test_in_doubt_it_is_sealed_anew_under_the_same_message_id(
    told: Any, send: Any, mailbox: Mailbox, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(openpgp=public(openpgp()))
    tried: list[bytes] = []

    def breaks(self: Any, mail: bytes) -> tuple[int, bytes]:
        tried.append(mail)
        self.close()
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr("smtplib.SMTP.data", breaks)
        assert send(keys=house.keys()) == actions.Sent(deferred=1)
    look_again()
    assert send(keys=house.keys()) == actions.Sent(sent=1)
    assert Notice.objects.get().doubtful
    name = f"<{Notice.objects.get().pk}@csirt.example>"
    assert {parsed(raw)["Message-ID"] for raw in (*tried, *mailbox.raw)} == {name}
    assert tried != mailbox.raw


def test_own_keys_that_cannot_be_used_are_told_and_nothing_of_them(tmp_path: Path, house: House) -> None:
    now = datetime.now(UTC)
    old = smime(US, begins=now - timedelta(days=9), days=3)
    other = smime(US)
    weak = smime(US, bits=1024)
    wrong: dict[str, bytes | str] = {
        "holds no private key": other.text,
        "holds no certificate": other.private,
        "expired on": old.private + old.text.encode(),
        "is not that of the key": other.private + old.text.encode(),
        "1024 bits": weak.private + weak.text.encode(),
    }
    for said, content in wrong.items():
        with pytest.raises(WrongUse, match=said) as raised:
            keys.load(None, own_file(tmp_path / "own.pem", content), now)
        assert "BEGIN" not in str(raised.value)
        assert str(tmp_path) in str(raised.value)
    with pytest.raises(WrongUse, match="holds no secret key that signs"):
        keys.load(own_file(tmp_path / "own.asc", public(house.openpgp)), None, now)
    open_to_all = own_file(tmp_path / "open.asc", str(house.openpgp))
    open_to_all.chmod(0o644)
    with pytest.raises(WrongUse, match="chmod 600"):
        keys.load(open_to_all, None, now)
    with pytest.raises(WrongUse, match="no such file"):
        keys.load(tmp_path / "none", None, now)
    past = Tsk.from_bytes(str(openpgp(US, validity_seconds=60)).encode())
    with pytest.raises(WrongUse, match="expired on"):
        keys.load(own_file(tmp_path / "past.asc", str(past)), None, now + timedelta(hours=1))
    assert Cert.from_bytes(public(past).encode()).expiration is not None
