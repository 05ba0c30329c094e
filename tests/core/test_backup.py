"""What may stand in a backup, and what a manifest says."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.backup import DUMP, FILES, FOLDERS, LAKE, SQLITE, check_name, read
from tutela.core.errors import BadInput, Conflict

DOCUMENT = Path(__file__).parents[2] / "docs/configuration.md"
MANIFEST = {
    "format": 1,
    "version": "0.1.0",
    "created": "2026-03-01T12:00:00Z",
    "database": "sqlite",
    "migrations": {"ledger": "0001_initial"},
    "lake_version": 3,
    "checkpoint": "",
    "members": {SQLITE: [1, "0" * 64]},
}


def test_what_the_document_marks_is_what_is_kept() -> None:
    rows = re.findall(
        r"^\| `([a-z0-9./]+)` \|.*\| (yes|no)[^|]*\|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE
    )
    marked = {place.rstrip("/") for place, answer in rows if answer == "yes"}
    assert marked == {*FOLDERS, *FILES, LAKE, SQLITE}


@pytest.mark.parametrize(
    "name",
    [SQLITE, DUMP, "notices.yaml", "archive/ab/cd.zst", "lake/events/date=2026-03-01/a b.parquet", "feeds/ä.yaml"],
)
def test_a_name_below_a_known_place_is_one(name: str) -> None:
    check_name(name, "")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../up",
            "archive/../../up",
            "/etc/passwd",
            "archive//x",
            "archive/./x",
            "archive/",
            "archive",
            "",
            ".",
            "..",
        ),
        *("work/x", "restoring/x", "tutela.sqlite3/x", "notices.yaml/x", "other", "archive/a\\b", "archive/a\x1b[2J"),
        *("archive/" + "x" * 256, "archive" + "/x" * 600, "archive/a\0b"),
    ],
)
def test_any_other_is_none(name: str) -> None:
    with pytest.raises(BadInput, match="which no backup has"):
        check_name(name, "backup")


@given(
    st.lists(st.sampled_from([*FOLDERS, LAKE, SQLITE, "", ".", "..", "x", "\\", "~", "C:"]), max_size=6).map("/".join)
)
def test_no_name_that_passes_leads_out_of_its_folder(name: str) -> None:
    try:
        check_name(name, "")
    except BadInput:
        return
    path = PurePosixPath(name)
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert str(path) == name


def test_a_manifest_is_read() -> None:
    manifest = read(json.dumps(MANIFEST).encode(), "")
    assert manifest.members[SQLITE].size == manifest.size == 1


def test_one_of_a_newer_format_says_so_whatever_else_is_in_it() -> None:
    with pytest.raises(Conflict, match="format 2, this version reads up to 1"):
        read(b'{"format": 2, "of": "the future"}', "")


@pytest.mark.parametrize(
    "change",
    [
        {"members": {SQLITE: [-1, "0" * 64]}},
        {"members": {SQLITE: [1, "no hash"]}},
        {"members": {}},
        {"database": "postgresql"},
        {"database": "other"},
        {"more": 1},
        {"format": "x"},
    ],
)
def test_what_is_no_manifest_is_told(change: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        read(json.dumps(MANIFEST | change).encode(), "")


def test_nor_is_any_other_text() -> None:
    with pytest.raises(BadInput):
        read(b"not JSON", "")
