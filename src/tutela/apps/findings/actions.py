"""Changes to findings."""

from __future__ import annotations

import os
import uuid
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction

from tutela.apps.findings.models import Finding
from tutela.core.findings.fingerprint import RECIPE
from tutela.core.findings.fold import DESCRIBING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

_BATCH: Final = 5_000

_COLUMNS: Final = (
    "id organisation fingerprint recipe observer_kind observer asset_type asset_key classification_taxonomy "
    "classification_type classification_identifier malware_name vulnerabilities severity tlp "
    "first_seen last_seen events state"
).split()

_FIRST_OF_BOTH: Final = (
    "observer classification_taxonomy classification_type classification_identifier malware_name vulnerabilities"
).split()


def _least(column: str) -> str:
    """Of two texts the one that sorts first, so that the order in which loads are settled never matters."""
    stored, given = f"findings_finding.{column}", f"excluded.{column}"
    return (
        f"{column} = CASE WHEN {stored} = '' OR ({given} <> '' AND {given} < {stored}) THEN {given} ELSE {stored} END"
    )


def _bound(column: str, order: str) -> str:
    """Of two values the lesser or the greater; SQLite and PostgreSQL have no common function for it."""
    stored, given = f"findings_finding.{column}", f"excluded.{column}"
    return f"{column} = CASE WHEN {given} {order} {stored} THEN {given} ELSE {stored} END"


# One statement for SQLite and PostgreSQL; Django's own upsert cannot add to a stored count.
_CHANGES: Final = ", ".join(
    [
        _bound("first_seen", "<"),
        _bound("last_seen", ">"),
        _bound("severity", ">"),
        _bound("tlp", ">"),
        *map(_least, _FIRST_OF_BOTH),
        "events = findings_finding.events + excluded.events",
    ]
)
_MERGE: Final = (
    f"INSERT INTO findings_finding ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))}) "  # noqa: S608 - names of columns only
    f"ON CONFLICT (organisation, fingerprint) DO UPDATE SET {_CHANGES}"
)


def merge_folds(folds: pl.DataFrame) -> int:
    """Merge rows of ``FOLD_SCHEMA`` into the findings; part of the load's action, which writes the ledger entry.

    Must run inside the transaction that settles the load: merging the same fold twice would count twice.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("merge_folds belongs inside the transaction that settles the load")
    with connection.cursor() as cursor:
        for part in folds.iter_slices(_BATCH):
            cursor.executemany(_MERGE, list(_parameters(part)))
    return folds.height


def _parameters(folds: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """One tuple of column values for each row of the fold, in the order of ``_COLUMNS``, as the database takes them.

    Whole columns are made ready at once: Django's own conversion, value by value, costs more than the insertion.
    """
    texts = [folds[name].fill_null("").to_list() for name in DESCRIBING]
    return zip(
        _random_keys(folds.height),
        folds["organisation"].to_list(),
        _keys(folds["fingerprint"].to_list()),
        repeat(RECIPE),
        repeat("feed"),
        *texts,
        folds["severity"].to_list(),
        folds["tlp"].to_list(),
        _moments(folds["first_seen"]),
        _moments(folds["last_seen"]),
        folds["events"].to_list(),
        repeat(Finding.State.NEW.value),
        strict=False,
    )


def _random_keys(count: int) -> list[Any]:
    """Random UUIDs (RFC 9562, version 4), drawn at once: one by one takes half as long as storing the findings."""
    drawn = os.urandom(16 * count).hex()
    texts = [
        f"{drawn[at : at + 12]}4{drawn[at + 13 : at + 16]}a{drawn[at + 17 : at + 32]}"
        for at in range(0, len(drawn), 32)
    ]
    return [uuid.UUID(text) for text in texts] if connection.vendor == "postgresql" else texts


def _keys(numbers: Iterable[int]) -> list[Any]:
    """128-bit numbers as the database in use keeps UUIDs."""
    if connection.vendor == "postgresql":
        return [uuid.UUID(int=number) for number in numbers]
    return [f"{number:032x}" for number in numbers]


def _moments(times: pl.Series) -> list[Any]:
    """UTC times as the database in use keeps them; SQLite as text, which Django writes without a fraction of zero."""
    if connection.vendor == "postgresql":
        return times.to_list()
    return times.dt.to_string("%Y-%m-%d %H:%M:%S%.6f").str.strip_suffix(".000000").to_list()


def replace_folds(folds: pl.DataFrame, fingerprints: Sequence[int]) -> None:
    """Make the findings of these fingerprints exactly what ``folds`` says; part of the action that re-attributes.

    Where a condition as a whole went from one organisation to another, its finding moves with its id and its life.
    What is already known of *last seen* stays where it is later: a sighting leaves no event.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("replace_folds belongs inside the transaction of its action")
    wanted: dict[uuid.UUID, set[str]] = {}
    for organisation, fingerprint in folds.select("organisation", "fingerprint").iter_rows():
        wanted.setdefault(uuid.UUID(int=fingerprint), set()).add(organisation)
    for start in range(0, len(fingerprints), _BATCH):
        keys = [uuid.UUID(int=fingerprint) for fingerprint in fingerprints[start : start + _BATCH]]
        existing: dict[uuid.UUID, list[Finding]] = {}
        for finding in Finding.objects.filter(fingerprint__in=keys).order_by("first_seen", "id"):
            existing.setdefault(finding.fingerprint, []).append(finding)
        for key, found in existing.items():
            _move(found, wanted.get(key, set()))
    merge_folds(folds)


def _move(existing: list[Finding], wanted: set[str]) -> None:
    """Give findings whose organisation lost the condition to one that gained it; delete those that nobody has now."""
    gained = sorted(wanted - {finding.organisation for finding in existing})
    for finding in existing:
        if finding.organisation not in wanted and not gained:
            finding.delete()
            continue
        if finding.organisation not in wanted:
            finding.organisation = gained.pop(0)
        finding.events = 0
        finding.save(update_fields=["organisation", "events"])
