"""The recorded cases of IntelMQ, through the adapter; each case that differs on purpose stands here with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.conformance import adapter
from tests.core.accounting import account
from tutela.core.errors import BadInput, TutelaError

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
CASES = SHARED / "conformance/cases"
NOT_COMPARED = {"time.observation", "__type", "raw"}

DIFFERS_ON_PURPOSE = {
    "alienvault.parser_otx/1.json": "a time without a fraction loses its last digits there: 20:15:44 becomes 20:01:00",
    "html_table/3.json": "a day without a year ('02-15') is no date; there it is one of the year in which it runs",
    "microsoft.parser_ctip/3.json": "there a Windows time goes through a float and is a microsecond too early",
}


needs_cases = pytest.mark.skipif(not CASES.exists(), reason="the shared material is not beside the project")


def asserted_cases() -> list[str]:
    """The cases that assert something, those of today's Shadowserver reports apart."""
    keys = []
    for path in sorted(CASES.glob("*/*.json")):
        case = orjson.loads(path.read_bytes())
        asserts = (
            bool(case["expected"] or case["expected_len"]) and case["test_outcome"] == "passed" and bool(case["input"])
        )
        if asserts and path.parent.name != "shadowserver_current":
            keys.append(f"{path.parent.name}/{path.name}")
    return keys


def comparable(event: dict[str, Any]) -> dict[str, Any]:
    """What is compared of an event."""
    return {key: value for key, value in event.items() if key not in NOT_COMPARED}


def differences(key: str) -> list[str]:
    """What one case asserts and does not find."""
    case = orjson.loads((CASES / key).read_bytes())
    given = adapter.answer({**case, "id": key})
    events = [comparable(event) for event in given["events"]]
    found = [] if "error" not in given else [str(given["error"])]
    wanted = case["expected_len"].get("_default")
    if wanted not in (None, len(events)):
        found.append(f"{len(events)} events, not {wanted}")
    for one in case["expected"]:
        want, position = comparable(one["event"]), one["pos"]
        have = events[position] if -len(events) <= position < len(events) else {}
        names = sorted(name for name in want.keys() | have.keys() if want.get(name) != have.get(name))
        found += [f"{position} {name}: {have.get(name)!r}, not {want.get(name)!r}" for name in names]
    return found


@pytest.mark.shared
@needs_cases
@pytest.mark.parametrize("key", asserted_cases() if CASES.exists() else [])
def test_recorded_case(key: str) -> None:
    found = differences(key)
    if key in DIFFERS_ON_PURPOSE:
        assert found, "it agrees now: take it off the list"
    else:
        assert not found


def reports() -> list[str]:
    """The cases that hold a report, whether or not they assert something."""
    return [f"{path.parent.name}/{path.name}" for path in sorted(CASES.glob("*/*.json"))]


@pytest.mark.shared
@needs_cases
@pytest.mark.parametrize("key", reports() if CASES.exists() else [])
def test_every_row_of_a_recorded_report_is_accounted_for(key: str) -> None:
    case = orjson.loads((CASES / key).read_bytes())
    for message in case["input"]:
        data, report = adapter.received(message)
        try:
            feed = adapter.feed_for(case, report)
        except TutelaError:
            continue  # settings that no feed stands for; what is asserted of them is told above
        try:
            whole = account(feed, data, report=report)
        except BadInput:
            continue  # a report that is refused has no rows
        assert account(feed, data, report=report, slice_bytes=len(data) // 5) == whole
