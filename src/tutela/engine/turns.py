"""Tasks that run side by side do one step in the order of their numbers, so that the outcome never depends on speed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES: Final = 8
_PAUSE: Final = 0.002  # seconds; a slice takes hundreds of times as long


@dataclass(frozen=True, slots=True)
class Turns:
    """A counter in a file: the number of the task whose turn it is."""

    path: str

    def begin(self) -> None:
        """The turn of task 0."""
        self._write(0)

    @contextmanager
    def turn_of(self, number: int) -> Iterator[None]:
        """Wait until all tasks of lower numbers had their turn; the turn passes on at the end, also after an error."""
        while self._now() < number:
            time.sleep(_PAUSE)
        try:
            yield
        finally:
            self._write(number + 1)

    def leave(self, number: int) -> None:
        """Let the turn of this task pass if it has not been: the others must not wait for ever."""
        if self._now() <= number:
            with self.turn_of(number):
                pass

    def _now(self) -> int:
        return int.from_bytes(Path(self.path).read_bytes(), "big")

    def _write(self, number: int) -> None:
        with Path(self.path).open("r+b" if Path(self.path).exists() else "wb") as file:
            file.write(number.to_bytes(_BYTES, "big"))  # one write of eight bytes: nobody reads half of it
