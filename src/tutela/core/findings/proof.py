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
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_AHEAD: Final = timedelta(days=1)
"""So far ahead of its receipt the time of an event may be: clocks and zones differ."""

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
    PIECE = "piece"
    UNDATED = "undated"
    MISDATED = "misdated"
    OTHER_DEFINITION = "other-definition"
    OTHER_CONSTITUENCY = "other-constituency"


@dataclass(frozen=True, slots=True)
class Look:
    """A report as evidence.

    ``stream``: which of a feed's regular files it is. ``newest``: the time of its latest event, None where its events
    have none. ``covers``: whether the asset is in its scope, None where no limit is known. ``reading``: by which rules
    it was read. ``snapshot``: the constituency it was attributed with; ``holds``: whether in that one the asset
    still belongs to the organisation, None where nobody asked. ``is_piece``: a part of a stream of events.
    """

    report: str
    feed: str
    stream: str
    received: datetime
    newest: datetime | None
    events: int
    quarantined: int
    whole: bool
    failed: bool = False
    covers: bool | None = None
    reading: str = ""
    snapshot: str = ""
    holds: bool | None = None
    is_piece: bool = False


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
    is_closed: bool = False


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
    showing = [look for look in mine if look.received == subject.last_reported]
    words = tuple((look.report, _word(subject, look, showing)) for look in mine)
    moments: dict[str, set[datetime]] = {look.stream: set() for look in showing}  # what came in together counts once
    for look, (_, word) in zip(mine, words, strict=True):
        if word is Word.ABSENT:
            moments[look.stream].add(look.received)
    count = min(map(len, moments.values()), default=0)
    return Verdict(words, count >= subject.needed, _is_contradicted(subject, mine), subject.needed, count)


def _word(subject: Subject, look: Look, showing: Sequence[Look]) -> Word:
    if look.received <= subject.last_reported:
        return Word.SHOWN if look.received == subject.last_reported else Word.EARLIER
    if subject.after and look.received <= subject.after:
        return Word.EARLIER
    return _flaw(subject, look, showing) or Word.ABSENT


def _flaw(subject: Subject, look: Look, showing: Sequence[Look]) -> Word | None:
    """Why a report that came late enough and does not show the finding proves nothing all the same."""
    flaws = (
        (look.failed, Word.UNREAD),
        (look.is_piece, Word.PIECE),
        (look.stream not in {shown.stream for shown in showing}, Word.OTHER_STREAM),
        (any(shown.reading != look.reading for shown in showing), Word.OTHER_DEFINITION),
        (any(shown.snapshot != look.snapshot for shown in showing) and not look.holds, Word.OTHER_CONSTITUENCY),
        (look.quarantined > 0, Word.QUARANTINE),
        (not look.whole, Word.NOT_WHOLE),
        (look.events == 0, Word.EMPTY),
        (look.covers is False, Word.OUT_OF_SCOPE),
        (look.newest is None, Word.UNDATED),
        (look.newest is not None and look.newest > look.received + _AHEAD, Word.MISDATED),
        (look.newest is not None and look.newest <= (subject.after or subject.last_seen), Word.OLD_DATA),
    )
    return next((word for holds, word in flaws if holds), None)


def _is_contradicted(subject: Subject, mine: Sequence[Look]) -> bool:
    """Whether it was seen after the claim or the closure; what is closed opens again too when it is only listed again.

    An event from before a claim may be reported after it: that says nothing against the claim.
    """
    if subject.after is None or subject.last_reported <= subject.after:
        return False
    if subject.last_seen > subject.after:
        return True
    showing = (look.newest for look in mine if look.received == subject.last_reported)
    return subject.is_closed and any(newest is None or newest > subject.after for newest in showing)
