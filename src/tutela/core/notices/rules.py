"""Who is told what: rules as data, of which the most specific one that fits a finding decides.

One YAML file holds all rules of an installation. A rule that names an organisation speaks of it and of all below it;
what a rule does not name does not matter to it. Of several that fit, the one goes that is more specific, in this
order: the organisation further down the tree, then named types, then the higher severity, then a named sector; of two
that are alike the first in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tutela.core.findings.fold import SEVERITIES, TLP_LEVELS
from tutela.core.idf.taxonomy import TAXONOMY_OF_TYPE
from tutela.core.reading import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AT_ONCE: Final = "at-once"
WEEKLY: Final = "weekly"
NEVER: Final = "never"
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: Final[tuple[str, ...]] = get_args(Weekday)


def _one_of(known: Sequence[str] | Mapping[str, str], what: str) -> AfterValidator:
    def check(text: str) -> str:
        if text and text not in known:
            raise ValueError(f"{text!r} is no {what}; there are: {', '.join(known)}")
        return text

    return AfterValidator(check)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is no time zone, such as Europe/Luxembourg") from error
    return text


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Digest(_Part):
    """When digests go out: at an hour of the day, weekly ones on one day of the week, by the clock of a zone."""

    zone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", description="A time zone of the IANA database.")
    hour: int = Field(default=8, ge=0, le=23, description="The hour at which digests go out.")
    weekday: Weekday = Field(default="monday", description="The day on which weekly digests go out.")


class Rule(_Part):
    """One rule: which findings it speaks of, and what is done about them."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,99}$", description="Its name, as it is shown to people.")
    organisation: str = Field(default="", description="Id of an organisation: it, and all below it.")
    sector: str = Field(default="", description="A sector.")
    types: tuple[Annotated[str, _one_of(TAXONOMY_OF_TYPE, "type of RSIT")], ...] = Field(
        default=(), description="Types of RSIT, such as infected-system."
    )
    severity: Annotated[str, _one_of(SEVERITIES, "severity")] = Field(default="", description="At least this severe.")
    schedule: Literal["at-once", "daily", "weekly", "never"] = Field(description="When they are told.")
    contacts: tuple[str, ...] = Field(
        default=("abuse", "security", "technical"),
        min_length=1,
        description="Roles of contacts, in order: the first that there is with an address is told.",
    )
    tlp: Annotated[str, _one_of(TLP_LEVELS, "level of TLP 2.0")] = Field(
        default="AMBER+STRICT", min_length=1, description="What is stricter is not told by mail."
    )
    answers: Literal["link", "sign-in"] = Field(
        default="link",
        description="Whether a link in the mail is enough to acknowledge or claim, or a sign-in is needed.",
    )


class Rules(_Part):
    """All rules of an installation."""

    digest: Digest = Field(default=Digest(), description="When digests go out.")
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=10_000, description="The rules.")

    @model_validator(mode="after")
    def _names_are_their_own(self) -> Rules:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"several rules are called {', '.join(twice)}")
        return self


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule looks at. ``path``: ids of organisations from the top down to the finding's own."""

    path: tuple[str, ...]
    sector: str
    type: str
    severity: int
    tlp: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The rule that decides (None where none fits), and why, in a sentence."""

    rule: Rule | None
    because: str

    @property
    def is_told(self) -> bool:
        """Whether anything goes out by it."""
        return self.rule is not None and self.rule.schedule != NEVER


def choose(rules: Rules, subject: Subject) -> Choice:
    """The most specific rule that fits, with the reason; a finding whose TLP is too strict for it is told to nobody."""
    fitting = [rule for rule in rules.rules if _fits(rule, subject)]
    if not fitting:
        return Choice(None, "no rule speaks of it")
    rule = max(fitting, key=lambda one: _specificity(one, subject))  # of two alike, max takes the first
    others = len(fitting) - 1
    because = f"rule {rule.name}: {_reason(rule)}"
    if others:
        because += f"; more specific than {others} other {'rule' if others == 1 else 'rules'}"
    if subject.tlp > TLP_LEVELS.index(rule.tlp):
        return Choice(None, f"{because}; but TLP:{TLP_LEVELS[subject.tlp]} is stricter than the rule lets out")
    return Choice(rule, because)


def load(content: bytes | str, path: str) -> Rules:
    """The rules in a text; raises DefinitionErrors with all errors, each with its line."""
    return read(content, path, Rules, "docs/notices.md")


def schema() -> dict[str, Any]:
    """The JSON Schema of a file of rules, for editors."""
    return Rules.model_json_schema()


def _fits(rule: Rule, subject: Subject) -> bool:
    return (
        (not rule.organisation or rule.organisation in subject.path)
        and (not rule.sector or rule.sector == subject.sector)
        and (not rule.types or subject.type in rule.types)
        and (not rule.severity or subject.severity >= SEVERITIES.index(rule.severity))
    )


def _specificity(rule: Rule, subject: Subject) -> tuple[int, int, int, int]:
    depth = subject.path.index(rule.organisation) + 1 if rule.organisation else 0
    level = SEVERITIES.index(rule.severity) if rule.severity else 0
    return (depth, int(bool(rule.types)), level, int(bool(rule.sector)))


def _reason(rule: Rule) -> str:
    """What it names, as a person reads it."""
    parts = [
        f"{rule.organisation} and below" if rule.organisation else "",
        f"types {', '.join(rule.types)}" if rule.types else "",
        f"at least {rule.severity}" if rule.severity else "",
        f"sector {rule.sector}" if rule.sector else "",
    ]
    return "; ".join(filter(None, parts)) or "everything"
