from datetime import UTC, datetime, timedelta

import pytest

from tests.core.ledger.test_verifier import KEY, LOG, NOW, TRUE
from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.cosignature import Witness, WitnessSigner, made
from tutela.core.ledger.note import Note, Signature, Verifier, parse
from tutela.core.ledger.verdict import Outcome
from tutela.core.ledger.verifier import ONE_VIEW, SEEN_BY_THEN, TIME_IS_TOLD, verify, witnessed

SIGNER = made(b"9" * 32)
WITNESS = SIGNER.witness()


def cosigned(data, signer=SIGNER, now=NOW):
    """A checkpoint, or a receipt under one, with the line of a witness at its end."""
    note = parse(data[data.index(LOG.name.encode()) :])
    return data + signer.cosign(note.text, now).line().encode()


def test_keys_are_read_as_they_were_written():
    assert Witness.parse(str(WITNESS)) == WITNESS
    assert WitnessSigner.parse(SIGNER.private_text()) == SIGNER
    assert "9999" not in repr(SIGNER)


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AAAA", str(KEY), str(WITNESS)[:-1], SIGNER.private_text()])
def test_what_is_no_key_of_a_witness_is_refused(text):
    with pytest.raises(BadInput):
        Witness.parse(text)


def test_a_key_of_a_witness_is_none_of_a_log_and_the_other_way_round():
    with pytest.raises(BadInput, match="kind 1"):
        Verifier.parse(str(WITNESS))
    with pytest.raises(BadInput, match="kind 4"):
        Witness.parse(str(KEY))
    with pytest.raises(BadInput):
        WitnessSigner.parse(LOG.private_text())


def test_the_witness_says_what_it_saw_and_when():
    data = cosigned(TRUE.head())
    assert WITNESS.saw(parse(data)) == NOW
    assert WITNESS.saw(parse(TRUE.head())) is None
    assert Witness("other", WITNESS.public).saw(parse(data)) is None


def test_its_form_is_that_of_the_specification():
    line = SIGNER.cosign("log\n0\nAAAA\n", datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC))
    assert len(line.signature) == 72
    assert line.signature[:8] == b"\x00" * 7 + b"\x05"


@pytest.mark.parametrize(
    "change", [lambda raw: raw[:7] + b"\x01" + raw[8:], lambda raw: raw[:-1], lambda raw: b"\xff" * 72]
)
def test_a_changed_cosignature_is_told(change):
    note = parse(cosigned(TRUE.head()))
    line = note.signatures[1]
    with pytest.raises(Conflict, match="cosignature"):
        WITNESS.saw(Note(note.text, (Signature(line.name, line.key_id, change(line.signature)),)))


def outcome(data, *witnesses):
    verdict = verify(data, key=KEY, now=NOW)
    witnessed(verdict, witnesses)
    return [(one.code, one.outcome) for one in verdict.statements if one.code in {"cosignature", "time"}]


def test_of_a_receipt_it_is_said_who_saw_its_head():
    data = cosigned(TRUE.receipt(3))
    assert outcome(data) == []
    assert outcome(data, WITNESS) == [("cosignature", Outcome.PROVEN)]
    verdict = verify(data, key=KEY, now=NOW)
    assert TIME_IS_TOLD in verdict.limits
    witnessed(verdict, [WITNESS])
    assert SEEN_BY_THEN in verdict.limits
    assert not {TIME_IS_TOLD, ONE_VIEW} & set(verdict.limits)
    assert outcome(TRUE.receipt(3), WITNESS) == [("cosignature", Outcome.OPEN)]
    other = cosigned(TRUE.receipt(3)[: -len(TRUE.head())] + TRUE.head(), made(b"8" * 32))
    assert outcome(other, WITNESS) == [("cosignature", Outcome.OPEN)]
    moved = TRUE.receipt(3) + cosigned(TRUE.head(5))[len(TRUE.head(5)) :]
    assert outcome(moved, WITNESS) == [("cosignature", Outcome.REFUTED)]


def test_an_entry_that_is_dated_after_it_was_seen_is_caught():
    early = cosigned(TRUE.receipt(3), now=NOW - timedelta(days=3))
    assert outcome(early, WITNESS) == [("cosignature", Outcome.PROVEN), ("time", Outcome.REFUTED)]
