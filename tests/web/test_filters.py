"""A list is narrowed down by its address alone; what is wrong in it is told and holds nothing back."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import WrongUse
from tutela.web.filters import Filter, Kind, read, without


def positive(text: str) -> int:
    if int(text) < 1:
        raise WrongUse("it is less than one.", where="elsewhere", remedy="Give more.")
    return int(text)


STATE = Filter("state", "State", Kind.CHOICE, lambda: [("open", "still open"), ("closed", "closed")], is_first=True)
COUNT = Filter("count", "Count", parse=positive)
TEXT = Filter("text", "Text")
FILTERS = [STATE, COUNT, TEXT]


def asked(question: str) -> Any:
    return read(FILTERS, QueryDict(question))


def test_without_anything_asked_nothing_is_set() -> None:
    found = asked("")
    assert found.values == {}
    assert [each.filter for each in found.fields] == FILTERS
    assert (found.chosen, found.errors, found.are_behind_set) == ([], [], False)


def test_what_is_asked_is_read_each_in_its_way() -> None:
    found = asked("state=open&count=7&text=a+b")
    assert found.values == {"state": "open", "count": 7, "text": "a b"}
    assert [each.shown for each in found.chosen] == ["still open", "7", "a b"]
    assert found.errors == []


def test_blanks_around_and_between_mean_nothing() -> None:
    found = asked("text=++a+%09+b%0a&count=+&state=%20open%20")
    assert found.values == {"text": "a b", "state": "open"}
    assert [each.filter.name for each in found.chosen] == ["state", "text"]


@pytest.mark.parametrize(
    ("question", "name", "error"),
    [
        ("state=gone", "state", "This is none of the choices."),
        ("state=OPEN", "state", "This is none of the choices."),
        ("count=0", "count", "it is less than one."),
        ("count=many", "count", "invalid literal for int() with base 10: 'many'"),
        (f"text={'x' * 201}", "text", "This is too long."),
    ],
)
def test_what_is_wrong_is_told_and_passed_over(question: str, name: str, error: str) -> None:
    found = asked(f"{question}&{'text=b' if name != 'text' else 'count=7'}")
    assert [(each.filter.name, each.error) for each in found.errors] == [(name, error)]
    assert found.values == ({"text": "b"} if name != "text" else {"count": 7})
    assert name in {each.filter.name for each in found.chosen}, "it stays in its field, to be mended"


def test_what_is_asked_for_and_is_no_filter_changes_nothing() -> None:
    assert asked("password=x&sort=name&state__in=closed").values == {}


def test_of_a_name_given_twice_the_last_counts() -> None:
    assert asked("count=1&count=2").values == {"count": 2}


def test_the_fold_is_open_when_something_behind_it_is_set() -> None:
    assert not asked("state=open").are_behind_set
    assert asked("count=1").are_behind_set


def test_each_chosen_can_be_taken_away_alone() -> None:
    found = asked("state=open&count=7&sort=name&cursor=abc")
    assert [each.without for each in found.chosen] == ["count=7&sort=name", "state=open&sort=name"]


@pytest.mark.parametrize(
    ("question", "names", "changes", "left"),
    [
        ("a=1&b=2", ("a",), {}, "b=2"),
        ("a=1&cursor=x", (), {}, "a=1"),
        ("a=1&cursor=x", (), {"cursor": "y"}, "a=1&cursor=y"),
        ("a=1", (), {"sort": "-a"}, "a=1&sort=-a"),
        ("a=1&a=2&b=3", ("a",), {}, "b=3"),
        ("a=&b=2", (), {}, "b=2"),
        ("a=1", (), {"a": ""}, ""),
        ("", ("a",), {}, ""),
    ],
)
def test_a_question_is_changed_and_the_place_in_the_list_given_up(
    question: str, names: tuple[str, ...], changes: dict[str, str], left: str
) -> None:
    assert without(QueryDict(question), *names, **changes) == left


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_changed_question_means_what_was_asked_whatever_it_was(text: str) -> None:
    given_ = QueryDict(mutable=True)
    given_["text"] = text
    assert QueryDict(without(given_, "state")).get("text", "") == text
    assert given_["text"] == text, "and what was given is left as it is"
    read(FILTERS, given_)
