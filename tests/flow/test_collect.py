"""Collectors fetch over real HTTP what is new, and it goes through the house as any report does: once."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from tests.flow import world
from tests.mailserver import certificate
from tests.webserver import Answer, Site, serving
from tutela.apps.intake.models import Collection, Report
from tutela.apps.ledger.models import LedgerEntry
from tutela.cli.main import main
from tutela.config import environment
from tutela.core.actor import Actor, Basis
from tutela.core.errors import Conflict, Unavailable
from tutela.flow import collect
from tutela.flow.collect import Collected
from tutela.flow.tick import tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message

    from tests.conftest import Installation

pytestmark = pytest.mark.django_db(transaction=True)

GROUND: dict[str, Any] = {"by": Actor("operator", "test"), "basis": Basis("mandate", "1")}
PHRASE = "correct-horse-battery"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    context, _ = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    with serving(context) as found:
        found.pages["/sightings-1.csv"] = Answer(world.report(20).encode())
        yield found


@pytest.fixture
def define(home: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Furnish the house, and write collectors of ``site`` into it."""
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_WORKERS", "1")
    world.furnish(home)
    return lambda name="scans", **more: write(home, site, name, **more)


def write(home: Path, site: Site, name: str = "scans", **more: Any) -> None:
    (home / "collectors").mkdir(exist_ok=True)
    values = {"name": name, "http": {"url": site.url("/sightings-1.csv")}, "every": "1h", "allow_private": True} | more
    (home / "collectors" / f"{name}.yaml").write_text(json.dumps(values))  # which is YAML too


def due() -> Collected:
    return collect.collect_due(environment=environment.load(), **GROUND)


def later(hours: int = 48) -> None:
    """As if so much time had gone by."""
    for one in Collection.objects.all():
        for name in ("next_due", "leased_until"):
            if moment := getattr(one, name):
                setattr(one, name, moment - timedelta(hours=hours))
        one.save()


def waits(minutes: float) -> bool:
    """Whether the collector is due in so many minutes."""
    moment = Collection.objects.get().next_due
    assert moment is not None
    return abs(moment - datetime.now(UTC) - timedelta(minutes=minutes)) < timedelta(minutes=1)


def test_what_is_fetched_goes_the_way_of_every_report(define: Any, site: Site, home: Path) -> None:
    define()
    assert due() == Collected(new=1)
    report = Report.objects.get()
    assert (report.file_name, report.feed, report.state) == ("sightings-1.csv", "sightings", "settled")
    state = Collection.objects.get()
    assert (state.failures, state.error, state.leased_until) == (0, "", None)
    assert state.last_success
    assert waits(60)
    assert list((home / "collected/scans").iterdir()) == []
    assert due() == Collected(), "its hour has not come"
    assert len(site.asked) == 1
    assert list(LedgerEntry.objects.values_list("action", flat=True)) == ["intake.ingest"]


def test_its_name_and_feed_are_those_of_the_definition(define: Any, site: Site) -> None:
    site.pages["/"] = site.pages["/sightings-1.csv"]
    define(http={"url": site.url("/")}, feed="sightings", file_name="scan-{date}.csv")
    due()
    assert Report.objects.get().file_name == f"scan-{datetime.now(UTC):%Y-%m-%d}.csv"


def test_only_what_is_new_is_taken(define: Any, site: Site) -> None:
    version = ["1", world.report(20)]

    def page(headers: Message) -> Answer:
        is_known = headers["If-None-Match"] == f'"{version[0]}"'
        return Answer(status=304) if is_known else Answer(version[1].encode(), headers={"ETag": f'"{version[0]}"'})

    site.pages["/sightings-1.csv"] = page
    define()
    assert due().new == 1
    later()
    assert due() == Collected()
    assert waits(60)
    version[:] = ["2", world.report(20, seed=7)]
    later()
    assert due().new == 1
    define(http={"url": site.url("/sightings-1.csv?all")})
    later()
    assert due() == Collected(known=1), "of another address nothing is known yet, but the bytes are"
    assert [headers["If-None-Match"] for _, headers in site.asked] == [None, '"1"', '"1"', None]
    assert Report.objects.count() == 2


