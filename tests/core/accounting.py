"""The account of a report's rows, each slice of it checked against what it gave."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.core.feeds.helpers import REPORT
from tutela.core.feeds.formats.slices import slices
from tutela.core.pipeline import harmonise

if TYPE_CHECKING:
    from tutela.core.feeds.compile import CompiledFeed
    from tutela.core.feeds.report import ReportContext
    from tutela.core.pipeline import Outcome


@dataclass(frozen=True)
class Account:
    """What became of the rows of a report."""

    rows: int
    read: int
    skipped: int
    quarantined: int


def checked(outcome: Outcome) -> Outcome:
    """The same outcome, once its counts are those of its events and its quarantine, and they add up."""
    good, bad = set(outcome.events["row"]), set(outcome.quarantine["row"])
    assert outcome.rows == outcome.read + outcome.skipped + outcome.quarantined
    assert (outcome.read, outcome.quarantined) == (len(good - bad), len(bad))
    return outcome


def account(
    feed: CompiledFeed,
    data: bytes,
    *,
    report: ReportContext = REPORT,
    slice_bytes: int = 2**20,
    only_rows: frozenset[int] | None = None,
) -> Account:
    """The account of all slices of a report together."""
    parts = slices(io.BytesIO(data), feed.definition.format, target_bytes=slice_bytes)
    made = [checked(harmonise(part, feed=feed, report=report, only_rows=only_rows)) for part in parts]
    return Account(*(sum(getattr(one, name) for one in made) for name in Account.__dataclass_fields__))
