from textwrap import dedent

import pytest
from jsonschema import Draft202012Validator

from tutela.core.errors import BadInput, DefinitionErrors
from tutela.core.feeds.linter import check, lint, load, parse, schema
from tutela.core.yaml_text import read_yaml

GOOD = """\
name: example
title: Example
provider: Example
documentation: https://example.org/feed
licence: CC0-1.0
format:
  type: csv
fields:
  source.ip: ip
  source.port: {from: port, steps: [zero_is_absent]}
  extra.score: {from: score, steps: [integer, {replace: ['a', 'b']}]}
constants:
  classification.type: scanner
  source.geolocation.cc: NO
required: [source.ip]
finding:
  asset: [source.ip]
  fields: [classification.type, source.port]
"""


def told(text, path="example.yaml"):
    return [(one.line, one.what, one.severity) for one in check(path, dedent(text))[1]]


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_sound_definition_has_no_problems():
    assert told(GOOD) == []
    assert parse(GOOD).constants["source.geolocation.cc"] == "NO"


@pytest.mark.parametrize(
    ("old", "new", "line", "telling"),
    [
        ("licence: CC0-1.0\n", "", 1, "licence is missing"),
        ("title: Example", "title: Example\ntitle: Other", 3, "stands twice"),
        ("title: Example", "colour: red\ntitle: Example", 2, "colour is no key"),
        ("type: csv", "type: cvs", 6, "cvs"),
        ("type: csv", "type: csv\n  delimiter: ''", 8, "delimiter"),
        ("source.ip: ip", "source.iq: ip", 9, "source.iq is no IDF field"),
        ("zero_is_absent", "zero_is_nothing", 10, "no converter “zero_is_nothing”"),
        ("zero_is_absent", "split", 10, "needs an argument"),
        ("['a', 'b']", "['(a', 'b']", 11, "does not compile"),
        ("scanner", "mischief", 13, "not a type of RSIT"),
        ("NO\n", "Norway\n", 14, "source.geolocation.cc"),
        ("required: [source.ip]", "required: [source.ip, source.url]", 15, "source.url is required and never mapped"),
        ("source.port]", "malware.name]", 18, "malware.name identifies findings"),
        ("asset: [source.ip]", "asset: [source.url]", 17, "no asset is ever mapped"),
        ("from: port,", "from: port, when: {column: port, matches: '(?=x)'},", 10, "does not compile"),
        ("from: port,", "from: port, when: {column: port},", 10, "exactly one of"),
        ("from: port,", "from: setting.port,", 10, "no setting “port”"),
        ("required:", "recognise: {file_name: '('}\nrequired:", 15, "does not compile"),
        ("required:", "recognise: {content: '(?<=a)b'}\nrequired:", 15, "look-around"),
        ("required:", "recognise: {url: '(a)\\1'}\nrequired:", 15, "backreferences"),
        ("type: csv", "type: csv\n  delimiter_pattern: 'a(?!b)'", 8, "look-around"),
        ("type: csv", "type: csv\n  header_pattern: '(a)(?=b)'", 8, "look-around"),
        ("type: csv", "type: csv\n  preamble: {a: '(?<!b)(a)'}", 8, "look-around"),
        ("type: csv", "type: lines\n  pattern: '(?P<ip>a)(?P=ip)'", 8, "does not compile"),
        ("type: csv", "type: lines\n  pattern: '(?x)(?P<ip>a) # unclosed'", 8, "does not compile"),
        ("type: csv", "type: lines\n  pattern: '(?P<__row>a)'", 6, "__row"),
        ("type: csv", "type: lines\n  context: '(a)(?=b)'", 8, "look-around"),
        ("zero_is_absent", "{extract: '(a)(?=b)'}", 10, "look-around"),
        ("required:", "skip: {column: a, matches: '['}\nrequired:", 15, "does not compile"),
        ("name: example", "name: sample", 1, "the file is named example"),
        ("source.ip: ip", "source.ip: {const: 999.1.1.1}", 9, "not an IP address"),
        ("  type: csv", "  type: lines\n  pattern: '(?P<ip>.*) (?P<score>.*)'", 11, "there is no column “port”"),
    ],
)
def test_each_error_has_its_line(old, new, line, telling):
    problems = told(changed(old, new))
    assert [(number, severity) for number, what, severity in problems if telling in what] == [(line, "error")], problems


