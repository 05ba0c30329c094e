"""The settings of IntelMQ parsers made into feed definitions, so that a working IntelMQ can be carried over as it is.

``definitions`` takes a whole runtime configuration, ``definition_for`` one parser. Generic parsers (CSV, HTML table,
key-value) become definitions of their own; a parser that a feed of ours replaces becomes that feed, with its settings.
What cannot be carried over is a ``Problem`` with a remedy, never left out in silence.

Source: the documentation of IntelMQ 3.5 ("Parser Bots", "Common parameters") and recorded behaviour; no code of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from tutela.core.errors import BadInput, Problem
from tutela.core.feeds import shadowserver
from tutela.core.feeds.definition import FeedDefinition
from tutela.core.feeds.intelmq_columns import FUZZY_TIMES, TableSettings, check_field, mapping, names
from tutela.core.feeds.linter import ERROR, faults

PARSERS: Final = "intelmq.bots.parsers."
SHADOWSERVER: Final = PARSERS + "shadowserver.parser"
DOCUMENTATION: Final = "https://docs.intelmq.org/latest/user/bots/#parser-bots"

COMMON: Final = frozenset({"default_fields", "copy_collector_provided_fields"})
"""Parameters that every parser has."""

OPERATION: Final = re.compile(
    r"^(destination_\w+|source_\w+|error_\w+|logging_\w+|log_\w+|redis_\w+|http_\w+|ssl_\w+|statistics_\w+|process_manager|"
    r"rate_limit|load_balance|broker|instances_threads|accuracy|code|documentation|name|provider|run_mode|"
    r"destination_queues|test_mode|auto_update|ignore_errors|html_parser|enabled|group|description)$"
)
"""Parameters that say how a bot runs, not what its data means: nothing to carry over."""

TABLE: Final = frozenset({"columns", "columns_required", "default_url_protocol", "time_format", "type"})
CSV: Final = TABLE | {
    *("delimiter", "skip_header", "column_regex_search", "compose_fields", "data_type"),
    *("filter_text", "filter_type", "type_translation"),
}
HTML: Final = TABLE | {
    *("attribute_name", "attribute_value", "table_index", "split_column", "split_separator", "split_index"),
    *("skip_table_head", "ignore_values"),
}
RENAMED: Final[Mapping[str, str]] = {
    PARSERS + "certeu.parser_csv": PARSERS + "cert_eu.parser_csv",
    PARSERS + "dshield_parser_block": PARSERS + "dshield.parser_block",
    PARSERS + "twitter.parser": PARSERS + "ioc_extractor.parser",
}
KNOWN_BY_BUILT_IN: Final[Mapping[str, frozenset[str]]] = {
    PARSERS + "ioc_extractor.parser": frozenset({"substitutions", "domain_whitelist"}),
    PARSERS + "json.parser": frozenset({"splitlines", "multiple_events"}),
    PARSERS + "zoneh.parser": frozenset({"feedname"}),
    SHADOWSERVER: frozenset({"feedname", "overwrite"}),
}
"""Parameters of replaced parsers that are neither settings of the feed nor without meaning."""


def definitions(
    runtime: Mapping[str, Any], built_in: Iterable[FeedDefinition] = (), *, schema: Mapping[str, Any] | None = None
) -> tuple[list[FeedDefinition], list[Problem]]:
    """The feeds of all parsers of an IntelMQ runtime configuration (bot id → bot), and what could not be carried over.

    ``schema``: the Shadowserver schema. A parser that runs a feed of ours with its usual settings gives no definition.
    """
    shipped = list(built_in)
    found: list[FeedDefinition] = []
    problems: list[Problem] = []
    for bot, settings in runtime.items():
        module = str(settings.get("module", "")) if isinstance(settings, Mapping) else ""
        if not module.startswith(PARSERS) or settings.get("group", "Parser") != "Parser":
            continue
        parameters = {**_mapping(runtime.get("global")), **_mapping(settings.get("parameters"))}
        problems += [
            Problem(
                bot, 0, f"the parameter {name} is not carried over", "Check whether it changes the data.", "warning"
            )
            for name in sorted(_unknown(module, parameters, shipped))
        ]
        if module == SHADOWSERVER and not parameters.get("feedname"):
            what = "the name of each file tells its report type"
            problems.append(Problem(bot, 0, what, "Import the schema, and ingest with --feed auto.", "warning"))
            continue
        answer = definition_for(module, parameters, shipped, schema=schema, name=bot, delivery=_delivery(runtime, bot))
        if isinstance(answer, Problem):
            problems.append(answer)
        elif answer not in shipped:
            unsound = [one for one in faults(answer, bot) if one.severity == ERROR]  # it could not be read again
            problems += unsound
            found += [] if unsound else [answer]
    return found, problems


def definition_for(
    module: str,
    parameters: Mapping[str, Any],
    built_in: Iterable[FeedDefinition],
    *,
    schema: Mapping[str, Any] | None = None,
    file_name: str = "",
    name: str = "",
    delivery: Mapping[str, Any] | None = None,
) -> FeedDefinition | Problem:
    """The feed that one IntelMQ parser stands for, or what stands in the way.

    ``schema`` and ``file_name``: the Shadowserver schema, and the name of the report that is to be read with it.
    ``name``: the bot's id; ``delivery``: what its collector says of the feed (name, provider, documentation).
    """
    where = name or module
    module = RENAMED.get(module, module)
    try:
        data = _data(module, parameters, list(built_in), schema=schema, file_name=file_name)
        if isinstance(data, FeedDefinition) and not _common(parameters):
            return data
        data = _written(data) if isinstance(data, FeedDefinition) else data
        _add_common(data, parameters)
        return FeedDefinition.model_validate({**_described(where, module, delivery or {}), **data})
    except BadInput as error:
        return Problem(where, 0, error.what, error.remedy)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"{place}: {first['msg'].removeprefix('Value error, ')}"
        return Problem(where, 0, what, "Mend the parameter, or write a definition of the feed.")


def _data(
    module: str,
    parameters: Mapping[str, Any],
    built_in: list[FeedDefinition],
    *,
    schema: Mapping[str, Any] | None,
    file_name: str,
) -> dict[str, Any] | FeedDefinition:
    """The parts of a definition that the parameters decide, or a definition as it is."""
    generic = _GENERIC.get(module)
    if generic is not None:
        return generic(parameters)
    if module == SHADOWSERVER:
        return _shadowserver(parameters, schema, file_name)
    for feed in sorted(built_in, key=lambda one: -max((len(part.when) for part in one.replaces), default=0)):
        if any(_replaces(part.module, part.when, module, parameters) for part in feed.replaces):
            return _with_settings(feed, module, parameters)
    raise BadInput(
        f"no feed replaces the parser {module}",
        remedy="Write a definition of the feed and name this module under replaces.",
    )


def _replaces(module: str, when: Mapping[str, Any], wanted: str, parameters: Mapping[str, Any]) -> bool:
    return module == wanted and all(parameters.get(key) == value for key, value in when.items())


def _with_settings(feed: FeedDefinition, module: str, parameters: Mapping[str, Any]) -> dict[str, Any] | FeedDefinition:
    """A feed of ours with the settings of the parser it replaces; the feed itself where they change nothing."""
    given = {key: parameters[key] for key in feed.settings if parameters.get(key) is not None}
    changed = {key: value for key, value in given.items() if value != feed.settings[key]}
    data = _written(feed)
    if module == PARSERS + "ioc_extractor.parser" and KNOWN_BY_BUILT_IN[module] & parameters.keys():
        _free_text(data, parameters)
    elif not changed:
        return feed
    return {**data, "settings": {**feed.settings, **changed}}


def _free_text(data: dict[str, Any], parameters: Mapping[str, Any]) -> None:
    """The settings of the extractor that change how text is read."""
    pairs = str(parameters.get("substitutions") or "").split(";")
    if pairs != [""]:
        if len(pairs) % 2:
            raise BadInput(
                "substitutions is not a list of pairs", remedy="Give an even number of parts between semicolons."
            )
        replace = [[old, new] for old, new in zip(pairs[::2], pairs[1::2], strict=True) if old]
        data["format"] = {**data["format"], "replace": replace}
    if parameters.get("domain_whitelist"):
        known = {"column": "host", "in": list(names(parameters["domain_whitelist"]))}
        data["skip"] = [*data.get("skip", ()), known]


def _shadowserver(
    parameters: Mapping[str, Any], schema: Mapping[str, Any] | None, file_name: str
) -> dict[str, Any] | FeedDefinition:
    """The report type that the settings or the name of the file tell."""
    if schema is None:
        raise BadInput(
            "the Shadowserver schema is not there", remedy="Import it with `tutela feeds import-shadowserver`."
        )
    feed_name = parameters.get("feedname")
    if feed_name:  # a type that is set goes before the name of the file
        kind = next((key for key, one in schema.items() if one.get("feed_name") == feed_name), None)
    else:
        kind = shadowserver.report_type(file_name, schema) if file_name else None
    if kind is None:
        what = f"no report type of Shadowserver fits {feed_name or file_name or 'the settings'!r}"
        raise BadInput(what, remedy="Import a newer schema, or give feedname.")
    feed = shadowserver.definition(schema, kind)
    if not parameters.get("overwrite"):
        return feed
    data = _written(feed)
    data["fields"] = {**data["fields"], "feed.name": {"const": feed.constants["feed.name"]}}
    return data


def _csv(parameters: Mapping[str, Any]) -> dict[str, Any]:
    settings = TableSettings.read(parameters)
    skipped = parameters.get("skip_header") or 0
    layout = {
        "type": "csv",
        "delimiter": str(parameters.get("delimiter") or ","),
        "header": "none",
        "columns": [str(index) for index in range(len(settings.columns))],
        "comments": ["#"],
        "skip_lines": int(skipped),
        "ragged": "cut",
    }
    data = {"format": layout, **settings.parts().data(), "rest": "ignore"}
    for key, template in mapping(parameters, "compose_fields").items():
        check_field(key)
        data["fields"].setdefault(key, {"from": sorted(set(re.findall(r"\{(\d+)\}", template))), "template": template})
    return {**data, "skip": _filter(parameters)}


def _filter(parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows that a filter on the text of the line leaves out."""
    text, kind = parameters.get("filter_text"), str(parameters.get("filter_type") or "")
    if not text or not kind:
        return []
    pattern = str(text) if kind.startswith("regex_") else re.escape(str(text)).replace(r"\ ", " ")
    found = {"column": "__raw", "matches": pattern}
    by_kind: dict[str, dict[str, Any]] = {"blacklist": found, "whitelist": {"not": found}}
    kind = kind.removeprefix("regex_")
    if kind not in by_kind:
        raise BadInput(f"filter_type {kind!r} is not known", remedy="Use whitelist or blacklist.")
    return [by_kind[kind]]


