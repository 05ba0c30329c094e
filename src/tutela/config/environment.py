"""Configuration from the environment, typed and checked at start; with none, everything lies under ./var."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tutela.config.database import checked, postgresql, sqlite
from tutela.config.mail import base_checked, mailbox_checked, reply_checked, sender_checked, smtp_checked
from tutela.core.errors import WrongUse
from tutela.core.rights import Role

_MISREAD = re.compile(r"[*?\[\]{}%=\\]")


def _local_folder(path: Path) -> Path:
    """A folder of this machine, whole from the root; it need not be there yet."""
    text = str(path)
    if re.match(r"[a-z0-9]+:/", text):  # a path has lost one of the two strokes of s3://
        raise ValueError("must be a folder of this machine; other stores are not supported")
    if not text.isprintable() or text != text.strip():
        raise ValueError("begins or ends with a blank, or holds a character that cannot be printed")
    try:
        whole = path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("names the home of somebody who is not known here") from error
    if _MISREAD.search(str(whole)):
        raise ValueError("holds one of * ? [ ] { } % = \\, which the readers of the lake take for something else")
    if whole.exists() and not whole.is_dir():
        raise ValueError("is no folder")
    return whole


def _file(path: Path) -> Path:
    """A file, whole from the root; whether it can be used is asked when it is."""
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("names the home of somebody who is not known here") from error


def _roles(text: str) -> str:
    """Roles, with blanks between."""
    unknown = [name for name in text.split() if name not in set(Role)]
    if unknown:
        raise ValueError(f"names a role that there is not ({unknown[0]}); there are: {' '.join(Role)}")
    return text


def _ground(text: str) -> str:
    """A provision and its version."""
    identifier, at, version = text.rpartition("@")
    if not (at and identifier and version):
        raise ValueError("is no legal ground; write the provision and its version: ID@VERSION")
    return text


def _stamping(text: str) -> str:
    """Where a time-stamping authority is asked, which may speak plain HTTP: its answer is signed."""
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc):
        raise ValueError("is no address such as https://stamps.example.org/tsr")
    return text


SecretFile = Annotated[Path, AfterValidator(_file)]
Folder = Annotated[Path, AfterValidator(_local_folder)]


class Environment(BaseSettings):
    """Every setting there is; the environment variable is ``TUTELA_`` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="TUTELA_", env_ignore_empty=True, validate_default=True, frozen=True)

    home: Folder = Field(default=Path("var"), description="folder of all data: database, archive, lake, work, keys")
    database_url: Annotated[str, AfterValidator(checked)] = Field(
        default="", description="postgresql://user:password@host:port/name; empty: SQLite in TUTELA_HOME"
    )
    lake: Folder | None = Field(default=None, description="folder of the event lake; empty: TUTELA_HOME/lake")
    inbox: Folder | None = Field(
        default=None, description="folder that the worker takes reports from; empty: TUTELA_HOME/inbox"
    )
    workers: int = Field(default=0, ge=0, le=512, description="processes that read reports; 0: one per core")
    slice_bytes: int = Field(
        default=24 * 2**20, ge=2**12, le=2**40, description="input bytes that one unit of work reads"
    )
    large_load_bytes: int = Field(
        default=32 * 2**20,
        ge=0,
        le=2**60,
        description="from this size on, a load's events are written while it is read",
    )
    file_rows: int = Field(
        default=20_000, ge=1, le=2**40, description="new events of a day in a slice that get a file of their own"
    )
    maximum_record_bytes: int = Field(
        default=16 * 2**20, ge=2**10, le=2**40, description="a longer record goes to quarantine"
    )
    maximum_report_bytes: int = Field(
        default=64 * 2**30, ge=2**20, le=2**60, description="a larger report, unpacked, is refused"
    )
    maximum_ratio: int = Field(
        default=1000, ge=10, le=2**40, description="a wrapper that unpacks to more times its size is refused"
    )
    basis: Annotated[str, AfterValidator(_ground)] = Field(
        default="mandate@1",
        description="legal ground of what is done from the command line, as ID@VERSION of a provision",
    )
    log: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="debug, info, warning or error; log lines go to standard error"
    )
    review: str = Field(
        default="*.final *.final_after_handling *.detailed",
        description="reports that a second person must approve before they are submitted: REGIME.STAGE, with * and "
        "blanks between",
    )
    receives: str = Field(
        default="eu.nis2.*",
        description="reports that organisations hand in to this authority: REGIME.STAGE, with * and blanks between",
    )
    secret_key: str = Field(
        default="", description="key of sessions and signed links; empty: made once under TUTELA_HOME"
    )
    host: str = Field(default="127.0.0.1", description="address at which the console listens")
    port: int = Field(default=8000, ge=1, le=65535, description="port at which the console listens")
    hosts: str = Field(
        default="localhost 127.0.0.1 [::1]",
        description="names by which browsers reach the console, with blanks between",
    )
    https: bool = Field(
        default=False, description="true where a proxy in front speaks HTTPS: cookies are sent over HTTPS only"
    )
    mfa_roles: Annotated[str, AfterValidator(_roles)] = Field(
        default="", description="roles that must have a second factor, with blanks between"
    )
    oidc_issuer: str = Field(default="", description="address of an OpenID Connect service that people sign in with")
    oidc_client: str = Field(default="", description="id of this installation at that service")
    oidc_secret: str = Field(default="", description="secret of this installation at that service")
    smtp: Annotated[str, AfterValidator(smtp_checked)] = Field(
        default="",
        description="smtp+starttls://user:password@host:587 or smtps://…; smtp:// to this machine; empty: notices wait",
    )
    mail_from: Annotated[str, AfterValidator(sender_checked)] = Field(
        default="Tutela <tutela@localhost>", description="from whom notices come, and where answers go"
    )
    mailbox: Annotated[str, AfterValidator(mailbox_checked)] = Field(
        default="",
        description="imaps://user@host/INBOX, where answers come in; its password is the secret mailbox; empty: none",
    )
    reply_to: Annotated[str, AfterValidator(reply_checked)] = Field(
        default="", description="where answers to notices go: answers+{token}@example.org; empty: to TUTELA_MAIL_FROM"
    )
    ask_contacts_days: int = Field(
        default=180, ge=0, le=3650, description="how often contacts are asked whether they are still right; 0: never"
    )
    openpgp_key: SecretFile | None = Field(
        default=None, description="file of the OpenPGP secret key that notices are signed with; empty: not so"
    )
    smime_key: SecretFile | None = Field(
        default=None, description="PEM file of private key and certificates that notices are signed with; empty: not so"
    )
    mails_per_minute: int = Field(
        default=600, ge=1, le=100_000, description="no more notices than this go out a minute"
    )
    url: Annotated[str, AfterValidator(base_checked)] = Field(
        default="http://127.0.0.1:8000", description="address of the console, as it stands in notices"
    )
    ledger_public: bool = Field(
        default=False,
        description="true: everybody may read the ledger's checkpoint and hash tiles, never its entries",
    )
    timestamp_url: Annotated[str, AfterValidator(_stamping)] = Field(
        default="", description="address of a time-stamping authority (RFC 3161) that stamps the ledger; empty: none"
    )
    timestamp_roots: Annotated[Path, AfterValidator(_file)] | None = Field(
        default=None, description="PEM file of the root certificates of that authority"
    )
    timestamp_hours: int = Field(
        default=24, ge=1, le=8784, description="how often the ledger is stamped, where anything is new"
    )
    web_workers: int = Field(default=2, ge=1, le=64, description="processes that answer browsers")

    @property
    def lake_path(self) -> Path:
        """Where the event tables lie."""
        return self.lake or self.home / "lake"

    @property
    def inbox_path(self) -> Path:
        """Where reports are laid to be taken in."""
        return self.inbox or self.home / "inbox"

    @property
    def roles_with_mfa(self) -> frozenset[Role]:
        """Roles that must have a second factor."""
        return frozenset(map(Role, self.mfa_roles.split()))

    @property
    def worker_count(self) -> int:
        """How many processes read reports."""
        return self.workers or len(os.sched_getaffinity(0))

    def database(self) -> dict[str, object]:
        """The database as Django wants it."""
        return postgresql(self.database_url) if self.database_url else sqlite(self.home / "tutela.sqlite3")


def load() -> Environment:
    """Read and check the environment; every wrong setting is told at once."""
    try:
        return Environment()
    except ValidationError as error:
        raise WrongUse("; ".join(problems(error)), where="environment", remedy="See docs/configuration.md.") from error


def problems(error: ValidationError) -> list[str]:
    """What is wrong with each setting; what was given is not repeated, for it may hold a password."""
    return [f"TUTELA_{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
