"""A case: how it stands, why it ends, and how people call it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

_REFERENCE: Final = re.compile(r"(?:INC-?)?(\d{4})-(\d{1,9})", re.IGNORECASE)


class State(StrEnum):
    """How an incident stands. What is ``merged`` goes on in another."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class Reason(StrEnum):
    """Why an incident was closed."""

    RESOLVED = "resolved"
    FALSE_ALARM = "false-alarm"
    NOT_OURS = "not-ours"
    NO_ANSWER = "no-answer"


class Part(StrEnum):
    """What an organisation has to do with an incident. These never see each other's part."""

    AFFECTED = "affected"
    REPORTER = "reporter"
    HELPER = "helper"


class Act(StrEnum):
    """What happens in the course of an incident; each is an entry of its timeline."""

    OPEN = "open"
    REPORT = "report"
    WRITE = "write"
    STATE_FACT = "state-fact"
    CHANGE = "change"
    LINK = "link"
    UNLINK = "unlink"
    INVOLVE = "involve"
    SHARE = "share"
    RELEASE = "release"
    ADD_TASK = "add-task"
    FINISH_TASK = "finish-task"
    ATTACH = "attach"
    MERGE = "merge"
    TAKE_OVER = "take-over"
    SPLIT = "split"
    CLOSE = "close"
    REOPEN = "reopen"
    START_CLOCK = "start-clock"
    SET_CLOCK = "set-clock"
    STOP_CLOCK = "stop-clock"
    APPROVE_DRAFT = "approve-draft"
    SUBMIT = "submit"
    TAKE_BACK = "take-back"


def reference(year: int, sequence: int) -> str:
    """What people call an incident: ``INC-2026-0007``."""
    return f"INC-{year}-{sequence:04d}"


def reference_of(text: str) -> tuple[int, int] | None:
    """Year and number of a reference, with or without its first letters; None where it is none."""
    found = _REFERENCE.fullmatch(text.strip())
    return (int(found[1]), int(found[2])) if found else None
