"""What proves that a finding is gone, and what proves that it is not.

A report proves absence when the source that last showed the asset looked again and did not show it: the same feed,
the same stream of its files, received after the claim and with data from after it, whole, no row in quarantine, not
empty, with the asset in its scope. Everything else proves nothing, and is told with its reason: the silence of a dead
feed closes nothing.

``last_reported`` is when the last report that shows the finding came in. A report that came in later does not show
it. That is the only sure way to tell: the time of an event may be years old in lists that tell when something was
first seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_DIGITS: Final = re.compile(r"\d+")


class Word(StrEnum):
    """What a report says about a finding."""

    ABSENT = "absent"
    SHOWN = "shown"
    EARLIER = "earlier"
    OLD_DATA = "old-data"
    NOT_WHOLE = "not-whole"
    QUARANTINE = "quarantine"
    UNREAD = "unread"
    EMPTY = "empty"
    OUT_OF_SCOPE = "out-of-scope"
    OTHER_STREAM = "other-stream"


@dataclass(frozen=True, slots=True)
class Look:
    """A report as evidence.

    ``stream``: which of a feed's regular files it is. ``newest``: the time of its latest event, or when it came in
    where its events have none. ``covers``: whether the asset is in its scope, None where no limit is known.
    """

    report: str
    feed: str
    stream: str
    received: datetime
    newest: datetime
    events: int
    quarantined: int
    whole: bool
    failed: bool = False
    covers: bool | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A finding as far as proof is concerned. ``after``: the claim, or the proof of closure, if any.

    ``needed``: how many reports in a row must show it absent. A feed whose reports list all that is there (a scan)
    needs one after a claim; one that tells what was seen to happen (a sinkhole) needs as many as without, for who is
    quiet for a day may be ill still.
    """

    feed: str
    last_seen: datetime
    last_reported: datetime
    after: datetime | None
    needed: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all reports say together. ``needed`` reports that show it absent, of which there are ``count``."""

    words: tuple[tuple[str, Word], ...]
    proven: bool
    contradicted: bool
    needed: int
    count: int


def stream(file_name: str) -> str:
    """Which of a feed's regular files this is: its name without what changes from day to day."""
    return _DIGITS.sub("#", file_name.lower())


def judge(subject: Subject, looks: Sequence[Look]) -> Verdict:
    """What the reports of its feed, in any order, say about a finding.

    Each stream in which it may have been shown last must show it absent ``needed`` times.
    """
    mine = sorted((look for look in looks if look.feed == subject.feed), key=lambda look: (look.received, look.report))
    streams = {look.stream for look in mine if look.received == subject.last_reported}
    words = tuple((look.report, _word(subject, look, streams)) for look in mine)
    counts = dict.fromkeys(streams, 0)
    for look, (_, word) in zip(mine, words, strict=True):
        if word is Word.ABSENT:
            counts[look.stream] += 1
    count = min(counts.values(), default=0)
    return Verdict(words, count >= subject.needed, _is_contradicted(subject, mine), subject.needed, count)


def _word(subject: Subject, look: Look, streams: set[str]) -> Word:
    if look.received <= subject.last_reported:
        return Word.SHOWN if look.received == subject.last_reported else Word.EARLIER
    if subject.after and look.received <= subject.after:
        return Word.EARLIER
    return _flaw(subject, look, streams) or Word.ABSENT


def _flaw(subject: Subject, look: Look, streams: set[str]) -> Word | None:
    """Why a report that came late enough and does not show the finding proves nothing all the same."""
    flaws = (
        (look.failed, Word.UNREAD),
        (look.stream not in streams, Word.OTHER_STREAM),
        (look.quarantined > 0, Word.QUARANTINE),
        (not look.whole, Word.NOT_WHOLE),
        (look.events == 0, Word.EMPTY),
        (look.covers is False, Word.OUT_OF_SCOPE),
        (look.newest <= (subject.after or subject.last_seen), Word.OLD_DATA),
    )
    return next((word for holds, word in flaws if holds), None)


def _is_contradicted(subject: Subject, mine: Sequence[Look]) -> bool:
    """Whether it was shown after the claim or the closure, with data from after it."""
    if subject.after is None or subject.last_reported <= subject.after:
        return False
    if subject.last_seen > subject.after:
        return True
    return any(look.newest > subject.after for look in mine if look.received == subject.last_reported)