def _html(parameters: Mapping[str, Any]) -> dict[str, Any]:
    settings = TableSettings.read(parameters, url_protocol="http://")
    if settings.ignore_values and len(settings.ignore_values) != len(settings.columns):
        raise BadInput("ignore_values and columns are not of the same length", remedy="Give one value per column.")
    layout = {
        "type": "html_table",
        "attribute": parameters.get("attribute_name") or None,
        "attribute_value": parameters.get("attribute_value") or None,
        "index": int(parameters.get("table_index") or 0),
        "header": "first" if parameters.get("skip_table_head", True) else "none",
        "columns": [str(index) for index in range(len(settings.columns))],
        "ragged": "cut",
    }
    return {"format": layout, **settings.parts().data(), "rest": "ignore"}


def _key_value(parameters: Mapping[str, Any]) -> dict[str, Any]:
    keys = mapping(parameters, "keys")
    if not keys:
        raise BadInput("the parser has no keys", remedy="Give the parameter keys.")
    layout = {
        "type": "key_value",
        "pair_separator": str(parameters.get("pair_separator") or " "),
        "key_value_separator": str(parameters.get("kv_separator") or "="),
        "quote": '"' if parameters.get("strip_quotes", True) else None,
    }
    fields: dict[str, Any] = {}
    for source, key in keys.items():
        check_field(key)
        steps = {"steps": [{"time": list(FUZZY_TIMES)}]} if key == "time.source" else {}
        fields.setdefault(key, []).append({"from": source, **steps})
    # A time that cannot be read is only warned of there; the line goes on.
    return {"format": layout, "fields": fields, "rest": "ignore", "strict": sorted(set(fields) - {"time.source"})}


