"""Real reports: each recorded input can be read by one of the formats, with no record left over."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from tutela.core.feeds.formats.reader import read
from tutela.core.feeds.formats.specification import Format

SHARED = Path(__file__).resolve().parents[5] / "shared"
CASES = SHARED / "conformance" / "cases"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not CASES.exists(), reason="the shared material is not beside the project"),
]

LIST = {"type": "lines", "comments": ["#"]}
JSON: dict[str, Any] = {"type": "json"}
NDJSON: dict[str, Any] = {"type": "ndjson"}
CSV: dict[str, Any] = {"type": "csv"}
PLAIN = {"type": "csv", "header": "none", "comments": ["#"]}
TABLE = {"type": "html_table"}

FORMATS: dict[str, dict[str, Any]] = {
    "abusech.parser_feodotracker": JSON,
    "alienvault": {"type": "csv", "header": "none", "delimiter": "#"},
    "alienvault.parser_otx": JSON | {"explode": ["indicators"]},
    "anubisnetworks": JSON,
    "bambenek": PLAIN,
    "blocklistde": LIST,
    "calidog.parser_certstream": JSON | {"explode": ["data.leaf_cert.all_domains"]},
    "cert_eu.parser_csv": CSV,
    "ci_army": LIST,
    "cleanmx": {"type": "xml", "rows": "entries/entry"},
    "cymru.parser_cap_program": PLAIN | {"delimiter": "|", "header": "comment", "header_pattern": "Format: (.*)"},
    "cymru.parser_full_bogons": LIST | {"preamble": {"updated": r"updated (\d+)"}},
    "cznic.parser_haas": JSON,
    "cznic.parser_proki": JSON | {"rows": "data"},
    "danger_rulez": PLAIN | {"delimiter_pattern": r"\t+"},
    "dataplane": PLAIN | {"delimiter": "|", "quote": None, "strip": True},
    "dshield.parser_asn": PLAIN | {"delimiter": "\t", "skip_lines": 6},
    "dshield.parser_block": PLAIN | {"delimiter": "\t", "header": "first", "preamble": {"updated": "updated: (.*)"}},
    "dyn": PLAIN | {"delimiter": " "},
    "eset": JSON,
    "fireeye": {
        "type": "xml",
        "rows": "Indicator",
        "pairs": {"element": "IndicatorItem", "key": "Context/@search", "value": "Content"},
    },
    "fraunhofer.parser_dga": JSON | {"entries": [""], "explode": ["value"]},
    "generic.parser_csv": PLAIN,
    "github_feed": JSON,
    "hibp.parser_callback": JSON | {"explode": ["DomainEmails"]},
    "html_table": TABLE,
    "ioc_extractor": {"type": "lines", "match": "every", "pattern": r"\S+", "unmatched": "skip"},
    "json": JSON,
    "key_value": {"type": "key_value"},
    "malwarepatrol.parser_dansguardian": LIST,
    "malwareurl": TABLE | {"attribute": "class", "attribute_value": "button22_marg", "columns": ["domain", "ip"]},
    "mcafee.parser_atd": JSON | {"branches": [[], ["Summary.Files"], ["Summary.Ips"], ["Summary.Urls"]]},
    "microsoft.parser_bingmurls": JSON,
    "microsoft.parser_ctip": JSON,
    "misp": JSON | {"explode": ["Attribute"]},
    "n6.parser_n6stomp": NDJSON | {"explode": ["address"]},
    "openphish": LIST,
    "openphish.parser_commercial": NDJSON,
    "phishtank": JSON | {"explode": ["details"]},
    "shadowserver": CSV,
    "shadowserver_current": CSV,
    "shodan": NDJSON,
    "spamhaus.parser_cert": PLAIN | {"comments": [";"], "header": "comment", "skip_initial_space": True},
    "spamhaus.parser_drop": {
        "type": "lines",
        "comments": ["; "],
        "pattern": r"(?P<asn>AS\d+) ; (?:(?P<cc>\w+) )?\| (?P<name>.*)",
    },
    "surbl": LIST | {"pattern": r"\.(?P<fqdn>.+)", "context": r"\[(?P<list>\w+)\]", "unmatched": "skip"},
    "threatminer": TABLE | {"header": "none", "attribute": "class", "attribute_value": "table-bordered"},
    "turris": CSV | {"comments": ["#"]},
    "twitter": {"type": "lines"},
    "vxvault": {"type": "lines", "skip_lines": 3, "preamble": {"date": r"^(\w{3}, \d.*)$"}},
    "zoneh": CSV,
}
HTML_TABLES = {"7": {"attribute": "class", "attribute_value": "ExploitTable"}}
DELIMITERS = {"1": " ", "5": "\t", "7": "\t"}


def inputs() -> list[Any]:
    """Every recorded input, with the format that reads it."""
    found = []
    for path in sorted(CASES.glob("*/*.json")):
        options = FORMATS[path.parent.name]
        if path.parent.name == "html_table":
            options = options | HTML_TABLES.get(path.stem, {})
        if path.parent.name == "generic.parser_csv":
            options = options | {"delimiter": DELIMITERS.get(path.stem, ",")}
        if path.parent.name == "key_value" and "kv_separator" in json.loads(path.read_text())["parameters"]:
            options = options | {"key_value_separator": ":"}
        for index, one in enumerate(json.loads(path.read_text())["input"]):
            raw = base64.b64decode(one["raw_base64"]) if "raw_base64" in one else one["raw_text"].encode()
            found.append(pytest.param(raw, options, id=f"{path.parent.name}-{path.stem}-{index}"))
    return found


@pytest.mark.parametrize(("raw", "options"), inputs())
def test_a_recorded_report_is_read(raw: bytes, options: dict[str, Any]) -> None:
    specification = TypeAdapter[Any](Format).validate_python(options)
    records = read(raw, specification, keep_raw=True)
    assert records.rejected.height == 0
    assert records.frame.height >= records.rows - records.left_out
    assert (records.frame.height > 0) == bool(raw.strip())
    if records.rows:
        assert records.frame.select(*records.columns).null_count().sum_horizontal()[0] < records.frame.height * len(
            records.columns
        )
