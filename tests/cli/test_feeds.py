from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
SCHEMA = {
    "_meta": {"date_created": "2026-03-24T15:31:20Z"},
    "scan_example": {
        "constant_fields": {"classification.type": "vulnerable-system", "classification.identifier": "example"},
        "feed_name": "Example",
        "file_name": "scan_example",
        "url": "https://example.org/scan",
        "required_fields": [["time.source", "timestamp", "add_UTC_to_timestamp"], ["source.ip", "ip", "validate_ip"]],
        "optional_fields": [["source.port", "port", "convert_int"]],
    },
}
DEFINITION = """\
name: example
title: An example
provider: Example
documentation: https://example.org/feed
licence: CC0-1.0
format:
  type: csv
fields:
  source.ip: address
constants:
  classification.type: scanner
required: [source.ip]
"""
RUNTIME = """\
global: {}
example-parser:
  bot_id: example-parser
  group: Parser
  module: intelmq.bots.parsers.generic.parser_csv
  name: Example
  parameters:
    columns: ["source.ip", "source.port"]
    delimiter: ";"
    type: scanner
example-output:
  bot_id: example-output
  group: Output
  module: intelmq.bots.outputs.file.output
  parameters: {file: /dev/null}
"""


@pytest.fixture
def tutela(environment: dict[str, str]):
    def run(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tutela", *map(str, arguments)]
        settings = environment | {"PYTHONPATH": str(SOURCE)}
        return subprocess.run(command, input=given, env=settings, capture_output=True, text=True, check=False)

    return run


def test_list_names_what_is_built_in(tutela) -> None:
    feeds = json.loads(tutela("feeds", "list", "--json").stdout)
    assert len(feeds) >= 25
    assert all(feed["documentation"].startswith("http") and feed["licence"] for feed in feeds)


def test_what_show_prints_is_a_definition(tutela, tmp_path: Path) -> None:
    (tmp_path / "dataplane.yaml").write_text(tutela("feeds", "show", "dataplane").stdout)
    answer = tutela("feeds", "lint", tmp_path / "dataplane.yaml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_lint_tells_every_error_with_its_line(tutela, tmp_path: Path) -> None:
    text = DEFINITION.replace("title: An example\n", "").replace("source.ip: address", "source.ipp: address")
    (tmp_path / "example.yaml").write_text(text)
    answer = tutela("feeds", "lint", "--json", tmp_path)
    problems = json.loads(answer.stdout)
    assert answer.returncode == 1
    assert any("title" in problem["what"] for problem in problems)
    assert all(
        problem["file"].endswith("example.yaml") and problem["line"] >= 1 and problem["remedy"] for problem in problems
    )


def test_what_cannot_be_read_hides_nothing_else(tutela, home: Path, tmp_path: Path) -> None:
    (home / "feeds").mkdir(parents=True)
    (home / "feeds/example.yaml").write_text(DEFINITION + "recognise: {file_name: ^example}\n")
    (home / "feeds/broken.yaml").write_text("name: 1" + "0" * 5000)
    (home / "feeds/deep.yml").write_text("a: " + "[" * 10_000)
    (home / "feeds/folder.yaml").mkdir()
    answer = tutela("feeds", "list", "--json")
    assert {"example", "dataplane"} <= {feed["name"] for feed in json.loads(answer.stdout)}
    assert answer.returncode == 1
    told = tutela("feeds", "lint", "--json")
    assert {Path(problem["file"]).name for problem in json.loads(told.stdout)} == {
        "broken.yaml",
        "deep.yml",
        "folder.yaml",
    }
    (tmp_path / "example.csv").write_text("address\n192.0.2.1\n")
    taken = tutela("ingest", "--json", tmp_path / "example.csv")
    assert [report["new"] for report in json.loads(taken.stdout)["reports"]] == [1], taken.stderr
    for output in (answer.stderr, taken.stderr):
        assert "Traceback" not in output
        assert all(name in output for name in ("broken.yaml", "deep.yml", "folder.yaml"))


@pytest.mark.parametrize(
    "text", ["a: " + "[" * 10_000, "a: 1" + "0" * 5000, "a: 2026-13-45", "- a", "\x00", "#" * 5_000_000]
)
def test_settings_that_are_none_are_refused(tutela, tmp_path: Path, text: str) -> None:
    (tmp_path / "runtime.yaml").write_text(text)
    answer = tutela("feeds", "import-intelmq", tmp_path / "runtime.yaml")
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "runtime.yaml" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_definition_of_ones_own_is_read(tutela, home: Path) -> None:
    (home / "feeds").mkdir(parents=True)
    (home / "feeds/example.yaml").write_text(DEFINITION)
    answer = tutela("harmonise", "--feed", "example", given="address\n192.0.2.1\n")
    assert json.loads(answer.stdout)["source.ip"] == "192.0.2.1", answer.stderr


def test_shadowserver_is_imported_and_recorded(tutela, tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    answer = tutela("feeds", "import-shadowserver", "--json", tmp_path / "schema.json")
    assert json.loads(answer.stdout)["report types"] == 1, answer.stderr
    names = [feed["name"] for feed in json.loads(tutela("feeds", "list", "--like", "scan_example", "--json").stdout)]
    assert names == ["shadowserver.scan_example"]
    entries = json.loads(tutela("ledger", "list", "--json").stdout)
    assert [entry["action"] for entry in entries] == ["feeds.import"]


def test_one_bad_report_type_does_not_keep_the_others_out(tutela, home: Path, tmp_path: Path) -> None:
    bad = {**SCHEMA["scan_example"], "file_name": "scan_bad", "required_fields": [["source.ip", 5]]}
    (tmp_path / "schema.json").write_text(json.dumps({**SCHEMA, "scan_bad": bad, "scan_odd": 7}))
    answer = tutela("feeds", "import-shadowserver", "--json", tmp_path / "schema.json")
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["report types"] == 1
    assert [line.split(":")[0] for line in answer.stderr.splitlines()] == ["scan_bad", "scan_odd"]
    kept = home / "feeds/shadowserver.json"
    assert list(json.loads(kept.read_text())) == ["_meta", "scan_example"]
    kept.write_text("{")
    listed = tutela("feeds", "list", "--json")
    assert len(json.loads(listed.stdout)) >= 25
    assert "shadowserver.json" in listed.stderr
    assert "Import it again" in tutela("feeds", "show", "shadowserver.scan_example").stderr


@pytest.mark.parametrize("content", ["not json", "[]", '{"a": 1}', '{"scan": {"file_name": "scan"}}'])
def test_what_is_no_schema_is_refused(tutela, tmp_path: Path, content: str) -> None:
    (tmp_path / "schema.json").write_text(content)
    answer = tutela("feeds", "import-shadowserver", tmp_path / "schema.json")
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr


def test_intelmq_settings_become_definitions(tutela, tmp_path: Path) -> None:
    (tmp_path / "runtime.yaml").write_text(RUNTIME)
    answer = tutela("feeds", "import-intelmq", "--json", tmp_path / "runtime.yaml")
    written = json.loads(answer.stdout)
    assert len(written["definitions"]) == 1, answer.stderr
    name = written["definitions"][0]["name"]
    events = tutela("harmonise", "--feed", name, given="192.0.2.1;80\n")
    assert json.loads(events.stdout)["source.port"] == 80, events.stderr


def test_a_feed_that_is_not_there_is_wrong_use(tutela) -> None:
    answer = tutela("feeds", "show", "nothing")
    assert answer.returncode == 2
    assert "tutela feeds list" in answer.stderr
