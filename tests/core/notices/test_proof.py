import hashlib

import pytest

from tutela.core.notices.proof import hashes, plain

TEXT = "Hello\n\nhttps://tutela.example/notices/answer/claim/\nhttps://tutela.example/notices/1/\n"


@pytest.mark.parametrize(
    "same",
    [
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("answer/claim/", "answer/eyJub3RpY2Ui:1vN:x-Y_z/"),
        TEXT + "\n\n",
        TEXT.replace("Hello", "Hello  "),
    ],
)
def test_what_mail_changes_makes_no_difference(same):
    assert plain(same) == plain(TEXT)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("Hello", "hello"),
        TEXT.replace("tutela.example/notices/answer", "evil.example/notices/answer"),
        TEXT.replace("notices/1/", "notices/2/"),
        TEXT + "one line more",
        TEXT.replace("\n\n", "\n"),
    ],
)
def test_what_a_person_changes_makes_one(other):
    assert plain(other) != plain(TEXT)


def test_the_file_is_compared_byte_for_byte():
    assert hashes(TEXT, "a,b\r\n")["file"] == hashlib.sha256(b"a,b\r\n").hexdigest()
