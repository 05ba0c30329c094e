"""Text from reports made into typed IDF values, a whole column at a time.

============================  ==========================================================================================
type                          what is valid, and in which form it is kept
============================  ==========================================================================================
String                        anything that is not empty, without blanks around it
LowercaseString, Uppercase…   the same in lower or upper case
Integer                       whole numbers that fit 64 bits, also ``80.0``; a port lies in 0…65535
ASN                           1…4294967295, also with the prefix ``AS``
Float, Accuracy               finite decimal numbers; an accuracy lies in 0…100
Boolean                       true, false, yes, no, 1, 0 in any case
IPAddress, IPNetwork          see ``addresses``
FQDN, URL                     see ``names``
DateTime                      see ``times`` (``auto``, UTC where there is no offset)
Registry                      AFRINIC, APNIC, ARIN, LACNIC, RIPE in any case; RIPE-NCC and RIPENCC are RIPE
ClassificationTaxonomy, …Type RSIT and its older spellings, see ``taxonomy``
TLP                           the names of TLP 2.0, in any case, with or without ``TLP:``; WHITE is CLEAR
JSON, JSONDict                JSON text (an object for JSONDict), made canonical: sorted keys, no blanks
Base64                        text that is Base64 already
============================  ==========================================================================================

A field may narrow its type by a pattern, a longest length (characters) or a list of choices.
Source: IntelMQ data format 3.5.0; each difference is decided in ``addresses``, ``names`` and ``times``.
"""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from tutela.core.idf.addresses import addresses, mend, networks
from tutela.core.idf.fields import NO_TRAILING_DOT, Field, IdfType
from tutela.core.idf.json_text import canonical_json
from tutela.core.idf.names import domain_names, urls
from tutela.core.idf.taxonomy import canonical_taxonomy, canonical_type
from tutela.core.idf.times import parse_times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EMPTY_VALUES: tuple[str, ...] = ("", "-", "N/A")
"""What reports write where they know nothing; IDF takes these values as absent."""

HIGHEST_ASN = 2**32 - 1
HIGHEST_PORT = 2**16 - 1
FULL_ACCURACY = 100.0

_WHOLE_NUMBER = r"^([+-]?[0-9]+)\.0*$"
_BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_KEPT_AS_WRITTEN = frozenset({IdfType.STRING, IdfType.LOWERCASE_STRING, IdfType.UPPERCASE_STRING, IdfType.URL})
"""Types of which a value with blanks around it is valid as it stands, but is not kept so."""
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_REGISTRIES = {
    **{name: name for name in ("AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE")},
    **dict.fromkeys(("RIPE-NCC", "RIPENCC", "RIPE NCC"), "RIPE"),
}
_TLP_LEVELS = {
    **{name: name for name in ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")},
    "WHITE": "CLEAR",
}


def is_present(value: pl.Expr) -> pl.Expr:
    """Whether a String says anything at all (Boolean, never null)."""
    return value.str.strip_chars().is_in(EMPTY_VALUES).not_().fill_null(value=False)


def sanitise(field: Field, value: pl.Expr) -> pl.Expr:
    """A String expression made into a typed one (``field.type.dtype``); null where absent or invalid."""
    return value.map_batches(partial(sanitise_series, field), return_dtype=field.type.dtype, is_elementwise=True)


def sanitise_series(field: Field, values: pl.Series) -> pl.Series:
    """The same for a String series."""
    if values.null_count() == len(values):
        return pl.Series(values.name, [None], dtype=field.type.dtype).new_from_index(0, len(values))
    typed = _TYPED[field.type]
    if field.type in _KEPT_AS_WRITTEN:
        found = typed(_said(values.str.strip_chars()))
    else:
        # Blanks make these invalid: only what is not valid as it stands is worth the time to strip it.
        text = _said(values)
        found = typed(text)
        if found.null_count() > text.null_count():
            missing = found.is_null() & text.is_not_null()
            found = mend(found, missing, text, lambda some: typed(_said(some.str.strip_chars())))
    return _narrow(field, found).rename(values.name)


def _said(text: pl.Series) -> pl.Series:
    """Null where a text says nothing."""
    empty = text.is_in(EMPTY_VALUES)
    return text.set(empty, None) if empty.any() else text


def explain_invalid(field: Field) -> str:
    """The reason kept beside a value that is not valid for ``field``, such as "not an IP address"."""
    if field.name.endswith(".port"):
        return "not a port number"
    if field.choices:
        return "not one of the known values"
    reason = _REASONS[field.type]
    narrower = []
    if field.pattern and field.pattern != NO_TRAILING_DOT:
        narrower.append(f"must match {field.pattern}")
    if field.maximum_length:
        narrower.append(f"at most {field.maximum_length} characters")
    return f"{reason} ({', '.join(narrower)})" if narrower else reason


def _narrow(field: Field, values: pl.Series) -> pl.Series:
    """Null where the field is narrower than its type."""
    if field.name.endswith(".port"):
        return _between(values, 0, HIGHEST_PORT)
    if values.dtype != pl.String:
        return values
    wrong = []
    if field.maximum_length is not None:
        wrong.append(values.str.len_chars() > field.maximum_length)
    if field.pattern is not None and field.pattern != NO_TRAILING_DOT:  # a name has none: see ``names``
        wrong.append(~values.str.contains(field.pattern))
    if field.choices is not None:
        wrong.append(~values.is_in(sorted(field.choices)))
    for places in wrong:
        if places.any():
            values = values.set(places, None)
    return values


def _between(numbers: pl.Series, least: float, most: float) -> pl.Series:
    outside = ~numbers.is_between(least, most)
    return numbers.set(outside, None) if outside.any() else numbers


def _whole_numbers(text: pl.Series) -> pl.Series:
    numbers = text.cast(pl.Int64, strict=False)
    if numbers.null_count() > text.null_count():
        decimals = text.str.extract(_WHOLE_NUMBER).cast(pl.Int64, strict=False)
        numbers = numbers.zip_with(numbers.is_not_null(), decimals)
    return numbers


def _autonomous_systems(text: pl.Series) -> pl.Series:
    numbers = _whole_numbers(text)
    if numbers.null_count() > text.null_count():
        numbers = numbers.zip_with(numbers.is_not_null(), _whole_numbers(text.str.replace("^(?i)as", "")))
    return _between(numbers, 1, HIGHEST_ASN)


def _numbers(text: pl.Series) -> pl.Series:
    numbers = text.cast(pl.Float64, strict=False)
    return numbers.set(~numbers.is_finite(), None)


def _accuracies(text: pl.Series) -> pl.Series:
    return _between(_numbers(text), 0.0, FULL_ACCURACY)


def _booleans(text: pl.Series) -> pl.Series:
    return text.str.to_lowercase().replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)


