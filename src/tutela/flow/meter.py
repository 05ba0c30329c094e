"""How far an ingest is, for whoever wants to show it; the flow knows nothing of terminals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Listener = Callable[[str, int, int | None], None]


@dataclass(slots=True)
class Meter:
    """Tells ``listener`` the stage, how many bytes of the reports are read, and how many there are in all, if known.

    Without a listener it tells nobody.
    """

    listener: Listener | None = None
    total: int | None = None
    _stage: str = ""
    _before: int = 0
    _size: int = 0

    def enter(self, stage: str) -> None:
        """A stage begins; what was taken up is read."""
        self._stage = stage
        self.take_up(0)

    def take_up(self, size: int) -> None:
        """A report of so many bytes is next; the one before is read."""
        self._before += self._size
        self._size = size
        self._tell(0)

    def reach(self, position: int) -> None:
        """The report that was taken up is read up to this byte."""
        self._tell(min(position, self._size))

    def _tell(self, position: int) -> None:
        if self.listener is not None:
            done = self._before + position
            self.listener(self._stage, done if self.total is None else min(done, self.total), self.total)
