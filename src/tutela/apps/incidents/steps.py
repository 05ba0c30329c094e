"""What programs can do with an incident: one form for each step, which says by ``act`` what is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from tutela.apps.incidents import actions
from tutela.apps.incidents.course import MOST_FINDINGS
from tutela.core.incidents.case import Part, Reason  # noqa: TC001 - pydantic reads annotations at run time
from tutela.web.questions import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutela.apps.incidents.models import Incident

Organisation = Annotated[Text, Field(min_length=1, max_length=200, description="global id")]
Title = Annotated[Text, Field(min_length=1, max_length=200)]
Findings = Annotated[list[UUID], Field(min_length=1, max_length=MOST_FINDINGS)]
Said = Annotated[Text, Field(max_length=20_000)]


class _Step(Schema):
    """A step; nothing in it that is not declared."""

    model_config = ConfigDict(extra="forbid")


class StateFact(_Step):
    """State a fact, as people write it: yes, no, unknown, a number, a choice, a moment."""

    act: Literal["state-fact"]
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    text: Annotated[Text, Field(min_length=1, max_length=2_000)]
    evidence: Annotated[Text, Field(max_length=2_000)] = ""
    organisation: Annotated[Text, Field(max_length=200)] = ""


class Change(_Step):
    """Change what it is; what is left out stays."""

    act: Literal["change"]
    title: Title | None = None
    type: Annotated[Text, Field(max_length=100)] | None = None
    severity: Annotated[int, Field(ge=0, le=5)] | None = None
    tlp: Annotated[int, Field(ge=0, le=4)] | None = None
    owner: Annotated[Text, Field(max_length=254)] | None = None


class Link(_Step):
    """Let findings belong to it."""

    act: Literal["link"]
    findings: Findings


class Unlink(_Step):
    """Take findings out of it."""

    act: Literal["unlink"]
    findings: Findings


class Split(_Step):
    """Begin a case of its own with some of its findings; the answer is the new one."""

    act: Literal["split"]
    findings: Findings
    title: Title


class Merge(_Step):
    """Let it go on in another; the answer is that one."""

    act: Literal["merge"]
    into: UUID


class Involve(_Step):
    """Write down what an organisation has to do with it."""

    act: Literal["involve"]
    organisation: Organisation
    part: Part


class Share(_Step):
    """Let the people of an organisation see it."""

    act: Literal["share"]
    organisation: Organisation


class Release(_Step):
    """Write down that an organisation has nothing to do with it."""

    act: Literal["release"]
    organisation: Organisation


class AddTask(_Step):
    """Write down something to be done."""

    act: Literal["add-task"]
    text: Annotated[Text, Field(min_length=1, max_length=500)]
    due: AwareDatetime | None = None


class FinishTask(_Step):
    """Write down that something was done."""

    act: Literal["finish-task"]
    task: UUID


class Close(_Step):
    """End the case."""

    act: Literal["close"]
    reason: Reason
    text: Said = ""


class Reopen(_Step):
    """Take the case up again."""

    act: Literal["reopen"]
    text: Annotated[Text, Field(min_length=1, max_length=20_000)]


Step = Annotated[
    StateFact
    | Change
    | Link
    | Unlink
    | Split
    | Merge
    | Involve
    | Share
    | Release
    | AddTask
    | FinishTask
    | Close
    | Reopen,
    Field(discriminator="act"),
]
"""One of them, by its ``act``."""

_DO: Final[dict[str, Callable[..., Incident]]] = {
    "state-fact": actions.state_fact,
    "change": actions.change,
    "link": actions.link,
    "unlink": actions.unlink,
    "split": actions.split,
    "merge": actions.merge,
    "involve": actions.involve,
    "share": actions.share,
    "release": actions.release,
    "add-task": actions.add_task,
    "finish-task": actions.finish_task,
    "close": actions.close,
    "reopen": actions.reopen,
}


def take(step: Step, incident: UUID, **ground: Any) -> Incident:
    """Take a step; gives the incident to look at then. Raises as the action does."""
    values = step.model_dump(exclude={"act"})
    if isinstance(step, Change):
        values = {name: value for name, value in values.items() if value is not None}
    return _DO[step.act](incident=incident, **values, **ground)
