import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from tutela.core.findings.statement import Statement

SAID = Statement(
    finding=UUID(int=7),
    fingerprint=UUID(int=8),
    asset="192.0.2.7",
    act="close",
    before="claimed",
    after="closed",
    at=datetime(2026, 3, 2, 9, 0, 0, 123, tzinfo=UTC),
    opened=None,
    evidence=[{"report": "a" * 64, "says": "absent"}],
)


def test_it_is_the_same_bytes_whatever_the_zone_and_the_order():
    there = SAID.at.astimezone(timezone(timedelta(hours=8)))
    other = replace(SAID, at=there, evidence=({"says": "absent", "report": "a" * 64},))
    assert other.text() == SAID.text()
    assert json.loads(SAID.text())["at"] == "2026-03-02T09:00:00.000123Z"


@pytest.mark.parametrize(
    "change",
    [
        {"finding": UUID(int=9)},
        {"asset": "192.0.2.8"},
        {"act": "claim"},
        {"after": "new"},
        {"opened": SAID.at},
        {"at": SAID.at + timedelta(microseconds=1)},
        {"evidence": []},
    ],
)
def test_each_part_counts(change):
    assert replace(SAID, **change).hash() != SAID.hash()
