"""A course is whole XML that says in words what it shows; nothing stands outside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tutela.web.courses import Bar, drawn, length

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

EVIL = "<script>alert('1')</script> & \"x\" ]]>"
LENGTHS = st.tuples(st.floats(0, 9_000), st.floats(0.1, 9_000))


def parsed(text: SafeString) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - of our own making


def test_what_it_shows_is_said_too() -> None:
    root = parsed(drawn("Due", [Bar("aware", "First", "24 hours", 0, 24), Bar("none", "Then", "at once")]))
    assert root.findtext("title") == "Due"
    assert root.findtext("desc") == "aware: First, 24 hours; none: Then, at once"
    assert root.attrib["role"] == "img"


def test_whatever_it_is_called_it_is_text() -> None:
    root = parsed(drawn(EVIL, [Bar(EVIL, EVIL, EVIL, 0, 24), Bar(EVIL, EVIL, EVIL)]))
    assert {one.tag for one in root.iter()} == {"svg", "title", "desc", "g", "line", "text", "rect", "circle"}
    assert not [name for one in root.iter() for name in one.attrib if name == "style" or name.startswith("on")]


@given(st.lists(LENGTHS, min_size=1, max_size=12))
def test_every_bar_lies_within_and_longer_is_further(given_lengths: list[tuple[float, float]]) -> None:
    bars = [Bar("g", "n", "l", begin, begin + size) for begin, size in given_lengths]
    root = parsed(drawn("Due", bars))
    width, height = (float(one) for one in root.attrib["viewBox"].split()[2:])
    ends = [float(one.attrib["cx"]) for one in root.iter("circle")]
    assert all(214 <= end <= width for end in ends)
    assert all(float(one.attrib["y"]) < height for one in root.iter("rect"))
    by_end = sorted(zip((one.ends for one in bars), ends, strict=True), key=lambda one: one[0] or 0)
    assert [x for _, x in by_end] == sorted(ends)


def test_nothing_with_a_number_needs_no_axis() -> None:
    assert not list(parsed(drawn("Due", [Bar("g", "n", "at once")])).iter("line"))


def test_lengths_are_said_in_the_fewest_words() -> None:
    with translation.override("en"):
        said = [length(hours) for hours in (0, 0.5, 1, 72, 168, 8760)]
    assert said == ["0", "30 minutes", "1 hour", "72 hours", "7 days", "365 days"]
