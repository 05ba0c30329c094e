"""RPSL dumps, delegated statistics and tables of ranges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.errors import BadInput, WrongUse
from tutela.core.netspace.imports.delegated import read_delegated
from tutela.core.netspace.imports.ranges import read_ranges
from tutela.core.netspace.imports.reader import detect, read
from tutela.core.netspace.imports.rpsl import objects, read_rpsl

if TYPE_CHECKING:
    from tutela.core.netspace.imports.wanted import Wanted

RPSL = """\
% A dump for documentation.

inetnum:        192.0.2.0 - 192.0.2.130      # no prefix
netname:        EXAMPLE-NET
descr:          A network
                of two lines
+
+               and a third
org:            ORG-EX1-TEST
source:         TEST # Filtered

inet6num:       2001:db8::/32
org:            org-ex1-test

inetnum:        198.51.100.0/24
netname:        NOBODY

route:          203.0.113.0/24
origin:         AS64496

route6:         2001:db8:1::/48
origin:         AS64499

aut-num:        AS64496
org:            ORG-EX2-TEST

organisation:   ORG-EX1-TEST
org-name:       Université d'Exemple
country:        XX

person:         Dana Example
nic-hdl:        DE1-TEST

inetnum:        192.0.2.300 - 192.0.2.301
org:            ORG-EX1-TEST
"""

DELEGATED = """\
2|test|20260301|8|19830705|20260301|+0000
test|*|ipv4|*|4|summary
test|XX|ipv4|192.0.2.0|192|20200102|allocated|one
test|XX|ipv6|2001:db8::|32|00000000|assigned|one
test|XX|asn|64496|3|20200102|allocated|two
test||ipv4|198.51.100.0|256||available|
test|XX|ipv4|203.0.113.0|256|20200102|reserved|
test|XX|ipv4|203.0.113.0|x|20200102|allocated|two
test|YY|ipv4|198.18.0.0|131072|20200102|assigned
"""


def held(wanted: Wanted) -> list[tuple[str, str, str]]:
    return wanted.holdings.select("kind", "key", "organisation").rows()


def test_an_rpsl_dump() -> None:
    wanted = read(RPSL.encode("latin-1"), "test.db")
    assert held(wanted) == [
        ("network", "192.0.2.0-192.0.2.130", "org-ex1-test"),
        ("network", "2001:db8::/32", "org-ex1-test"),
        ("asn", "64496", "org-ex2-test"),
        ("network", "203.0.113.0/24", "org-ex2-test"),
    ]
    one, two = wanted.organisations
    assert (one.names, one.jurisdiction, one.placeholder) == ({"en": "Université d'Exemple"}, "XX", False)
    assert (two.names, two.identifiers, two.placeholder) == ({"en": "ORG-EX2-TEST"}, {"rir": "ORG-EX2-TEST"}, True)
    assert [(problem.line, problem.severity, problem.what) for problem in wanted.problems] == [
        (34, "error", "inetnum: '192.0.2.300' in '192.0.2.300 - 192.0.2.301' is not an IP address."),
        (0, "warning", "inetnum: 1 without an organisation left out."),
        (0, "warning", "route6: 1 without an organisation left out."),
    ]


def test_continuation_lines_and_comments() -> None:
    _, kind, attributes = next(iter(objects(RPSL)))
    assert (kind, attributes["descr"]) == ("inetnum", "A network of two lines and a third")
    assert attributes["inetnum"] == "192.0.2.0 - 192.0.2.130"


@settings(deadline=None)
@given(st.text(alphabet="abcinetnumorg:/ \t+#%\n0192.-é", max_size=200))
def test_nothing_that_looks_like_a_dump_breaks_the_reader(text: str) -> None:
    read_rpsl(text, "x")
    read_delegated(text.replace("a", "|"), "x")


def test_carriage_returns() -> None:
    assert held(read(RPSL.replace("\n", "\r\n").encode(), "test.db")) == held(read(RPSL.encode(), "test.db"))


def test_delegated_statistics() -> None:
    wanted = read(DELEGATED.encode(), "delegated-test-extended-latest")
    assert held(wanted) == [
        ("network", "192.0.2.0-192.0.2.191", "test-one"),
        ("network", "2001:db8::/32", "test-one"),
        ("asn", "64496", "test-two"),
        ("asn", "64497", "test-two"),
        ("asn", "64498", "test-two"),
        ("network", "198.18.0.0/15", "test-yy"),
    ]
    assert wanted.holdings["valid_from"].to_list()[:2] == [datetime(2020, 1, 2, tzinfo=UTC), None]
    assert [(problem.line, problem.what) for problem in wanted.problems] == [(8, "ipv4: 'x' is no count.")]


def test_ranges_of_as_numbers() -> None:
    table = b'192.0.2.0,192.0.2.255,64496,"Example, Inc."\n198.51.100.0,198.51.100.9,64497,\n192.0.2.0,x,64498,Bad\n'
    wanted = read(table, "ranges.csv")
    assert held(wanted) == [
        ("network", "192.0.2.0/24", "as64496"),
        ("network", "198.51.100.0-198.51.100.9", "as64497"),
        ("asn", "64496", "as64496"),
        ("asn", "64497", "as64497"),
    ]
    assert [one.names["en"] for one in wanted.organisations] == ["Example, Inc.", "AS64497"]
    assert [problem.line for problem in wanted.problems] == [3]


def test_ranges_as_numbers() -> None:
    place = int.from_bytes(bytes([192, 0, 2, 0]), "big")
    assert held(read_ranges(f"{place},{place + 255},64496,x\n".encode(), "n.csv"))[0][1] == "192.0.2.0/24"
    six = 0x20010DB8 << 96
    assert held(read_ranges(f"{six},{six + 2**96 - 1},64496,x\n".encode(), "n.csv"))[0][1] == "2001:db8::/32"


def test_a_table_with_too_many_columns_is_told() -> None:
    wanted = read_ranges(b"192.0.2.0,192.0.2.1,64496,x,y\n", "n.csv")
    assert len(wanted.problems) == 1


@pytest.mark.parametrize(
    ("data", "path", "format_name"),
    [
        (RPSL, "ripe.db.gz", "rpsl"),
        (DELEGATED, "x", "delegated"),
        ("192.0.2.0,192.0.2.255,64496,Example\n", "x.csv", "ranges"),
        ('"192.0.2.0","192.0.2.255","64496","Example"\n', "x.csv", "ranges"),
        ("network,organisation\n", "-", "csv"),
        ("organisations: []\n", "-", "yaml"),
        ("# comment\n[]", "-", "json"),
        ("%YAML", "x.yml", "yaml"),
    ],
)
def test_the_format_is_seen(data: str, path: str, format_name: str) -> None:
    assert detect(data.encode(), path) == format_name


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(BadInput, match="no format"):
        detect(b"hello", "x")
    with pytest.raises(WrongUse, match="no format"):
        read(b"", "x", format="excel")
