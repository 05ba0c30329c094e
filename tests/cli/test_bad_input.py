"""Hostile input from outside, through the whole way: one sentence, exit code 1, and nothing is lost."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = Path(__file__).resolve().parents[2] / "src"
HEAD = """\
title: An example
provider: Example
documentation: https://example.org/feed
licence: CC0-1.0
constants:
  classification.type: scanner
required: [source.ip]
"""
LINES = (
    f"{HEAD}name: example-lines\nformat: {{type: lines, pattern: '(?P<address>.*)'}}\nfields: {{source.ip: address}}\n"
)
XML = f"{HEAD}name: example-xml\nformat: {{type: xml, rows: row}}\nfields: {{source.ip: address}}\n"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rows ['
    '<!ENTITY e0 "192.0.2.1">'
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    + "]><rows><row><address>&e9;</address></row></rows>"
).encode()
PEEK = (
    b'<?xml version="1.0"?><!DOCTYPE rows [<!ENTITY peek SYSTEM "file:///etc/passwd">]>'
    b"<rows><row><address>&peek;</address></row></rows>"
)
GOOD = b"<rows><row><address>192.0.2.1</address></row><row><address>192.0.2.2</address></row></rows>"
MANY = 96 * 2**20  # blanks are allowed up to 64 MiB
LINE = b"192.0.2.1" + b" " * 1014 + b"\n"


def _zip(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.txt", data)
    return packed.getvalue()


@pytest.fixture
def ingest(environment: dict[str, str], home: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    (home / "feeds").mkdir(parents=True)
    (home / "feeds/example-lines.yaml").write_text(LINES)
    (home / "feeds/example-xml.yaml").write_text(XML)

    def run(feed: str, *paths: Path, **settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tutela", "ingest", "--json", "--feed", feed, *map(str, paths)]
        told = environment | {"PYTHONPATH": str(SOURCE)} | settings
        return subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=120)

    return run


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.txt.gz", gzip.compress), ("a.zip", _zip), ("a.txt.zst", zstandard.compress)],
)
def test_what_unpacks_to_a_thousand_times_its_size_is_refused(ingest, tmp_path: Path, name: str, pack) -> None:
    path = put(tmp_path, name, pack(LINE * (MANY // len(LINE))))
    answer = ingest("example-lines", path, TUTELA_MAXIMUM_RATIO="100")
    assert answer.returncode == 1, answer.stdout
    assert "bomb" in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    assert path.exists()


@pytest.mark.parametrize("data", [BOMB, PEEK], ids=["entities that grow", "an entity that reads a file"])
def test_entities_of_a_document_are_never_followed(ingest, tmp_path: Path, data: bytes) -> None:
    answer = ingest("example-xml", put(tmp_path, "a.xml", data), put(tmp_path, "b.xml", GOOD))
    assert answer.returncode == 1, answer.stdout
    assert "entities" in answer.stdout + answer.stderr
    assert "root:" not in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    reports = {report["file"]: report["events"] for report in json.loads(answer.stdout)["reports"]}
    assert reports == {"a.xml": 0, "b.xml": 2}, "one bad report does not stop the others"
    assert ingest("example-xml", put(tmp_path, "c.xml", GOOD + b" ")).returncode == 0, "nor what comes later"


def test_an_ordinary_document_is_read(ingest, tmp_path: Path) -> None:
    answer = ingest("example-xml", put(tmp_path, "a.xml", GOOD))
    assert [report["events"] for report in json.loads(answer.stdout)["reports"]] == [2], answer.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_loses_nothing(ingest, home: Path, tmp_path: Path) -> None:
    """The archive has no room; with room again, the same command goes through."""
    small = home / "archive"
    small.mkdir(parents=True)
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=False, capture_output=True
    ).returncode:
        pytest.skip("nothing may be mounted here")
    chance = random.Random(0)  # noqa: S311 - addresses that no archive can make small
    lines = [f"2001:db8:{chance.getrandbits(16):x}:{chance.getrandbits(16):x}::{n:x}\n" for n in range(20_000)]
    path = put(tmp_path, "a.txt", "".join(lines).encode())
    try:
        answer = ingest("example-lines", path)
    finally:
        subprocess.run(["umount", small], check=True)
    assert answer.returncode == 1
    assert "disk is full" in answer.stderr
    assert answer.stderr.count("\n") == 1
    again = ingest("example-lines", path)
    assert again.returncode == 0, again.stderr
    assert [report["rows"] for report in json.loads(again.stdout)["reports"]] == [20_000]
