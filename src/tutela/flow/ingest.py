"""Reports into the house: archive them, write down the load, carry it to its end."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final
from uuid import UUID

import structlog

from tutela.apps.constituency import queries as constituency
from tutela.apps.intake import actions as intake
from tutela.apps.intake import queries
from tutela.apps.intake.actions import Again, Arrival
from tutela.apps.ledger import actions as ledger
from tutela.core.errors import BadInput, TutelaError, WrongUse
from tutela.core.feeds.formats.wrappers import unwrap
from tutela.engine.catalogue import Catalogue
from tutela.engine.pool import Pool
from tutela.engine.staging import stage
from tutela.flow.load import carry
from tutela.flow.locks import exclusive, exclusive_or_skip
from tutela.flow.meter import Meter
from tutela.flow.slicing import limits
from tutela.lake.archive import Archive, Archived
from tutela.lake.incoming import files, open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tutela.apps.intake.models import Report
    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis
    from tutela.flow.meter import Listener

STANDARD_INPUT: Final = "-"
_LOAD_BYTES: Final = 256 * 2**20
_LOAD_REPORTS: Final = 500
_HEAD_BYTES: Final = 64 * 2**10
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Ingested:
    """What an ingest did: reports that came in now, deliveries of what was known, and inputs that were refused."""

    reports: list[Report] = field(default_factory=list)
    known: list[Again] = field(default_factory=list)
    refused: list[TutelaError] = field(default_factory=list)
    unread: list[TutelaError] = field(default_factory=list)
    """Definitions that cannot be read; none of their reports was recognised."""


def ingest(
    paths: Sequence[str],
    *,
    feed: str,
    environment: Environment,
    now: datetime,
    by: Actor,
    basis: Basis,
    listener: Listener | None = None,
) -> Ingested:
    """Take in the reports that ``paths`` name; ``feed`` is the name of a definition or ``auto``.

    ``listener`` is told how far it is (`Meter`).
    """
    catalogue = Catalogue(environment.home)
    if feed != "auto":
        catalogue.get(feed)  # an unknown feed is told before anything is copied
    result = Ingested()
    size = _size(paths)
    meter = Meter(listener, total=None if STANDARD_INPUT in paths else size)
    log.info("stage", stage="receive")
    ledger.seal()  # a crash may have left entries unsigned, and a repeated ingest may record none
    with Pool(environment.worker_count) as pool:
        if size > environment.slice_bytes:
            pool.warm_up(stage.__module__)  # while the reports are archived
        take_over(environment=environment, pool=pool, now=now, by=by, basis=basis)
        meter.enter("receiving")
        for group in _groups(_archived(paths, environment, result)):
            arrivals = [a for a in (_arrival(item, feed, catalogue, environment, result) for item in group) if a]
            snapshot = constituency.current_snapshot(environment.home)
            load, known = intake.receive(arrivals=arrivals, snapshot=snapshot.id, now=now, by=by, basis=basis)
            loads = {load.id} if load else set()
            for identifier in loads | {again.report.load_id for again in known}:
                finish(identifier, environment=environment, pool=pool, meter=meter, now=now, by=by, basis=basis)
            for again in known:
                meter.take_up(again.report.size)
            meter.enter("receiving")
            result.reports += queries.reports_of(load) if load else []
            result.known += known
    result.unread += catalogue.refused.values()
    for again in result.known:
        again.report.refresh_from_db()
    return result


def _size(paths: Sequence[str]) -> int:
    """Bytes of all files that are named, or lie in a folder that is; what cannot be looked at is told later."""
    named = [Path(path) for path in paths if path != STANDARD_INPUT]
    return sum(path.stat().st_size for path in files(named) if path.is_file() and not path.is_symlink())


def take_over(*, environment: Environment, pool: Pool, now: datetime, by: Actor, basis: Basis) -> int:
    """Carry loads whose process died to their end, and remove what settled ones left behind; says how many."""
    _tidy(environment)
    taken = 0
    for load in queries.unfinished_loads():
        with exclusive_or_skip(_lock(load.id, environment)) as held:
            if held:
                log.warning("taking over an unfinished load", load=load.id.hex)
                taken += _carry_if_unfinished(
                    load.id, environment=environment, pool=pool, meter=Meter(), now=now, by=by, basis=basis
                )
    return taken


def _tidy(environment: Environment) -> None:
    """Remove the work of loads that are settled: their process died before it could."""
    folders = {UUID(path.name): path for path in (environment.home / "work").glob("*/")}
    for identifier in queries.settled_loads(list(folders)):
        shutil.rmtree(folders[identifier], ignore_errors=True)
        _lock(identifier, environment).unlink(missing_ok=True)


def finish(
    identifier: UUID,
    *,
    environment: Environment,
    pool: Pool,
    meter: Meter | None = None,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> None:
    """Carry a load to its end, waiting for another process that is at it."""
    with exclusive(_lock(identifier, environment)):
        _carry_if_unfinished(
            identifier, environment=environment, pool=pool, meter=meter or Meter(), now=now, by=by, basis=basis
        )


def _carry_if_unfinished(
    identifier: UUID, *, environment: Environment, pool: Pool, meter: Meter, now: datetime, by: Actor, basis: Basis
) -> bool:
    load = queries.load_of(identifier)
    unfinished = load.state == load.State.RECEIVED
    if unfinished:
        carry(load, environment=environment, pool=pool, meter=meter, now=now, by=by, basis=basis)
    return unfinished


def _lock(identifier: UUID, environment: Environment) -> Path:
    return environment.home / "work" / f"{identifier.hex}.lock"


def _archived(paths: Sequence[str], environment: Environment, result: Ingested) -> Iterator[Archived]:
    """Copy each report into the archive; what cannot be read is told, and the others go on."""
    archive = Archive(environment.home)
    for text in paths:
        if text == STANDARD_INPUT:
            yield archive.keep(sys.stdin.buffer, "standard-input")
            continue
        for path in files([Path(text)]):
            try:
                with open_regular(path) as stream:
                    yield archive.keep(stream, os.fsencode(path.name).decode("utf-8", "backslashreplace"))
            except BadInput as refusal:
                result.refused.append(refusal)


def _groups(items: Iterator[Archived]) -> Iterator[list[Archived]]:
    """Small reports together, a large one alone: a load is settled in one transaction."""
    group: list[Archived] = []
    size = 0
    for item in items:
        if group and (size + item.size > _LOAD_BYTES or len(group) == _LOAD_REPORTS):
            yield group
            group, size = [], 0
        group.append(item)
        size += item.size
    if group:
        yield group


def _arrival(
    item: Archived, feed: str, catalogue: Catalogue, environment: Environment, result: Ingested
) -> Arrival | None:
    try:
        name = feed if feed != "auto" else _recognised(item, catalogue, environment)
        definition = catalogue.get(name)
    except TutelaError as error:
        result.refused.append(error)
        return None
    return Arrival(
        content=item.content,
        size=item.size,
        file_name=item.file_name,
        feed=name,
        definition=definition.model_dump_json(by_alias=True),
        scope=definition.covers.model_dump_json() if definition.covers else "",
    )


def _recognised(item: Archived, catalogue: Catalogue, environment: Environment) -> str:
    with Archive(environment.home).open(item.content) as stream:
        inner, head = _unpacked_head(stream, environment)
    name = catalogue.recognise(item.file_name, head) or (catalogue.recognise(inner, head) if inner else None)
    if name is None:
        raise WrongUse(
            "no feed definition recognises this report",
            where=item.file_name,
            remedy="Name it with --feed NAME (see `tutela feeds list`), or write a definition (docs/feeds.md).",
        )
    return name


def _unpacked_head(stream: BinaryIO, environment: Environment) -> tuple[str, bytes]:
    """The name and the first bytes of the report inside its wrapper; nothing where it cannot be unpacked."""
    try:
        part = next(unwrap(stream, limits=limits(environment)), None)
        head = b""
        while part and len(head) < _HEAD_BYTES and (data := part.stream.read(_HEAD_BYTES - len(head))):
            head += data
    except BadInput:
        return "", b""
    return (part.name, head) if part else ("", b"")
