"""The definition of an instrument: whom it binds, what sets it off, what must be reported to whom and by when.

One YAML file holds one version of one instrument. An amendment is a new file with the next version, never a change of
an old one; an overlay is a file that says what differs in one country.
"""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003 - pydantic reads annotations at run time
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

IDENTIFIER: Final = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"
_NAME: Final = r"^[a-z][a-z0-9_]*$"
_PERIOD: Final = re.compile(r"([1-9][0-9]{0,3}) (minute|hour|day|month|business day)s?")
LANGUAGES: Final = ("en", "zh-hans")
ENGLISH: Final = "en"

Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Name = Annotated[str, Field(pattern=_NAME)]
Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Texts = dict[Literal["en", "zh-hans"], Text]


class Part(BaseModel):
    """A part of a definition: nothing in it that is not declared, nothing in it that changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Status(StrEnum):
    """How far an instrument has come."""

    PROPOSED = "proposed"
    ADOPTED = "adopted"
    IN_FORCE = "in force"
    REPEALED = "repealed"


class Confidence(StrEnum):
    """How a fact of law is known: the text itself was read, another's account of it, or it is remembered."""

    PRIMARY = "P"
    SECONDARY = "S"
    MEMORY = "M"


ORDER: Final = tuple(Confidence)


def weakest(*given: Confidence) -> Confidence:
    """The least sure of them: a chain holds as its weakest link does."""
    return max(given, key=ORDER.index)


