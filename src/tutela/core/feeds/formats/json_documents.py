"""JSON: one object per line, one document, or several documents one after another."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.encoding import mend
from tutela.core.feeds.formats.flattening import (
    FlatRecord,
    TooDeepError,
    branches_of,
    elements_at,
    frame_of,
    with_entries,
)
from tutela.core.feeds.formats.lines import text_lines
from tutela.core.feeds.formats.physical_lines import BLANKS
from tutela.core.feeds.formats.records import Reason, Records, Rejected, rejected_frame, row_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutela.core.feeds.formats.specification import Flattened, JsonFormat, NdjsonFormat

_NUL, _ESCAPED_NUL = "\x00", "\\u0000"
_SAMPLE = 200
_NESTED = "The record is nested too deeply."


class _NotJsonError(ValueError):
    """A text is not JSON; the message says why and where."""


def _parse(text: str) -> Any:
    """The value of a JSON text: by orjson; by the standard library what orjson does not take (NaN, huge numbers)."""
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        value = json.loads(text)
        text.encode("utf-8")
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise _NotJsonError("a surrogate that stands alone") from error
    except RecursionError as error:
        raise TooDeepError from error
    except json.JSONDecodeError as error:
        raise _NotJsonError(f"{error.msg} at character {error.pos + 1}") from error
    except ValueError as error:  # Python converts no more than 4,300 digits
        raise _NotJsonError("a number of thousands of digits") from error
    return value


@dataclass(slots=True)
class _Reader:
    """Elements taken one after another, made into flat records."""

    specification: Flattened
    keep_raw: bool
    may_hold_nul: bool = False
    records: list[FlatRecord] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    passed_over: list[int] = field(default_factory=list)

    def take(self, row: int, elements: Sequence[Any], raw: str | None, *, objects_only: bool) -> None:
        """The elements of one source record; ``raw`` is its source text, if there is one of its own."""
        before = len(self.records) + len(self.rejected)
        for element in elements:
            self._take(row, element, raw, objects_only=objects_only)
        if len(self.records) + len(self.rejected) == before:
            self.passed_over.append(row)

    def _take(self, row: int, element: Any, raw: str | None, *, objects_only: bool) -> None:
        if element is None or (objects_only and not isinstance(element, dict)):
            detail = f"The record is {_kind(element)} where an object was expected."
            self.reject(row, Reason.NOT_AN_OBJECT, detail, _source(element) if raw is None else raw)
            return
        kept = ""
        try:
            if self.keep_raw:
                kept = _source(element) if raw is None else raw
            found = [FlatRecord(row, leaves, kept) for leaves in branches_of(element, self.specification)]
        except (TooDeepError, RecursionError):
            self.reject(row, Reason.TOO_DEEP, _NESTED, raw or "")
            return
        if self.may_hold_nul and any(map(_holds_nul, found)):
            detail = "The record holds a NUL character."
            self.reject(row, Reason.NUL_BYTE, detail, _source(element) if raw is None else raw)
            return
        self.records += found

    def reject(self, row: int, reason: Reason, detail: str, raw: str) -> None:
        """One record that cannot be read."""
        self.rejected.append(Rejected(row, reason, detail, raw))

    def finish(self, rows: int, notes: tuple[str, ...] = ()) -> Records:
        """All that was taken."""
        frame, json_columns = frame_of(self.records, keep_raw=self.keep_raw)
        passed_over = row_numbers(self.passed_over)
        return Records(frame, rejected_frame(self.rejected), json_columns, rows, notes=notes, passed_over=passed_over)


def read_ndjson(data: bytes, specification: NdjsonFormat, *, first_row: int, keep_raw: bool = False) -> Records:
    """The records of a slice of lines, one JSON object each."""
    source = text_lines(data, None, specification.encoding, first_row)
    reader = _Reader(specification, keep_raw, rejected=source.rejected)
    for row, line in source.lines:
        text = line.strip(BLANKS)
        reader.may_hold_nul = _ESCAPED_NUL in text
        try:
            value = with_entries(_parse(text), specification.entries)
        except _NotJsonError as error:
            reader.reject(row, Reason.BAD_JSON, f"The line is not JSON: {error}.", text)
            continue
        except (TooDeepError, RecursionError):
            reader.reject(row, Reason.TOO_DEEP, _NESTED, text)
            continue
        if specification.rows is None:
            reader.take(row, [value], text, objects_only=True)
            continue
        elements = elements_at(value, specification.rows)
        if elements is None:
            reader.reject(row, Reason.NOT_AN_OBJECT, f"The record has nothing at {specification.rows}.", text)
            continue
        reader.take(row, elements, text, objects_only=True)
    return reader.finish(source.rows, source.notes)


def read_json(data: bytes, specification: JsonFormat, *, first_row: int, keep_raw: bool = False) -> Records:
    """The records of a JSON report; ``BadInput`` if its beginning is not JSON or the path to its rows leads nowhere."""
    mended_data, mended = (data, 0) if specification.encoding == "utf-8" else mend(data)
    try:
        text = mended_data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"the report is not valid {specification.encoding}.", remedy="Set the feed's encoding."
        ) from error
    reader = _Reader(specification, keep_raw, may_hold_nul=_ESCAPED_NUL in text)
    row = first_row - 1
    documents, fault = _documents(text)
    for document in documents:
        for element in _elements(document, specification):
            row += 1
            reader.take(row, [element], None, objects_only=False)
    if fault is not None:
        row += 1
        position, reason, detail = fault
        reader.reject(row, reason, detail, text[position : position + _SAMPLE])
    notes = (f"{mended} lines were not valid UTF-8 and were read as Latin-1.",) if mended else ()
    return reader.finish(row - first_row + 1, notes)


def _elements(document: Any, specification: JsonFormat) -> list[Any]:
    found = elements_at(with_entries(document, specification.entries), specification.rows)
    if found is None:
        raise BadInput(
            f"the JSON document has nothing at {specification.rows}.",
            remedy="Check the format's 'rows', or whether the source answered with an error message.",
        )
    return found


def _documents(text: str) -> tuple[list[Any], tuple[int, Reason, str] | None]:
    """The documents of a text; and, if something after the first one is not JSON: where, the reason, a sentence."""
    if not text.strip(BLANKS):
        return [], None
    try:
        return [orjson.loads(text)], None
    except ValueError:
        pass
    decoder = json.JSONDecoder()
    documents: list[Any] = []
    position = _past_blanks(text, 0)
    while position < len(text):
        try:
            value, end = _decoded(decoder, text, position)
            documents.append(_parse(text[position:end]))
        except (json.JSONDecodeError, _NotJsonError, TooDeepError, RecursionError) as error:
            detail = _complaint(error)
            if not documents:
                raise BadInput(detail, remedy="Check that the report came in whole and is of this feed.") from error
            deep = isinstance(error, (TooDeepError, RecursionError))
            return documents, (position, Reason.TOO_DEEP if deep else Reason.BAD_JSON, detail)
        del value
        position = _past_blanks(text, end)
    return documents, None


def _decoded(decoder: json.JSONDecoder, text: str, position: int) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(text, position)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise _NotJsonError("a number of thousands of digits") from error


def _complaint(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"The report is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
    if isinstance(error, _NotJsonError):
        return f"The report is not JSON: {error}."
    return "The JSON document is nested too deeply."


def _past_blanks(text: str, position: int) -> int:
    """Where the next document begins; a comma between documents is passed over too."""
    while position < len(text) and text[position] in BLANKS + ",":
        position += 1
    return position


def _holds_nul(record: FlatRecord) -> bool:
    return any(_NUL in value or _ESCAPED_NUL in value for value in record.leaves.values())


def _kind(element: Any) -> str:
    if element is None:
        return "null"
    if isinstance(element, bool):
        return "a truth value"
    if isinstance(element, str):
        return "a string"
    return "an array" if isinstance(element, list) else "a number"


def _source(element: Any) -> str:
    """An element written as JSON again."""
    try:
        return orjson.dumps(element).decode()
    except TypeError:
        return json.dumps(element, ensure_ascii=False)
