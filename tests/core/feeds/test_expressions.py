import polars as pl
import pytest

from tutela.core.feeds.expressions import Columns, compiled, condition, unquoted
from tutela.core.feeds.values import Condition, Value

FRAME = pl.DataFrame(
    {
        "a": ["x", None, "-", "3"],
        "b": ["y", "z", None, "2"],
        "flag": ["true", "false", None, "true"],
        "json": ['"te\\"xt"', "5", "null", '{"k":1}'],
    }
)
COLUMNS = Columns(frozenset(FRAME.columns), frozenset({"json"}))


def values(written, frame=FRAME):
    made = compiled(Value.model_validate(written), COLUMNS)
    return None if made is None else frame.select("a", made.expression.alias("value"))["value"].to_list()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("b", ["y", "z", None, "2"]),
        ("nowhere", None),
        (["a", "b"], ["x", "z", None, "3"]),
        (["nowhere", "b"], ["y", "z", None, "2"]),
        ({"from": "a", "default": "d"}, ["x", "d", "d", "3"]),
        ({"from": "nowhere", "default": "d"}, ["d"] * 4),
        ({"const": "c", "when": {"column": "b", "equals": "y"}}, ["c", None, None, None]),
        ({"const": 7}, ["7"] * 4),
        ({"from": ["a", "b"], "template": "{a}-{b}{{}}"}, ["x-y{}", None, None, "3-2{}"]),
        ({"from": ["a", "nowhere"], "template": "{a}{nowhere}"}, None),
        ({"from": "a", "steps": ["upper"]}, ["X", None, "-", "3"]),
        ({"first": ["a", "b"], "steps": ["upper"]}, ["X", "Z", None, "3"]),
        ({"from": "json", "steps": ["upper"]}, ['TE"XT', "5", None, '{"K":1}']),
        (["nowhere", "json", "a"], ['"te\\"xt"', "5", None, '{"k":1}']),
    ],
)
def test_values(written, expected):
    assert values(written) == expected


def test_a_mixed_value_is_json_throughout():
    made = compiled(Value.model_validate([{"from": "json", "when": {"column": "a", "equals": "x"}}, "b"]), COLUMNS)
    assert made is not None
    assert made.is_json
    assert FRAME.select(made.expression)["json"].to_list() == ['"te\\"xt"', '"z"', None, '"2"']


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"column": "a", "equals": "x"}, [True, False, False, False]),
        ({"column": "a", "equals": 3}, [False, False, False, True]),
        ({"column": "flag", "equals": True}, [True, False, False, True]),
        ({"column": "a", "in": ["x", 3]}, [True, False, False, True]),
        ({"column": "a", "matches": "[0-9]"}, [False, False, False, True]),
        ({"column": "a", "empty": True}, [False, True, True, False]),
        ({"column": "nowhere", "empty": True}, [True] * 4),
        ({"column": "nowhere", "equals": "x"}, [False] * 4),
        ({"column": "a", "same_as": "b"}, [False] * 4),
        ({"column": "a", "at_least": 3}, [False, False, False, True]),
        ({"column": "a", "at_least": "b"}, [False, False, False, True]),
        ({"not": {"column": "a", "equals": "x"}}, [False, True, True, True]),
        ({"all": [{"column": "a", "equals": "x"}, {"column": "b", "equals": "y"}]}, [True, False, False, False]),
        ({"any": [{"column": "a", "equals": "x"}, {"column": "b", "equals": "z"}]}, [True, True, False, False]),
        ({"column": "json", "equals": 'te"xt'}, [True, False, False, False]),
    ],
)
def test_conditions_are_never_unknown(written, expected):
    answer = condition(Condition.model_validate(written), COLUMNS)
    assert FRAME.select("a", answer.alias("yes"))["yes"].to_list() == expected


def test_json_strings_lose_their_quotation_marks():
    texts = pl.DataFrame({"j": ['"a"', '"\\u00e9\\n"', '""', "1.5", "[1]", "null", None]})
    assert texts.select(unquoted(pl.col("j")))["j"].to_list() == ["a", "é\n", "", "1.5", "[1]", None, None]
