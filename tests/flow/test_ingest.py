"""Reports in, findings out: every row accounted for, nothing twice, nothing lost."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from polars.exceptions import PolarsError

from tests.flow import world
from tutela.apps.findings.models import Finding
from tutela.apps.intake.models import Report
from tutela.apps.ledger.models import LedgerEntry
from tutela.cli.main import main
from tutela.config.faults import known
from tutela.core.errors import Conflict, Unavailable
from tutela.lake.query import EventFilter, count, query
from tutela.lake.table import EventTable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def furnished(home, settings, monkeypatch, tmp_path):
    """A furnished home, and the constituency in it."""
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_WORKERS", "1")
    world.furnish(home)
    path = tmp_path / "constituency.json"
    path.write_text(json.dumps(world.CONSTITUENCY))
    assert main(["constituency", "import", str(path)]) == 0
    return home


def put(folder: Path, name: str, text: str | bytes) -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(list(arguments))
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return code, printed.out, printed.err


def ingest(capsys, *paths: str) -> dict:
    code, out, _err = run(capsys, "ingest", "--json", *paths)
    assert code in {0, 1}
    return json.loads(out)


def test_every_row_is_accounted_for(furnished, tmp_path, capsys):
    text = world.report(500, seed=1, broken=4) + "skip,skip,1,x,y\n" + "2026-03-01 00:00:00,192.0.2.1,99999,x,y\n"
    (row,) = ingest(capsys, put(tmp_path, "sightings-a.csv", text))["reports"]
    assert row["rows"] == 502
    assert row["rows"] == row["events"] + row["skipped"] + row["quarantined"]
    assert row["read"] == row["events"]
    assert (row["quarantined"], row["skipped"], row["invalid"], row["whole"]) == (4, 1, 1, False)
    assert row["events"] == row["new"] + row["duplicate"]
    assert count(query(EventTable(furnished / "lake"), EventFilter())) == row["new"]
    assert sum(Finding.objects.values_list("events", flat=True)) == count(
        query(EventTable(furnished / "lake"), EventFilter(organisations=["bank", "clinic"]))
    )


def test_a_row_left_out_by_rule_is_counted(furnished, tmp_path, capsys):
    text = world.HEADER + "2026-03-01 00:00:00,skip me,1,x,y\n" + world.line(3)
    (row,) = ingest(capsys, put(tmp_path, "sightings-a.csv", text))["reports"]
    assert (row["rows"], row["events"], row["skipped"], row["quarantined"], row["whole"]) == (2, 1, 1, 0, True)


def test_lines_that_a_format_leaves_out_are_counted_also_after_a_replay(furnished, tmp_path, capsys):
    feed = furnished / "feeds" / "scans.yaml"
    pattern = "(?P<address>[0-9.]+) (?P<time>.*)(?P<port>)(?P<condition>)(?P<note>)"
    lines = f"format: {{type: lines, comments: ['#'], pattern: '{pattern}'}}"
    text = world.FEED.replace("name: sightings", "name: scans").replace("format: {type: csv}", lines)
    feed.write_text(text)
    report = "192.0.2.1 2026-03-01\nso much\nfor that\nskip.me 2026-03-01\n"
    code, out, _err = run(capsys, "ingest", "--json", "--feed", "scans", put(tmp_path, "scans.txt", report))
    (row,) = json.loads(out)["reports"]
    assert [row[name] for name in ("rows", "read", "skipped", "quarantined", "whole")] == [4, 1, 0, 3, False]
    feed.write_text(feed.read_text().replace("format: {", "format: {unmatched: skip, ").replace("'#'", "'skip'"))
    code, out, _err = run(capsys, "quarantine", "replay", "--json")
    assert (code, json.loads(out)[0]["quarantined"]) == (0, 0)
    (kept,) = Report.objects.all()
    # a comment is no row any more: the whole report was counted anew
    assert (kept.rows, kept.read, kept.skipped, kept.quarantined) == (3, 1, 2, 0)


def test_rows_that_vanish_are_told(furnished, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tutela.flow.stage._add", lambda tally, slice_: setattr(tally, "rows", tally.rows + 3))
    code, out, _err = run(capsys, "ingest", "--json", put(tmp_path, "sightings-a.csv", world.HEADER + world.line(3)))
    (row,) = json.loads(out)["reports"]
    assert (code, row["whole"], row["problems"]) == (
        1,
        False,
        ["3 of its rows are not accounted for, which is our fault; report it."],
    )


def test_rows_that_differ_in_an_invalid_value_are_two_events(furnished, tmp_path, capsys):
    row = "2026-03-01 00:00:00,192.0.2.1,{},x,y\n"
    text = world.HEADER + "".join(row.format(port) for port in ("99999", "99998", "99999", "80"))
    (told,) = ingest(capsys, put(tmp_path, "sightings-a.csv", text))["reports"]
    assert (told["events"], told["new"], told["duplicate"], told["invalid"]) == (4, 3, 1, 3)
    events = query(EventTable(furnished / "lake"), EventFilter()).collect()
    kept = [json.loads(one)["source.port"]["value"] for one in events["invalid"].drop_nulls()]
    assert sorted(kept) == ["99998", "99999"]


def test_the_same_report_again_changes_nothing(furnished, tmp_path, capsys):
    path = put(tmp_path, "sightings-a.csv", world.report(200, seed=1))
    ingest(capsys, path)
    before = (world.events_digest(furnished), sorted(Finding.objects.values_list()), LedgerEntry.objects.count())
    again = ingest(capsys, path)
    assert [row["state"] for row in again["reports"]] == ["known"]
    assert (
        world.events_digest(furnished),
        sorted(Finding.objects.values_list()),
        LedgerEntry.objects.count(),
    ) == before


@pytest.mark.parametrize("at_once", [True, False])
def test_the_same_content_under_two_names_is_told_for_both(at_once, furnished, tmp_path, capsys):
    names = [put(tmp_path, name, world.report(20, seed=1)) for name in ("sightings-a.csv", "sightings-b.csv")]
    rounds = [names] if at_once else [[name] for name in names]
    told = [row for paths in rounds for row in ingest(capsys, *paths)["reports"]]
    assert [(row["file"], row["state"], row["same_as"]) for row in told] == [
        ("sightings-a.csv", "settled", None),
        ("sightings-b.csv", "known", "sightings-a.csv"),
    ]
    assert told[0]["new"] == told[1]["new"] == Report.objects.get().new
    _code, _out, err = run(capsys, "ingest", names[1])
    assert "sightings-b.csv: same content as sightings-a.csv" in err


def test_overlapping_reports_count_each_event_once(furnished, tmp_path, capsys):
    first = put(tmp_path, "sightings-a.csv", world.HEADER + "".join(map(world.line, range(100))))
    second = put(tmp_path, "sightings-b.csv", world.HEADER + "".join(map(world.line, range(50, 150))))
    ingest(capsys, first)
    (row,) = ingest(capsys, second)["reports"]
    assert (row["events"], row["new"], row["duplicate"]) == (100, 50, 50)
    assert count(query(EventTable(furnished / "lake"), EventFilter())) == 150


def test_how_reports_are_cut_and_ordered_does_not_matter(furnished, tmp_path, capsys, monkeypatch):
    text = world.report(400, seed=2, broken=2)
    head, *lines = text.splitlines(keepends=True)
    one = put(tmp_path, "sightings-one.csv", text)
    ingest(capsys, one)
    folds = sorted(Finding.objects.values_list("organisation", "fingerprint", "events", "first_seen", "last_seen"))
    events = world.events_digest(furnished)
    other = tmp_path / "other"
    monkeypatch.setenv("TUTELA_HOME", str(furnished))
    Finding.objects.all().delete()
    (furnished / "lake").rename(other)
    parts = [put(tmp_path, f"sightings-{n}.csv", head + "".join(lines[n::3])) for n in (2, 0, 1)]
    monkeypatch.setenv("TUTELA_SLICE_BYTES", "4096")
    ingest(capsys, *parts)
    assert world.events_digest(furnished) == events
    again = sorted(Finding.objects.values_list("organisation", "fingerprint", "events", "first_seen", "last_seen"))
    assert again == folds


def test_a_large_load_gives_what_a_small_one_gives(furnished, tmp_path, capsys, monkeypatch):
    """Written while it is read or afterwards, over an older load that it repeats in part: the same, line by line."""
    older = put(tmp_path, "sightings-older.csv", world.HEADER + "".join(map(world.line, range(100))))
    paths = [
        put(tmp_path, "sightings-a.csv", world.HEADER + "".join(map(world.line, range(50, 400))) + world.line(60)),
        put(tmp_path, "sightings-b.csv", world.HEADER + "".join(map(world.line, range(300, 500)))),
    ]
    monkeypatch.setenv("TUTELA_SLICE_BYTES", "4096")
    monkeypatch.setenv("TUTELA_FILE_ROWS", "10")
    told = []
    for size in ("1000000000", "0"):
        monkeypatch.setenv("TUTELA_LARGE_LOAD_BYTES", size)
        Finding.objects.all().delete()
        Report.objects.all().delete()
        if told:
            (furnished / "lake").rename(tmp_path / "other")
        ingest(capsys, older)
        counts = ingest(capsys, *paths)["reports"]
        folds = sorted(Finding.objects.values_list("organisation", "fingerprint", "events", "first_seen", "last_seen"))
        told.append((counts, folds, world.events_digest(furnished)))
    assert told[0] == told[1]
    assert [row["new"] for row in told[0][0]] == [300, 100]
    names = [file.name for file in (furnished / "lake").rglob("*.parquet")]
    assert sum("-000000-" in name for name in names) > 2  # slices wrote files of their own


def test_what_a_committed_load_still_needs_is_on_the_disk_before_it_is_committed(
    furnished, tmp_path, capsys, monkeypatch
):
    flushed, before = [], []
    flush, add = os.fsync, EventTable.add

    def noted(handle: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        flush(handle)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(EventTable, "add", lambda *args, **kept: before.extend(flushed) or add(*args, **kept))
    ingest(capsys, put(tmp_path, "sightings-a.csv", world.HEADER + world.line(3)))
    assert "written.json.unfinished" in before
    assert sum(name.endswith(".fold.unfinished") for name in before) == 1


def test_a_damaged_lake_is_no_fault_of_the_report(furnished, tmp_path, capsys, monkeypatch):
    """The load waits, and is carried to its end once the lake is mended."""
    monkeypatch.setenv("TUTELA_LARGE_LOAD_BYTES", "0")
    ingest(capsys, put(tmp_path, "sightings-a.csv", world.HEADER + world.line(3)))
    (file,) = (furnished / "lake").rglob("*.parquet")
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    later = put(tmp_path, "sightings-b.csv", world.HEADER + world.line(3) + world.line(7))
    with pytest.raises(PolarsError) as raised:
        main(["ingest", later])
    told = known(raised.value)
    assert isinstance(told, Conflict)
    assert str(file) in str(told)
    file.write_bytes(whole)
    (row,) = ingest(capsys, later)["reports"]
    assert (row["rows"], row["new"], row["duplicate"], row["whole"]) == (2, 1, 1, True)


def test_events_of_nobody_are_kept_and_are_no_finding(furnished, tmp_path, capsys):
    line = "2026-03-01 00:00:00,203.0.113.9,23,telnet,nobody\n"
    (row,) = ingest(capsys, put(tmp_path, "sightings-a.csv", world.HEADER + line))["reports"]
    assert row["new"] == 1
    assert not Finding.objects.exists()


def test_without_a_constituency_the_way_to_findings_is_told(home, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_WORKERS", "1")
    world.furnish(home)
    ingest(capsys, put(tmp_path, "sightings-a.csv", world.HEADER + world.line(3)))
    code, out, err = run(capsys, "findings", "list", "--json")
    assert (code, json.loads(out), err) == (0, [], "")
    code, out, err = run(capsys, "findings", "list")
    assert (code, len(out.splitlines()), len(err.splitlines())) == (0, 1, 1)
    assert "tutela constituency import" in err
    care = put(tmp_path, "care.csv", "kind,organisation,name,network\norganisation,bank,Bank,\n,bank,,192.0.2.0/24\n")
    run(capsys, "constituency", "import", care)
    run(capsys, "constituency", "reattribute")
    assert [row["asset"] for row in json.loads(run(capsys, "findings", "list", "--json")[1])] == ["192.0.2.3"]
    assert "No finding is like that" in run(capsys, "findings", "list", "--severity", "critical")[2]


def test_a_corrected_constituency_moves_the_finding_with_its_life(furnished, tmp_path, capsys):
    path = put(
        tmp_path, "sightings-a.csv", world.HEADER + "2026-03-01 00:00:00,192.0.2.200,23,telnet,x\n" + world.line(3)
    )
    ingest(capsys, path)
    assert set(Finding.objects.values_list("organisation", flat=True)) == {"bank"}
    moved = Finding.objects.get()
    correction = {"organisations": [{"id": "clinic", "name": "Clinic", "networks": ["192.0.2.0/24", "192.0.2.3/32"]}]}
    corrected = put(tmp_path, "correction.json", json.dumps(correction))
    assert main(["constituency", "import", corrected]) == 0
    entries = LedgerEntry.objects.count()
    code, out, _err = run(capsys, "constituency", "reattribute", "--dry-run", "--json")
    assert code == 0
    assert json.loads(out)["events"] == 2
    assert LedgerEntry.objects.count() == entries
    code, out, _err = run(capsys, "constituency", "reattribute", "--json")
    assert json.loads(out)["events"] == 2
    assert LedgerEntry.objects.count() == entries + 1
    assert set(Finding.objects.values_list("organisation", flat=True)) == {"clinic"}
    assert Finding.objects.get(asset_key=moved.asset_key).id == moved.id
    assert count(query(EventTable(furnished / "lake"), EventFilter(organisations=["clinic"]))) == 2
    code, out, _err = run(capsys, "constituency", "reattribute", "--json")
    assert json.loads(out)["events"] == 0


def test_only_what_came_since_changes_hands(furnished, tmp_path, capsys):
    """The lake and the findings say the same, to the second; what stays keeps its reason and its snapshot."""
    times = ("2026-03-01 10:00:00", "2026-03-01 20:00:00", "2026-03-05 00:00:00")
    rows = "".join(f"{moment},192.0.2.9,23,telnet,x\n" for moment in times)
    ingest(capsys, put(tmp_path, "sightings-a.csv", world.HEADER + rows))
    correction = {"organisations": [{"id": "clinic", "name": "Clinic", "networks": ["192.0.2.9/32"]}]}
    assert main(["constituency", "import", put(tmp_path, "correction.json", json.dumps(correction))]) == 0
    code, out, _err = run(capsys, "constituency", "reattribute", "--since", "2026-03-01T15:00:00Z", "--json")
    assert (code, json.loads(out)["events"]) == (0, 2)
    names = ("time.source", "organisation", "attribution", "snapshot")
    kept = query(EventTable(furnished / "lake"), EventFilter()).select(names).sort("time.source").collect()
    assert kept["organisation"].to_list() == ["bank", "clinic", "clinic"]
    assert [reason.split(" by ")[0] for reason in kept["attribution"]] == [
        "network 192.0.2.0/25",
        "network 192.0.2.9/32",
        "network 192.0.2.9/32",
    ]
    assert kept["snapshot"][0] != kept["snapshot"][1]
    assert dict(Finding.objects.values_list("organisation", "events")) == {"bank": 1, "clinic": 2}


def test_quarantine_is_replayed_after_the_feed_was_mended(furnished, tmp_path, capsys):
    text = world.HEADER + world.line(3) + "20260301x1000,192.0.2.5,80,telnet,odd time\n"
    ingest(capsys, put(tmp_path, "sightings-a.csv", text))
    code, out, _err = run(capsys, "quarantine", "list", "--json")
    (listed,) = json.loads(out)
    assert (code, listed["quarantined"]) == (0, 1)
    code, out, _err = run(capsys, "quarantine", "show", listed["report"], "--json")
    assert json.loads(out)[0]["row"] == 2
    code, out, _err = run(capsys, "quarantine", "replay", "--json")
    assert (code, json.loads(out)[0]["read"]) == (1, 0)
    feed = furnished / "feeds" / "sightings.yaml"
    mended = "time.source: [{from: time, steps: [{time: ['%Y%m%dx%H%M']}]}, time]"
    feed.write_text(feed.read_text().replace("time.source: time", mended))
    code, out, _err = run(capsys, "quarantine", "replay", "--json")
    assert (code, json.loads(out)[0]["read"], json.loads(out)[0]["new"]) == (0, 1, 1)
    report = Report.objects.get()
    assert (report.rows, report.events, report.quarantined, report.whole) == (2, 2, 0, True)
    assert Finding.objects.count() == 2
    code, _out, _err = run(capsys, "ingest", str(tmp_path / "sightings-a.csv"))
    assert code == 0  # there is nothing left to mend


def test_a_replay_after_the_format_changed_reads_the_right_rows(furnished, tmp_path, capsys):
    """Lines that are comments now have no row number any more: the numbers in quarantine are of other rows."""
    text = world.HEADER + "# a remark\n" + world.line(3) + "20260301x1000,192.0.2.5,80,telnet,odd time\n"
    ingest(capsys, put(tmp_path, "sightings-a.csv", text))
    feed = furnished / "feeds" / "sightings.yaml"
    mended = "time.source: [{from: time, steps: [{time: ['%Y%m%dx%H%M']}]}, time]"
    definition = feed.read_text().replace("time.source: time", mended)
    feed.write_text(definition.replace("{type: csv}", "{type: csv, comments: ['#']}"))
    code, out, _err = run(capsys, "quarantine", "replay", "--json")
    (told,) = json.loads(out)
    assert (code, told["before"], told["quarantined"], told["new"]) == (0, 2, 0, 1)
    report = Report.objects.get()
    assert (report.rows, report.read, report.skipped, report.quarantined) == (2, 2, 0, 0)
    assert (report.events, report.new, report.duplicate) == (2, 2, 0)
    found = query(EventTable(furnished / "lake"), EventFilter()).select("source.ip").collect()["source.ip"]
    assert sorted(found) == ["192.0.2.3", "192.0.2.5"]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("broken", "lost"),
    [("findings.merge_folds", False), ("Quarantine.replace", False), ("Quarantine.replace", True)],
)
def test_a_replay_that_breaks_off_at_its_end_counts_once(whole, broken, lost, furnished, tmp_path, capsys, monkeypatch):
    """It reads the rows that it set out to read, and tells its new events from those of the first reading."""
    odd = "20260301x1000,192.0.2.5,80,telnet,odd time\n"
    path = put(tmp_path, "sightings-a.csv", world.HEADER + world.line(3) + odd + "# a remark\n" * whole)
    ingest(capsys, path)
    feed = furnished / "feeds" / "sightings.yaml"
    mended = "time.source: [{from: time, steps: [{time: ['%Y%m%dx%H%M']}]}, time]"
    definition = feed.read_text().replace("time.source: time", mended)
    feed.write_text(definition.replace("{type: csv}", "{type: csv, comments: ['#']}") if whole else definition)
    with monkeypatch.context() as patch:
        patch.setattr(f"tutela.flow.load.{broken}", Mock(side_effect=Unavailable("the power was cut")))
        assert run(capsys, "quarantine", "replay")[0] == 1
    if lost:
        shutil.rmtree(furnished / "work")
    assert run(capsys, "ingest", path)[0] == 0
    report = Report.objects.get()
    assert (report.rows, report.read, report.skipped, report.quarantined) == (2, 2, 0, 0)
    assert (report.events, report.new, report.duplicate) == (2, 2, 0)
    assert sorted(Finding.objects.values_list("events", flat=True)) == [1, 1]


def test_what_may_not_be_read_does_not_hide_the_rest_of_a_folder(furnished, tmp_path, capsys):
    folder = tmp_path / "reports"
    folder.mkdir()
    put(folder, "sightings-a.csv", world.HEADER + world.line(3))
    (folder / "sightings-b.csv").symlink_to("/etc/passwd")
    put(folder, "sightings-c.csv", world.HEADER + world.line(4))
    (folder / os.fsdecode(b"sightings-\xff.csv")).write_text(world.HEADER + world.line(5))
    told = ingest(capsys, str(folder))
    assert len(told["refused"]) == 1
    assert [row["new"] for row in told["reports"]] == [1, 1, 1]


def test_a_stream_that_breaks_off_between_two_rows_is_no_success(furnished, tmp_path, capsys):

    whole = gzip.compress((world.HEADER + world.line(3)).encode())
    code, out, _err = run(capsys, "ingest", "--json", put(tmp_path, "sightings-a.csv.gz", whole[:-8]))
    assert (code, json.loads(out)["reports"][0]["whole"]) == (1, False)


def test_a_replay_that_cannot_read_the_report_keeps_the_rows(furnished, tmp_path, capsys):
    text = world.HEADER + world.line(3) + "20260301x1000,192.0.2.5,80,telnet,odd time\n"
    ingest(capsys, put(tmp_path, "sightings-a.csv", text))
    feed = furnished / "feeds" / "sightings.yaml"
    feed.write_text(feed.read_text().replace("format: {type: csv}", "format: {type: json}"))
    code, out, _err = run(capsys, "quarantine", "replay", "--json")
    assert (code, json.loads(out)[0]["read"], json.loads(out)[0]["quarantined"]) == (1, 0, 1)
    code, out, _err = run(capsys, "quarantine", "list", "--json")
    assert [row["quarantined"] for row in json.loads(out)] == [1]
    assert Report.objects.get().problems


@pytest.mark.parametrize("name", ["sightings-a.csv", "sightings-a.csv.gz"])
def test_a_replay_of_a_report_that_is_damaged_in_the_archive_keeps_the_rows(name, furnished, tmp_path, capsys):
    text = (world.HEADER + world.line(3) + "20260301x1000,192.0.2.5,80,telnet,odd time\n").encode()
    ingest(capsys, put(tmp_path, name, gzip.compress(text) if name.endswith(".gz") else text))
    (archived,) = [path for path in (furnished / "archive").rglob("*") if path.is_file()]
    whole = archived.read_bytes()
    archived.write_bytes(whole[: len(whole) // 2])
    code, out, _err = run(capsys, "quarantine", "replay", "--json")
    assert (code, json.loads(out)[0]["read"], json.loads(out)[0]["quarantined"]) == (1, 0, 1)
    assert "damaged in the archive" in str(Report.objects.get().problems)
    assert len(json.loads(run(capsys, "quarantine", "show", Report.objects.get().content, "--json")[1])) == 1


def test_a_number_of_five_thousand_digits_stops_nobody(furnished, tmp_path, capsys):
    event = '{"source.ip": "192.0.2.1", "classification.type": "scanner", "n": 1' + "0" * 5000 + "}\n"
    code, _out, _err = run(capsys, "ingest", "--json", "--feed", "idf-json", put(tmp_path, "big.ndjson", event))
    assert code == 1
    assert ingest(capsys, put(tmp_path, "sightings-a.csv", world.HEADER + world.line(3)))["reports"][0]["new"] == 1


def test_expiry_takes_events_reports_and_quarantine_and_says_why(furnished, tmp_path, capsys):
    ingest(capsys, put(tmp_path, "sightings-a.csv", world.report(50, seed=1, broken=1)))
    later = datetime(2100, 1, 1, tzinfo=UTC).isoformat()
    arguments = ["lake", "expire", "--before", later, "--basis", "example/retention@2026", "--json"]
    code, out, _err = run(capsys, *arguments, "--dry-run")
    assert code == 0
    assert json.loads(out)["events"] > 0
    assert count(query(EventTable(furnished / "lake"), EventFilter())) > 0
    code, out, _err = run(capsys, *arguments)
    assert count(query(EventTable(furnished / "lake"), EventFilter())) == 0
    assert not [path for path in (furnished / "archive").rglob("*") if path.is_file()]
    entry = json.loads(LedgerEntry.objects.order_by("-seq").first().leaf)
    assert (entry["action"], entry["basis"]) == ("lake.expire", {"id": "example/retention", "version": "2026"})


def test_export_is_what_idf_users_exchange(furnished, tmp_path, capfdbinary):
    assert main(["ingest", put(tmp_path, "sightings-a.csv", world.HEADER + world.line(3))]) == 0
    capfdbinary.readouterr()
    assert main(["export", "--format", "idf"]) == 0
    (event,) = map(json.loads, capfdbinary.readouterr().out.splitlines())
    assert event["source.ip"] == "192.0.2.3"
    assert event["time.source"] == "2026-03-04T00:00:03+00:00"
    assert event["classification.taxonomy"] == "malicious-code"
    assert event["extra.note"] == "note 3"
    assert "organisation" not in event


ODD = ("0.0.0.0", "::ffff:192.0.2.1", "fe80::1%eth0", "192.000.002.001")  # noqa: S104 - a value in a report
BAD = {
    "empty": ("sightings-a.csv", b"", {0, 1}),
    "header only": ("sightings-a.csv", world.HEADER.encode(), {0}),
    "unknown type": ("what-is-this.bin", b"\x00\x01\x02", {1}),
    "nul bytes": ("sightings-a.csv", (world.HEADER + world.line(3)).encode() + b"\0\0\0\n", {1}),
    "wrong encoding": ("sightings-a.csv", world.HEADER.encode() + b"\xff\xfe\xff,\x80,1,x,y\n", {1}),
    "ragged": ("sightings-a.csv", (world.HEADER + "a,b\n" + "a,b,c,d,e,f,g\n" + world.line(3)).encode(), {1}),
    "truncated gzip": ("sightings-a.csv.gz", None, {1}),
    "far times": (
        "sightings-a.csv",
        (world.HEADER + "0001-01-01 00:00:00,192.0.2.1,1,x,y\n9999-12-31 00:00:00,192.0.2.1,1,x,y\n").encode(),
        {1},
    ),
    "odd addresses": (
        "sightings-a.csv",
        (world.HEADER + "".join(f"2026-03-01 00:00:00,{a},1,x,y\n" for a in ODD)).encode(),
        {1},
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_clear_sentence_and_loses_nothing(kind, furnished, tmp_path, capsys):
    name, content, codes = BAD[kind]
    if content is None:
        content = gzip.compress(world.report(5000, seed=1).encode())[:-2000]
    code, out, _err = run(capsys, "ingest", "--json", put(tmp_path, name, content))
    assert code in codes
    told = json.loads(out)
    for row in told["reports"]:
        assert row["rows"] == row["events"] + row["skipped"] + row["quarantined"]
    if code == 1:
        assert told["refused"] or any(row["quarantined"] or row["problems"] for row in told["reports"])
    for refusal in told["refused"]:
        assert refusal["what"]
        assert refusal["remedy"]
    assert main(["ledger", "verify"]) == 0


def test_links_and_devices_are_not_read(furnished, tmp_path, capsys):
    target = put(tmp_path, "sightings-a.csv", world.report(5))
    link = tmp_path / "sightings-link.csv"
    link.symlink_to(target)
    pipe = tmp_path / "sightings-pipe.csv"
    os.mkfifo(pipe)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    for path in (link, pipe, Path("/dev/zero"), tmp_path / "s", tmp_path / "absent.csv"):
        code, out, _err = run(capsys, "ingest", "--json", str(path))
        assert code == 1, path
        assert json.loads(out)["refused"][0]["where"] == str(path)
    listening.close()


def test_one_bad_report_does_not_stop_the_others(furnished, tmp_path, capsys):
    good = put(tmp_path, "sightings-good.csv", world.HEADER + world.line(3))
    bad = put(tmp_path, "unknown.bin", b"\x00")
    told = ingest(capsys, bad, good)
    assert len(told["refused"]) == 1
    assert [row["new"] for row in told["reports"]] == [1]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x05\x06" + bytes(18), "the zip archive holds no file. Ask the source what it sent."),
        (b"PK\x03\x04 and no archive", "the zip archive is broken or cut short (File is not a zip file)."),
    ],
)
def test_an_archive_that_cannot_be_read_is_told_once_with_its_name(furnished, tmp_path, capsys, data, told):
    code, _out, err = run(capsys, "ingest", "--feed", "sightings", put(tmp_path, "sightings-a.zip", data))
    assert (code, err) == (1, f"sightings-a.zip: {told}\n")


def test_a_report_that_is_refused_alone_leaves_the_house_open(furnished, tmp_path, capsys):
    broken = put(tmp_path, "sightings-broken.zip", b"PK\x03\x04 and no archive")
    code, out, _err = run(capsys, "ingest", "--json", "--feed", "sightings", broken)
    assert code == 1
    assert [row["state"] for row in json.loads(out)["reports"]] == ["failed"]
    assert [
        row["new"] for row in ingest(capsys, put(tmp_path, "sightings-b.csv", world.HEADER + world.line(3)))["reports"]
    ] == [1]


def test_an_unknown_feed_is_told_before_anything_is_copied(furnished, tmp_path, capsys):
    code, _out, err = run(capsys, "ingest", "--feed", "no-such-feed", put(tmp_path, "a.csv", "x"))
    assert code in {1, 2}
    assert "no-such-feed" in err
    assert not (furnished / "archive").exists()
