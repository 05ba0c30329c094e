"""What commands print: JSON for machines, tables on a terminal, tab-separated lines in a pipe; the rest on stderr."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import orjson
import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tutela.core.errors import TutelaError

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, and nothing else there.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000_000, help="Print at most so many.")]


class Advance(Protocol):
    """Tells that so much more is done, and optionally how much there is in all, or how much is done in all."""

    def __call__(
        self, amount: float = 1, *, total: float | None = None, done: float | None = None, task: str | None = None
    ) -> None:
        """Say that ``amount`` more is done, or ``done`` in all; ``task`` is what is done now."""


def emit(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> int:
    """Print a list: a JSON array with all keys of each row, or ``columns`` as a table or as lines; says how many."""
    if as_json:
        return _json_array(rows)
    if sys.stdout.isatty():
        return _table(rows, columns)
    return _lines(rows, columns)


def show(values: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing: a JSON object, or a line for each of its values."""
    if as_json:
        sys.stdout.write(to_json(values) + "\n")
        return
    width = max(map(len, values), default=0)
    for name, value in values.items():
        line = f"{name:<{width}}  {text(value)}" if sys.stdout.isatty() else f"{name}\t{text(value)}"
        sys.stdout.write(line + "\n")


def say(sentence: str) -> None:
    """Tell a person something on standard error."""
    sys.stderr.write(printable(sentence) + "\n")


def complain(error: TutelaError) -> None:
    """Tell a person of an error on standard error: a sentence, or a line for each of several problems."""
    for line in str(error).splitlines():
        say(f"tutela: {line}")


def to_json(value: Any) -> str:
    """JSON of any value that a command prints; times in UTC as ISO 8601, what JSON does not know as text."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()


def text(value: Any) -> str:
    """One value on one line, as a person reads it; nothing that could steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list | tuple):
        return printable(to_json(value))
    return printable(str(value))


def printable(given: str) -> str:
    """``given`` without control characters: reports are written by strangers, and terminals obey escape sequences."""
    if given.isprintable():
        return given
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in given)


@contextmanager
def progress(
    task: str, total: float | None = None, *, is_bytes: bool = False, quiet: bool = False
) -> Iterator[Advance]:
    """A bar with rate and time left on standard error when that is a terminal and not ``quiet``; nothing otherwise."""
    if quiet or not sys.stderr.isatty():
        yield _nothing
        return
    from rich.console import Console  # noqa: PLC0415 - Rich is not needed in a pipe
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(*_bar(is_bytes=is_bytes), console=Console(stderr=True), transient=True) as bar:
        identifier = bar.add_task(task, total=total)

        def advance(
            amount: float = 1, *, total: float | None = None, done: float | None = None, task: str | None = None
        ) -> None:
            bar.update(
                identifier, advance=amount if done is None else None, total=total, completed=done, description=task
            )

        yield advance


def _bar(*, is_bytes: bool) -> list[Any]:
    from rich import progress as parts  # noqa: PLC0415 - as in progress
    from rich.text import Text  # noqa: PLC0415 - as in progress

    class Rate(parts.ProgressColumn):
        """So many a second."""

        def render(self, task: parts.Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f}/s" if speed else "")

    rate = parts.TransferSpeedColumn() if is_bytes else Rate()
    done = parts.DownloadColumn() if is_bytes else parts.MofNCompleteColumn()
    return [parts.TextColumn("{task.description}"), parts.BarColumn(), done, rate, parts.TimeRemainingColumn()]


def _nothing(
    amount: float = 1, *, total: float | None = None, done: float | None = None, task: str | None = None
) -> None:
    del amount, total, done, task


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "as_dict"):
        return value.as_dict()
    return str(value)


def _json_array(rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    sys.stdout.write("[")
    for row in rows:
        sys.stdout.write((",\n" if count else "") + to_json(dict(row)))
        count += 1
    sys.stdout.write("]\n")
    return count


def _lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> int:
    count = 0
    sys.stdout.write("\t".join(columns) + "\n")
    for row in rows:
        sys.stdout.write("\t".join(text(row.get(column)) for column in columns) + "\n")
        count += 1
    return count


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> int:
    from rich.console import Console  # noqa: PLC0415 - as in progress
    from rich.table import Table  # noqa: PLC0415 - as in progress
    from rich.text import Text  # noqa: PLC0415 - as in progress

    known = list(rows)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        numbers = all(isinstance(row.get(column), int | None) for row in known)
        # nothing is cut: half an address is worse than one on two lines
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in known:
        table.add_row(*(Text(text(row.get(column))) for column in columns))
    Console(highlight=False).print(table)
    return table.row_count
