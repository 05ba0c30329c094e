import polars as pl
import pytest

from tutela.core.feeds.converters import CONVERTERS, reference

CASES = [
    ("lower", None, "AbC", "abc"),
    ("upper", None, "abc", "ABC"),
    ("strip", None, " a ", "a"),
    ("strip", "/", "/a/", "a"),
    ("prefix", "http://", "example.org", "http://example.org"),
    ("suffix", "/", "a", "a/"),
    ("translate", {"up": "online"}, "up", "online"),
    ("translate", {"up": "online"}, "down", "down"),
    ("translate", {"up": None}, "up", None),
    ("translate", {True: "yes"}, "true", "yes"),
    ("only", {"up": "online"}, "up", "online"),
    ("only", {"up": "online"}, "down", None),
    ("null_if", ["0", "unknown"], "unknown", None),
    ("null_if", [0], "0", None),
    ("null_if", ["0"], "1", "1"),
    ("zero_is_absent", None, "0", None),
    ("zero_is_absent", None, "10", "10"),
    ("extract", r"port (\d+)", "on port 80", "80"),
    ("extract", r"port (\d+)", "none", None),
    ("replace", [r"\.\d+$", ""], "12.5", "12"),
    ("replace", [r"(a)(b)", "$2$1"], "abab", "baba"),
    ("split", ["/", 0], "a/b", "a"),
    ("split", ["/", -1], "a/b", "b"),
    ("split", ["/", 2], "a/b", None),
    ("ascii", None, "é", None),
    ("ascii", None, "e", "e"),
    ("integer", None, "007", "7"),
    ("integer", None, "x", '"x"'),
    ("float", None, "1.3810", "1.381"),
    ("float", None, "nan", '"nan"'),
    ("boolean", None, "Y", "true"),
    ("boolean", None, "FALSE", "false"),
    ("boolean", None, 'per"haps', '"per\\"haps"'),
    ("scale", 0.01, "7500", "75"),
    ("scale", 0.01, "x", "x"),
    ("product", None, "75 10", "750"),
    ("product", None, "75 x", None),
    ("hexadecimal", None, "0xff", "255"),
    ("time", None, "2026-11-22 10:00:00", "2026-11-22T10:00:00+00:00"),
    ("time", ["epoch"], "0", "1970-01-01T00:00:00+00:00"),
    ("time", "%d/%m/%Y", "22/11/2026", "2026-11-22T00:00:00+00:00"),
    ("time", {"zone": "Europe/Vienna"}, "2026-07-01 10:00:00", "2026-07-01T08:00:00+00:00"),
    ("time", None, "2026-11-22T10:00:00.5Z", "2026-11-22T10:00:00.500000+00:00"),
    ("time", None, "yesterday", "yesterday"),
    ("valid", "source.ip", "192.0.2.1", "192.0.2.1"),
    ("valid", "source.ip", "example.org", None),
    ("url_host", None, "http://example.org:8080/a", "example.org"),
    ("url_path", None, "http://example.org/a?b", "/a?b"),
    ("url_port", None, "http://user@example.org:8080/a", "8080"),
    ("url_port", None, "http://[2001:db8::1]:81/", "81"),
    ("refang", None, "hxxps://example[.]org/a", "https://example.org/a"),
    ("percent_decode", None, "%41b", "Ab"),
    ("cve", None, "x;CVE-2026-0002,cve-2026-0001;cve-2026-0002", "cve-2026-0001;cve-2026-0002"),
    ("cve", None, "none", None),
    ("address_host", None, "[2001:db8::1]:80", "2001:db8::1"),
    ("address_host", None, "2001:db8::1", "2001:db8::1"),
    ("address_host", None, "192.0.2.1:80", "192.0.2.1"),
    ("address_port", None, "192.0.2.1:80", "80"),
    ("address_port", None, "2001:db8::80", None),
    ("base64_text", None, "YWJj", "abc"),
    ("base64_text", None, "not so", "not so"),
    ("base64", None, "GET / HTTP/1.0", "R0VUIC8gSFRUUC8xLjA="),
    ("base64", None, "R0VUIC8gSFRUUC8xLjA=", "R0VUIC8gSFRUUC8xLjA="),
    ("json", None, '{"a": 1}', '{"a": 1}'),
    ("json", None, "a", '"a"'),
    ("json_path", "$.a.b", '{"a":{"b":"c"}}', "c"),
    ("json_path", "$.a", "no JSON", None),
    ("list", ",", "a, b,,c", '["a","b","c"]'),
    ("join", ", ", '["a",1,null]', "a, 1"),
    ("join", ", ", "a", "a"),
    ("as_list", None, '"a"', '["a"]'),
    ("as_list", None, "[1]", "[1]"),
    ("keys", None, '{"b":1,"a":2}', '["b","a"]'),
    ("keys", None, "[1]", None),
]


@pytest.mark.parametrize(("name", "argument", "text", "expected"), CASES)
def test_converters(name, argument, text, expected):
    converter = CONVERTERS[name]
    assert converter.wrong_argument(argument) is None
    frame = pl.DataFrame({"text": [text, None]}, schema={"text": pl.String})
    assert frame.select(converter.apply(pl.col("text"), argument).alias("v"))["v"].to_list() == [expected, None]


@pytest.mark.parametrize("name", sorted(CONVERTERS))
def test_every_converter_says_what_it_does(name):
    assert CONVERTERS[name].summary.endswith(".")
    assert name in CONVERTERS[name].example


@pytest.mark.parametrize(
    ("name", "argument", "telling"),
    [
        ("lower", "x", "takes no argument"),
        ("split", None, "needs an argument"),
        ("split", ["/"], "Field required"),
        ("split", "/", "tuple"),
        ("extract", "a", "exactly one group"),
        ("extract", "(a", "does not compile"),
        ("extract", "(a)(b)", "exactly one group"),
        ("replace", ["(?=a)", ""], "does not compile"),
        ("time", ["fortnight"], "fortnight"),
        ("time", {"zone": "Nowhere/Town"}, "Nowhere/Town"),
        ("valid", "source.colour", "no IDF field"),
    ],
)
def test_wrong_arguments_are_told(name, argument, telling):
    assert telling in (CONVERTERS[name].wrong_argument(argument) or "")


def test_the_reference_lists_all():
    assert [name for name, _example, _summary in reference()] == sorted(CONVERTERS)
