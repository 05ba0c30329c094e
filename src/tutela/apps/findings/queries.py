"""What may be asked of findings."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from tutela.apps.constituency.queries import organisations_below, organisations_for
from tutela.apps.findings.models import Finding

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from tutela.core.actor import Viewer


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings: every part that is given must hold; ``below`` is an organisation with all its descendants."""

    below: str | None = None
    type: str | None = None
    severity: int | None = None
    cve: str | None = None
    asset: str | None = None
    feed: str | None = None
    since: datetime | None = None


def findings_for(viewer: Viewer, wanted: FindingFilter | None = None) -> QuerySet[Finding]:
    """The findings that the viewer may see and ``wanted`` describes, worst and latest first."""
    wanted = wanted or FindingFilter()
    condition = Q()
    if viewer.organisations is not None:
        condition &= Q(organisation__in=organisations_for(viewer).values("global_id"))
    if wanted.below is not None:
        condition &= Q(organisation__in=organisations_below(viewer, wanted.below))
    if wanted.type is not None:
        condition &= Q(classification_type=wanted.type)
    if wanted.severity is not None:
        condition &= Q(severity__gte=wanted.severity)
    if wanted.cve is not None:
        # the whole number: CVE-2024-1234 is not in CVE-2024-12345
        condition &= Q(vulnerabilities__iregex=rf"(^|[^0-9A-Za-z-]){re.escape(wanted.cve)}($|[^0-9])")
    if wanted.asset is not None:
        condition &= Q(asset_key__in={wanted.asset, _spelled(wanted.asset)})
    if wanted.feed is not None:
        condition &= Q(observer=wanted.feed)
    if wanted.since is not None:
        condition &= Q(last_seen__gte=wanted.since)
    return Finding.objects.filter(condition).order_by("-severity", "-last_seen", "id")


def _spelled(asset: str) -> str:
    """An asset in the spelling in which it is kept: names in small letters, addresses as short as they can be."""
    try:
        address = ipaddress.ip_address(asset)
    except ValueError:
        return asset.lower()
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def finding_by(prefix: str, viewer: Viewer) -> Finding | None:
    """The one finding the viewer may see whose id begins with ``prefix``; None where there is none or more than one."""
    digits = prefix.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{1,32}", digits):
        return None
    # SQLite keeps ids as text and PostgreSQL as UUIDs: both know the order, only one knows how an id begins
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    found = list(findings_for(viewer).filter(id__gte=first, id__lte=last)[:2])
    return found[0] if len(found) == 1 else None
