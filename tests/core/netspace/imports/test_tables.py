"""CSV, JSON and YAML constituencies: one meaning, and every problem told with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from tutela.core.netspace.imports.reader import read
from tutela.core.netspace.imports.rows import COLUMNS

if TYPE_CHECKING:
    from tutela.core.netspace.imports.wanted import Wanted

DEMONSTRATION = Path(__file__).resolve().parents[4] / "src" / "tutela" / "content" / "demo" / "constituency.yaml"

CSV = """\
organisation,name,name:fr,parent,sector,identifier:rir,network,asn,domain,valid_from,shared,kind,value,email,assets
top,Top,Sommet,,energy,ORG-TOP1-TEST,,,,,,organisation,,,
below,Below,,top,,,,,,,,organisation,,,
below,,,,,,192.0.2.0/24,,,2026-01-01,yes,,,,
below,,,,,,,AS64496,,,,,,,
below,,,,,,,,Example.ORG,,,,,,
below,,,,,,,,,,,contact,security,security@example.org,
below,Mail,,,,,,,,,,service,mail,,192.0.2.25; mx.example.org
"""
YAML = """\
organisations:
  - id: top
    names: {en: Top, fr: Sommet}
    sector: energy
    identifiers: {rir: ORG-TOP1-TEST}
  - id: below
    name: Below
    parent: top
    networks:
      - {network: 192.0.2.0/24, valid_from: 2026-01-01, shared: true}
    asns: [64496]
    domains: [example.org]
    contacts:
      - {role: security, email: security@example.org}
    services:
      - {id: mail, name: Mail, assets: [192.0.2.25, mx.example.org]}
