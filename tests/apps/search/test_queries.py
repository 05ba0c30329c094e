"""One box: what a text leads to, within what the viewer may see."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.making import a_finding
from tutela.apps.constituency.actions import import_files
from tutela.apps.search.queries import search
from tutela.core.actor import SYSTEM, Basis, Viewer

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 1, tzinfo=UTC)
AUTHORITY = Viewer(SYSTEM)
CLINIC = Viewer(SYSTEM, ("clinic",))
FIRST = UUID("a0000000-0000-4000-a000-000000000001")


@pytest.fixture(autouse=True)
def world(home, tmp_path) -> None:
    file = tmp_path / "constituency.json"
    names = {"en": "Example Bank", "zh-Hans": "示例银行"}
    bank = {"id": "bank", "names": names, "networks": ["192.0.2.0/25"], "asns": [64496], "domains": ["bank.example"]}
    bank["identifiers"] = {"lei": "529900T8BM49AURSDO55"}
    clinic = {"id": "clinic", "name": "Clinic", "networks": ["192.0.2.0/24"]}
    file.write_text(json.dumps({"organisations": [bank, clinic]}))
    import_files(files=[str(file)], by=SYSTEM, basis=Basis("mandate", "1"))
    a_finding(
        "bank", seen=DAY, id=FIRST, asset_key="192.0.2.7", malware_name="mirai", vulnerabilities="CVE-2024-1234"
    ).save()


def found(text: str, home, viewer: Viewer = AUTHORITY) -> tuple[list[str], list[tuple[str, bool]], int]:
    hits = search(text, viewer, home=home)
    organisations = [one.global_id for one in hits.organisations]
    return organisations, [(one.organisation.global_id, one.wins) for one in hits.holders], len(hits.findings)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("192.0.2.7", ([], [("bank", True), ("clinic", False)], 1)),
        ("192.0.2.0/28", ([], [("bank", True), ("clinic", False)], 1)),
        ("198.51.100.0/24", ([], [], 0)),
        ("AS64496", ([], [("bank", True)], 0)),
        ("www.bank.example", ([], [("bank", True)], 0)),
        ("CVE-2024-1234", ([], [], 1)),
        ("CVE-2024-12345", ([], [], 0)),
        ("example bank", (["bank"], [], 0)),
        ("示例银行", (["bank"], [], 0)),
        ("529900t8bm49aursdo55", (["bank"], [], 0)),
        ("Mirai", ([], [], 1)),
        ("a0000000", ([], [], 1)),
        ("", ([], [], 0)),
        ("' OR 1=1 --", ([], [], 0)),
        ("%", ([], [], 0)),
    ],
)
def test_each_kind_of_text_leads_somewhere(text, wanted, home) -> None:
    assert found(text, home) == wanted


@pytest.mark.parametrize("text", ["192.0.2.7", "example bank", "mirai", "CVE-2024-1234", "a0000000", "AS64496"])
def test_what_is_others_is_not_found(text, home) -> None:
    organisations, holders, count = found(text, home, CLINIC)
    assert (organisations, count) == ([], 0)
    assert [name for name, _ in holders] in ([], ["clinic"])
