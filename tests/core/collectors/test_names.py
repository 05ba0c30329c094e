from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.collectors.names import safe_name


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("report.csv", "report.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\reports\\one.csv", "one.csv"),
        ("/", "otherwise"),
        ("", "otherwise"),
        ("..", "otherwise"),
        (".hidden.csv", "hidden.csv"),
        ("a\x00b\x1b[31m\n.csv", "ab[31m.csv"),
        ("\u202egpj.csv", "gpj.csv"),
        ("报告.csv", "报告.csv"),
        ("x" * 500 + ".csv.gz", "x" * 197 + ".gz"),
    ],
)
def test_nothing_is_left_of_a_path(given_name: str, safe: str) -> None:
    assert safe_name(given_name, "otherwise") == safe


@given(st.text())
def test_every_name_is_one_of_a_file_here(text: str) -> None:
    name = safe_name(text, "otherwise")
    assert name
    assert name.isprintable()
    assert len(name.encode()) <= 200
    assert not name.startswith(".")
    assert not set(name) & set("/\\:\0")
