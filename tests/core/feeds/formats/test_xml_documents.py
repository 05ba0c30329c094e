"""XML documents of several shapes, and hostile ones."""

from __future__ import annotations

import json

import pytest

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.reader import read
from tutela.core.feeds.formats.records import ROW
from tutela.core.feeds.formats.specification import XmlFormat

ENTRIES = b"""<?xml version="1.0" encoding="UTF-8"?>
<out xmlns="urn:x" version="2"><response><error>0</error></response><entries source="list">
<entry id="1"><url><![CDATA[http://example.com/]]></url><ip kind="v4">192.0.2.1</ip><empty/>
<who><name>a</name></who></entry>
<entry id="2"><ip>192.0.2.2</ip><ip>192.0.2.3</ip>
</entry></entries></out>"""


def test_children_attributes_and_repetition() -> None:
    records = read(ENTRIES, XmlFormat(rows="entries/entry"), keep_raw=True)
    first, second = records.frame.drop(ROW, "__raw").to_dicts()
    assert {name: value for name, value in first.items() if value} == {
        "@id": "1",
        "url": "http://example.com/",
        "ip.#text": "192.0.2.1",
        "ip.@kind": "v4",
        "who.name": "a",
    }
    assert json.loads(second["ip"]) == ["192.0.2.2", "192.0.2.3"]
    assert records.json_columns == {"ip"}
    assert records.frame[ROW].to_list() == [1, 2]
    assert "192.0.2.1" in records.frame["__raw"][0]


def test_ancestors() -> None:
    records = read(ENTRIES, XmlFormat(rows="entry", ancestors=True))
    assert records.frame["entries.@source"].to_list() == ["list", "list"]
    assert records.frame["out.@version"].to_list() == ["2", "2"]


def test_pairs_name_their_own_columns() -> None:
    data = b"""<ioc><Indicator><Item><Ctx search="File/Md5"/><Content>aa</Content></Item>
      <Indicator><Item><Ctx search="Net/Host"/><Content>example.com</Content></Item>
        <Item><Ctx search="Net/Host"/><Content>example.org</Content></Item><Item><Ctx/></Item>
      </Indicator></Indicator></ioc>"""
    pairs = {"element": "Item", "key": "Ctx/@search", "value": "Content"}
    records = read(data, XmlFormat(rows="Indicator", pairs=pairs))
    assert records.frame.drop(ROW).rows() == [("aa", None), ("aa", '["example.com","example.org"]')]


def test_own_text_of_a_record() -> None:
    assert read(b"<a><u>x</u><u>y</u></a>", XmlFormat(rows="u")).frame["#text"].to_list() == ["x", "y"]


def test_nothing_there() -> None:
    assert read(b"", XmlFormat(rows="a")).frame.height == 0
    assert read(b"<a/>", XmlFormat(rows="b")).rows == 0


BOMBS = {
    "billion laughs": b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>',
    "file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "parameter": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://example.com/">%x;]><a/>',
}


@pytest.mark.parametrize("name", BOMBS)
def test_entities_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="declares entities"):
        read(BOMBS[name], XmlFormat(rows="a"))


def test_a_document_type_alone_does_no_harm() -> None:
    assert read(b"<!DOCTYPE a><a><b>1</b></a>", XmlFormat(rows="b")).rows == 1


@pytest.mark.parametrize("depth", [300, 1_000_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(BadInput, match="levels deep"):
        read(b"<a>" * depth + b"</a>" * depth, XmlFormat(rows="a"))


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", ENTRIES[:300], b"<a>\x00</a>", b"<a></b>"])
def test_what_is_not_xml_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="not XML"):
        read(data, XmlFormat(rows="entry"))


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("utf-8", "utf-8"), ("utf-16", "utf-16"), ("iso-8859-1", "latin-1"), ("utf-8", "latin-1")],
)
def test_encodings(declared: str, encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{declared}"?><a><b>é</b></a>'.encode(encoding)
    assert read(data, XmlFormat(rows="b")).frame["#text"].to_list() == ["é"]


def test_an_unknown_encoding_is_told() -> None:
    with pytest.raises(BadInput, match="encoding"):
        read(b'<?xml version="1.0" encoding="no-such"?><a/>', XmlFormat(rows="a"))
