"""``docs/feeds.md`` says what the code says: every part, option and converter; its example does what it shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
import yaml
from pydantic_core import PydanticUndefined

from tests.content.harmonising import harmonised
from tutela.core.feeds import converters
from tutela.core.feeds.definition import Covers, Each, Expand, FeedDefinition, Finding, Recognise, Replaces, Rest
from tutela.core.feeds.formats import specification
from tutela.core.feeds.linter import lint
from tutela.core.feeds.values import Condition, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

TEXT = (Path(__file__).resolve().parents[2] / "docs/feeds.md").read_text(encoding="utf-8")
FORMATS = (
    specification.CsvFormat,
    specification.LinesFormat,
    specification.KeyValueFormat,
    specification.NdjsonFormat,
    specification.JsonFormat,
    specification.XmlFormat,
    specification.HtmlTableFormat,
)


def section(title: str) -> str:
    """What stands under a heading, up to the next one."""
    found = re.search(rf"^##+ {re.escape(title)}\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, f"docs/feeds.md lacks the heading {title!r}"
    return found[1]


def row(*cells: str) -> str:
    """A row of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def default(field: FieldInfo) -> str:
    """What stands in the table for a part that is left out."""
    if field.is_required():
        return "**required**"
    value = field.default if field.default is not PydanticUndefined else None
    if value is None or value in ((), ""):
        return ""
    return f"`{orjson.dumps(value).decode()}`"


def rows(model: type[BaseModel], leave_out: Sequence[str] = ("type",)) -> list[str]:
    """The rows of the table of a model: name, what stands for it when it is left out, what it is."""
    return [
        row(f"`{field.alias or name}`", default(field), field.description or "")
        for name, field in model.model_fields.items()
        if name not in leave_out
    ]


def own(model: type[BaseModel]) -> list[str]:
    """The rows of what a format has for itself."""
    (parent,) = model.__bases__
    return rows(model, leave_out=["type", *parent.model_fields])


TABLES = {
    "Parts": rows(FeedDefinition),
    "Recognising a report": rows(Recognise),
    "Values": rows(Value, leave_out=["first"]),
    "Conditions": rows(Condition),
    "Converters": [row(f"`{name}`", f"`{example}`", summary) for name, example, summary in converters.reference()],
    "One row, several events": rows(Each) + rows(Expand),
    "The rest": rows(Rest),
    "Findings": rows(Finding),
    "What a report covers": rows(Covers),
    "IntelMQ": rows(Replaces),
    "All formats": rows(specification.BaseFormat),
    "Formats of lines": own(specification.LineBased),
    "Formats of nested objects": own(specification.Flattened),
    "`csv`": own(specification.CsvFormat),
    "`lines`": own(specification.LinesFormat),
    "`key_value`": own(specification.KeyValueFormat),
    "`xml`": own(specification.XmlFormat) + rows(specification.XmlPairs),
    "`html_table`": own(specification.HtmlTableFormat),
}


@pytest.mark.parametrize("title", TABLES)
def test_the_tables_are_those_of_the_code(title: str) -> None:
    tables = re.split(r"^\|[^\n]*\|\n\|[-|]+\|\n", section(title), flags=re.MULTILINE)[1:]
    written = [line for table in tables for line in table.splitlines() if line.startswith("|")]
    assert written == TABLES[title]


def test_every_format_is_there() -> None:
    for model in FORMATS:
        assert f"`{model.model_fields['type'].default}`" in TEXT


def test_the_values_shown_are_sound() -> None:
    (shown,) = re.findall(r"^```yaml\n(.*?)^```", section("Values"), re.DOTALL | re.MULTILINE)
    part = yaml.safe_load(shown)
    head = "{name: a, title: A, provider: A, documentation: 'https://example.org/', licence: A, format: {type: csv}}"
    assert lint({"a.yaml": yaml.safe_dump(yaml.safe_load(head) | {"fields": part})}) == []


def test_the_example_is_sound_and_does_what_it_shows() -> None:
    blocks = dict(re.findall(r"^```(yaml|text|json)\n(.*?)^```", section("An example"), re.DOTALL | re.MULTILINE))
    assert lint({"example-scans.yaml": blocks["yaml"]}) == []
    definition = FeedDefinition.model_validate(yaml.safe_load(blocks["yaml"]))
    events, skipped, quarantined = harmonised(definition, blocks["text"].encode())
    assert events == [orjson.loads(line) for line in blocks["json"].splitlines()]
    assert (skipped, quarantined) == (1, 1)