_GENERIC: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    PARSERS + "generic.parser_csv": _csv,
    PARSERS + "html_table.parser": _html,
    PARSERS + "key_value.parser": _key_value,
}
_GENERIC_PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    PARSERS + "generic.parser_csv": CSV,
    PARSERS + "html_table.parser": HTML,
    PARSERS + "key_value.parser": frozenset({"pair_separator", "kv_separator", "keys", "strip_quotes"}),
}


def _common(parameters: Mapping[str, Any]) -> bool:
    return any(parameters.get(key) for key in (*COMMON, "type"))


def _add_common(data: dict[str, Any], parameters: Mapping[str, Any]) -> None:
    """What any parser may be told: fields where the report says nothing, and fields taken from the delivery."""
    constants = dict(data.get("constants", {}))
    if parameters.get("type"):
        constants["classification.type"] = str(parameters["type"])
    defaults = _mapping(parameters.get("default_fields"))
    fields = dict(data.get("fields", {}))
    copied = [str(key) for key in parameters.get("copy_collector_provided_fields") or ()]
    for key in (*defaults, *copied):
        check_field(key)
    for key in copied:
        fields[key] = [*([fields[key]] if key in fields else []), f"report.{key}"]
    data["fields"] = fields
    data["constants"] = {**defaults, **constants}


