from __future__ import annotations

from datetime import timedelta

import jsonschema
import pytest
import yaml

from tutela.core.collectors.definition import load, schema
from tutela.core.errors import DefinitionErrors

WHOLE = """\
name: scans
http:
  url: https://reports.example.org/daily.csv
  headers: {Accept: text/csv}
  authentication: {basic: csirt, secret: scans-password}
feed: example-scans
every: 24h
file_name: scans-{date}.csv
timeout: 10m
maximum_bytes: 1000000
allow_private: true
"""
SHORT = "name: scans\nhttp: {url: 'https://example.org/x.csv'}\nevery: 1h\n"


def problems(text: str, name: str = "scans") -> list[tuple[int, str]]:
    with pytest.raises(DefinitionErrors) as told:
        load(text, "scans.yaml", name)
    return [(one.line, one.what) for one in told.value.problems]


def test_all_that_may_stand_there() -> None:
    collector = load(WHOLE, "scans.yaml", "scans")
    assert (collector.every, collector.timeout) == (timedelta(days=1), timedelta(minutes=10))
    assert collector.secrets() == {("http", "authentication", "secret"): "scans-password"}


def test_little_is_needed() -> None:
    collector = load(SHORT, "scans.yaml", "scans")
    assert (collector.feed, collector.allow_private, collector.secrets()) == ("auto", False, {})


def test_all_errors_are_told_each_with_its_line() -> None:
    text = (
        "name: Scans!\nhttp:\n  url: https://example.org/\n  colour: red\nevery: 10s\ntimeout: soon\nmaximum_bytes: 0\n"
    )
    found = problems(text)
    assert [line for line, _ in found] == [1, 4, 5, 6, 7]
    assert "'soon' is no duration" in found[3][1]


def test_the_name_is_that_of_the_file() -> None:
    assert problems(f"# a remark\n{SHORT}", name="other") == [(2, "the name “scans” is not that of the file.")]


@pytest.mark.parametrize(
    "http",
    [
        "{url: 'http://example.org/'}",
        "{url: 'file:///etc/passwd'}",
        "{url: 'ftp://example.org/'}",
        "{url: 'https://'}",
        "{url: 'https://[::1/'}",
        "{url: 'https://example.org:99999/'}",
        "{url: 'https://user:password@example.org/'}",
        "{url: 'https://example.org/a b'}",
        '{url: "https://example.org/\\r\\nX: y"}',
        "{url: 'http://example.org/', allow_plain: true, authentication: {bearer: true, secret: a}}",
        "{url: 'https://example.org/', headers: {Authorization: Bearer abc}}",
        "{url: 'https://example.org/', headers: {X-Api-Key: abc}}",
        "{url: 'https://example.org/', headers: {Host: localhost}}",
        '{url: "https://example.org/", headers: {Accept: "a\\r\\nX: y"}}',
        "{url: 'https://example.org/', authentication: {secret: a}}",
        "{url: 'https://example.org/', authentication: {basic: a, bearer: true, secret: a}}",
        "{url: 'https://example.org/', authentication: {basic: 'a:b', secret: a}}",
        "{url: 'https://example.org/', authentication: {header: Host, secret: a}}",
        "{url: 'https://example.org/', authentication: {bearer: true, secret: ../keys/session}}",
        "{url: 'https://example.org/', authentication: {bearer: true, secret: key}}",
    ],
)
def test_what_cannot_be_asked_is_refused(http: str) -> None:
    assert [line for line, _ in problems(f"name: scans\nevery: 1h\nhttp: {http}\n")] == [3]


@pytest.mark.parametrize("name", ["a/b.csv", "..", ".a.csv", "a\\b", "{time}.csv", '"a\\nb"'])
def test_a_file_has_a_plain_name(name: str) -> None:
    quoted = name if name.startswith('"') else f"'{name}'"
    assert problems(f"{SHORT}file_name: {quoted}\n")[0][0] == 4


def test_the_schema_for_editors_holds_what_is_sound() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for text in (WHOLE, SHORT):
        jsonschema.validate(yaml.safe_load(text), schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(SHORT) | {"every": "soon"}, schema())


def test_a_collector_has_one_source() -> None:
    mail = "imap: {host: mail.example.org, user: csirt, secret: mail}\n"
    assert load(f"name: scans\nevery: 5m\n{mail}", "scans.yaml", "scans").secrets() == {("imap", "secret"): "mail"}
    for text in (f"{SHORT}{mail}", "name: scans\nevery: 1h\n", f"name: scans\nevery: 5m\nfile_name: a.csv\n{mail}"):
        assert len(problems(text)) == 1
