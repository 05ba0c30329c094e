"""What is taken as a certificate, and what is said of what is not."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as some
from pysequoia import Cert, CipherSuite
from pysequoia.packet import PacketPile

from tests.mailkeys import KIM, elliptic, openpgp, public, smime
from tutela.core.mailkeys.certificate import Certificate, Kind
from tutela.core.mailkeys.reading import certificate, of_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from pysequoia import Tsk

NOW = datetime.now(UTC)


def stripped(key: Tsk, packets: int) -> str:
    return str(Cert.from_packets(list(PacketPile.from_bytes(bytes(key.extract_certificate())))[:packets]))


def revoked(key: Tsk) -> str:
    found = key.extract_certificate()
    return str(Cert.from_bytes(bytes(found) + bytes(found.revoke(key.certifier()))))


def refused(text: str) -> str:
    with pytest.raises(ValueError, match=r"\w") as raised:
        certificate(text)
    return str(raised.value)


def test_an_openpgp_certificate() -> None:
    key = openpgp(validity_seconds=86_400)
    found = certificate(f"\n{public(key)}\n")
    assert (found.kind, found.addresses, found.fault(datetime.now(UTC))) == (Kind.OPENPGP, (KIM,), "")
    assert found.fingerprint == key.extract_certificate().fingerprint.upper()
    assert found.readable.replace(" ", "") == found.fingerprint
    assert found.fault(NOW + timedelta(days=2)).startswith("expired on")
    assert found.is_ending(NOW)
    assert certificate(found.text) == found, "what is kept reads as what was given"


def test_an_smime_certificate() -> None:
    made = smime()
    found = certificate(made.text)
    assert (found.kind, found.addresses, found.fault(NOW)) == (Kind.SMIME, (KIM,), "")
    assert found.fault(NOW + timedelta(days=400)).startswith("expired on")
    assert found.fault(NOW - timedelta(days=9)).startswith("is not valid before")
    assert not found.is_ending(NOW)
    assert certificate(found.text) == found


PRIVATE: dict[str, Callable[[], str]] = {
    "openpgp": lambda: str(openpgp()),
    "smime": lambda: str(smime().private, "ascii"),
    "both": lambda: smime().text + smime().private.decode(),
}


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_key_is_refused_with_a_word_to_its_owner_and_not_repeated(name: str) -> None:
    text = PRIVATE[name]()
    said = refused(text)
    assert "never send it to anybody" in said
    assert not any(line in said for line in text.splitlines() if len(line) > 40)


def test_a_private_key_under_a_false_name_is_found() -> None:
    assert "never send it" in refused(str(openpgp()).replace("PRIVATE KEY", "PUBLIC KEY"))


NONE: dict[str, tuple[Callable[[], str], str]] = {
    "empty": (lambda: "", "is no certificate"),
    "text": (lambda: "192.0.2.1", "is no certificate"),
    "letters": (lambda: "\N{LATIN SMALL LETTER E WITH ACUTE}" * 9, "is no certificate as text"),
    "large": (lambda: "x" * 70_000, "is longer than 64 KiB"),
    "openpgp cut": (lambda: public(openpgp())[:300], "was not copied whole"),
    "smime cut": (lambda: smime().text[:300], "was not copied whole"),
    "two smime": (lambda: smime().text + smime().text, "several certificates"),
    "openpgp end cut": (lambda: public(openpgp(cipher_suite=CipherSuite.RSA2k))[:-90], "was not copied whole"),
    "weak": (lambda: smime(bits=1024).text, "1024 bits"),
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_none_is_said(name: str) -> None:
    text, said = NONE[name]
    assert said in refused(text())


FAULTS: dict[str, tuple[Callable[[], str], str]] = {
    "revoked": (lambda: revoked(openpgp()), "is revoked"),
    "signs only": (lambda: stripped(openpgp(), 4), "has no key for encryption"),
    "elliptic": (lambda: smime(key=elliptic()).text, "has no RSA key"),
    "usage": (lambda: smime(usage=False).text, "has no key for encryption"),
    "server": (lambda: smime(purpose=ExtendedKeyUsageOID.SERVER_AUTH).text, "is not made for mail"),
    "over": (lambda: smime(begins=NOW - timedelta(days=9), days=3).text, "expired on"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_nothing_can_be_encrypted_to_says_why(name: str) -> None:
    text, said = FAULTS[name]
    assert said in certificate(text()).fault(NOW)


def test_a_certificate_for_another_address_is_told() -> None:
    found = certificate(smime("cert@bank.example").text)
    assert found.stranger("CERT@bank.example") == ""
    assert found.stranger(KIM) == f"does not name {KIM}, but cert@bank.example"


def test_one_kind_is_not_the_other() -> None:
    with pytest.raises(ValueError, match=r"of S/MIME, not of OpenPGP"):
        of_kind(Kind.OPENPGP, smime().text)


@cache
def made(kind: str) -> str:
    return public(openpgp()) if kind == "openpgp" else smime().text


@given(some.sampled_from(["openpgp", "smime"]), some.integers(0, 400), some.text(max_size=3))
def test_whatever_is_changed_is_read_or_refused_in_words(kind: str, place: int, with_: str) -> None:
    text = made(kind)
    said = ""
    try:
        assert isinstance(certificate(text[:place] + with_ + text[place + 1 :]), Certificate)
    except ValueError as error:
        said = str(error)
    assert "backtrace" not in said
    assert len(said) < 300


def test_a_key_for_encryption_that_gpg_revoked_is_not_used(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not shutil.which("gpg"):
        pytest.skip("gpg is not on this machine")
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)

    def gpg(*given: str, said: bytes = b"") -> str:
        common = ["--homedir", str(home), "--no-tty", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
        return subprocess.run(["gpg", *common, *given], input=said, capture_output=True, check=False).stdout.decode()

    gpg("--batch", "--quick-gen-key", f"Kim <{KIM}>", "ed25519", "sign", "0")
    listed = gpg("--with-colons", "--list-keys").splitlines()
    primary = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
    gpg("--batch", "--quick-add-key", primary, "cv25519", "encr", "1y")
    assert certificate(gpg("--armor", "--export", primary)).fault(datetime.now(UTC)) == ""
    gpg("--command-fd", "0", "--edit-key", primary, said=b"key 1\nrevkey\ny\n1\n\ny\nsave\n")
    assert "has no key for encryption" in certificate(gpg("--armor", "--export", primary)).fault(datetime.now(UTC))
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