def _registries(text: pl.Series) -> pl.Series:
    return text.str.to_uppercase().replace_strict(_REGISTRIES, default=None, return_dtype=pl.String)


def _tlp_levels(text: pl.Series) -> pl.Series:
    bare = text.str.to_uppercase().str.replace(r"^TLP:?\s*", "")
    return bare.replace_strict(_TLP_LEVELS, default=None, return_dtype=pl.String)


def _base64(text: pl.Series) -> pl.Series:
    return text.set(~text.str.contains(_BASE64), None)


def _by_expression(function: Callable[[pl.Expr], pl.Expr], text: pl.Series) -> pl.Series:
    return text.to_frame("text").select(function(pl.col("text"))).to_series()


_TYPED: Mapping[IdfType, Callable[[pl.Series], pl.Series]] = MappingProxyType(
    {
        IdfType.STRING: lambda text: text,
        IdfType.LOWERCASE_STRING: lambda text: text.str.to_lowercase(),
        IdfType.UPPERCASE_STRING: lambda text: text.str.to_uppercase(),
        IdfType.FQDN: domain_names,
        IdfType.URL: urls,
        IdfType.DATETIME: parse_times,
        IdfType.FLOAT: _numbers,
        IdfType.ACCURACY: _accuracies,
        IdfType.INTEGER: _whole_numbers,
        IdfType.ASN: _autonomous_systems,
        IdfType.BOOLEAN: _booleans,
        IdfType.IP_ADDRESS: addresses,
        IdfType.IP_NETWORK: networks,
        IdfType.REGISTRY: _registries,
        IdfType.CLASSIFICATION_TAXONOMY: partial(_by_expression, canonical_taxonomy),
        IdfType.CLASSIFICATION_TYPE: partial(_by_expression, canonical_type),
        IdfType.TLP: _tlp_levels,
        IdfType.JSON: canonical_json,
        IdfType.JSON_DICT: partial(canonical_json, objects_only=True),
        IdfType.BASE64: _base64,
    }
)

_REASONS: Mapping[IdfType, str] = MappingProxyType(
    {
        IdfType.STRING: "not a text for this field",
        IdfType.LOWERCASE_STRING: "not a text for this field",
        IdfType.UPPERCASE_STRING: "not a text for this field",
        IdfType.FQDN: "not a domain name",
        IdfType.URL: "not a URL with scheme and host",
        IdfType.DATETIME: "not a time that can be understood",
        IdfType.FLOAT: "not a finite number",
        IdfType.ACCURACY: "not a number from 0 to 100",
        IdfType.INTEGER: "not a whole number",
        IdfType.ASN: "not an autonomous system number",
        IdfType.BOOLEAN: "neither true nor false",
        IdfType.IP_ADDRESS: "not an IP address",
        IdfType.IP_NETWORK: "not an IP network",
        IdfType.REGISTRY: "not a regional Internet registry",
        IdfType.CLASSIFICATION_TAXONOMY: "not a taxonomy of RSIT",
        IdfType.CLASSIFICATION_TYPE: "not a type of RSIT",
        IdfType.TLP: "not a level of the Traffic Light Protocol",
        IdfType.JSON: "not JSON",
        IdfType.JSON_DICT: "not a JSON object",
        IdfType.BASE64: "not Base64",
    }
)
