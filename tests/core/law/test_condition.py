"""Conditions: Kleene's logic over CEL, and nothing asked that could not change the answer."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.law.condition import ConditionError, Known, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("inc.a", "inc.b", "org.c", "org.d")


def decide(text: str, **facts: object) -> tuple[bool | None, tuple[str, ...]]:
    known = Known.of({name.replace("_", ".", 1): value for name, value in facts.items()})  # type: ignore[misc]
    decision = parse(text).decide(known)
    return decision.value, decision.missing


@pytest.mark.parametrize(
    ("text", "facts", "value", "missing"),
    [
        ("inc.a && inc.b", {"inc_a": False}, False, ()),
        ("inc.b && inc.a", {"inc_a": False}, False, ()),
        ("inc.a || inc.b", {"inc_b": True}, True, ()),
        ("inc.a && inc.b", {"inc_a": True}, None, ("inc.b",)),
        ("(inc.a && inc.b) || org.c", {"inc_a": False}, None, ("org.c",)),
        ("!inc.a", {}, None, ("inc.a",)),
        ("!(inc.a || inc.b)", {"inc_a": True}, False, ()),
        ("inc.loss > 0.05 * org.turnover", {"inc_loss": 2.0}, None, ("org.turnover",)),
        ("inc.loss > 5.0 || inc.loss > 0.05 * org.turnover", {"inc_loss": 6.0}, True, ()),
        ("org.kind in ['a || b', 'c']", {"org_kind": "a || b"}, True, ()),
        ("org.kind == 'x' && (inc.n > 3 || inc.m)", {"org_kind": "x", "inc_n": 4}, True, ()),
        ("false", {}, False, ()),
    ],
)
def test_decides(text: str, facts: dict[str, object], value: bool | None, missing: tuple[str, ...]) -> None:
    assert decide(text, **facts) == (value, missing)


@pytest.mark.parametrize(
    "text",
    ["", "inc.a &&", "inc.a || (inc.b", "inc.a == 'x", "name > 3", "inc.a; inc.b", "inc.a)", "size(inc.a) > 3"],
)
def test_refuses_what_is_no_condition(text: str) -> None:
    with pytest.raises(ConditionError):
        parse(text)


def test_is_bounded() -> None:
    with pytest.raises(ConditionError, match="longer"):
        parse("inc.a && " * 1_000 + "inc.a")
    with pytest.raises(ConditionError, match="nested"):
        parse("(" * 60 + "inc.a" + ")" * 60)


conditions = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda one: f"({one[0]} {one[1]} {one[2]})"),
        inner.map(lambda one: f"!({one})"),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(conditions, st.dictionaries(st.sampled_from(NAMES), st.booleans()))
def test_an_answer_holds_whatever_is_learned_later(text: str, facts: Mapping[str, bool]) -> None:
    """What is decided stays decided, whatever the missing facts are; the facts asked for settle it."""
    condition = parse(text)
    decision = condition.decide(Known.of(facts))
    open_ = [name for name in NAMES if name not in facts]
    for values in itertools.product([True, False], repeat=len(open_)):
        whole = {**facts, **dict(zip(open_, values, strict=True))}
        exact = condition.decide(Known.of(whole)).value
        assert decision.value in {None, exact}
        asked = {name: whole[name] for name in (*facts, *decision.missing)}
        assert condition.decide(Known.of(asked)).value == exact
    assert not set(decision.missing) & set(facts)
    assert (decision.value is None) == bool(decision.missing)


@settings(max_examples=200)
@given(conditions, st.dictionaries(st.sampled_from(NAMES), st.booleans()))
def test_the_quick_way_gives_the_same_answer(text: str, facts: Mapping[str, bool]) -> None:
    condition, known = parse(text), Known.of(facts)
    slow, quick = condition.decide(known), condition.holds(known)
    assert (slow.value, slow.missing) == (quick.value, quick.missing)


@pytest.mark.parametrize(
    "text", [r"'\'' != string([1].map(e, e)) + '\''", "'''a' != string(1)''' == org.kind", r'"\"" == org.kind']
)
def test_no_function_passes_for_a_text(text: str) -> None:
    with pytest.raises(ConditionError, match="backslash"):
        parse(text)
