"""What a backup holds: the places of an installation that are kept, the names of its members, and its manifest."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tutela.core.errors import BadInput, Conflict

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SQLITE: Final = "tutela.sqlite3"
DUMP: Final = "tutela.dump"
LAKE: Final = "lake"
FOLDERS: Final = ("archive", "attachments", "quarantine", "snapshots", "keys", "feeds", "laws", "collectors", "ledger")
"""Of TUTELA_HOME, besides the lake; docs/configuration.md marks the same ones *to be backed up*."""

FILES: Final = ("notices.yaml",)
RESTORING: Final = "restoring"
"""The folder in TUTELA_HOME that is there for as long as a restore is at work, or was broken off."""

MOST_MANIFEST: Final = 512 * 2**20
_MOST_NAME: Final = 1000
_MOST_PART: Final = 255
_DATABASES: Final = {"sqlite": SQLITE, "postgresql": DUMP}


class Member(NamedTuple):
    """Size in bytes and SHA-256 (hexadecimal) of one file in a backup."""

    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Format(BaseModel):
    format: int


class Manifest(BaseModel):
    """What a backup says of itself; it is the last member, so that what was cut short has none.

    ``version`` is Tutela's, ``migrations`` the latest of each app, ``lake_version`` the last change of the event lake,
    ``checkpoint`` the signed head of the ledger, ``members`` all files but this one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    version: str
    created: datetime
    database: Literal["sqlite", "postgresql"]
    migrations: dict[str, str]
    lake_version: int | None
    checkpoint: str
    members: dict[str, Member]

    @property
    def size(self) -> int:
        """Bytes of all members, unpacked."""
        return sum(member.size for member in self.members.values())


def read(data: bytes, where: str) -> Manifest:
    """The manifest of the backup ``where``. Raises Conflict for one of a newer format, BadInput for what is none."""
    try:
        found = _Format.model_validate_json(data).format
        if found > FORMAT:
            raise Conflict(
                f"the backup has format {found}, this version reads up to {FORMAT}.",
                where=where,
                remedy="Restore it with the version of Tutela that wrote it, or a newer one.",
            )
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))[:100]
        raise BadInput(f"the manifest of the backup cannot be read ({place}: {first['msg']}).", where=where) from error
    if _DATABASES[manifest.database] not in manifest.members:
        raise BadInput("the backup holds no database.", where=where, remedy="Use another backup.")
    return manifest


def check_name(name: str, where: str) -> None:
    """Nothing, where a member of a backup may bear this name, below a known place and nowhere else; else BadInput."""
    parts = name.split("/")
    plain = name.isprintable() and "\\" not in name and not {"", ".", ".."} & set(parts)
    short = len(name.encode()) <= _MOST_NAME and max(len(part.encode()) for part in parts) <= _MOST_PART
    known = parts[0] in {*FOLDERS, LAKE} if len(parts) > 1 else name in {*FILES, SQLITE, DUMP}
    if not (plain and short and known):
        raise BadInput(
            f"the backup holds a file {name[:100]!r}, which no backup has.",
            where=where,
            remedy="Do not use it: Tutela did not write it so.",
        )
