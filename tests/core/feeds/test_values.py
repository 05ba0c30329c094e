import pytest
from pydantic import ValidationError

from tutela.core.feeds.values import Condition, Step, Value


@pytest.mark.parametrize(
    "written",
    [
        "ip",
        ["ip", "address"],
        {"from": "ip", "steps": ["lower", {"split": ["/", 0]}]},
        {"from": ["host", "path"], "template": "http://{host}{path}"},
        {"const": True},
        {"const": "x", "when": {"column": "a", "equals": 1}},
        {"from": "a", "default": "b"},
        ["a", {"const": "b", "when": {"not": {"column": "c", "empty": True}}}],
        {"first": ["a", "b"], "steps": ["lower"]},
    ],
)
def test_a_value_is_written_as_it_was_read(written):
    assert Value.model_validate(written).written() == written


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"from": "a", "const": "b"},
        {"from": ["a", "b"]},
        {"from": ["a"], "template": "{b}"},
        {"from": "a", "template": "{a"},
        {"from": "a", "colour": "red"},
    ],
)
def test_a_value_has_one_origin(wrong):
    with pytest.raises(ValidationError):
        Value.model_validate(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"column": "a"},
        {"equals": "x"},
        {"column": "a", "equals": "x", "empty": True},
        {"all": [], "any": []},
        {"column": "a", "all": []},
    ],
)
def test_a_condition_asks_one_thing(wrong):
    with pytest.raises(ValidationError):
        Condition.model_validate(wrong)


def test_a_step_has_one_argument():
    assert Step.model_validate("lower") == Step(name="lower")
    assert Step.model_validate({"split": ["/", 0]}) == Step(name="split", argument=["/", 0])


def test_conditions_tell_their_columns():
    question = Condition.model_validate(
        {"any": [{"column": "a", "same_as": "b"}, {"all": [{"not": {"column": "c", "at_least": "d"}}]}]}
    )
    assert list(question.columns()) == ["a", "b", "c", "d"]
