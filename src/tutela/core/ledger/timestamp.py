"""Time stamps of others (RFC 3161) over heads of the ledger: that a head was there by then, by another's clock.

A time-stamping authority signs the hash of the bytes that it is sent, and the time. What is sent is a signed checkpoint
as it lies on disk, so that anybody can check it with other tools too: ``openssl ts -verify -data checkpoint -in
checkpoint.tsr -CAfile roots.pem``. The CMS within is read and verified by rfc3161-client.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from tutela.core.errors import BadInput, Conflict

LARGEST: Final = 64 * 2**10
"""Bytes of the largest time stamp that is read: a few certificates and a signature."""
_MOST_ROOTS: Final = 500
_LARGEST_ROOTS: Final = 2 * 2**20


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a time stamp says: the time (UTC), and the name of who says it."""

    time: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Authorities:
    """The root certificates of the time-stamping authorities that somebody trusts."""

    roots: tuple[x509.Certificate, ...]

    @classmethod
    def parse(cls, pem: bytes) -> Authorities:
        """From PEM; raises BadInput."""
        remedy = "Give the root certificates of the time-stamping authority, in PEM."
        if len(pem) > _LARGEST_ROOTS:
            raise BadInput("The certificates are more than 2 MiB.", remedy=remedy)
        try:
            roots = dict.fromkeys(x509.load_pem_x509_certificates(pem))
        except ValueError as error:
            raise BadInput("There is no certificate in it.", remedy=remedy) from error
        if len(roots) > _MOST_ROOTS:
            raise BadInput(f"There are more than {_MOST_ROOTS} certificates in it.", remedy=remedy)
        return cls(tuple(roots))

    def saw(self, token: bytes, signed: bytes, *, nonce: int | None = None) -> Stamped:
        """What the time stamp (a DER TimeStampResp) says of these bytes.

        The certificates must have been good at the time that it tells (RFC 3161, 4.3). ``nonce``: of the request that
        it answers. Raises BadInput where it is none, Conflict where it is over other bytes or by nobody of these.
        """
        answer = read(token)
        verifier = VerifierBuilder(roots=list(self.roots), nonce=nonce).build()
        try:
            verifier.verify_message(answer, signed)
        except (VerificationError, ValueError) as error:
            raise Conflict(_why(str(error))) from error
        return Stamped(_time(answer), _name(answer))


def request(signed: bytes) -> tuple[bytes, int | None]:
    """What to ask an authority (DER TimeStampReq with SHA-256 of the bytes, and a nonce), and the nonce."""
    asked = TimestampRequestBuilder(data=signed, hash_algorithm=HashAlgorithm.SHA256).build()
    return asked.as_bytes(), asked.nonce


def told(token: bytes) -> datetime:
    """The time that a time stamp tells, whoever signed it; raises BadInput where it is none."""
    return _time(read(token))


def read(token: bytes) -> TimeStampResponse:
    """An answer of an authority; raises BadInput where it is none, or says no."""
    remedy = "Is this the answer of a time-stamping authority (.tsr)?"
    if len(token) > LARGEST:
        raise BadInput(f"The time stamp has more than {LARGEST >> 10} KiB.", remedy=remedy)
    try:
        answer = decode_timestamp_response(token)
        said = ", ".join(answer.status_string)
        granted = answer.status == 0
        if granted:
            _time(answer)
    except (ValueError, OverflowError) as error:
        raise BadInput("It is no time stamp.", remedy=remedy) from error
    if not granted:
        raise BadInput(f"The authority gave no time stamp (status {answer.status}{said and ': '}{said}).")
    return answer


def _why(said: str) -> str:
    """What the library says, for people: it tells of the inside of OpenSSL else."""
    known = {
        "Error while verifying": "It was not signed by an authority whose root certificate was given, or was changed.",
        "Mismatch between": "It is over other bytes.",
        "Nonce mismatch": "It answers another request.",
    }
    return next((told for begin, told in known.items() if said.startswith(begin)), f"It does not hold: {said}")


def _time(answer: TimeStampResponse) -> datetime:
    moment = answer.tst_info.gen_time
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _name(answer: TimeStampResponse) -> str:
    """The common name of who signed, as its certificate has it."""
    (signer,) = answer.signed_data.signer_infos
    for der in answer.signed_data.certificates:
        one = x509.load_der_x509_certificate(der)
        if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number):
            names = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return str(names[0].value) if names else one.subject.rfc4514_string()
    return "the authority"
