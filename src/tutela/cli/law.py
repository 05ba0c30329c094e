"""``tutela law``: the library of law, its check, and what it asks in a case."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutela.cli.context import context
from tutela.cli.output import Json, emit, say, show
from tutela.core.errors import BadInput, WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutela.core.law.case import Case
    from tutela.core.law.library import Compiled, Library
    from tutela.core.law.row import Row

app = typer.Typer(no_args_is_help=True)

_MOST_BYTES = 4 * 2**20
_LIST = ("regime", "jurisdiction", "status", "from", "confidence", "instrument")
_MOST_ASKED = 10
_PLACES = {"country": "In which country is the organisation?", "timezone": "In which time zone is it?"}
_ROWS = ("regime", "stage", "applies", "due", "mode", "waits_for", "citation", "confidence")


@app.callback()
def group() -> None:
    """The law: who must report what to whom, and until when. A working aid, never legal advice."""


@app.command("list")
def list_laws(
    like: Annotated[str, typer.Option(help="Only regimes whose name contains this.")] = "",
    as_json: Json = False,
) -> None:
    """List all regimes: where they hold, how far they have come, and how surely each is known."""
    rows = (_listed(one) for one in _library().newest() if like in one.id)
    emit(rows, _LIST, as_json=as_json)


def _listed(one: Compiled) -> dict[str, Any]:
    from tutela.core.law.instrument import ENGLISH, weakest

    law = one.instrument
    return {
        "regime": law.id,
        "jurisdiction": law.jurisdiction,
        "status": str(law.status),
        "from": law.validity.from_.isoformat() if law.validity.from_ else None,
        "to": law.validity.to.isoformat() if law.validity.to else None,
        "confidence": str(weakest(*(stage.never.confidence for stage in one.stages))),
        "instrument": law.instrument[ENGLISH],
        "article": law.article,
        "version": law.version,
        "knowledge": law.knowledge.isoformat(),
        "stages": [stage.stage.id for stage in one.stages if not stage.duty],
        "duties": [stage.stage.id for stage in one.stages if stage.duty],
    }


@app.command("show")
def show_law(
    name: Annotated[str, typer.Argument(metavar="ID", help="A regime, as `tutela law list` names it.")],
    as_json: Json = False,
) -> None:
    """Print everything that is known of one regime, as YAML: all its versions."""
    import yaml

    library = _library()
    versions = library.versions.get(name)
    if versions is None:
        import difflib

        near = difflib.get_close_matches(name[:200], library.versions, n=3)
        remedy = f"Is it {' or '.join(near)}?" if near else "`tutela law list` lists all."
        raise WrongUse("there is no such regime.", where=name[:200], remedy=remedy)
    values = [one.instrument.model_dump(mode="json", by_alias=True, exclude_defaults=True) for one in versions]
    if as_json:
        show(values[-1] if len(values) == 1 else {"versions": values}, as_json=True)
    else:
        sys.stdout.write(yaml.safe_dump_all(values, sort_keys=False, allow_unicode=True, width=118))


@app.command()
def facts(
    like: Annotated[str, typer.Option(help="Only facts whose name contains this.")] = "",
    as_json: Json = False,
) -> None:
    """List all facts by which laws ask: type, unit or values, and the question."""
    rows = (
        {
            "fact": fact.name,
            "type": str(fact.type),
            "unit": fact.unit,
            "values": list(fact.values) or None,
            "unit or values": fact.unit or " | ".join(one or "(none of them)" for one in fact.values) or None,
            "question": fact.question["en"],
            "help": fact.help["en"],
        }
        for fact in _library().facts.values()
        if like in fact.name
    )
    if as_json:
        emit(
            ({name: value for name, value in row.items() if name != "unit or values"} for row in rows), (), as_json=True
        )
    else:
        emit(rows, ("fact", "type", "unit or values", "question"), as_json=False)


@app.command()
def lint(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders that are checked with the built-in ones; without: those, and yours."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check files of law: every error with its file, line and remedy; exit code 1 if there is one."""
    from tutela.cli.definitions import lint as check
    from tutela.core.law.linter import lint as problems_of
    from tutela.engine.law import folders

    check(folders(context().environment.home), paths or (), problems_of, as_json=as_json)


@app.command()
def schema() -> None:
    """Print the JSON Schema of an instrument's file, with which an editor completes and checks it."""
    from tutela.core.law.linter import schema as law_schema

    show(law_schema(), as_json=True)


@app.command()
def evaluate(
    facts_file: Annotated[
        Path,
        typer.Option(
            "--facts",
            help="A JSON file with organisation, incident, events, country, timezone; - reads it from standard input.",
        ),
    ],
    at: Annotated[
        str,
        typer.Option(help="The moment that is asked for; without: the last of the events, or now where there is none."),
    ] = "",
    duties: Annotated[bool, typer.Option(help="Also what authorities owe in their turn.")] = False,
    every: Annotated[bool, typer.Option("--all", help="In the table also what does not apply.")] = False,
    as_json: Json = False,
) -> None:
    """Say who must report what to whom by when, under which law, and what is still unknown."""
    from tutela.core.law.case import read_case
    from tutela.core.law.evaluation import evaluate as ask
    from tutela.core.law.preparation import left_out

    library = _library()
    moment = _moment(at) if at else None
    case = read_case(_given(facts_file), library, str(facts_file), moment)
    asked_for = moment or case.latest or datetime.now(UTC)
    rows = ask(library, case, asked_for, duties=duties)
    for name, why in left_out(library, case, asked_for).items():
        say(f"contradiction: {name} is left out: {why}")
    if as_json:
        emit((row.as_dict() for row in rows), _ROWS, as_json=True)
        return
    _print(rows, library, case, every=every)