def _described(where: str, module: str, delivery: Mapping[str, Any]) -> dict[str, Any]:
    """What a definition must say of itself."""
    slug = re.sub(r"[^a-z0-9_.-]+", "-", where.lower()).strip("-._") or "feed"
    page = str(delivery.get("documentation") or "")
    return {
        "name": slug,
        "title": str(delivery.get("name") or where),
        "provider": str(delivery.get("provider") or "not stated"),
        "documentation": page if re.match(r"https?://\S+$", page) else DOCUMENTATION,
        "licence": "not stated; ask the provider",
        "source": f"the settings of the IntelMQ parser {where} ({module})",
    }


def _delivery(runtime: Mapping[str, Any], bot: str) -> dict[str, Any]:
    """The parameters of the collector that feeds a parser."""
    for other in runtime.values():
        parameters = _mapping(_mapping(other).get("parameters"))
        queues = _mapping(parameters.get("destination_queues"))
        targets = {str(one) for path in queues.values() for one in ([path] if isinstance(path, str) else path)}
        if f"{bot}-queue" in targets or bot in targets:
            return dict(parameters)
    return {}


def _unknown(module: str, parameters: Mapping[str, Any], built_in: Iterable[FeedDefinition]) -> set[str]:
    """Parameters that nothing of ours follows and that are not only about running a bot."""
    module = RENAMED.get(module, module)
    known = set(COMMON) | {"type"} | _GENERIC_PARAMETERS.get(module, KNOWN_BY_BUILT_IN.get(module, frozenset()))
    for feed in built_in:
        for part in feed.replaces:
            if part.module == module:
                known |= feed.settings.keys() | part.when.keys()
    return {name for name in parameters if name not in known and not OPERATION.match(name)}


def _written(feed: FeedDefinition) -> dict[str, Any]:
    """A definition as data, to be changed and read again."""
    data = feed.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data["format"]["type"] = feed.format.type  # the one default that says what the rest is
    return data


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
