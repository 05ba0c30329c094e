"""Signed notes against the reference vectors of the format and against everything that it refuses."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.note import Signer, Verifier, parse, sign

# The example of the reference implementation (Go, golang.org/x/mod/sumdb/note).
SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
# The example of the C2SP specification.
SPECIFIED = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPECIFIED_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
ONE, TWO = Signer("log.example/one", b"1" * 32), Signer("log.example/two", b"2" * 32)


def test_the_reference_note_is_made_byte_for_byte():
    signer = Signer.parse(SIGNER)
    assert str(signer.verifier()) == VERIFIER
    assert signer.private_text() == SIGNER
    assert str(sign(TEXT, [signer])) == TEXT + "\n" + LINE


@pytest.mark.parametrize(("verifier", "note"), [(VERIFIER, f"{TEXT}\n{LINE}"), (SPECIFIED, SPECIFIED_NOTE)])
def test_published_notes_are_verified(verifier, note):
    log = Verifier.parse(verifier)
    assert str(log) == verifier
    assert parse(note.encode()).verified_by([log]) == (log.name,)
    assert str(parse(note.encode())) == note


def test_the_private_key_is_never_shown():
    assert "1111" not in repr(ONE) + str(ONE)
    assert base64.b64encode(b"1" * 32).decode()[:20] not in repr(ONE) + str(ONE)


def test_signatures_of_unknown_keys_are_kept_and_ignored():
    note = parse(str(sign("text\n", [ONE, TWO])).encode())
    assert note.verified_by([TWO.verifier()]) == (TWO.name,)
    assert [signature.name for signature in note.signatures] == [ONE.name, TWO.name]
    with pytest.raises(Conflict, match="No known key"):
        note.verified_by([Signer("other.example", b"3" * 32).verifier()])


def test_a_false_signature_of_a_known_key_refuses_the_whole_note():
    note = str(sign("text\n", [ONE, TWO])).replace("text\n", "test\n", 1)
    with pytest.raises(Conflict, match="not over this text"):
        parse(note.encode()).verified_by([TWO.verifier()])


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=40), st.integers(0, 200))
def test_any_text_survives_and_any_change_of_it_shows(text, place):
    whole = str(sign(text + "\n", [ONE])).encode()
    note = parse(whole)
    assert note.text == text + "\n"
    note.verified_by([ONE.verifier()])
    place %= len(whole)
    changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    with pytest.raises((BadInput, Conflict)):
        parse(changed).verified_by([ONE.verifier()])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n" + LINE.encode()[:-1],
        b"text\n\n" + LINE.encode().replace("—".encode(), b"-"),
        b"text\n\n" + "— name\n".encode(),
        b"text\n\n" + "— name AAAA\n".encode(),
        b"text\n\n" + "— na+me AAAAAAAA\n".encode(),
        b"text\n\n" + "— name !!!!\n".encode(),
        b"text\n\n" + "— name AAAAAAAAAB==\n".encode(),
        b"te\txt\n\n" + LINE.encode(),
        b"te\xffxt\n\n" + LINE.encode(),
        b"text\n\n" + LINE.encode() * 101,
        b"x" * (2**20 + 1),
    ],
)
def test_what_is_no_note_is_refused(data):
    with pytest.raises(BadInput):
        parse(data)


@pytest.mark.parametrize("text", ["no newline", "control\x07\n", ""])
def test_what_no_note_may_hold_is_not_signed(text):
    with pytest.raises(BadInput):
        sign(text, [ONE])


@pytest.mark.parametrize(
    "key",
    ["", "name", "name+c74f20a3+AAAA", VERIFIER.replace("c74f20a3", "c74f20a4"), VERIFIER[:-4], "a b" + VERIFIER[12:]],
)
def test_false_verifier_keys_are_refused(key):
    with pytest.raises(BadInput):
        Verifier.parse(key)


@pytest.mark.parametrize("key", ["", VERIFIER, SIGNER.replace("c74f20a3", "c74f20a4"), "PRIVATE+KEY+a+b"])
def test_false_signing_keys_are_refused(key):
    with pytest.raises(BadInput):
        Signer.parse(key)
    with pytest.raises(BadInput):
        Signer("a name", b"1" * 32)
