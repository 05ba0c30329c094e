"""A file that is written is there whole or as it was before."""

import os
from pathlib import Path

import pytest

from tutela.lake.whole import whole_file


def test_what_breaks_off_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "kept.json"
    path.write_text("before")
    with pytest.raises(IsADirectoryError), whole_file(path, flush=True) as place:
        (place.write_text("half"), tmp_path.read_text())
    assert path.read_text() == "before"
    with whole_file(path, flush=False) as place:
        place.write_text("after")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["after"]


def test_content_is_flushed_before_its_name_and_the_name_after_it(tmp_path, monkeypatch):
    path = tmp_path / "kept.json"
    told = []
    monkeypatch.setattr(os, "fsync", lambda handle: told.append(Path(f"/proc/self/fd/{handle}").readlink().name))
    with whole_file(path, flush=True) as place:
        place.write_text("all of it")
    assert told == ["kept.json.unfinished", tmp_path.name]