def _print(rows: list[Row], library: Library, case: Case, *, every: bool) -> None:
    shown = [row for row in rows if every or row.applies is not False]
    shown.sort(key=lambda row: (row.applies is not True, row.due is None, row.due and row.due.timestamp(), row.regime))
    certain = [row for row in shown if row.applies or every]
    emit((_told(row) for row in certain), _ROWS, as_json=False)
    open_ = sorted({row.regime for row in shown if row.applies is None})
    applying, unknown = sum(bool(row.applies) for row in rows), sum(row.applies is None for row in rows)
    say(f"{applying} duties apply, {unknown} are undetermined.")
    if open_:
        say(f"Undetermined: {', '.join(open_)}")
    for name, count in _asked(rows, library, case)[:_MOST_ASKED]:
        question = library.facts[name].question["en"] if name in library.facts else _PLACES.get(name, "")
        say(f"  {name}: {question} ({count} answer{'' if count == 1 else 's'} hang{'s' if count == 1 else ''} on it)")
    displaced = _displaced(rows)
    for line in displaced:
        say(line)


def _told(row: Row) -> dict[str, Any]:
    """A row of the table; without a due time it says on what that hangs."""
    told = row.as_dict()
    if row.due is None and row.missing:
        told["waits_for"] = f"an answer: {', '.join(row.missing)}"
    return told


def _asked(rows: list[Row], library: Library, case: Case) -> list[tuple[str, int]]:
    """The questions, the most decisive first; before others those on which law of the own country hangs."""
    from tutela.core.law.binding import is_near
    from tutela.core.law.evaluation import questions
    from tutela.core.law.preparation import day_of

    day = day_of(case, datetime.now(UTC))
    regimes = library.regimes(case.place.country, day)
    near = [row for row in rows if row.applies or _is_near(row, regimes, case, is_near)]
    counts = dict(questions(rows))
    return [
        (name, counts[name]) for name in dict.fromkeys(name for each in (near, rows) for name, _ in questions(each))
    ]


def _is_near(row: Row, regimes: Any, case: Case, is_near: Any) -> bool:
    return bool(is_near(regimes[row.regime][0].instrument.jurisdiction, case.place.country))


def _displaced(rows: Iterable[Row]) -> list[str]:
    """One sentence for each regime that yields to another."""
    found = {
        row.regime: step
        for row in rows
        for step in row.because
        if row.applies is False and step["step"] == "yields to" and step["value"]
    }
    return [
        f"{regime} yields to {step['regime']}: {step['text']} ({step['citation']})" for regime, step in found.items()
    ]


@app.command()
def decide(
    table: Annotated[str, typer.Argument(help="A decision table, such as us.cisa.bod_26_04.")],
    inputs: Annotated[list[str], typer.Argument(help="What is given, as in_kev=true technical_impact=total.")],
    as_json: Json = False,
) -> None:
    """Read the outcome of a decision table; without an outcome where too little is given."""
    library = _library()
    found = library.decisions.get(table)
    if found is None:
        raise WrongUse("there is no such table.", where=table, remedy=f"There are: {', '.join(library.decisions)}.")
    given: dict[str, bool | str] = {}
    wrong: list[str] = []
    for one in inputs:
        name, _, text = one.partition("=")
        value = {"true": True, "false": False}.get(text, text)
        given[name] = value
        if name not in found.inputs:
            wrong.append(f"{name[:80]} is no input of this table; it has {', '.join(found.inputs)}.")
        elif value not in found.inputs[name]:
            values = ", ".join(str(each).lower() for each in found.inputs[name])
            wrong.append(f"{one[:80]}: {name} is one of {values}.")
    if wrong:
        raise WrongUse(" ".join(wrong), where=table, remedy="Write them as name=value.")
    outcome = found.decide(given)
    meant = found.outcomes[outcome] if outcome else None
    show(
        {
            "table": table,
            "outcome": outcome,
            "meaning": meant.en if meant else None,
            "days": meant.days if meant else None,
            "citation": found.citation,
            "confidence": str(found.confidence),
        },
        as_json=as_json,
    )


def _library() -> Library:
    from tutela.engine.law import library

    return library(context().environment.home)


def _given(path: Path) -> object:
    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise WrongUse(f"cannot be read: {error.strerror}.", where=str(path), remedy="Look at the path.") from error
    if len(content) > _MOST_BYTES:
        raise BadInput(
            f"is larger than {_MOST_BYTES // 2**20} MiB.", where=str(path), remedy="One case has a few hundred facts."
        )
    import json

    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        told = "it is nested too deep" if isinstance(error, RecursionError) else error
        remedy = "Mend it; docs/law.md shows a whole case."
        raise BadInput(f"is not JSON ({told}).", where=str(path), remedy=remedy) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once each: of two values of a fact, nobody knows which is meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"stands twice in one object: {', '.join(twice)[:200]}")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number that can be meant")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUse("is no moment.", where=text[:80], remedy="Write it as 2026-12-18T22:30:00+01:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
