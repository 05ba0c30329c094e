"""Errors are types with data: what is wrong, where, and what to do about it.

::

    TutelaError                 anything a person is told in one sentence
    ├── WrongUse                the command was asked for something that cannot be (exit code 2)
    ├── BadInput                what came in cannot be read (exit code 1); it stays where it is
    │   └── DefinitionErrors    all the errors of a set of definition files, at once
    ├── Conflict                stored state forbids it (a newer lake, a broken chain)
    ├── NotAllowed              who asks has not the right
    └── Unavailable             full disk, locked or unreachable store: transient, try again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class TutelaError(Exception):
    """Something a person must know: ``what`` went wrong, ``where``, and the ``remedy``."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    transient: ClassVar[bool] = False

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        """One sentence (two at the most): where, what, what to do."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{_told(self.what, self.remedy)}"

    def as_dict(self) -> dict[str, str]:
        """The same for machines."""
        return {"code": self.code, "what": self.what, "where": self.where, "remedy": self.remedy}


class WrongUse(TutelaError):  # noqa: N818 - the names are read by people: "wrong use", "bad input"
    """The command was asked for something that cannot be."""

    code = "wrong-use"
    exit_code = 2


class BadInput(TutelaError):  # noqa: N818 - as WrongUse
    """What came in cannot be read; it stays where it is."""

    code = "bad-input"


class Conflict(TutelaError):  # noqa: N818 - as WrongUse
    """What is stored forbids what was asked."""

    code = "conflict"


class NotAllowed(TutelaError):  # noqa: N818 - as WrongUse
    """Who asks has not the right to it."""

    code = "not-allowed"


class Unavailable(TutelaError):  # noqa: N818 - as WrongUse
    """A store or a disk cannot be used now; the same command may go through later."""

    code = "unavailable"
    transient = True


@dataclass(frozen=True, slots=True)
class Problem:
    """One error in one definition file: where it is, what it is, and the remedy."""

    path: str
    line: int
    what: str
    remedy: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        """``path:line: what remedy``; without the line where it is 0."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {_told(self.what, self.remedy)}"


def _told(what: str, remedy: str) -> str:
    """What is wrong and what to do, with a full stop between them."""
    if not remedy:
        return what
    stop = "" if what.endswith((".", "!", "?", ":")) else "."
    return f"{what}{stop} {remedy}"


class DefinitionErrors(BadInput):
    """All the errors of a set of definition files, at once."""

    code = "definition-errors"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
