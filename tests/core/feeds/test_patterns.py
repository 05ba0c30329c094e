"""Regular expressions of definitions: what they find, what is refused, and that none of them hangs a report.

Whether an expression hangs is not measured: with an engine that goes back, these tests would never end.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.feeds.helpers import feed, harmonised
from tutela.core.feeds.formats.reader import read
from tutela.core.feeds.formats.specification import CsvFormat, LinesFormat
from tutela.core.feeds.patterns import first_group, found_among, group_count, named_groups, problem, split
from tutela.engine.catalogue import Catalogue

EVIL = "((a+)+)+$"
LONG = "a" * 50_000 + "!"


def test_groups_are_told() -> None:
    assert (named_groups("(?P<x>a)(b)(?<y>c)"), group_count("(?P<x>a)(b)")) == (["x", "y"], 2)
    assert (named_groups("a"), group_count("(?:a)")) == ([], 0)


def test_what_is_found() -> None:
    assert found_among(["^a", "b$", "c"], "ab") == {"^a", "b$"}
    assert found_among([], "ab") == set()
    assert (first_group("a(.)", "xab"), first_group("a(.)?", "xa"), first_group("z(.)", "xab")) == ("b", None, None)
    assert split(r"\s+", ["a b  c", "", " a"]) == [["a", "b", "c"], [""], ["", "a"]]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a(?=b)", "look-around"),
        (r"(a)\1", "backreferences"),
        ("(", "unclosed group"),
        (r"a\Z", "unrecognized escape"),
        ("(a{1000}){1000}", "size limit"),
        ("(?x)a # unclosed", "unclosed group"),
    ],
)
def test_what_the_engine_cannot_do_is_said(pattern: str, reason: str) -> None:
    assert reason in (problem(pattern) or "")
    assert "\n" not in (problem(pattern) or "")


@pytest.mark.parametrize("match", ["whole", "start", "search", "every"])
def test_no_line_takes_for_ever(match: str) -> None:
    records = read(f"{LONG}\naaa\n".encode(), LinesFormat(pattern=f"(?P<x>{EVIL})", match=match))
    assert records.frame["x"].to_list() == ["aaa"]
    assert records.rejected["row"].to_list() == [1]


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter_pattern": f"{EVIL}|;"},
        {"header_pattern": f"({EVIL}|x;y)", "comments": ["a"]},
        {"header": "none", "preamble": {"z": f"({EVIL})"}, "comments": ["a"], "delimiter": ";"},
    ],
)
def test_no_head_and_no_record_takes_for_ever(options: dict[str, Any]) -> None:
    assert read(f"{LONG}\na;{LONG}\n".encode(), CsvFormat(**options)).rows <= 1
    assert read(f"=\n{LONG}\n".encode(), LinesFormat(context=f"({EVIL})")).rows == 2


def test_no_condition_and_no_converter_takes_for_ever() -> None:
    made = harmonised(
        {"ip": ["192.0.2.1"], "x": [LONG]},
        skip=[{"column": "x", "matches": EVIL}],
        fields={"source.ip": "ip", "extra.x": {"from": "x", "steps": [{"extract": EVIL.replace("(", "(?:", 1)}]}},
    )
    assert made.events.height == 1


def test_no_recognition_takes_for_ever(tmp_path) -> None:
    own = feed(recognise={"content": EVIL, "file_name": EVIL, "url": EVIL})
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds/example.yaml").write_text(own.model_dump_json(by_alias=True, exclude_defaults=True))
    assert Catalogue(tmp_path, tmp_path / "none").recognise(LONG, LONG.encode(), LONG) is None
    assert Catalogue(tmp_path, tmp_path / "none").recognise("aaa", b"aaa", "aaa") == "example"
