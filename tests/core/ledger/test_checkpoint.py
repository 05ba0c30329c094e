import base64

import pytest

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.checkpoint import Checkpoint, empty, number, open_checkpoint, read
from tutela.core.ledger.note import Signer, sign

LOG = Signer("example.com/behind-the-sofa", b"7" * 32)
ROOT = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
# The text of the example in the specification.
TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_the_text_is_that_of_the_specification():
    head = Checkpoint("example.com/behind-the-sofa", 20852163, ROOT)
    assert head.text() == TEXT
    assert read(TEXT) == head
    assert open_checkpoint(str(head.signed(LOG)).encode(), LOG.verifier()) == head


def test_the_empty_tree_has_a_checkpoint():
    assert read(empty("a").text()).size == 0


def test_extension_lines_are_accepted():
    assert read(TEXT + "something\n").size == 20852163


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT.replace("20852163", "020852163"),
        TEXT.replace("20852163", "-1"),
        TEXT.replace("20852163", "2e3"),
        TEXT.replace("CsUY", ""),
        "a\n0\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(BadInput):
        read(text)


def test_only_the_log_itself_is_believed():
    head = Checkpoint(LOG.name, 3, ROOT)
    other = Signer(LOG.name, b"8" * 32)
    with pytest.raises(Conflict, match="No known key"):
        open_checkpoint(str(head.signed(other)).encode(), LOG.verifier())
    strange = sign(Checkpoint("example.com/other", 3, ROOT).text(), [LOG])
    with pytest.raises(Conflict, match="of the log"):
        open_checkpoint(str(strange).encode(), LOG.verifier())


def test_witnesses_may_sign_beside_the_log():
    witness = Signer("witness.example", b"9" * 32)
    note = sign(Checkpoint(LOG.name, 3, ROOT).text(), [LOG, witness])
    assert open_checkpoint(str(note).encode(), LOG.verifier()).size == 3


@pytest.mark.parametrize("text", ["", "00", "01", "+1", " 1", "1_0", "٣"])
def test_numbers_have_one_spelling(text):
    with pytest.raises(BadInput):
        number(text)
