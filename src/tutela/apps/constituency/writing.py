"""Writes the changes of an import; only `actions` calls it, inside the transaction that also records them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tutela.apps.constituency import bulk, frames
from tutela.apps.constituency.certificates import kept
from tutela.apps.constituency.models import (
    Contact,
    Edition,
    ExternalIdentifier,
    Organisation,
    Service,
    ServiceAsset,
)
from tutela.core.mailkeys.certificate import Kind
from tutela.core.netspace.holdings import ASN, NETWORK
from tutela.core.netspace.imports.wanted import ContactRow, ServiceRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl

    from tutela.core.netspace.imports.wanted import OrganisationRow
    from tutela.core.netspace.plan import ImportPlan, RowChanges


def lock() -> None:
    """Let no other import plan or write until this transaction ends (SQLite's transactions are alone anyway)."""
    Edition.objects.get_or_create(pk=1)
    Edition.objects.select_for_update().get(pk=1)


def write(plan: ImportPlan, *, now: datetime, source: str) -> None:
    """Write all changes of a plan and give the constituency a new mark."""
    _add_organisations(plan.organisations.added, plan.organisations.paths, now, source)
    _change_organisations(plan.organisations.changed)
    _move(plan.organisations.paths)
    for (kind,), rows in plan.holdings.ended.group_by("kind"):
        ends = list(rows.select("id", "valid_to").iter_rows())
        bulk.end(frames.MODELS[str(kind)], ends, recorded=now, source=source)
    for (kind,), rows in plan.holdings.added.group_by("kind", maintain_order=True):
        _add_holdings(str(kind), rows, now)
    _write_contacts(plan.contacts, now)
    _write_services(plan.services, now)
    Edition.objects.filter(pk=1).update(mark=uuid.uuid4())


def stored_contacts() -> dict[tuple[str, ...], ContactRow]:
    """Contacts by what makes them the same."""
    fields = ("organisation_id", "role", "name", "email", "phone", "language", "valid_from", "valid_to", "source")
    rows = [
        replace(ContactRow(*values), openpgp=kept(Kind.OPENPGP, openpgp), smime=kept(Kind.SMIME, smime))
        for *values, openpgp, smime in Contact.objects.values_list(*fields, "openpgp", "smime")
    ]
    return {row.key: row for row in rows}


def stored_services() -> dict[tuple[str, ...], ServiceRow]:
    """Services by organisation and id."""
    assets: dict[int, list[tuple[str, str]]] = {}
    for service, kind, key in ServiceAsset.objects.values_list("service_id", "kind", "key"):
        assets.setdefault(service, []).append((kind, key))
    found: dict[tuple[str, ...], ServiceRow] = {}
    for one in Service.objects.all():
        found[str(one.organisation_id), one.local_id] = ServiceRow(
            str(one.organisation_id),
            one.local_id,
            one.names,
            one.criticality,
            tuple(sorted(assets.get(one.pk, []))),
            one.valid_from,
            one.valid_to,
            one.source,
        )
    return found


def _add_organisations(rows: Sequence[OrganisationRow], paths: Mapping[str, str], now: datetime, source: str) -> None:
    columns: dict[str, Sequence[Any]] = {
        "id": [uuid.uuid4() for _ in rows],
        "global_id": [row.id for row in rows],
        "names": [dict(row.names) for row in rows],
        "parent": [row.parent or None for row in rows],
        "path": [paths[row.id] for row in rows],
        "sector": [row.sector for row in rows],
        "jurisdiction": [row.jurisdiction for row in rows],
        "criticality": [row.criticality for row in rows],
        "language": [row.language for row in rows],
        "words": [row.words for row in rows],
        "source": [source] * len(rows),
        "imported": [now] * len(rows),
    }
    bulk.insert(Organisation, columns)
    identifiers = [(row.id, scheme, value) for row in rows for scheme, value in row.identifiers.items()]
    names = ("organisation", "scheme", "value")
    bulk.insert(ExternalIdentifier, {name: [row[place] for row in identifiers] for place, name in enumerate(names)})


def _change_organisations(rows: Sequence[OrganisationRow]) -> None:
    for row in rows:
        Organisation.objects.filter(global_id=row.id).update(
            names=dict(row.names),
            parent=row.parent or None,
            sector=row.sector,
            jurisdiction=row.jurisdiction,
            criticality=row.criticality,
            language=row.language,
            words=row.words,
        )
        for scheme, value in row.identifiers.items():
            ExternalIdentifier.objects.update_or_create(
                organisation_id=row.id, scheme=scheme, defaults={"value": value}
            )


def _move(paths: Mapping[str, str]) -> None:
    """Give organisations the paths that follow from their parents."""
    moved = [
        one for one in Organisation.objects.only("global_id", "path").iterator() if one.path != paths[one.global_id]
    ]
    for one in moved:
        one.path = paths[one.global_id]
    Organisation.objects.bulk_update(moved, ["path"], batch_size=1000)


def _add_holdings(kind: str, rows: pl.DataFrame, now: datetime) -> None:
    key = rows["key"].to_list()
    columns: dict[str, Sequence[Any]] = {
        "organisation": rows["organisation"].to_list(),
        frames.KEY_FIELDS[kind]: [int(value) for value in key] if kind == ASN else key,
        "shared": rows["shared"].to_list(),
        "valid_from": rows["valid_from"].to_list(),
        "valid_to": rows["valid_to"].to_list(),
        "source": rows["source"].to_list(),
        "imported": [now] * rows.height,
        "ended": [None] * rows.height,
        "ended_by": [""] * rows.height,
    }
    if kind == NETWORK:
        columns |= {name: [f"{place:032x}" for place in rows[name].to_list()] for name in ("first", "last")}
    bulk.insert(frames.MODELS[kind], columns)


def _write_contacts(changes: RowChanges[ContactRow], now: datetime) -> None:
    for row in changes.added:
        Contact.objects.create(
            organisation_id=row.organisation,
            role=row.role,
            name=row.name,
            email=row.email,
            phone=row.phone,
            language=row.language,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            source=row.source,
            imported=now,
            **_certificates(row),
        )
    for row in changes.changed:
        Contact.objects.filter(
            organisation_id=row.organisation, role=row.role, email=row.email, phone=row.phone
        ).update(
            name=row.name,
            language=row.language,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            **_certificates(row),
        )


def _certificates(row: ContactRow) -> dict[str, str]:
    """Those that a row has; what it does not name stays."""
    return {one.kind.value: one.text for one in row.certificates}


def _write_services(changes: RowChanges[ServiceRow], now: datetime) -> None:
    for row in (*changes.added, *changes.changed):
        values = {
            "names": dict(row.names),
            "criticality": row.criticality,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }
        service, _ = Service.objects.update_or_create(
            organisation_id=row.organisation,
            local_id=row.id,
            defaults=values,
            create_defaults=values | {"source": row.source, "imported": now},
        )
        service.assets.all().delete()
        ServiceAsset.objects.bulk_create(
            [ServiceAsset(service=service, kind=kind, key=key) for kind, key in row.assets]
        )
