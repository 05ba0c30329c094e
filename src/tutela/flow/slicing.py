"""The bytes of a report as slices of whole records: wrappers taken off, limits held."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from tutela.core.feeds.formats.limits import Limits
from tutela.core.feeds.formats.slices import slices
from tutela.core.feeds.formats.wrappers import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.config.environment import Environment
    from tutela.core.feeds.formats.slices import Slice
    from tutela.core.feeds.formats.specification import Format


@dataclass(slots=True)
class Condition:
    """What is learned of a report while it is cut: faults say why it is not whole."""

    faults: list[str] = field(default_factory=list)


def limits(environment: Environment) -> Limits:
    """The bounds that the environment sets."""
    return Limits(
        unwrapped=environment.maximum_report_bytes,
        ratio=environment.maximum_ratio,
        record=environment.maximum_record_bytes,
    )


def report_slices(
    stream: BinaryIO, specification: Format, environment: Environment, condition: Condition, *, name: str = ""
) -> Iterator[Slice]:
    """The slices of one report, numbered over all the files that its wrapper holds; rows are numbered on.

    Raises ``BadInput`` for what cannot be read at all. A stream that breaks off ends early and tells its fault.
    """
    bounds = limits(environment)
    index, row = 0, 1
    for part in unwrap(stream, name, limits=bounds):
        cut = slices(part.stream, specification, target_bytes=environment.slice_bytes, limits=bounds, first_row=row)
        for slice_ in cut:
            yield replace(slice_, index=index)
            index += 1
            row = slice_.first_row + slice_.rows
        if part.stream.fault:
            condition.faults.append(part.stream.fault)
