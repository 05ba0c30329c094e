"""``tutela feeds``: what can be read, checking definitions, and bringing them in from Shadowserver and IntelMQ."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutela.cli.context import context
from tutela.cli.output import Json, complain, emit, say, show
from tutela.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(no_args_is_help=True)

_SCHEMA_FILE = "shadowserver.json"
_MOST_SETTINGS = 4 * 2**20


@app.callback()
def group() -> None:
    """The feeds: how each kind of report is read."""


@app.command("list")
def list_feeds(
    like: Annotated[str, typer.Option(help="Only names that contain this.")] = "",
    as_json: Json = False,
) -> None:
    """List all feeds that can be read: built in, of your own, and imported."""
    from tutela.engine.catalogue import Catalogue

    catalogue = Catalogue(context().environment.home)
    definitions = (feed for _, feed in catalogue.sound(name for name in catalogue.names() if like in name))
    rows = (
        {
            "name": feed.name,
            "title": feed.title,
            "provider": feed.provider,
            "format": feed.format.type,
            "tlp": feed.tlp,
            "licence": feed.licence,
            "documentation": feed.documentation,
        }
        for feed in definitions
    )
    emit(rows, ("name", "title", "provider", "format", "tlp"), as_json=as_json)
    for error in catalogue.refused.values():
        complain(error)
    raise typer.Exit(1 if catalogue.refused else 0)


@app.command("show")
def show_feed(
    name: Annotated[str, typer.Argument(help="The name of a feed, as `tutela feeds list` gives it.")],
    as_json: Json = False,
) -> None:
    """Print the definition of a feed as YAML, to read or to begin one of your own from."""
    from tutela.engine.catalogue import Catalogue

    values = _values(Catalogue(context().environment.home).get(name))
    if as_json:
        show(values, as_json=True)
    else:
        sys.stdout.write(_yaml(values))


@app.command()
def lint(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Definitions or folders of them; without: all that is built in and yours."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check definitions: every error with its file, line and remedy; exit code 1 if there is one."""
    from tutela.cli.definitions import lint as check
    from tutela.core.feeds.linter import lint as problems_of
    from tutela.engine.catalogue import BUILT_IN

    known = () if paths else (BUILT_IN, context().environment.home / "feeds")
    check(known, paths or (), problems_of, as_json=as_json)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a feed definition, with which an editor completes and checks it."""
    from tutela.core.feeds.linter import schema as feed_schema

    show(feed_schema(), as_json=True)


@app.command("import-shadowserver")
def import_shadowserver(
    source: Annotated[str, typer.Argument(help="Shadowserver's schema for IntelMQ: a file, or an https:// address.")],
    as_json: Json = False,
) -> None:
    """Take over Shadowserver's schema, so that all its report types can be read."""
    import orjson

    from tutela.core.feeds.shadowserver import META
    from tutela.core.feeds.shadowserver_schema import readable

    data = _read(source)
    try:
        imported = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is not JSON ({error}).", where=source, remedy="Give Shadowserver's intelmq.json.") from error
    good, problems = readable(imported)
    types = good.keys() - {META}
    if not types:
        first = next((f" ({one.path}: {one.what.rstrip('.')})" for one in problems), "")
        raise BadInput(f"holds no report type{first}.", where=source, remedy="Give Shadowserver's intelmq.json.")
    _take_over(data, "shadowserver-schema", {_SCHEMA_FILE: orjson.dumps(good, option=orjson.OPT_INDENT_2)})
    version = good.get(META, {}).get("date_created", "")
    show({"report types": len(types), "version": version, "not taken over": len(problems)}, as_json=as_json)
    for problem in problems:
        say(str(problem))
    raise typer.Exit(1 if problems else 0)


@app.command("import-intelmq")
def import_intelmq(
    path: Annotated[Path, typer.Argument(help="IntelMQ's runtime.yaml.")],
    as_json: Json = False,
) -> None:
    """Turn the parsers of an IntelMQ installation into definitions, and tell what could not be carried over."""
    from tutela.core.feeds.intelmq import definitions
    from tutela.engine.catalogue import BUILT_IN, Catalogue

    catalogue = Catalogue(context().environment.home)
    shipped = (name for name in catalogue.names() if (BUILT_IN / f"{name}.yaml").exists())
    built_in = [feed for _, feed in catalogue.sound(shipped)]
    known = catalogue.schema or None
    for error in catalogue.refused.values():
        complain(error)
    data = _read(str(path))
    feeds, problems = definitions(_runtime(data, path), built_in, schema=known)
    files = {f"{feed.name}.yaml": _yaml(_values(feed)).encode() for feed in feeds}
    if files:
        _take_over(data, "intelmq-settings", files)
    rows = [{"name": feed.name, "title": feed.title, "provider": feed.provider} for feed in feeds]
    if as_json:
        told = [{"where": problem.path, "what": problem.what, "remedy": problem.remedy} for problem in problems]
        show({"definitions": rows, "not carried over": told}, as_json=True)
    else:
        emit(rows, ("name", "title", "provider"), as_json=False)
        say(f"{len(rows)} definitions written; a parser that has none here is read by a feed that is there already.")
    for problem in problems:
        say(str(problem))
    raise typer.Exit(1 if problems else 0)


def _runtime(data: bytes, path: Path) -> Mapping[str, Any]:
    import yaml

    remedy = "Give IntelMQ's runtime.yaml."
    if len(data) > _MOST_SETTINGS:
        raise BadInput(f"is larger than {_MOST_SETTINGS >> 20} MiB.", where=str(path), remedy=remedy)
    try:
        runtime = yaml.safe_load(data)
    except RecursionError as error:
        raise BadInput("is nested too deeply.", where=str(path), remedy=remedy) from error
    except (yaml.YAMLError, ValueError) as error:  # a number of thousands of digits, a day that does not exist
        raise BadInput(f"is not YAML ({str(error).splitlines()[0]}).", where=str(path), remedy=remedy) from error
    if not isinstance(runtime, dict):
        raise BadInput("holds no bots.", where=str(path), remedy="Give IntelMQ's runtime.yaml.")
    return runtime


def _read(source: str) -> bytes:
    if "://" in source:
        from tutela.engine.fetch import fetch

        return fetch(source)
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=source, remedy="Check the path.") from error


def _take_over(source: bytes, kind: str, files: Mapping[str, bytes]) -> None:
    from tutela.config.boot import boot

    boot()
    from tutela.flow.definitions import take_over

    ground = context()
    home, now = ground.environment.home, ground.now
    take_over(source=source, kind=kind, files=files, home=home, now=now, by=ground.actor, basis=ground.basis)


def _values(feed: Any) -> dict[str, Any]:
    values: dict[str, Any] = feed.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    values["format"] = {"type": feed.format.type} | values["format"]  # the kind of format is a default of its class
    return values


def _yaml(values: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=120)
