"""A small world for the flow's tests: a feed, a constituency, reports of any size, and digests of all that is kept."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg

from tutela.lake.columns import whole
from tutela.lake.table import EventTable

if TYPE_CHECKING:
    from collections.abc import Mapping

FEED = """\
name: sightings
title: Sightings
provider: Example
documentation: https://example.org/sightings
licence: CC0-1.0
format: {type: csv}
recognise: {file_name: '^sightings-'}
fields:
  time.source: time
  source.ip: address
  source.port: port
  classification.identifier: condition
  extra.note: note
rest: ignore
skip: [{column: address, matches: '^skip'}]
constants: {classification.type: infected-system, feed.name: Sightings}
required: [time.source, source.ip]
finding: {asset: [source.ip], fields: [classification.type, classification.identifier]}
"""

CONSTITUENCY = {
    "organisations": [
        {"id": "authority", "name": "Authority"},
        {"id": "bank", "name": "Bank", "parent": "authority", "networks": ["192.0.2.0/25"]},
        {"id": "clinic", "name": "Clinic", "parent": "authority", "networks": ["198.51.100.0/24"]},
    ]
}

HEADER = "time,address,port,condition,note\n"


def line(number: int) -> str:
    """One row; the same number gives the same row, and three networks take turns."""
    network = ("192.0.2", "198.51.100", "203.0.113")[number % 3]
    moment = f"2026-03-{1 + number % 4:02d} {number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}"
    return (
        f"{moment},{network}.{number % 100},{1 + number % 60000},{'mirai' if number % 2 else 'telnet'},note {number}\n"
    )


def report(rows: int, *, seed: int = 0, broken: int = 0, copies: float = 0.1) -> str:
    """A report of so many rows, some of them copies of others, ``broken`` of them unreadable."""
    chance = random.Random(seed)
    numbers: list[int] = []
    for index in range(rows):
        copy = numbers and chance.random() < copies
        numbers.append(chance.choice(numbers) if copy else seed * 1_000_000 + index)
    lines = [line(number) for number in numbers]
    for position in chance.sample(range(rows), broken):
        lines[position] = "not a time,not an address,x,y,z\n"
    return HEADER + "".join(lines)


def furnish(home: Path) -> None:
    """Put the feed where the catalogue looks."""
    (home / "feeds").mkdir(parents=True, exist_ok=True)
    (home / "feeds" / "sightings.yaml").write_text(FEED)


def events_digest(home: Path) -> str:
    """A hash over all events, whatever file they lie in: everything but when they were received."""
    table = EventTable(home / "lake")
    events = table.scan().select(
        whole("identity").cast(pl.String), "source.ip", "time.source", "extra", "organisation", "attribution", "feed"
    )
    return _digest(sorted(events.collect().rows(), key=str))


def rows_digest(found: list[tuple[Any, ...]]) -> str:
    """A hash over rows of the database, whatever their order."""
    return _digest(sorted(found, key=str))


def ledger_digest(leaves: list[str]) -> str:
    """A hash over what the ledger says was done; times and salts differ from run to run."""
    acts = []
    for leaf in leaves:
        entry = json.loads(leaf)
        acts.append(
            (entry["action"], json.dumps(entry["object"], sort_keys=True), json.dumps(entry["details"], sort_keys=True))
        )
    return _digest(sorted(acts))


def rows(environment: Mapping[str, str], statement: str) -> list[tuple[Any, ...]]:
    """Rows of the database of an installation, SQLite or PostgreSQL, read beside Tutela."""
    if address := environment["TUTELA_DATABASE_URL"]:
        with psycopg.connect(address) as server:
            return server.execute(statement).fetchall()
    file = Path(environment["TUTELA_HOME"]) / "tutela.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return database.execute(statement).fetchall()


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()