def test_all_errors_at_once_with_remedies():
    text = (
        GOOD.replace("source.ip: ip", "source.iq: ip").replace("scanner", "mischief").replace("zero_is_absent", "lour")
    )
    problems = lint({"example.yaml": text.encode()})
    assert [one.line for one in problems] == [9, 10, 13, 15, 17]
    assert all(one.remedy for one in problems)
    assert problems[0].remedy == "Did you mean “source.ip”?"


def test_an_expression_that_cannot_be_used_has_its_remedy():
    (problem,) = check("example.yaml", changed("type: csv", "type: csv\n  delimiter_pattern: '(?=a)'"))[1]
    assert str(problem) == (
        "example.yaml:8: format.csv.delimiter_pattern: the regular expression '(?=a)' does not compile: look-around, "
        "including look-ahead and look-behind, is not supported. Write it in Rust's syntax, which has no look-around "
        "and no back references; see docs/feeds, Expressions."
    )


def test_warnings_do_not_stop_a_definition():
    text = changed("  classification.type: scanner\n", "").replace("[classification.type, ", "[")
    assert [severity for _line, _what, severity in told(text)] == ["warning"]
    assert parse(text).name == "example"


def test_a_made_column_that_nobody_reads_is_told():
    assert (
        "never read"
        in told(
            changed(
                "fields:\n",
                "columns:\n  a: b\nfields:\n",
            )
        )[0][1]
    )


def test_two_files_cannot_have_one_name():
    problems = lint({"a/example.yaml": GOOD, "b/example.yaml": GOOD})
    assert [(one.path, "taken by a/example.yaml" in one.what) for one in problems] == [("b/example.yaml", True)]


@pytest.mark.parametrize("text", ["", "- a", "a: [", "a: &x [*x]", b"\xff\xfe\x00", "a: \x00", "? [a]\n: b\n"])
def test_what_is_no_definition_is_told(text):
    definition, problems = check("example.yaml", text)
    assert definition is None
    assert problems


@pytest.mark.parametrize(
    ("old", "new", "line", "telling"),
    [
        ("classification.type: scanner", "classification.type: 1" + "0" * 5000, 13, "is too large; in quotation marks"),
        ("classification.type: scanner", "extra.a: 1e999", 13, "is too large"),
        ("classification.type: scanner", "extra.a: " + "[" * 5000 + "]" * 5000, 13, "more than 32 levels"),
        ("classification.type: scanner", "extra.a: " + "{a: " * 5000 + "}" * 5000, 13, "more than 32 levels"),
        ("title: Example", "title: " + "a" * 300_000, 1, "larger than 256 KiB"),
        ("required:", "skip: [" + "{column: a, empty: true}," * 501 + "]\nrequired:", 15, "at most 500"),
        (
            "  source.ip: ip",
            "  source.ip: ip\n" + "".join(f"  extra.{n}: ip\n" for n in range(1000)),
            8,
            "at most 1000",
        ),
        ("  type: csv", "  type: csv\n  columns: [" + ",".join(f"c{n}" for n in range(4097)) + "]", 8, "at most 4096"),
    ],
)
def test_a_definition_that_would_never_end_has_its_sentence(old, new, line, telling):
    problems = told(changed(old, new))
    assert any(number == line and telling in what for number, what, _severity in problems), problems
    assert all(len(what) < 500 for _number, what, _severity in problems)


@pytest.mark.parametrize("kind", ["absent", "folder", "latin-1", "large"])
def test_a_file_that_cannot_be_read_has_its_sentence(kind, tmp_path):
    path = tmp_path / "example.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind != "absent":
        path.write_bytes(b"title: \xff" if kind == "latin-1" else b"#" * 10**6)
    with pytest.raises(BadInput, match=r"example\.yaml: ?.*(cannot be read|no regular file|larger than)"):
        load(path)


def test_parse_raises_all():
    with pytest.raises(DefinitionErrors) as caught:
        parse("name: x")
    assert len(caught.value.problems) > 3


def test_only_true_and_false_are_truths():
    data = read_yaml("{a: no, b: on, c: true, d: 2026-01-01, e: 010, f: 1.5, g: 12:30, h: ~}").data
    assert data == {"a": "no", "b": "on", "c": True, "d": "2026-01-01", "e": 10, "f": 1.5, "g": "12:30", "h": None}


def test_the_schema_takes_short_and_long_forms():
    validator = Draft202012Validator(schema())
    validator.check_schema(schema())
    assert list(validator.iter_errors(read_yaml(GOOD).data)) == []
    wrong = {**read_yaml(GOOD).data, "fields": {"source.ip": {"from": "ip", "steps": ["lour"]}}}
    assert list(validator.iter_errors(wrong))
