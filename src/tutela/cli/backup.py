"""``tutela backup``: the whole house in one file, while it works on."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutela.cli.context import context
from tutela.cli.output import Json, printable, show

if TYPE_CHECKING:
    from tutela.core.backup import Manifest


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Write nothing: read the backup FILE, and check all that is in it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write database, lake, archive, keys and settings of TUTELA_HOME to one file; the house may be at work."""
    from tutela.config.boot import settle

    settle()  # no more: a backup is taken before a new version brings the database to its form
    from tutela.flow import backup as flow

    ground = context()
    settings = ground.environment
    place = file.absolute()
    if verify:
        done, what = flow.verify(place, ratio=settings.maximum_ratio), "is whole"
    else:
        done, what = flow.backup(place, environment=settings, now=ground.now), "written"
    tell(done, f"{place} {what}", as_json=as_json, file=str(place), packed=place.stat().st_size)


def tell(manifest: Manifest, sentence: str, *, as_json: bool, **more: Any) -> None:
    """Print what is in a backup: a line for people after ``sentence``, an object with ``more`` for machines."""
    told = {
        **more,
        "created": manifest.created,
        "version": manifest.version,
        "database": manifest.database,
        "migrations": manifest.migrations,
        "lake_version": manifest.lake_version,
        "files": len(manifest.members),
        "bytes": manifest.size,
    }
    if as_json:
        show(told, as_json=True)
        return
    lake = "no lake" if manifest.lake_version is None else f"lake at version {manifest.lake_version}"
    typer.echo(
        f"{printable(sentence)}: {len(manifest.members)} files of {manifest.size:,} bytes, {manifest.database}, "
        f"{lake}, as of {manifest.created:%Y-%m-%d %H:%M:%S}Z, by Tutela {printable(manifest.version)}."
    )
