"""A finding is found by its id or how that begins, by those alone who may see it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.making import a_finding
from tutela.apps.constituency.models import Organisation
from tutela.apps.findings.models import Finding
from tutela.apps.findings.queries import FindingFilter, finding_by, findings_for
from tutela.core.actor import SYSTEM, Viewer

pytestmark = pytest.mark.django_db

FIRST = UUID("a0000000-0000-4000-a000-000000000001")
SECOND = UUID("a0ffffff-ffff-4fff-afff-ffffffffffff")
DAY = datetime(2026, 3, 1, tzinfo=UTC)
AUTHORITY = Viewer(SYSTEM)


@pytest.fixture(autouse=True)
def findings() -> None:
    for identifier, organisation in ((FIRST, "bank"), (SECOND, "clinic")):
        Organisation.objects.create(global_id=organisation, path=f"{organisation}/", imported=DAY)
        a_finding(organisation, seen=DAY, id=identifier).save()


@pytest.mark.parametrize("asked", [str(FIRST), FIRST.hex, str(FIRST).upper(), "a000", "a0000000-0"])
def test_an_id_is_found_however_it_is_written_and_by_how_it_begins(asked: str) -> None:
    found = finding_by(asked, AUTHORITY)
    assert found is not None
    assert found.id == FIRST


def test_the_last_of_a_range_is_found() -> None:
    found = finding_by("a0ff", AUTHORITY)
    assert found is not None
    assert found.id == SECOND


@pytest.mark.parametrize("asked", ["a0", "b", "", "-", "xyz", "a" * 33, "a000%"])
def test_what_begins_no_id_or_several_is_not_found(asked: str) -> None:
    assert finding_by(asked, AUTHORITY) is None


def test_a_viewer_sees_only_what_is_theirs() -> None:
    bank = Viewer(SYSTEM, ("bank",))
    assert finding_by(SECOND.hex, bank) is None
    found = finding_by("a0", bank)
    assert found is not None, "what one may not see makes nothing ambiguous"
    assert found.id == FIRST


def test_a_vulnerability_is_named_by_its_whole_number() -> None:
    Finding.objects.filter(id=FIRST).update(vulnerabilities="CVE-2024-12345")
    Finding.objects.filter(id=SECOND).update(vulnerabilities="cve-2023-1, cve-2024-1234")
    assert [one.id for one in findings_for(AUTHORITY, FindingFilter(cve="CVE-2024-1234"))] == [SECOND]
    assert [one.id for one in findings_for(AUTHORITY, FindingFilter(cve="cve-2023-1"))] == [SECOND]


@pytest.mark.parametrize("asked", ["2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:db8::1"])
def test_an_asset_is_found_in_any_spelling(asked) -> None:
    Finding.objects.filter(id=FIRST).update(asset_key="2001:db8::1", asset_first=f"{0x20010DB8 << 96 | 1:032x}")
    assert [one.id for one in findings_for(AUTHORITY, FindingFilter(asset=asked))] == [FIRST]