class Unit(StrEnum):
    """In what a period is counted."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    BUSINESS_DAY = "business day"


class Mode(StrEnum):
    """What kind of limit it is."""

    MAXIMUM = "max"
    GUIDELINE = "guideline"
    AS_SOON_AS_POSSIBLE = "asap"
    ON_REQUEST = "on request"
    VOLUNTARY = "voluntary"
    UNKNOWN = "unknown"
    NONE = "none"


COUNTED: Final = frozenset({Mode.MAXIMUM, Mode.GUIDELINE})
"""The modes that have a number."""


class Event(StrEnum):
    """What happens to an incident, and starts clocks; ``submitted`` and ``received`` are of a stage."""

    OCCURRED = "occurred"
    DISCOVERED = "discovered"
    AWARE = "aware"
    DETERMINED = "determined"
    MEASURE_AVAILABLE = "measure_available"
    NEW_FACT_KNOWN = "new_fact_known"
    HANDLED = "handled"
    PAID = "paid"
    SUBMITTED = "submitted"
    RECEIVED = "received"


OF_A_STAGE: Final = frozenset({Event.SUBMITTED, Event.RECEIVED})


class Period(Part):
    """A length of time: ``72 hours``, ``1 month``, ``4 business days``."""

    number: int = Field(ge=1, le=9_999)
    unit: Unit

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


def _period(given: object) -> object:
    if not isinstance(given, str):
        return given
    found = _PERIOD.fullmatch(given)
    if found is None:
        raise ValueError(f"{given!r} is no period, such as 72 hours, 1 month or 4 business days")
    return {"number": int(found[1]), "unit": found[2]}


class Sourced(Part):
    """A fact of law: where it stands, how it is known, and from whom."""

    citation: Text = Field(description="Where in the instrument it stands, as lawyers cite it.")
    confidence: Confidence = Field(description="P: the text was read; S: an account of it; M: from memory.")
    sources: tuple[Name, ...] = Field(min_length=1, description="Names of sources.yaml.")
    note: Text | None = Field(default=None, description="What somebody who relies on it must know besides.")


class Limit(Part):
    """Until when: within a period from an event, or without a number."""

    within: Annotated[Period, BeforeValidator(_period)] | None = Field(default=None, description="Such as 72 hours.")
    from_: Event | None = Field(default=None, alias="from", description="The event from which it runs.")
    of: Name | None = Field(default=None, description="Of submitted and received: the stage (the last time).")
    beginning: Literal["end of calendar year"] | None = Field(
        default=None, description="It runs from the end of the calendar year of the event."
    )
    mode: Mode = Mode.MAXIMUM

    @model_validator(mode="after")
    def _whole(self) -> Self:
        counted = self.mode in COUNTED
        if counted != (self.within is not None) or counted != (self.from_ is not None):
            raise ValueError(f"a limit of the mode {self.mode} has {'both' if counted else 'neither'} within and from")
        if (self.of is not None) != (self.from_ in OF_A_STAGE):
            raise ValueError("submitted and received are of a stage, and only they: say of: STAGE")
        return self


class Due(Part):
    """Until when a stage is due: one limit, or the earliest of several."""

    earliest_of: tuple[Limit, ...] = Field(min_length=1)

    @property
    def mode(self) -> Mode:
        """The kind of its limits; several are all of one kind."""
        return self.earliest_of[0].mode


def _due(given: object) -> object:
    return {"earliest_of": [given]} if isinstance(given, dict) and "earliest_of" not in given else given


AnyDue = Annotated[Due, BeforeValidator(_due)]


class Variant(Part):
    """Another time limit of a stage, under a condition; the first that holds counts."""

    when: Text
    due: AnyDue
    citation: Text | None = None


class Stage(Sourced):
    """One thing to be done: what, by when, whom it goes to, and what it must contain."""

    id: Name
    title: Texts
    when: Text | None = Field(default=None, description="A condition in CEL; without one the stage is always due.")
    due: AnyDue
    variants: tuple[Variant, ...] = ()
    what: Text | None = Field(default=None, description="Of a duty of an authority: what it owes.")
    recipient: Text | None = None
    content: tuple[Text, ...] = Field(default=(), description="The checklist of what the law asks for.")


class Validity(Sourced):
    """From which day to which (exclusive) this version is law."""

    from_: date | None = Field(alias="from")
    to: date | None = None

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.from_ and self.to and self.to <= self.from_:
            raise ValueError("it ends before it begins")
        return self


class Rule(Sourced):
    """A condition in CEL, and what it says in words."""

    text: Text
    when: Text


class Trigger(Sourced):
    """What sets the duty off: a condition, or the first of several tests that holds."""

    text: Text
    when: Text | None = None
    tests: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.when is None and not self.tests:
            raise ValueError("a trigger has when, or tests, or both (the tests then explain it)")
        return self


class YieldsTo(Rule):
    """The special law that goes before this one, and when (lex specialis)."""

    regime: Identifier


class Calendar(Part):
    """Whose public holidays count, and in which time zone a day begins."""

    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1.")
    timezone: str = Field(pattern=r"^[A-Za-z_]+(/[A-Za-z_+-]+)*$", description="A name of the IANA time zones.")


class Instrument(Part):
    """One version of one instrument."""

    id: Identifier
    version: int = Field(ge=1)
    jurisdiction: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
    instrument: Texts
    article: Text
    status: Status
    validity: Validity
    knowledge: date = Field(description="The day on which all this was known to be so.")
    who: Rule
    trigger: Trigger
    yields_to: tuple[YieldsTo, ...] = ()
    uses_stages_of: Identifier | None = Field(default=None, description="The regime whose stages it sets off.")
    time_rule: Name
    calendar: Calendar | None = None
    stages: tuple[Stage, ...] = ()
    duties: tuple[Stage, ...] = Field(default=(), description="What the authority owes in its turn.")
    notes: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _stages(self) -> Self:
        if bool(self.stages) == bool(self.uses_stages_of):
            raise ValueError("an instrument has stages of its own, or uses_stages_of, and not both")
        return self


class Overlay(Part):
    """What one country has made of an instrument: each part that is given takes the place of the same part there.

    Stages and duties are put in by their id; all else is kept.
    """

    id: Identifier
    version: int = Field(ge=1)
    overlays: Identifier = Field(description="The regime that it changes.")
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1: for organisations of this country.")
    instrument: Texts
    article: Text
    status: Status
    validity: Validity
    knowledge: date
    who: Rule | None = None
    trigger: Trigger | None = None
    time_rule: Name | None = None
    calendar: Calendar | None = None
    stages: tuple[Stage, ...] = ()
    duties: tuple[Stage, ...] = ()
    notes: tuple[Text, ...] = ()

    def over(self, base: Instrument, *, with_stages: bool = True) -> Instrument:
        """The instrument as it is in this country; its id stays that of the base.

        Not ``with_stages``: they are of another instrument, whose stages the base sets off.
        """
        given: dict[str, Any] = {
            name: getattr(self, name) for name in ("who", "trigger", "time_rule", "calendar") if getattr(self, name)
        }
        return base.model_copy(
            update={
                **given,
                "article": f"{base.article}; {self.instrument[ENGLISH]}, {self.article}",
                "stages": _put_in(base.stages, self.stages) if with_stages else base.stages,
                "duties": _put_in(base.duties, self.duties) if with_stages else base.duties,
                "notes": (*base.notes, *self.notes),
            }
        )


def _put_in(base: tuple[Stage, ...], changed: tuple[Stage, ...]) -> tuple[Stage, ...]:
    by_id = {stage.id: stage for stage in changed}
    kept = tuple(by_id.pop(stage.id, stage) for stage in base)
    return (*kept, *by_id.values())
