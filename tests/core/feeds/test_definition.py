import pytest
from pydantic import ValidationError

from tests.core.feeds.helpers import feed
from tutela.core.feeds.definition import FeedDefinition


def test_a_definition_can_be_read_again():
    whole = feed(
        fields={
            "source.ip": [
                "ip",
                {"from": "b", "steps": ["lower", {"split": ["/", 0]}], "when": {"not": {"column": "c", "in": [1]}}},
            ]
        },
        columns={"b": {"const": "x"}},
        skip={"column": "a", "matches": "^#"},
        rest={"prefix": "extra.x.", "except": ["d"]},
    )
    short = whole.model_dump_json(by_alias=True, exclude_defaults=True)
    assert FeedDefinition.model_validate_json(short) == whole
    assert FeedDefinition.model_validate(whole.model_dump(by_alias=True)) == whole


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Has Blanks"},
        {"documentation": "nowhere"},
        {"gone_after": 0},
        {"tlp": "WHITE"},
        {"colour": "red"},
        {"fields": {"A b": "c"}},
    ],
)
def test_shapes_are_checked(wrong):
    with pytest.raises(ValidationError):
        feed(**wrong)


def test_what_a_row_can_have():
    assert feed().fields_given() == {"source.ip", "classification.type"}
