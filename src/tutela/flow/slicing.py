"""The bytes of a report as slices of whole records: wrappers taken off, limits held."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tutela.core.feeds.formats.slices import slices
from tutela.core.feeds.formats.wrappers import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.config.environment import Environment
    from tutela.core.feeds.formats.slices import Slice
    from tutela.core.feeds.formats.specification import Format


def report_slices(stream: BinaryIO, specification: Format, environment: Environment) -> Iterator[Slice]:
    """The slices of one report, numbered from 0 over all the files that its wrapper holds."""
    raise NotImplementedError((unwrap, slices, stream, specification, environment))
