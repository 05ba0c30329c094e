"""Converters: named, documented, vectorised changes of a value on its way from a source column to an IDF field."""

from tutela.core.feeds.converters import names, numbers, objects, structures, texts  # noqa: F401 - they enter the list
from tutela.core.feeds.converters.registry import CONVERTERS, Converter, Kind, reference

__all__ = ["CONVERTERS", "Converter", "Kind", "reference"]
