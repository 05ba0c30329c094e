import gzip
import json

import pytest

from tutela.core.errors import DefinitionErrors, WrongUse
from tutela.engine.catalogue import Catalogue

DEFINITION = """\
name: {name}
title: {title}
provider: Example
documentation: https://example.org/feed
licence: CC0-1.0
format: {{type: csv, comments: ["#"]}}
recognise: {recognise}
fields: {{source.ip: ip}}
constants: {{classification.type: scanner}}
"""
SCHEMA = {
    "x": {"file_name": "event4_x", "feed_name": "X", "required_fields": [["source.ip", "ip", "validate_ip"]]},
}


def write(folder, name, title="Built in", recognise="{}"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(DEFINITION.format(name=name, title=title, recognise=recognise))


@pytest.fixture
def home(tmp_path):
    built_in = tmp_path / "built_in"
    write(built_in, "by-name", recognise="{file_name: '^scans'}")
    write(built_in, "by-columns", recognise="{columns: [ip, weather]}")
    write(built_in, "by-both", recognise="{file_name: '^scans', columns: [ip, weather]}")
    write(built_in, "by-address", recognise="{url: 'example.org/list'}")
    write(built_in, "nothing")
    return tmp_path / "home"


def catalogue(home):
    return Catalogue(home, home.parent / "built_in")


def test_the_users_definition_goes_before_the_built_in_one(home):
    assert catalogue(home).get("nothing").title == "Built in"
    write(home / "feeds", "nothing", "Own")
    assert catalogue(home).get("nothing").title == "Own"


def test_shadowserver_feeds_are_there_once_imported(home):
    with pytest.raises(WrongUse, match="Import Shadowserver"):
        catalogue(home).get("shadowserver.event4_x")
    (home / "feeds").mkdir(parents=True)
    (home / "feeds/shadowserver.json").write_text(json.dumps(SCHEMA))
    known = catalogue(home)
    assert "shadowserver.event4_x" in known.names()
    assert known.get("shadowserver.event4_x").provider == "The Shadowserver Foundation"
    assert known.recognise("2026-11-22-event4_x-town.csv.gz") == "shadowserver.event4_x"


def test_an_unknown_feed_is_told(home):
    with pytest.raises(WrongUse, match="no feed “weather”"):
        catalogue(home).get("weather")


def test_a_definition_with_errors_is_told_when_it_is_asked_for(home):
    write(home / "feeds", "broken", recognise="{file_name: '('}")
    with pytest.raises(DefinitionErrors):
        catalogue(home).get("broken")
    assert catalogue(home).recognise("scans.csv") == "by-name"


def test_a_definition_that_cannot_be_read_hides_no_other(home):
    write(home / "feeds", "broken", recognise="{file_name: '('}")
    (home / "feeds/bytes.yaml").write_bytes(b"\xff\xfe")
    (home / "feeds/folder.yaml").mkdir()
    known = catalogue(home)
    sound = dict(known.sound(known.names()))
    assert sorted(sound) == ["by-address", "by-both", "by-columns", "by-name", "nothing"]
    assert sorted(known.refused) == ["broken", "bytes", "folder"]
    assert all(str(home / "feeds" / f"{name}.yaml") in str(error) for name, error in known.refused.items())
    again = catalogue(home)
    assert again.recognise("scans.csv") == "by-name"
    assert sorted(again.refused) == ["broken", "bytes", "folder"]


@pytest.mark.parametrize(
    ("name", "head", "url", "expected"),
    [
        ("scans.csv", b"ip\n", "", "by-name"),
        ("scans.csv.gz", b"ip\n", "", "by-name"),
        ("other.csv", b'# list\n"ip", "weather"\n', "", "by-columns"),
        ("scans.csv", b"ip,weather\n", "", "by-both"),
        ("other.csv", b"ip\n", "https://example.org/list", "by-address"),
        ("other.csv", b"ip\n", "", None),
        ("other.csv", gzip.compress(b"ip,weather", mtime=0), "", None),
    ],
)
def test_reports_are_recognised(home, name, head, url, expected):
    assert catalogue(home).recognise(name, head, url) == expected


def test_built_in_definitions_are_all_there(tmp_path):
    known = Catalogue(tmp_path)
    assert len(known.names()) >= 25
    assert all(known.get(name).name == name for name in known.names())