def test_the_same_bytes_without_conditions_are_nothing_new(define: Any, home: Path) -> None:
    define()
    due()
    later()
    assert due() == Collected()
    assert list((home / "collected/scans").iterdir()) == []


def test_who_fails_is_asked_less_and_less_until_it_goes_well(define: Any, site: Site) -> None:
    good, site.pages["/sightings-1.csv"] = site.pages["/sightings-1.csv"], Answer(status=500)
    define()
    for failures, minutes in ((1, 2), (2, 4), (3, 8)):
        (error,) = due().wrong
        assert isinstance(error, Unavailable)
        state = Collection.objects.get()
        assert (state.failures, state.error) == (failures, str(error))
        assert "answers 500" in state.error
        assert state.last_success is None
        assert waits(minutes)
        assert due() == Collected()
        later()
    site.pages["/sightings-1.csv"] = good
    assert due().new == 1
    state = Collection.objects.get()
    assert (state.failures, state.error) == (0, "")


def test_a_busy_source_is_left_alone_as_long_as_it_asks(define: Any, site: Site) -> None:
    site.pages["/sightings-1.csv"] = Answer(status=429, headers={"Retry-After": "7200"})
    define()
    assert len(due().wrong) == 1
    assert waits(120)


def test_one_that_fails_stops_no_other(define: Any, home: Path) -> None:
    (home / "collectors").mkdir()
    (home / "collectors/a.yaml").write_text("name: a\n")
    define("b", feed="no-such-feed")
    define("c", http={"url": "https://localhost:9/"})
    define("d")
    done = due()
    assert done.new == 1
    assert [type(one).__name__ for one in done.wrong] == ["DefinitionErrors", "WrongUse", "Unavailable"]


def test_what_cannot_be_taken_in_lies_aside_once(define: Any, site: Site, home: Path) -> None:
    site.pages["/sightings-1.csv"] = Answer(b"nobody knows this")
    site.pages["/riddle.bin"] = site.pages["/sightings-1.csv"]
    define(http={"url": site.url("/riddle.bin")})
    assert len(due().wrong) == 1
    for _ in range(2):
        assert "no feed definition recognises" in Collection.objects.get().error, "it stays told"
        later()
        assert due() == Collected()
    assert sorted(path.name for path in (home / "inbox/refused").iterdir()) == ["riddle.bin", "riddle.bin.why.txt"]


