"""All feeds that can be read: built in, of the user, and Shadowserver's; found by name or by the look of a report.

A definition is read when it is asked for: starting costs the names of files, not two hundred definitions. A file of the
user goes before a built-in one of the same name.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import orjson

from tutela.core.errors import BadInput, DefinitionErrors, WrongUse
from tutela.core.feeds import shadowserver
from tutela.core.feeds.formats.specification import CsvFormat
from tutela.core.feeds.linter import load
from tutela.core.feeds.patterns import found_among

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from tutela.core.feeds.definition import FeedDefinition, Recognise

BUILT_IN = Path(__file__).resolve().parent.parent / "content" / "feeds"
SCHEMA_FILE = "shadowserver.json"
HEAD_BYTES = 4096
PACKED = (".gz", ".zip", ".zst", ".zstd")


class Catalogue:
    """The feeds of one home folder, with the built-in ones."""

    def __init__(self, home: Path, built_in: Path = BUILT_IN) -> None:
        self._own = home / "feeds"
        self._built_in = built_in
        self._known: dict[str, FeedDefinition] = {}

    @cached_property
    def _files(self) -> dict[str, Path]:
        folders = (self._built_in, self._own)  # the later goes before the earlier
        return {path.stem: path for folder in folders for path in sorted(folder.glob("*.y*ml"))}

    @cached_property
    def _schema(self) -> dict[str, Any]:
        path = self._own / SCHEMA_FILE
        if not path.exists():
            return {}
        try:
            schema = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            raise BadInput(
                f"is not JSON ({error})", where=str(path), remedy="Import it again: tutela feeds import-shadowserver."
            ) from error
        return schema if isinstance(schema, dict) else {}

    def names(self) -> list[str]:
        """The names of all feeds, in order."""
        return sorted({*self._files, *shadowserver.names(self._schema)})

    def get(self, name: str) -> FeedDefinition:
        """The definition of a feed; raises WrongUse when there is none, DefinitionErrors when its file has errors."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> FeedDefinition:
        if name in self._files:
            return load(self._files[name])
        kind = name.removeprefix(shadowserver.PREFIX)
        if name.startswith(shadowserver.PREFIX) and kind in shadowserver.report_types(self._schema):
            return shadowserver.definition(self._schema, kind)
        remedy = "See `tutela feeds list`."
        if name.startswith(shadowserver.PREFIX) and not self._schema:
            remedy = "Import Shadowserver's schema first: tutela feeds import-shadowserver FILE."
        raise WrongUse(f"There is no feed “{name}”.", remedy=remedy)

    def recognise(self, file_name: str, head: bytes = b"", url: str = "") -> str | None:
        """The one feed that a report is of, by its name, address and first bytes; None when none or several fit.

        ``head``: the beginning of the report, unpacked. A feed that asks more goes before one that asks less.
        """
        bare = PurePath(file_name).name
        while bare.endswith(PACKED):
            bare = bare.rpartition(".")[0]
        kind = shadowserver.report_type(bare, self._schema)
        if kind is not None:
            return f"{shadowserver.PREFIX}{kind}"
        text = head[:HEAD_BYTES].decode("utf-8", errors="replace")
        feeds = dict(self._recognisable())
        subjects = {"file_name": bare, "content": text, "url": url}
        found = {part: _found([feed.recognise for feed in feeds.values()], part, subjects[part]) for part in subjects}
        asked = {name: _asked(feed, found, text, is_fetched=bool(url)) for name, feed in feeds.items()}
        fitting = {name: count for name, count in asked.items() if count}
        best = [name for name, asked in fitting.items() if asked == max(fitting.values())]
        return best[0] if len(best) == 1 else None

    def _recognisable(self) -> Iterator[tuple[str, FeedDefinition]]:
        for name in self._files:
            try:
                feed = self.get(name)
            except DefinitionErrors:
                continue  # it is told when it is named, or by `tutela feeds lint`
            yield name, feed


def _found(marks: Iterable[Recognise], part: str, subject: str) -> set[str]:
    """The expressions that stand in one part of some marks and are found in what they ask about."""
    return found_among({pattern for one in marks if (pattern := getattr(one, part)) is not None}, subject)


def _asked(feed: FeedDefinition, found: Mapping[str, Collection[str]], text: str, *, is_fetched: bool) -> int:
    """How many of its marks the feed finds in a report; 0 when one of them is not there, or it has none.

    An address says nothing where a report came from a file.
    """
    marks = feed.recognise
    asked = [
        pattern in found[part] for part in ("file_name", "content") if (pattern := getattr(marks, part)) is not None
    ]
    if marks.url is not None and (is_fetched or not (asked or marks.columns)):
        asked.append(marks.url in found["url"])
    if marks.columns:
        asked.append(set(marks.columns) <= set(_header(feed, text)))
    return len(asked) if all(asked) else 0


def _header(feed: FeedDefinition, text: str) -> list[str]:
    if not isinstance(feed.format, CsvFormat):
        return []
    comments = feed.format.comments
    lines = [line for line in text.splitlines() if line.strip() and not (comments and line.startswith(comments))]
    cells = lines[0].split(feed.format.delimiter) if lines else []
    return [cell.strip().strip(feed.format.quote or '"') for cell in cells]
