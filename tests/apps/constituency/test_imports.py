"""Imports into the database: all or nothing, the same again nothing, corrections with provenance, one ledger entry."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tutela.apps.constituency import actions, frames, queries, writing
from tutela.apps.constituency.models import Contact, Network, Organisation, Service
from tutela.apps.ledger.models import LedgerEntry
from tutela.core.actor import Actor, Basis, Viewer
from tutela.core.errors import BadInput, DefinitionErrors, WrongUse

if TYPE_CHECKING:
    from tutela.apps.constituency.actions import Imported

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DEMONSTRATION = Path(__file__).resolve().parents[3] / "src" / "tutela" / "content" / "demo" / "constituency.yaml"
HEADER = "kind,organisation,value,name,parent,source,identifier:rir,shared\n"
TWO = HEADER + "organisation,top,,Top,,,,\norganisation,below,,Below,top,,,\nnetwork,top,192.0.2.0/24,,,register,,\n"
EVERYBODY = Viewer(Actor("person", "dana.example"))


@pytest.fixture
def load(tmp_path: Path, actor: Actor, basis: Basis) -> Any:
    def run(text: str | bytes, name: str = "a.csv", **options: Any) -> Imported:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return actions.import_files(files=[file], by=actor, basis=basis, **({"now": NOW} | options))

    return run


def state() -> tuple[Any, ...]:
    return (
        list(Organisation.objects.order_by("global_id").values()),
        frames.holdings().sort(pl.all().exclude("first", "last")).rows(),
        writing.stored_contacts(),
        writing.stored_services(),
    )


def test_the_demonstration_and_the_demonstration_again(actor: Actor, basis: Basis) -> None:
    done = actions.import_files(files=[DEMONSTRATION], by=actor, basis=basis, now=NOW)
    assert (done.counts["organisations_added"], done.counts["services_added"], done.entry) == (12, 5, 0)
    before = state()
    again = actions.import_files(files=[DEMONSTRATION], by=actor, basis=basis, now=NOW + DAY)
    assert again.plan.changes_nothing
    assert again.entry is None
    assert state() == before
    assert LedgerEntry.objects.count() == 1
    assert Organisation.objects.get(global_id="northern-hospital").path == (
        "/national-csirt/hospital-group/northern-hospital/"
    )
    assert Contact.objects.count() == 15
    assert set(Service.objects.get(local_id="grid-control").assets.values_list("kind", "key")) == {
        ("network", "203.0.113.10/32"),
        ("domain", "control.power.example"),
    }


def test_a_dry_run_tells_all_and_writes_nothing(load: Any) -> None:
    done = load(TWO, dry_run=True)
    assert [line["change"] for line in done.lines()] == ["add", "add", "add"]
    assert done.entry is None
    assert (Organisation.objects.count(), Network.objects.count(), LedgerEntry.objects.count()) == (0, 0, 0)


def test_one_wrong_row_and_nothing_is_written(load: Any) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        load(TWO + "network,nobody,198.51.100.0/24,,,,,\nnetwork,top,x,,,,,\norganisation,c,,C,nowhere,,,\n")
    told = [(problem.line, problem.what) for problem in caught.value.problems]
    assert sorted(told) == [
        (5, "organisation: 'nobody' is no known organisation."),
        (6, "network: 'x' is not a network."),
        (7, "parent: 'nowhere' of 'c' is no known organisation."),
    ]
    assert Organisation.objects.count() == 0


def test_a_correction_ends_the_old_row_and_keeps_its_provenance(load: Any, home: Path) -> None:
    load(TWO)
    first = queries.current_snapshot(home, at=NOW)
    done = load(HEADER + "network,below,192.0.2.0/24,,,correction,,\n", now=NOW + DAY)
    assert (done.counts["holdings_added"], done.counts["holdings_ended"]) == (1, 1)
    old, new = Network.objects.order_by("id")
    assert (old.organisation_id, old.source, old.valid_from, old.valid_to) == ("top", "register", None, NOW + DAY)
    assert (old.imported, old.ended, old.ended_by.rpartition("/")[2]) == (NOW, NOW + DAY, "a.csv")
    assert (new.organisation_id, new.source, new.valid_from, new.valid_to) == ("below", "correction", NOW + DAY, None)
    second = queries.current_snapshot(home, at=NOW + DAY)
    events = pl.DataFrame({"source.ip": ["192.0.2.1"]})
    assert first.attribute(events)["organisation"].item() == "top"
    assert second.attribute(events)["organisation"].item() == "below"
    assert queries.snapshot(home, first.id).attribute(events)["organisation"].item() == "top"
    assert set(queries.snapshots(home)) == {first.id, second.id}


def test_organisations_change_and_move_with_all_below_them(load: Any) -> None:
    load(TWO + "organisation,lowest,,Lowest,below,,,\n")
    done = load(HEADER + "organisation,new,,New,,,,\norganisation,below,,Renamed,new,,ORG-EX1-TEST,\n")
    assert {change.field for change in done.plan.organisations.changes} == {"names", "parent", "identifiers"}
    assert Organisation.objects.get(global_id="lowest").path == "/new/below/lowest/"
    assert Organisation.objects.get(global_id="below").name() == "Renamed"
    assert load(HEADER + "organisation,below,,Renamed,new,,ORG-EX1-TEST,\n").plan.changes_nothing
    with pytest.raises(DefinitionErrors, match="stands above itself"):
        load(HEADER + "organisation,new,,,lowest,,,\n")


def test_a_registry_handle_finds_the_organisation_that_has_it(load: Any) -> None:
    load(HEADER + "organisation,ministry,,Ministry,,,ORG-EX1-TEST,\n")
    dump = (
        "organisation: ORG-EX1-TEST\norg-name: MINISTRY\n\n"
        "inetnum: 192.0.2.0 - 192.0.2.127\norg: ORG-EX1-TEST\n\ninetnum: 198.51.100.0/24\norg: ORG-EX2-TEST\n"
    )
    load(gzip.compress(dump.encode("latin-1")), "test.db.gz")
    assert dict(Network.objects.values_list("prefix", "organisation_id")) == {
        "192.0.2.0/25": "ministry",
        "198.51.100.0/24": "org-ex2-test",
    }
    assert Organisation.objects.get(global_id="ministry").name() == "Ministry"
    load("organisation: ORG-EX2-TEST\norg-name: Two\n\n", "names.db")
    assert Organisation.objects.get(global_id="org-ex2-test").name() == "Two"
    assert load(gzip.compress(dump.encode("latin-1")), "test.db.gz").plan.changes_nothing


def test_contacts_and_services_change(load: Any) -> None:
    text = (
        "organisations:\n- id: a\n  contacts: [{{role: security, email: s@a.example, name: {name}}}]\n"
        "  services: [{{id: mail, criticality: {level}, assets: [{asset}]}}]\n"
    )
    load(text.format(name="One", level="low", asset="mx1.a.example"), "a.yaml")
    done = load(text.format(name="Two", level="high", asset="mx2.a.example"), "a.yaml")
    assert (done.counts["contacts_changed"], done.counts["services_changed"]) == (1, 1)
    assert Contact.objects.get().name == "Two"
    service = Service.objects.get()
    assert (service.criticality, service.assets.get().key) == ("high", "mx2.a.example")


def test_the_ledger_entry_holds_counts_and_the_hash_of_the_file(load: Any) -> None:
    entry = load(TWO).entry
    leaf = json.loads(LedgerEntry.objects.get(seq=entry).leaf)
    assert leaf["action"] == "constituency.import"
    assert leaf["object"] == {"type": "constituency-file", "hash": hashlib.sha256(TWO.encode()).hexdigest()}
    assert leaf["details"]["organisations_added"] == 2


def test_a_viewer_sees_what_is_below(load: Any) -> None:
    load(TWO + "organisation,beside,,Beside,,,,\nnetwork,beside,198.51.100.0/24,,,,,\n")
    limited = Viewer(EVERYBODY.actor, ("top",))
    assert [one.global_id for one in queries.organisations_for(limited)] == ["top", "below"]
    assert [one.global_id for one in queries.organisations_for(EVERYBODY)] == ["beside", "top", "below"]
    assert list(queries.organisations_for(Viewer(EVERYBODY.actor, ()))) == []
    wanted = queries.HoldingFilter(kind="network", current=NOW)
    assert [row["key"] for row in queries.holdings_for(limited, wanted, limit=9)] == ["192.0.2.0/24"]
    assert len(list(queries.holdings_for(EVERYBODY, queries.HoldingFilter(), limit=1))) == 1
    assert queries.names(["top", "unknown"]) == {"top": "Top"}
    assert queries.counts()["network"] == 2


def test_the_shortest_files_of_the_document_are_read(load: Any) -> None:
    text = (DEMONSTRATION.parents[4] / "docs/constituency.md").read_text(encoding="utf-8")
    organisations, networks, together = re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert load(organisations).counts["organisations_added"] == 2
    assert load(networks).counts["holdings_added"] == 3
    assert load(together).counts["holdings_added"] == 1  # the domain; the rest is there


def test_files_that_cannot_be_read_are_told(tmp_path: Path, actor: Actor, basis: Basis) -> None:
    damaged = tmp_path / "a.csv.gz"
    damaged.write_bytes(gzip.compress(b"network,organisation\n" * 99)[:-9])
    for file, error, sentence in (
        (tmp_path / "absent", WrongUse, "no such file"),
        (tmp_path, WrongUse, "no regular file"),
        (Path("/dev/zero"), WrongUse, "no regular file"),
        (damaged, BadInput, "damaged gzip"),
    ):
        with pytest.raises(error, match=sentence):
            actions.import_files(files=[file], by=actor, basis=basis, now=NOW)
