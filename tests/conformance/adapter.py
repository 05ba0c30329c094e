"""Answers the conformance replay: reports and IntelMQ settings come in, events of the IntelMQ Data Format go out.

It speaks the protocol and does nothing else: which feed the settings stand for, and what the events are, is said by the
same code that serves `tutela harmonise`. One JSON object a line on standard input:
``{"id", "bot_module", "parameters", "input": [{"meta", "raw_text" | "raw_base64"}]}``; one on standard output:
``{"id", "events": [...]}`` or ``{"id", "error": "..."}``. The schema of Shadowserver is read from the file that
``TUTELA_SHADOWSERVER_SCHEMA`` names, else from the shared material beside the project.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from tutela.config.environment import Environment  # noqa: E402
from tutela.core.errors import Problem, TutelaError  # noqa: E402
from tutela.core.feeds.compile import CompiledFeed, compile_feed  # noqa: E402
from tutela.core.feeds.intelmq import definition_for  # noqa: E402
from tutela.core.feeds.linter import load  # noqa: E402
from tutela.core.feeds.report import ReportContext  # noqa: E402
from tutela.flow.harmonise import lines, outcomes  # noqa: E402
from tutela.flow.slicing import Condition  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutela.core.feeds.definition import FeedDefinition

SCHEMA = ROOT.parent / "shared/feeds/shadowserver/intelmq.json"
TEST_TYPES = Path(__file__).with_name("shadowserver_test_types.json")
COPIED = ("feed.", "rtir_id")
"""Fields of a report that IntelMQ gives to each of its events; the others only a definition that names them can see."""


@cache
def built_in() -> tuple[FeedDefinition, ...]:
    """The feeds that ship with Tutela."""
    return tuple(load(path) for path in sorted((ROOT / "src/tutela/content/feeds").glob("*.yaml")))


@cache
def schema() -> dict[str, Any]:
    """The report types of Shadowserver, and the two that IntelMQ has for its own tests."""
    path = Path(os.environ.get("TUTELA_SHADOWSERVER_SCHEMA") or SCHEMA)
    known = orjson.loads(path.read_bytes()) if path.exists() else {}
    return {**orjson.loads(TEST_TYPES.read_bytes()), **known}


@cache
def environment() -> Environment:
    """The usual limits."""
    return Environment()


def report_of(data: bytes, meta: Mapping[str, Any]) -> ReportContext:
    """What the message says of its report."""
    known = {key: value for key, value in meta.items() if key != "__type" and value not in ("", None)}
    observed = known.pop("time.observation", None)
    return ReportContext(
        id=hashlib.sha256(data).hexdigest(),
        observed=datetime.fromisoformat(observed) if observed else datetime.now(UTC),
        file_name=str(known.get("extra.file_name", "")),
        defaults={key: value for key, value in known.items() if key.startswith(COPIED)},
        facts=known,
    )


def received(message: Mapping[str, Any]) -> tuple[bytes, ReportContext]:
    """The report of a message, and what the message says of it."""
    encoded = message.get("raw_base64")
    data = base64.b64decode(encoded) if encoded is not None else message["raw_text"].encode()
    return data, report_of(data, message.get("meta") or {})


def feed_for(case: Mapping[str, Any], report: ReportContext) -> CompiledFeed:
    """The feed that the parser of the case stands for; its events say no more than the report does."""
    found = definition_for(
        case["bot_module"], case.get("parameters") or {}, built_in(), schema=schema(), file_name=report.file_name
    )
    if isinstance(found, Problem):
        raise TutelaError(found.what, where=found.path, remedy=found.remedy)
    return compile_feed(found, enrich=False)


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """The events of all reports of one case, in their order."""
    events: list[Any] = []
    for message in case["input"]:
        data, report = received(message)
        try:
            events += events_of(data, feed_for(case, report), report)
        except TutelaError as error:
            return {"id": case["id"], "events": events, "error": str(error)}
    return {"id": case["id"], "events": events}


def events_of(data: bytes, feed: CompiledFeed, report: ReportContext) -> list[Any]:
    """The events of one report, as `tutela harmonise` writes them."""
    told = outcomes(io.BytesIO(data), feed=feed, report=report, environment=environment(), condition=Condition())
    return [orjson.loads(line) for outcome in told for line in lines(outcome)]


def main() -> None:
    """Answer line by line until the input ends."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(orjson.dumps(answer(orjson.loads(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
