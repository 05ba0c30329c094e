"""How answers of the law are told on a page: in plain words, with the reason behind each."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tutela.apps.law.queries import called, law_of, title_of
from tutela.core.law.stating import MOMENT
from tutela.web.words import LAW_STEP, LIMIT_MODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tutela.apps.obligations.assessment import Assessment
    from tutela.apps.obligations.models import Obligation
    from tutela.core.law.links import Link
    from tutela.core.law.row import Row


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a reason: what was asked, the answer, the facts that were used, and where it stands."""

    title: str
    text: str
    value: bool | None
    has_value: bool
    facts: Sequence[tuple[str, str]]
    citation: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as the page shows it; ``obligation``: its clock, if one runs or ran."""

    row: Row
    title: str
    law: str
    doubts: Sequence[Link]
    obligation: Obligation | None
    reasons: Sequence[Reason]
    waits: str

    @property
    def is_moved(self) -> bool:
        """Whether its clock runs otherwise than the law has it by what is known now."""
        one = self.obligation
        return one is not None and one.state == "running" and one.due != self.row.due

    @property
    def turn(self) -> tuple[object, ...]:
        """Its place: what is still to be done first, and of that what is due first."""
        due = self.row.due
        is_done = self.obligation is not None and self.obligation.state == "submitted"
        return (
            is_done,
            due is None and not self.questions,
            due is None,
            due.timestamp() if due else 0.0,
            not self.waits,
            self.row.mode,
            self.row.regime,
        )

    @property
    def questions(self) -> list[str]:
        """What must be known before its time can be counted."""
        return [called(name) for name in self.row.missing]

    @property
    def mode(self) -> str:
        """The kind of its limit, in words."""
        return str(LIMIT_MODE[self.row.mode])


def applying(assessment: Assessment, running: Iterable[Obligation]) -> list[Told]:
    """What must be reported, what is due first at the top; then what has no time yet, then what has none at all."""
    clocks = {(one.regime, one.stage): one for one in running}
    rows = [row for row in assessment.rows if row.applies]
    told = [_told(row, assessment, clocks.get((row.regime, row.stage))) for row in rows]
    return sorted(told, key=lambda one: one.turn)


def _told(row: Row, assessment: Assessment, clock: Obligation | None) -> Told:
    doubts = assessment.links.get((row.regime, row.stage), ())
    waits = called(f"{MOMENT}{row.waits_for}") if row.waits_for else ""
    title = title_of(row.regime, row.stage)
    return Told(row, title, law_of(row.regime), doubts, clock, reasons(row.as_dict()["because"]), waits)


def reasons(because: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """The steps of a reason, as a page tells them."""
    return [
        Reason(
            str(LAW_STEP.get(step["step"], step["step"])),
            str(step.get("text", "")),
            step.get("value"),
            "value" in step,
            [(called(name), value_of(value)) for name, value in step.get("facts", {}).items()],
            str(step.get("citation", "")),
            [*step.get("arithmetic", ()), *step.get("derived", {}).values()],
        )
        for step in because
    ]


def value_of(value: object) -> str:
    """The value of a fact, for people."""
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and value[:1].isdigit():
        with suppress(ValueError):
            return timezone.localtime(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M %Z")
    return str(value) or "–"


@dataclass(frozen=True, slots=True)
class Open:
    """A regime of which it is not known yet what it asks, and what would settle it."""

    regime: str
    law: str
    stages: Sequence[str]
    missing: Sequence[str]


def undetermined(assessment: Assessment) -> list[Open]:
    """The regimes that hang on something: those of the own country first, then those that hang on the least."""
    found: dict[str, list[Row]] = {}
    for row in assessment.rows:
        if row.applies is None:
            found.setdefault(row.regime, []).append(row)
    told = [
        Open(
            regime,
            law_of(regime),
            [title_of(row.regime, row.stage) for row in rows],
            list(dict.fromkeys(called(name) for row in rows for name in row.missing)),
        )
        for regime, rows in found.items()
    ]
    return sorted(told, key=lambda one: (one.regime not in assessment.near, len(one.missing), one.law))


@dataclass(frozen=True, slots=True)
class Left:
    """A regime that asks for nothing here, and why."""

    regime: str
    law: str
    why: str
    citation: str
    before: str


def not_applying(assessment: Assessment) -> Iterator[Left]:
    """The regimes that ask for nothing, each with the step that settled it; those that yield to another first."""
    rows: dict[str, list[Row]] = {}
    for row in assessment.rows:
        rows.setdefault(row.regime, []).append(row)
    for regime, found in rows.items():
        if all(row.applies is False for row in found):
            yield _left(regime, found[0])


def _left(regime: str, row: Row) -> Left:
    for step in row.because:
        yields = step["step"] == "yields to"
        if step.get("value") is yields and (yields or step["step"] != "rule"):
            before = law_of(step["regime"]) if yields and "regime" in step else ""
            return Left(regime, law_of(regime), str(step.get("text", "")), str(step.get("citation", "")), before)
    return Left(regime, law_of(regime), "", row.citation, "")


def changes(before: Assessment, after: Assessment) -> tuple[list[str], list[str]]:
    """What appeared and what vanished between two assessments, as names."""

    def names(one: Assessment) -> dict[tuple[str, str], str]:
        return {
            (row.regime, row.stage): f"{law_of(row.regime)}: {title_of(row.regime, row.stage)}"
            for row in one.rows
            if row.applies
        }

    old, new = names(before), names(after)
    return [new[key] for key in new if key not in old], [old[key] for key in old if key not in new]
