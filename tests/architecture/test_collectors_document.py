"""``docs/collectors.md`` says what the code says: every key, and examples that are sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tutela.core.collectors.definition import Collector, Http, Imap, load

TEXT = (Path(__file__).resolve().parents[2] / "docs/collectors.md").read_text(encoding="utf-8")
KEYS = {"key": Collector, "key of `http`": Http, "key of `imap`": Imap}


@pytest.mark.parametrize("head", KEYS)
def test_the_tables_have_every_key(head: str) -> None:
    table = re.search(rf"^\| {re.escape(head)} \|[^\n]*\n\|[-|]+\|\n((?:\|[^\n]*\n)+)", TEXT, re.MULTILINE)
    assert table
    assert re.findall(r"^\| `(\w+)`", table[1], re.MULTILINE) == [
        field.alias or name for name, field in KEYS[head].model_fields.items()
    ]


def test_the_examples_are_sound() -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert examples
    for text in examples:
        name = yaml.safe_load(text)["name"]
        assert load(text, f"{name}.yaml", name).name == name
