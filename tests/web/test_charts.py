"""A chart is whole XML that says in words what it shows, whatever its labels hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from tutela.web.charts import Series, legend, line, stacked

EVIL = "<script>alert('1')</script> & \"x\" ]]>"
DRAWN = pytest.mark.parametrize("draw", [stacked, line])
Draw = Callable[[str, list[str], list[Series]], SafeString]


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - of our own making


def bars(root: ET.Element) -> list[ET.Element]:
    return root.findall("rect")


def number(element: ET.Element, name: str) -> float:
    return float(element.attrib[name])


@DRAWN
def test_it_says_in_words_what_it_shows(draw: Draw) -> None:
    root = parsed(draw("Findings", ["Mon", "Tue"], [Series("new", [1, 2], "s1"), Series("old", [0, 4], "s2")]))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "Findings"
    assert root.findtext("title") == "Findings"
    assert root.findtext("desc") == "new: 3; old: 4"
    assert {"Mon", "Tue"} <= {text.text for text in root.findall("text")}


@DRAWN
def test_labels_titles_and_names_are_text_and_nothing_else(draw: Draw) -> None:
    text = draw(EVIL, [EVIL], [Series(EVIL, [1], EVIL)])
    assert "<script" not in text
    root = parsed(text)
    assert root.attrib["aria-label"] == EVIL
    assert root.findtext("title") == EVIL
    assert EVIL in {one.text for one in root.findall("text")}
    assert {one.tag for one in root.iter()} <= {
        *("svg", "title", "desc", "line", "text", "rect", "polygon", "polyline", "circle")
    }


def test_the_legend_is_escaped_too() -> None:
    root = parsed(legend([Series(EVIL, [], EVIL), Series("old", [], "s2")]))
    assert ["".join(one.itertext()) for one in root] == [EVIL, "old"]
    assert "<script" not in legend([Series(EVIL, [], EVIL)])


@DRAWN
@pytest.mark.parametrize(
    ("labels", "series"),
    [([], []), ([], [Series("new", [], "s1")]), (["Mon"], []), (["Mon"], [Series("new", [0], "s1")])],
)
def test_where_there_is_nothing_a_grid_is_drawn_and_no_bar(draw: Draw, labels: list[str], series: list[Series]) -> None:
    root = parsed(draw("Findings", labels, series))
    assert len(root.findall("line")) == 5
    assert bars(root) == []


def test_nothing_at_all_has_an_empty_legend() -> None:
    assert list(parsed(legend([]))) == []


def test_bars_stand_on_each_other_and_are_as_high_as_their_values() -> None:
    low, high = bars(parsed(stacked("t", ["Mon"], [Series("a", [1], "s1"), Series("b", [3], "s2")])))
    assert number(high, "y") + number(high, "height") == pytest.approx(number(low, "y"))
    assert number(high, "height") == pytest.approx(3 * number(low, "height"), abs=0.2)
    assert (low.findtext("title"), high.findtext("title")) == ("Mon: 1 a", "Mon: 3 b")


def test_great_numbers_are_told_to_the_last_digit() -> None:
    root = parsed(stacked("t", ["Mon"], [Series("a", [1_234_567], "s1")]))
    assert root.findtext("desc") == "a: 1234567"
    assert bars(root)[0].findtext("title") == "Mon: 1234567 a"


def test_a_value_of_nothing_has_no_bar() -> None:
    assert len(bars(parsed(stacked("t", ["Mon", "Tue"], [Series("a", [0, 2], "s1")])))) == 1


@pytest.mark.parametrize(
    ("value", "scale"),
    [
        (0, ["0", "1", "2", "3", "4"]),
        (4, ["0", "1", "2", "3", "4"]),
        (5, ["0", "2", "4", "6", "8"]),
        (100, ["0", "30", "60", "90", "120"]),
        (4_000, ["0", "1 k", "2 k", "3 k", "4 k"]),
        (4_000_000, ["0", "1 M", "2 M", "3 M", "4 M"]),
        (4_000_000_000, ["0", "1 G", "2 G", "3 G", "4 G"]),
    ],
)
def test_the_lines_of_the_grid_stand_at_numbers_that_can_be_read(value: int, scale: list[str]) -> None:
    root = parsed(line("t", [], [Series("a", [value], "s1")]))
    assert [one.text for one in root.findall("text")] == scale


def test_of_many_labels_some_are_written_and_the_last_always() -> None:
    labels = [f"d{n}" for n in range(90)]
    root = parsed(stacked("t", labels, [Series("a", [1] * 90, "s1")]))
    written = [one.text for one in root.findall("text") if (one.text or "").startswith("d")]
    assert len(written) <= 8
    assert written[-1] == "d89"


def test_nothing_has_a_style_of_its_own_which_the_policy_would_forbid() -> None:
    for text in (stacked("t", ["a"], [Series("n", [1], "s1")]), line("t", ["a"], [Series("n", [1], "s1")])):
        assert not {name for one in parsed(text).iter() for name in one.attrib if name == "style" or name[:2] == "on"}


NUMBERS = st.one_of(st.integers(0, 10**12), st.floats(0, 1e12, allow_nan=False, allow_infinity=False))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=12)


@given(data=st.data())
def test_it_is_whole_and_within_its_frame_whatever_the_numbers(data: Any) -> None:
    labels = data.draw(st.lists(WORDS, max_size=12))
    values = st.lists(NUMBERS, min_size=len(labels), max_size=len(labels))
    series = [Series(name, data.draw(values), "s1") for name in data.draw(st.lists(WORDS, max_size=4))]
    for one in bars(parsed(stacked("t", labels, series))):
        assert -0.6 <= number(one, "y") <= 200
        assert number(one, "y") + number(one, "height") <= 200
        assert 0 <= number(one, "x") <= 640
    parsed(line("t", labels, series))
    parsed(legend(series))
