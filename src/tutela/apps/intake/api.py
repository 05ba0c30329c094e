"""The interface by which other systems send events, an IntelMQ first of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from django.http import HttpRequest
from ninja import Router, Schema, Status

from tutela.apps.intake import actions
from tutela.core.errors import BadInput
from tutela.core.rights import Right
from tutela.web.acting import ground
from tutela.web.problems import Problem
from tutela.web.rights import allow, viewer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

router = Router(tags=["events"])

MOST_EVENTS: Final = 100_000
_MOST_TOLD: Final = 20
_LINES: Final = "application/x-ndjson"
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"type": "object"},
                        {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": MOST_EVENTS},
                    ]
                }
            },
            _LINES: {"schema": {"type": "string"}},
        },
    }
}


class Taken(Schema):
    """What was laid down: the SHA-256 of its lines, and how many events they are."""

    content: str
    events: int


@router.post(
    "",
    response={202: Taken, 401: Problem, 403: Problem, 422: Problem, 503: Problem},
    summary="Send events",
    openapi_extra=_BODY,
    url_name="events",
)
def send_events(request: HttpRequest) -> Status[dict[str, Any]]:
    """Events in the IntelMQ Data Format: one object, an array of them, or one a line (`application/x-ndjson`).

    They are taken in by the worker, within seconds; 202 says that they are on disk. The same events sent again count
    once. All or nothing: where one cannot be read, none is taken, and all that are wrong are told.
    """
    allow(viewer_of(request), Right.SEND_EVENTS)
    data = request.read()
    if request.content_type == _LINES:
        lines = [line for line in data.splitlines() if line.strip()]
        wrong = _wrong(enumerate(map(_parsed, lines), 1), "line")
    else:
        given = _parsed(data)
        events = given if isinstance(given, list) else [given]
        wrong = _wrong(enumerate(events, 1), "event")
        lines = [] if wrong else [orjson.dumps(one) for one in events]
    _refuse(wrong, len(lines))
    content = actions.send(lines=b"\n".join(lines) + b"\n", events=len(lines), **ground(request))
    return Status(202, {"content": content, "events": len(lines)})


def _parsed(text: bytes) -> Any:
    """The value, or why it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return BadInput(f"cannot be read as JSON: {error}.")


def _wrong(values: Iterator[tuple[int, Any]], what: str) -> list[str]:
    return [
        f"{what} {number}: {value.what if isinstance(value, BadInput) else 'is no object.'}"
        for number, value in values
        if not isinstance(value, dict) or not value
    ]


def _refuse(wrong: list[str], count: int) -> None:
    if wrong:
        more = [f"and {len(wrong) - _MOST_TOLD:,} more."] if len(wrong) > _MOST_TOLD else []
        raise BadInput(" ".join([*wrong[:_MOST_TOLD], *more]), remedy="Nothing was taken; send all again, mended.")
    if not count:
        raise BadInput("there are no events.", remedy="Send one object, an array of them, or one a line.")
    if count > MOST_EVENTS:
        raise BadInput(f"there are more than {MOST_EVENTS:,} events.", remedy="Send them in several parts.")