def test_a_crash_between_fetching_and_taking_in_loses_nothing_and_doubles_nothing(
    define: Any, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    define()
    with monkeypatch.context() as patch:
        patch.setattr(collect, "ingest", killed)
        with pytest.raises(KeyboardInterrupt):
            due()
    (home / "collected/scans/.half.part").write_text("half")
    assert due() == Collected(), "the dead one holds the lease for a while"
    site.pages["/sightings-1.csv"] = Answer(world.report(20, seed=7).encode())
    later()
    assert due() == Collected(new=2), "what was fetched before, and what stands there now"
    assert {one.size for one in Report.objects.all()} == {len(world.report(20)), len(world.report(20, seed=7))}
    assert list((home / "collected/scans").iterdir()) == []


def test_a_crash_after_taking_in_doubles_nothing(define: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(**_more: Any) -> None:
        raise KeyboardInterrupt

    define()
    with monkeypatch.context() as patch:
        patch.setattr(collect.intake, "end_collection", killed)
        with pytest.raises(KeyboardInterrupt):
            due()
    later()
    assert due() == Collected(known=1)
    assert Report.objects.count() == 1


def test_where_a_store_cannot_be_used_the_report_waits(
    define: Any, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any, **_more: Any) -> None:
        raise Unavailable("the disk is full")

    define()
    with monkeypatch.context() as patch:
        patch.setattr(collect, "ingest", full)
        assert len(due().wrong) == 1
    assert len(list((home / "collected/scans").iterdir())) == 1
    site.pages.clear()
    later()
    done = due()
    assert (done.new, len(done.wrong)) == (1, 1), "the source has it no more; we have"


def test_on_another_machine_the_lease_holds(define: Any, site: Site, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    world.furnish(other)
    write(other, site)
    settings = environment.load().model_copy(update={"home": other})

    def page(_headers: Message) -> Answer:
        seen.append(collect.collect_due(environment=settings, **GROUND))
        connection.close()  # of the server's thread
        return Answer(world.report(20).encode())

    seen: list[Collected] = []
    site.pages["/sightings-1.csv"] = page
    define()
    assert due().new == 1
    assert seen == [Collected()]
    assert len(site.asked) == 1


def test_two_processes_at_once_fetch_once(installation: Installation, tmp_path: Path, site: Site) -> None:
    begun, enough = threading.Event(), threading.Event()

    def slow(_headers: Message) -> Answer:
        begun.set()
        assert enough.wait(60)
        return Answer(world.report(20).encode())

    site.pages["/sightings-1.csv"] = slow
    with installation(tmp_path / "house") as variables:
        house = Path(variables["TUTELA_HOME"])
        world.furnish(house)
        write(house, site)
        command = [sys.executable, "-m", "tutela", "collectors", "run", "scans", "--json"]
        settings = variables | {"TUTELA_WORKERS": "1"}
        with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE) as first:
            assert begun.wait(60)
            second = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
            enough.set()
            said = json.loads(first.communicate(timeout=60)[0])
    assert said["new_reports"] == 1
    assert second.returncode == 1
    assert "another process is at it" in second.stderr
    assert len(site.asked) == 1


def test_the_secret_is_sent_and_told_nowhere(
    define: Any,
    site: Site,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TUTELA_LOG", "debug")
    caplog.set_level(logging.DEBUG)
    (home / "secrets").mkdir()
    (home / "secrets/scans").touch(mode=0o600)
    (home / "secrets/scans").write_text(PHRASE)
    define(http={"url": site.url("/sightings-1.csv"), "authentication": {"header": "X-Api-Key", "secret": "scans"}})
    site.pages["/sightings-1.csv"] = lambda headers: Answer(status=401, body=headers["X-Api-Key"].encode())
    assert main(["collectors", "run", "scans"]) == 1
    site.pages["/sightings-1.csv"] = Answer(world.report(20).encode())
    assert main(["collectors", "run", "scans"]) == 0
    assert main(["collectors", "list", "--json"]) == 0
    assert [headers["X-Api-Key"] for _, headers in site.asked] == [PHRASE, PHRASE]
    said = capsys.readouterr()
    stored = [str(vars(one)) for model in (Collection, LedgerEntry, Report) for one in model.objects.all()]
    assert PHRASE not in "".join([said.out, said.err, caplog.text, *stored])


def test_tick_collects_what_is_due(define: Any) -> None:
    define()
    assert tick(environment=environment.load(), now=datetime.now(UTC), **GROUND)["collected"] == 1


def test_the_commands(define: Any, capsys: pytest.CaptureFixture[str]) -> None:
    define()
    assert main(["collectors", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["next_due"], row["every_seconds"]) == ("scans", None, 3600)
    assert main(["collectors", "run", "scans", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"collector": "scans", "new_reports": 1, "known_reports": 0}
    assert main(["collectors", "lint"]) == 0
    define("broken", every="soon")
    assert main(["collectors", "lint"]) == 1
    assert "broken.yaml:1: every: 'soon' is no duration" in capsys.readouterr().err
    assert main(["collectors", "list"]) == 1
    assert main(["collectors", "schema"]) == 0
    assert main(["collectors", "run", "absent"]) == 2


def test_a_round_that_took_too_long_writes_nothing_over_the_one_after_it(define: Any, site: Site) -> None:
    def page(_headers: Message) -> Answer:
        Collection.objects.update(lease=None, leased_until=None, error="of the other one")
        connection.close()  # of the server's thread
        return Answer(world.report(20).encode())

    site.pages["/sightings-1.csv"] = page
    define()
    due()
    assert Collection.objects.get().error == "of the other one"


def test_a_leased_one_is_told(define: Any) -> None:
    define()
    Collection.objects.create(name="scans", leased_until=datetime.now(UTC) + timedelta(hours=1))
    assert main(["collectors", "run", "scans"]) == Conflict.exit_code
