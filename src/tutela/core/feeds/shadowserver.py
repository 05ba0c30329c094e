"""Shadowserver's own description of its reports (a JSON file it publishes for IntelMQ) as feed definitions.

The file names, for each report type, the required and optional columns, each with a target field and the name of a
converter, and constants. What the converters do was inferred from recorded reports and the events made of them:

=========================  =============================================================================================
converter                  behaviour
=========================  =============================================================================================
add_UTC_to_timestamp       a time without zone, in UTC
validate_to_none           "0" and "unknown" count as absent
invalidate_zero            a number; 0 counts as absent
convert_int, convert_float a number
convert_bool               Y and N, true and false, in any case
convert_date(_utc)         a time in any unambiguous spelling
validate_ip                an address; a prefix in the same column is left to the field of networks
validate_network           a prefix with its length; a lone address is left to the field of addresses
validate_fqdn              a domain name; an address in its place is left out
extract_cve_from_tag       all CVE numbers in a text
force_base64               Base64, unless it is already
convert_http_host_and_url  an absolute URL, made of a request line or a path and the column of the host
category_or_detail         the category; where there is none, the detail
scan_exchange_*            a tag with “webshell” means a compromise, any other a vulnerability
=========================  =============================================================================================

Columns that the file does not name are kept as ``extra.<column>``; so is what is not valid for its field.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from tutela.core.errors import BadInput
from tutela.core.feeds.definition import FeedDefinition
from tutela.core.idf.fields import EXTRA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PREFIX = "shadowserver."
META = "_meta"
DOCUMENTATION = "https://www.shadowserver.org/what-we-do/network-reporting/get-reports/"
LICENCE = "terms of the Shadowserver Foundation: for the recipient and those whom it concerns"
REPORT_FILE = re.compile(
    r"^(?:.*/)?\d{4}-\d{2}-\d{2}-(?P<type>[A-Za-z0-9_]+)(?:-.*)?\.(?:csv|txt)(?:\.(?:gz|zip|zst))?$"
)
ASSETS = (
    *("source.ip", "source.network", "source.fqdn", "source.url", "source.account", "source.reverse_dns"),
    *("malware.hash.sha256", "malware.hash.md5"),
)
ADDRESS = r"^\[?[0-9a-fA-F.:]*[.:][0-9a-fA-F.:]*\]?(:\d+)?$"
HOST_COLUMNS = ("http_host", "cc_dns")
ABSOLUTE = r"^(?:[A-Z]+ +)?([A-Za-z][A-Za-z0-9+.-]*://[^ ]+)"
METHOD = r"^(?:[A-Z]+ +)?/?"
PROTOCOL = r" +HTTP/[0-9.]+$"
REQUEST = rf"{METHOD}[^ ]*(?:{PROTOCOL[:-1]})?$"
BARE_HOST = r"^([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:[:/?#][^ ]*)?)$"
ALIKE = 0.6

Value = Any
"""A value of a feed definition as it stands in a file."""


def report_types(schema: Mapping[str, Any]) -> dict[str, str]:
    """From the type as it stands in the names of report files to the key of the schema."""
    types = {str(entry.get("file_name", key)): key for key, entry in schema.items() if key != META}
    return {**{key: key for key in types.values()}, **types}


def report_type(file_name: str, schema: Mapping[str, Any]) -> str | None:
    """The type of a report by the name of its file, such as ``2026-11-22-scan_ssl-example.csv``; None when unknown."""
    found = REPORT_FILE.match(file_name)
    return found["type"] if found and found["type"] in report_types(schema) else None


def names(schema: Mapping[str, Any]) -> list[str]:
    """The names of all feeds that the schema describes."""
    return sorted(f"{PREFIX}{entry.get('file_name', key)}" for key, entry in schema.items() if key != META)


def definition(schema: Mapping[str, Any], kind: str) -> FeedDefinition:
    """The feed of one report type (as in file names, or the key of the schema); raises BadInput when it is unknown."""
    key = report_types(schema).get(kind)
    if key is None:
        raise BadInput(
            f"The Shadowserver schema has no report type “{kind}”.",
            remedy="Import a newer schema, or look at `tutela feed list`.",
        )
    return FeedDefinition.model_validate(_written(schema, key))


def drift(feed: FeedDefinition, header: Iterable[str]) -> list[str]:
    """In which columns a report differs from what the definition expects, in sentences; empty when in none."""
    there = list(header)
    missing = [name for name in feed.expected if name not in there]
    new = [name for name in there if name not in feed.expected]
    told = []
    for name in list(missing):
        other = max(new, key=lambda one: _likeness(name, one), default="")
        if other and _likeness(name, other) >= ALIKE:
            told.append(f"column {name} is missing; {other} is new and may be the same under another name")
            missing.remove(name)
            new.remove(other)
    told += [f"column {name} is missing" for name in missing]
    return told + [f"column {name} is new; it is kept as extra.{name}" for name in new]


def _likeness(one: str, other: str) -> float:
    words, others = set(one.split("_")), set(other.split("_"))
    shared = 2 * len(words & others) / (len(words) + len(others))
    return max(shared, SequenceMatcher(None, one, other).ratio())


def _written(schema: Mapping[str, Any], key: str) -> dict[str, Any]:
    entry = schema[key]
    rows = list(_rows(entry))
    columns = list(dict.fromkeys(column for _field, column, _converter in rows))
    fields: dict[str, Value] = {}
    derived: dict[str, Value] = {}
    for field, column, converter in rows:
        fields.setdefault(field, _value(field, column, converter, columns))
        if converter == "convert_http_host_and_url":
            # To cut off what surrounds a path takes half the time of a group that catches it.
            steps = [{"replace": [METHOD, "/"]}, {"replace": [PROTOCOL, ""]}]
            derived[_path_of(column)] = {"from": column, "when": {"column": column, "matches": REQUEST}, "steps": steps}
    url = entry.get("url")
    constants = {"feed.name": entry["feed_name"], **({"feed.documentation": url} if url else {})}
    kind = str(entry.get("file_name", key))
    return {
        "name": f"{PREFIX}{kind}",
        "title": f"Shadowserver: {entry['feed_name']}",
        "provider": "The Shadowserver Foundation",
        "documentation": url or DOCUMENTATION,
        "licence": LICENCE,
        "source": "the report schema that Shadowserver publishes",
        "version": str(schema.get(META, {}).get("date_created", "1")),
        "format": {"type": "csv"},
        "recognise": {"file_name": rf"(^|/)\d{{4}}-\d{{2}}-\d{{2}}-{kind}(-|\.)"},
        "expected": columns,
        "columns": derived,
        "fields": fields,
        "keep_invalid": [name for name, _column, converter in rows if _is_kept(name, converter)],
        "keep_empty": [
            name for name, _column, converter in rows if name.startswith(EXTRA_PREFIX) and converter is None
        ],
        "constants": {**constants, **entry.get("constant_fields", {})},
        "required": [name for name in ("time.source", "source.ip") if _is_required(name, entry, fields)],
        "finding": _finding(entry, fields),
        "tlp": "AMBER",
        "redistribution": "affected",
        "snapshot": kind.startswith(("scan", "population", "device_id")),
    }


def _rows(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    for part in ("required_fields", "optional_fields"):
        for row in entry.get(part, ()):
            field, column, converter = (*row[:3], None)[:3]
            yield (f"{EXTRA_PREFIX}{column}" if field == EXTRA_PREFIX else field), column, converter


def _is_kept(field: str, converter: str | None) -> bool:
    """Addresses, networks and names that are not valid are told as such; all else is kept as text besides."""
    return not field.startswith(EXTRA_PREFIX) and converter not in ("validate_ip", "validate_network", "validate_fqdn")


def _is_required(field: str, entry: Mapping[str, Any], fields: Mapping[str, Value]) -> bool:
    """An address is not required where the same report also tells of networks."""
    named = any(row[0] == field for row in entry.get("required_fields", ()))
    return named and not (field == "source.ip" and "source.network" in fields)


def _finding(entry: Mapping[str, Any], fields: Mapping[str, Value]) -> dict[str, list[str]]:
    given = {*fields, *entry.get("constant_fields", {})}
    assets = [name for name in ASSETS if name in given]
    telling = ["classification.type", "classification.identifier"]
    vulnerable = entry.get("constant_fields", {}).get("classification.taxonomy", "vulnerable") == "vulnerable"
    telling += ["source.port"] if vulnerable else ["malware.name"]
    return {"asset": assets or ["source.ip"], "fields": [name for name in telling if name in given]}


def _value(field: str, column: str, converter: str | None, columns: list[str]) -> Value:
    if converter is None:
        return column
    make = _CONVERTERS.get(converter)
    if make is None:
        raise BadInput(
            f"The Shadowserver schema names a converter that is not known: {converter} (column {column}).",
            remedy="Update Tutela, or import an earlier schema.",
        )
    return make(field, column, columns)


def _stepped(*steps: Any, only_extra: bool = False) -> Callable[[str, str, list[str]], Value]:
    def make(field: str, column: str, _columns: list[str]) -> Value:
        needless = only_extra and not field.startswith(EXTRA_PREFIX)
        return column if needless else {"from": column, "steps": list(steps)}

    return make


def _number(field: str, column: str, _columns: list[str]) -> Value:
    more = ["integer"] if field.startswith(EXTRA_PREFIX) else []
    return {"from": column, "steps": ["zero_is_absent", *more]}


def _address(_field: str, column: str, _columns: list[str]) -> Value:
    return {"from": column, "when": {"not": {"column": column, "matches": "/"}}}


def _network(_field: str, column: str, _columns: list[str]) -> Value:
    return {"from": column, "when": {"column": column, "matches": "/"}}


def _domain(_field: str, column: str, _columns: list[str]) -> Value:
    return {"from": column, "when": {"not": {"column": column, "matches": ADDRESS}}}


def _category(_field: str, column: str, _columns: list[str]) -> Value:
    return [{"from": name, "steps": [{"null_if": ["0", "unknown"]}]} for name in (column, "detail")]


def _path_of(column: str) -> str:
    return f"{column} path"


def _url(_field: str, column: str, columns: list[str]) -> Value:
    """An absolute URL; else host and path; else a text that begins with a host; else the text, then not valid."""
    host = next((name for name in HOST_COLUMNS if name in columns), None)
    values: list[Value] = [{"from": column, "steps": [{"extract": ABSOLUTE}]}]
    path = _path_of(column)
    values += [
        {
            "from": [scheme, str(host), path],
            "template": f"{{{scheme}}}://{{{host}}}{{{path}}}",
            "when": {"all": [{"column": scheme, "in": ["http", "https"]}, {"column": column, "empty": False}]},
        }
        for scheme in (("url_scheme", "application") if host else ())
    ]
    if host:
        there = {"column": column, "empty": False}
        values.append({"from": [host, path], "template": f"http://{{{host}}}{{{path}}}", "when": there})
    else:
        values.append({"from": column, "steps": [{"extract": BARE_HOST}, {"prefix": "http://"}]})
    return [*values, column]


def _by_webshell(compromised: str, vulnerable: str) -> Callable[[str, str, list[str]], Value]:
    def make(_field: str, column: str, _columns: list[str]) -> Value:
        return [{"const": compromised, "when": {"column": column, "matches": "(?i)webshell"}}, {"const": vulnerable}]

    return make


_CONVERTERS: Mapping[str, Callable[[str, str, list[str]], Value]] = {
    "add_UTC_to_timestamp": _stepped(only_extra=True),
    "validate_to_none": _stepped({"null_if": ["0", "unknown"]}),
    "invalidate_zero": _number,
    "convert_int": _stepped("integer", only_extra=True),
    "convert_float": _stepped("float", only_extra=True),
    "convert_bool": _stepped("boolean", only_extra=True),
    "convert_date": _stepped("time", only_extra=True),
    "convert_date_utc": _stepped("time", only_extra=True),
    "validate_ip": _address,
    "validate_network": _network,
    "validate_fqdn": _domain,
    "extract_cve_from_tag": _stepped("cve"),
    "force_base64": _stepped("base64"),
    "convert_http_host_and_url": _url,
    "category_or_detail": _category,
    "scan_exchange_taxonomy": _by_webshell("intrusions", "vulnerable"),
    "scan_exchange_type": _by_webshell("system-compromise", "vulnerable-system"),
    "scan_exchange_identifier": _by_webshell("exchange-server-webshell", "vulnerable-exchange-server"),
}