"""
ROWS = [
    {"kind": "organisation", "organisation": "top", "names": {"en": "Top", "fr": "Sommet"}, "sector": "energy"}
    | {"identifiers": {"rir": "ORG-TOP1-TEST"}},
    {"kind": "organisation", "organisation": "below", "name": "Below", "parent": "top"},
    {"network": "192.0.2.0/24", "organisation": "below", "valid_from": "2026-01-01", "shared": True},
    {"asn": 64496, "organisation": "below"},
    {"domain": "example.org", "organisation": "below"},
    {"contact": "security", "organisation": "below", "email": "security@example.org"},
    {"service": "mail", "organisation": "below", "name": "Mail", "assets": ["192.0.2.25", "mx.example.org"]},
]


def meaning(wanted: Wanted) -> tuple[object, ...]:
    assert wanted.problems == ()
    return (
        [(one.id, one.names, one.parent, one.sector, one.identifiers) for one in wanted.organisations],
        wanted.holdings.drop("source", "file", "line").rows(),
        [one.key for one in wanted.contacts],
        [(one.id, one.names, one.assets) for one in wanted.services],
    )


def problems(data: str, path: str) -> list[str]:
    return [f"{problem.line}: {problem.what}" for problem in read(data.encode(), path).problems]


def test_three_formats_mean_the_same() -> None:
    csv = meaning(read(CSV.encode(), "a.csv"))
    assert csv == meaning(read(YAML.encode(), "a.yaml")) == meaning(read(orjson.dumps(ROWS), "a.json"))
    organisations, holdings, _, services = csv
    assert organisations[0] == ("top", {"en": "Top", "fr": "Sommet"}, "", "energy", {"rir": "ORG-TOP1-TEST"})
    assert holdings[0][1:3] == ("192.0.2.0/24", "below")
    assert holdings[0][5] == datetime(2026, 1, 1, tzinfo=UTC)
    assert services == [("mail", {"en": "Mail"}, (("domain", "mx.example.org"), ("network", "192.0.2.25/32")))]


@pytest.mark.parametrize(("old", "new"), [(",", ";"), (",", "\t"), (",", "|")])
def test_any_delimiter_and_encoding(old: str, new: str) -> None:
    table = "network,organisation,source\n192.0.2.0/24,café,x\n".replace("café", "below").replace(old, new)
    for encoding in ("utf-8-sig", "utf-16", "latin-1"):
        assert read(table.encode(encoding), "a.csv").holdings["key"].to_list() == ["192.0.2.0/24"]
    assert read("kind,organisation,name\norganisation,x,Café\n".encode("latin-1"), "a.csv").organisations[0].names == {
        "en": "Café"
    }


def test_all_problems_of_a_table_at_once_with_row_column_and_remedy() -> None:
    table = (
        "kind,organisation,value,parent,valid_from,valid_to,criticality,identifier:lei,emial\n"
        "network,a,192.0.2.1/24,,,,,,x\n"
        "network,,192.0.2.0/24,,,,,,\n"
        "asn,a,x,,2026-02-30,,,,\n"
        "domain,A B,co.uk,,2026-02-02,2026-02-01,,,\n"
        "organisation,a,,a,,,huge,ABC,\n"
        "host,a,x,,,,,,\n"
        "organisation,b,,,2026-01-01,,,,\n"
        "contact,a,security,,,,,,\n"
        "one,two,three,four,five,six,seven,eight,nine,ten\n"
    )
    assert problems(table, "a.csv") == [
        "1: emial: is no known column.",
        "2: network: '192.0.2.1/24' has host bits set; the network is 192.0.2.0/24.",
        "3: organisation: is missing.",
        "4: valid_from: '2026-02-30' is no day or time such as 2026-03-01 or 2026-03-01T12:00:00Z.",
        "4: asn: 'x' is not an AS number.",
        "5: organisation: 'A B' is no id: lower-case letters, digits, '.', '-' and '_', at most 100.",
        "5: valid_to: lies before valid_from.",
        "5: domain: 'co.uk' is a public suffix: names below it belong to others.",
        "6: criticality: 'huge' is none of low, medium, high, critical.",
        "6: identifier:lei: 'ABC' is no LEI: its check digits are wrong.",
        "6: parent: is the organisation itself.",
        "7: kind: 'host' is none of organisation, network, domain, asn, contact, service.",
        "8: valid_from: has no use in a row of kind organisation.",
        "9: email: is missing, and phone too.",
        "10: has 10 columns, the header 9.",
    ]
    wanted = read(table.encode(), "a.csv")
    assert all(problem.remedy for problem in wanted.problems)
    assert wanted.problems[0].remedy == "Did you mean email?"
    assert (wanted.holdings.height, wanted.organisations) == (0, ())


def test_problems_of_yaml_have_the_line_of_the_value() -> None:
    held = "    networks:\n      - 192.0.2.0/24\n      - 192.0.2.0/33\n    asns: [0]\n"
    text = f"organisations:\n  - id: a\n{held}    id: b\n"
    assert problems(text, "a.yaml") == ["7: id: stands twice."]
    text = text.replace("    id: b\n", "    colour: red\norganizations: []\n")
    assert problems(text, "a.yaml") == [
        "1: organizations: is no known part of a constituency.",
        "2: colour: is no known column.",
        "5: network: '192.0.2.0/33' is not a network.",
        "6: asn: '0' is not an AS number that anybody can hold (1 to 4294967294).",
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: [", "a.yaml"),
        ("a: &x [*x]", "a.yaml"),
        ("a: \x00", "a.yaml"),
        ("- just text", "a.yaml"),
        ("7", "a.yaml"),
        ("{", "a.json"),
        ("7", "a.json"),
        ('network,organisation\n"192.0.2.0/24,x\n', "a.csv"),
    ],
)
def test_what_is_broken_is_told_once(text: str, path: str) -> None:
    assert len(problems(text, path)) == 1


@pytest.mark.parametrize("path", ["a.csv", "a.yaml"])
def test_an_empty_file_wants_nothing(path: str) -> None:
    wanted = read(b"", path)
    assert (wanted.problems, wanted.holdings.height) == ((), 0)


def test_every_column_is_documented_in_a_sentence() -> None:
    assert all(len(text) > 5 for text in COLUMNS.values())


def test_the_demonstration_has_no_problem() -> None:
    wanted = read(DEMONSTRATION.read_bytes(), "constituency.yaml")
    assert wanted.problems == ()
    assert len(wanted.organisations) == 12
    assert all({"en", "zh-Hans"} <= set(one.names) for one in wanted.organisations)
    assert set(wanted.holdings["source"]) == {"register-of-exampleland"}


def test_the_columns_are_in_the_documentation() -> None:
    text = (DEMONSTRATION.parents[4] / "docs" / "constituency.md").read_text(encoding="utf-8")
    assert [name for name, meaning in COLUMNS.items() if f"| `{name}` | {meaning} |" not in text] == []
