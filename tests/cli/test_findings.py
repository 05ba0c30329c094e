"""One finding, from the report to why it is whose it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.flow import world
from tutela.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)

CONSTITUENCY = {
    "organisations": [
        {"id": "group", "name": "Group", "networks": ["192.0.2.0/24"]},
        {"id": "bank", "name": "Bank", "parent": "group", "networks": ["192.0.2.0/25"]},
    ]
}
ROWS = """\
2026-03-02 10:00:00,192.0.2.1,23,mirai,b
2026-03-01 10:00:00,192.0.2.1,23,mirai,a
2026-03-03 10:00:00,192.0.2.1,1,mirai,c
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line of an installation that has taken in one report of three events of one finding."""
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_WORKERS", "1")
    world.furnish(home)
    (tmp_path / "constituency.json").write_text(json.dumps(CONSTITUENCY))
    (tmp_path / "sightings-a.csv").write_text(world.HEADER + ROWS)

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(list(arguments))
        return code, *capsys.readouterr()

    assert command("constituency", "import", str(tmp_path / "constituency.json"))[0] == 0
    assert command("ingest", str(tmp_path / "sightings-a.csv"))[0] == 0
    return command


def shown(run: Run) -> dict[str, Any]:
    (listed,) = json.loads(run("findings", "list", "--json")[1])
    code, out, _err = run("findings", "show", listed["id"], "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    assert {name: found[name] for name in listed} == listed
    return found


def test_the_first_and_the_last_event_are_shown(run: Run) -> None:
    found = shown(run)
    assert [found[name]["extra.note"] for name in ("first", "last")] == ["a", "c"]
    assert found["events"] == 3


def test_the_attribution_is_explained(run: Run) -> None:
    candidates = shown(run)["candidates"]
    assert [(one["organisation"], one["winner"]) for one in candidates] == [("bank", True), ("group", False)]
    assert candidates[0]["reason"] == "the smallest range that holds it (128 addresses)"


def test_it_is_explained_as_the_constituency_stood_then(run: Run, tmp_path: Path) -> None:
    before = shown(run)["candidates"]
    later = {"organisations": [{"id": "branch", "name": "Branch", "parent": "bank", "networks": ["192.0.2.0/28"]}]}
    (tmp_path / "later.json").write_text(json.dumps(later))
    assert run("constituency", "import", str(tmp_path / "later.json"))[0] == 0
    assert shown(run)["candidates"] == before
    assert run("constituency", "reattribute")[0] == 0
    assert [one["organisation"] for one in shown(run)["candidates"]] == ["branch", "bank", "group"]


def test_the_same_condition_of_another_organisation_is_not_mixed_in(run: Run, tmp_path: Path) -> None:
    later = {"organisations": [{"id": "branch", "name": "Branch", "parent": "bank", "networks": ["192.0.2.0/28"]}]}
    (tmp_path / "later.json").write_text(json.dumps(later))
    (tmp_path / "sightings-b.csv").write_text(world.HEADER + "2026-03-04 10:00:00,192.0.2.1,23,mirai,d\n")
    assert run("constituency", "import", str(tmp_path / "later.json"))[0] == 0
    assert run("ingest", str(tmp_path / "sightings-b.csv"))[0] == 0
    last = {}
    for listed in json.loads(run("findings", "list", "--json")[1]):
        last[listed["organisation"]] = json.loads(run("findings", "show", listed["id"], "--json")[1])["last"]
    assert {name: event["extra.note"] for name, event in last.items()} == {"bank": "c", "branch": "d"}


def test_a_person_reads_lines_and_needs_only_how_the_id_begins(run: Run) -> None:
    short = run("findings", "list")[1].splitlines()[1].split("\t")[0]
    code, out, err = run("findings", "show", short)
    told = dict(line.split("\t") for line in out.splitlines())
    assert (code, err, told["organisation"], told["asset"]) == (0, "", "bank", "192.0.2.1")
    assert told["first_event"].startswith("2026-03-01T10:00:00+00:00 sightings, report ")
    assert told["last_event"].endswith(" row 3")
    assert told["attribution"] == "network 192.0.2.0/25 by source.ip"
    assert told["because"] == "network 192.0.2.0/25: the smallest range that holds it (128 addresses)"
    assert told["not group by network 192.0.2.0/24"] == "a larger range (256 addresses)"


def test_a_finding_stays_when_its_events_expire(run: Run) -> None:
    assert run("lake", "expire", "--before", "2027-01-01", "--basis", "example/retention@1")[0] == 0
    found = shown(run)
    assert (found["first"], found["last"], found["candidates"]) == (None, None, [])
    code, out, err = run("findings", "show", found["id"])
    assert (code, "first_event" in out, err) == (0, False, "Its events are not in the lake any more.\n")


def test_a_snapshot_that_is_gone_hides_nothing_else(run: Run, home: Path) -> None:
    for path in (home / "snapshots").iterdir():
        path.unlink()
    found = shown(run)
    assert (found["last"]["extra.note"], found["candidates"]) == ("c", [])
    assert "is not in the data folder" in run("findings", "show", found["id"])[2]


@pytest.mark.parametrize("asked", ["", "00000000-0000-0000-0000-00000000000x", "ffffffffffff"])
def test_what_there_is_not_is_wrong_use(run: Run, asked: str) -> None:
    code, out, err = run("findings", "show", asked)
    assert (code, out) == (2, "")
    assert "tutela findings list" in err
    assert len(err.splitlines()) == 1


def test_a_step_is_taken_and_told(run: Run) -> None:
    (listed,) = json.loads(run("findings", "list", "--json")[1])
    assert run("findings", "step", "close", listed["id"])[0] == 2
    code, _out, err = run("findings", "step", "dispute", listed["id"])
    assert (code, "needs end and reason" in err) == (2, True)
    assert run("findings", "step", "claim", listed["finding"], "--json")[:2] == (0, '{"done":1,"skipped":0}\n')
    found = shown(run)
    assert found["state"] == "claimed"
    assert [(step["act"], step["by"].split(":")[0]) for step in found["steps"]] == [("claim", "operator")]
    assert [report["says"] for report in found["reports"]] == ["shown"]
    assert "claim by operator" in run("findings", "show", listed["id"])[1]


def test_findings_are_listed_by_state_and_network(run: Run) -> None:
    def count(*options: str) -> int:
        return len(json.loads(run("findings", "list", "--json", *options)[1]))

    assert count("--state", "open") == count("--network", "192.0.2.0/28") == 1
    assert count("--state", "closed") == count("--network", "198.51.100.0/24") == 0
    code, _out, err = run("findings", "list", "--state", "fixed")
    assert (code, "is no state" in err) == (2, True)
    assert run("findings", "list", "--network", "nonsense")[0] == 2
