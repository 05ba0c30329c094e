"""What an answer of the law rests on, link by link, and which of the links nobody has read in the law yet.

A link that is known from memory alone carries no official clock until a legal officer has confirmed it. What was
confirmed is known by the hash of what stood there: an amended file has to be confirmed anew.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from tutela.core.law.instrument import COUNTED, Confidence, weakest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tutela.core.law.clock import TimeRule
    from tutela.core.law.instrument import Sourced, Stage
    from tutela.core.law.library import Compiled


class Link(NamedTuple):
    """A fact of law: which part of which regime it is, where it stands, how it is known, and the hash of what it says.

    ``part``: ``who``, ``trigger``, ``validity``, ``time_rule``, or ``stage.ID``.
    """

    regime: str
    part: str
    citation: str
    confidence: Confidence
    digest: str


def links_of(compiled: Compiled, stage: Stage) -> Iterator[Link]:
    """The links on which the answer for a stage of a regime rests."""
    law = compiled.instrument
    parts: list[tuple[str, Sourced | TimeRule]] = [
        ("validity", law.validity),
        ("who", law.who),
        ("trigger", law.trigger),
        (f"stage.{stage.id}", stage),
    ]
    if stage.due.mode in COUNTED:
        parts.append(("time_rule", compiled.rule))
    for part, fact in parts:
        sure = fact.confidence
        if fact is law.trigger and not law.trigger.when:  # it is as sure as the least sure of its tests
            sure = weakest(sure, *(one.confidence for one in law.trigger.tests))
        yield Link(compiled.id, part, fact.citation, sure, _digest(compiled.id, part, fact))


def links(compiled: Compiled) -> list[Link]:
    """All links of a regime, each once, in the order of its file."""
    return list(dict.fromkeys(link for one in compiled.stages for link in links_of(compiled, one.stage)))


def unverified(compiled: Compiled, stage: Stage, confirmed: Collection[str]) -> list[Link]:
    """The links that are known from memory alone, and whose hash nobody has confirmed."""
    found = links_of(compiled, stage)
    return [one for one in found if one.confidence is Confidence.MEMORY and one.digest not in confirmed]


def _digest(regime: str, part: str, fact: Sourced | TimeRule) -> str:
    said = fact.model_dump(mode="json", by_alias=True)
    text = json.dumps([regime, part, said], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
