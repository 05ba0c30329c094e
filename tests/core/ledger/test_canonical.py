import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import WrongUse
from tutela.core.ledger.canonical import canonical, digest

# RFC 8785, section 3.2.3: names in the order of their UTF-16 code units.
SORTED = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\U0001f600": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
}


def test_the_example_of_the_standard():
    assert list(json.loads(canonical(SORTED)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


@given(st.dictionaries(st.text(), st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.booleans() | st.none()))
def test_order_does_not_matter_and_nothing_is_lost(value):
    backwards = dict(reversed(value.items()))
    assert canonical(value) == canonical(backwards)
    assert json.loads(canonical(value)) == value
    assert digest(value) == digest(backwards)


@pytest.mark.parametrize("value", [2**53, float("nan"), {1: 2}, Decimal(1), "\ud800", b"x"])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(WrongUse, match="canonical"):
        canonical(value)


def test_a_digest_is_a_name_of_64_digits():
    assert digest([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
