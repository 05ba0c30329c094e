"""Stored rows as the frames and values that the core computes with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from tutela.apps.constituency.models import (
    AutonomousSystem,
    Domain,
    ExternalIdentifier,
    Held,
    Network,
    Organisation,
)
from tutela.core.netspace.changes import STORED_SCHEMA
from tutela.core.netspace.holdings import ASN, DOMAIN, HOLDINGS_SCHEMA, NETWORK
from tutela.core.netspace.imports.wanted import OrganisationRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

MODELS: Final[Mapping[str, type[Held]]] = {NETWORK: Network, ASN: AutonomousSystem, DOMAIN: Domain}
KEY_FIELDS: Final[Mapping[str, str]] = {NETWORK: "prefix", ASN: "number", DOMAIN: "name"}
_COMMON: Final = ("organisation_id", "shared", "valid_from", "valid_to", "source")


def holdings() -> pl.DataFrame:
    """All that is held, was held or will be held (``HOLDINGS_SCHEMA``)."""
    parts = [_holdings(kind) for kind in MODELS]
    paths = Organisation.objects.values_list("global_id", "path")
    depths = _frame(paths, {"organisation": pl.String(), "path": pl.String()}).select(
        "organisation", depth=pl.col("path").str.count_matches("/", literal=True).cast(pl.Int32) - 2
    )
    return pl.concat(parts).join(depths, on="organisation", how="left").select(HOLDINGS_SCHEMA.names())


def stored() -> pl.DataFrame:
    """The same with row ids (unique within a kind), to be compared with what an import wants (``STORED_SCHEMA``)."""
    parts = []
    for kind, model in MODELS.items():
        rows = model._default_manager.values_list("id", KEY_FIELDS[kind], *_COMMON)  # noqa: SLF001 - Django's name
        key = pl.Int64() if kind == ASN else pl.String()
        schema = {"id": pl.Int64(), "key": key, **_common_schema()}
        frame = _frame(rows, schema).with_columns(pl.col("key").cast(pl.String), kind=pl.lit(kind))
        parts.append(frame.select(STORED_SCHEMA.names()))
    return pl.concat(parts)


def organisations() -> dict[str, OrganisationRow]:
    """All organisations by global id."""
    identifiers: dict[str, dict[str, str]] = {}
    for one, scheme, value in ExternalIdentifier.objects.values_list("organisation_id", "scheme", "value"):
        identifiers.setdefault(str(one), {})[scheme] = value
    rows = Organisation.objects.values_list(
        "global_id", "names", "parent_id", "sector", "jurisdiction", "criticality", "language"
    )
    return {
        row[0]: OrganisationRow(
            row[0], row[1], str(row[2] or ""), row[3], row[4], row[5], row[6], identifiers.get(row[0], {})
        )
        for row in rows.iterator(chunk_size=10_000)
    }


def _holdings(kind: str) -> pl.DataFrame:
    model, key = MODELS[kind], KEY_FIELDS[kind]
    if kind == NETWORK:
        rows = model._default_manager.values_list(key, "first", "last", *_COMMON)  # noqa: SLF001 - Django's name
        schema = {"key": pl.String(), "first": pl.String(), "last": pl.String(), **_common_schema()}
        hexadecimal = pl.col("first", "last").str.to_integer(base=16, dtype=pl.UInt128)
        frame = _frame(rows, schema).with_columns(hexadecimal)
    else:
        rows = model._default_manager.values_list(key, *_COMMON)  # noqa: SLF001 - Django's name
        schema = {"key": pl.Int64() if kind == ASN else pl.String(), **_common_schema()}
        number = pl.col("key").cast(pl.UInt128) if kind == ASN else pl.lit(None, dtype=pl.UInt128)
        frame = _frame(rows, schema).with_columns(first=number, last=number).with_columns(pl.col("key").cast(pl.String))
    return frame.select(
        pl.lit(kind).alias("kind"), *(name for name in HOLDINGS_SCHEMA if name not in {"kind", "depth"})
    )


def _common_schema() -> dict[str, pl.DataType]:
    return {name.removesuffix("_id"): HOLDINGS_SCHEMA[name.removesuffix("_id")] for name in _COMMON}


def _frame(rows: QuerySet[Any, Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Rows of values as a frame; columns at once, because rows one by one take seconds for half a million."""
    columns = list(zip(*rows.iterator(chunk_size=20_000), strict=True)) or [()] * len(schema)
    return pl.DataFrame(
        [pl.Series(name, column, dtype=dtype) for (name, dtype), column in zip(schema.items(), columns, strict=True)]
    )
