"""Time stamps of a real authority: what they show, and each way in which one can be false."""

import random
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.core.ledger.test_verifier import KEY, TRUE, Ledger, leaf
from tests.stampserver import stamp_server
from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.timestamp import LARGEST, Authorities, read, request
from tutela.core.ledger.verdict import Outcome
from tutela.core.ledger.verifier import STAMPED_BY_THEN, TIME_IS_TOLD, stamped, verify

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here, which answers as an authority")

SOON = timedelta(minutes=2)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    return stamp_server(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def token(server):
    asked, _ = request(TRUE.head())
    return server.stamp(asked)


def test_a_stamp_tells_the_time_at_which_the_head_was_there(server):
    asked, nonce = request(TRUE.head())
    seen = Authorities.parse(server.root).saw(server.stamp(asked), TRUE.head(), nonce=nonce)
    assert seen.by == "Time of Tests"
    assert abs(seen.time - datetime.now(UTC)) < SOON


def test_a_stamp_over_something_else_is_refused(server, token):
    roots = Authorities.parse(server.root)
    with pytest.raises(Conflict, match="other bytes"):
        roots.saw(token, TRUE.head(5))
    with pytest.raises(Conflict, match="another request"):
        roots.saw(token, TRUE.head(), nonce=1)


def test_a_stamp_of_somebody_else_is_refused(tmp_path, token):
    other = stamp_server(tmp_path / "other")
    with pytest.raises(Conflict, match="not signed by an authority"):
        Authorities.parse(other.root).saw(token, TRUE.head())


def test_who_may_not_stamp_stamps_nothing(tmp_path, monkeypatch):
    """The same root has signed a certificate for a web server: that one cannot say when something was."""
    server = stamp_server(tmp_path / "web", usage=ExtendedKeyUsageOID.SERVER_AUTH)
    asked, _ = request(TRUE.head())
    (server.folder / "request").write_bytes(asked)
    with pytest.raises(Exception):  # noqa: B017, PT011 - openssl itself refuses to stamp with it
        server.stamp(asked)


def test_what_was_changed_says_nothing_else(server, token):
    """Whatever byte is changed: the same statement (what is not signed may change), or none."""
    roots, chance = Authorities.parse(server.root), random.Random(7)  # noqa: S311 - a seed, so that it can be repeated
    true = roots.saw(token, TRUE.head())
    refused = 0
    for _ in range(2_000):
        false = bytearray(token)
        false[chance.randrange(len(false))] ^= 1 << chance.randrange(8)
        try:
            assert roots.saw(bytes(false), TRUE.head()) == true
        except (BadInput, Conflict):
            refused += 1
    assert refused > 1_900


@pytest.mark.parametrize("data", [b"", b"\x30\x03\x02\x01\x00", b"no stamp", b"\x30" * 1000, b"0" * (LARGEST + 1)])
def test_what_is_no_stamp_is_told(data):
    with pytest.raises(BadInput):
        read(data)


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"x" * 2**22])
def test_what_is_no_certificate_is_told(pem):
    with pytest.raises(BadInput, match=r"certificate"):
        Authorities.parse(pem)


def told(verdict):
    return [(one.code, one.outcome) for one in verdict.statements if one.code in {"timestamp", "time"}]


def test_a_receipt_with_a_stamp_needs_nobody_to_believe_the_keeper(server, token):
    verdict = verify(TRUE.receipt(3), key=KEY, now=datetime.now(UTC) + timedelta(days=365 * 10))
    assert TIME_IS_TOLD in verdict.limits
    stamped(verdict, {"other.tsr": server.stamp(request(b"else")[0]), "r.tsr": token}, Authorities.parse(server.root))
    assert told(verdict) == [("timestamp", Outcome.PROVEN)]
    assert STAMPED_BY_THEN in verdict.limits
    assert TIME_IS_TOLD not in verdict.limits


def test_a_stamp_over_another_head_shows_nothing(server, token):
    verdict = verify(TRUE.receipt(3, size=5), key=KEY, now=datetime.now(UTC))
    stamped(verdict, {"r.tsr": token}, Authorities.parse(server.root))
    assert not verdict.ok
    assert told(verdict) == [("timestamp", Outcome.REFUTED)]
    assert TIME_IS_TOLD in verdict.limits


def test_an_entry_that_is_dated_after_its_stamp_is_false(server):
    ledger = Ledger([leaf(0).replace(b"2026-11-22", b"2999-11-22")])
    verdict = verify(ledger.receipt(0), key=KEY, now=datetime(3000, 1, 1, tzinfo=UTC))
    stamped(verdict, {"r.tsr": server.stamp(request(ledger.head())[0])}, Authorities.parse(server.root))
    assert told(verdict) == [("timestamp", Outcome.PROVEN), ("time", Outcome.REFUTED)]
