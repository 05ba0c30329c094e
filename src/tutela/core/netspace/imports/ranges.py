"""Tables of ``first,last,AS number,name`` without a header, as the npm package ``@ip-location-db/asn`` has them.

Addresses may also be numbers. Half a million rows are read column by column: each AS number becomes an organisation
``as64496`` that holds its number and its ranges.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.core.errors import Problem
from tutela.core.netspace.addresses import MAPPED_FIRST, MAPPED_LAST, MAXIMUM_ASN, network_key, numbers
from tutela.core.netspace.imports.values import MAXIMUM_TEXT
from tutela.core.netspace.imports.wanted import WANTED_SCHEMA, OrganisationRow, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS: Final = ("first_text", "last_text", "asn", "name")


def read_ranges(data: bytes, path: str, *, source: str = "") -> Wanted:
    """One table of ranges."""
    schema = dict.fromkeys(_COLUMNS, pl.String)
    try:
        table = pl.read_csv(io.BytesIO(data), has_header=False, schema=schema, encoding="utf8-lossy")
    except pl.exceptions.PolarsError as error:
        what = f"is no table of first,last,asn,name: {str(error).splitlines()[0]}."
        return Wanted(problems=(Problem(path, 1, what, "Fetch the file again."),))
    table = table.with_columns(
        _places(table["first_text"]).alias("first"),
        _places(table["last_text"]).alias("last"),
        pl.col("asn").str.to_integer(dtype=pl.UInt128, strict=False).alias("number"),
    ).with_row_index("line", offset=1)
    good = (pl.col("first") <= pl.col("last")) & pl.col("number").is_between(1, MAXIMUM_ASN - 1)
    good &= _is_ipv4("first") == _is_ipv4("last")
    table = table.with_columns(good=good.fill_null(value=False))
    problems = tuple(_problems(table.filter(~pl.col("good")), path))
    table = table.filter("good").with_columns(source=pl.lit(source or path), file=pl.lit(path))
    return Wanted(tuple(_organisations(table, path)), _holdings(table), problems=problems)


def _places(text: pl.Series) -> pl.Series:
    """Addresses, or numbers in their place: below 2^32 they are IPv4."""
    if text.str.contains("^[0-9]+$").all() and len(text):
        place = text.str.to_integer(dtype=pl.UInt128, strict=False)
        return place.to_frame("place").select(
            pl.when(pl.col("place") < 2**32).then(pl.col("place") + MAPPED_FIRST).otherwise("place")
        )["place"]
    return numbers(text)


def _is_ipv4(column: str) -> pl.Expr:
    return pl.col(column).is_between(MAPPED_FIRST, MAPPED_LAST)


def _holdings(table: pl.DataFrame) -> pl.DataFrame:
    """The ranges, and the AS numbers themselves."""
    keys = [network_key(first, last) for first, last in table.select("first", "last").iter_rows()]
    organisation = "as" + pl.col("number").cast(pl.String)
    empty = {"valid_from": None, "valid_to": None, "shared": False}
    common = [
        organisation.alias("organisation"),
        "source",
        "file",
        "line",
        *(pl.lit(v).alias(k) for k, v in empty.items()),
    ]
    ranges = table.select(
        pl.lit("network").alias("kind"), pl.Series("key", keys, dtype=pl.String), "first", "last", *common
    )
    own = table.unique("number", keep="first", maintain_order=True).select(
        pl.lit("asn").alias("kind"),
        pl.col("number").cast(pl.String).alias("key"),
        pl.col("number").alias("first"),
        pl.col("number").alias("last"),
        *common,
    )
    return pl.concat([ranges, own]).select(WANTED_SCHEMA.names()).cast(WANTED_SCHEMA)


def _organisations(table: pl.DataFrame, path: str) -> Iterator[OrganisationRow]:
    distinct = table.unique("number", keep="first", maintain_order=True).select("number", "name", "line")
    for number, name, line in distinct.iter_rows():
        named = " ".join((name or "").split())[:MAXIMUM_TEXT] or f"AS{number}"
        yield OrganisationRow(f"as{number}", {"en": named}, file=path, line=line)


def _problems(bad: pl.DataFrame, path: str) -> Iterator[Problem]:
    remedy = "Write first,last,asn,name."
    for line, first, last, asn in bad.select("line", "first_text", "last_text", "asn").iter_rows():
        yield Problem(path, line, f"network: {first!r} to {last!r} of AS number {asn!r} is no range.", remedy)
