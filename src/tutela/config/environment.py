"""Configuration from the environment, typed and checked at start; with none, everything lies under ./var."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tutela.core.errors import WrongUse


def _known_database(url: str) -> str:
    if url and urlsplit(url).scheme not in {"postgresql", "postgres", "sqlite"}:
        raise ValueError("must be a postgresql:// address; leave it empty for SQLite under TUTELA_HOME")
    return url


class Environment(BaseSettings):
    """Every setting there is; the environment variable is ``TUTELA_`` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="TUTELA_", frozen=True)

    home: Path = Field(default=Path("var"), description="folder of all data: database, archive, lake, work, keys")
    database_url: Annotated[str, AfterValidator(_known_database)] = Field(
        default="", description="postgresql://user:password@host:port/name; empty: SQLite in TUTELA_HOME"
    )
    lake: str = Field(default="", description="folder of the event lake; empty: TUTELA_HOME/lake")
    workers: int = Field(default=0, ge=0, le=512, description="processes that read reports; 0: one per core")
    slice_bytes: int = Field(default=24 * 2**20, ge=2**12, description="input bytes that one unit of work reads")
    large_load_bytes: int = Field(
        default=32 * 2**20, ge=0, description="from this size on, a load's events are written while it is read"
    )
    file_rows: int = Field(
        default=20_000, ge=1, description="new events of one day in one slice that get a file of their own in the lake"
    )
    maximum_record_bytes: int = Field(default=16 * 2**20, ge=2**10, description="a longer record goes to quarantine")
    maximum_report_bytes: int = Field(default=64 * 2**30, ge=2**20, description="a larger report, unpacked, is refused")
    maximum_ratio: int = Field(
        default=1000, ge=10, description="a wrapper that unpacks to more times its size is refused"
    )
    basis: str = Field(
        default="mandate@1",
        description="legal ground of what is done from the command line, as ID@VERSION of a provision",
    )
    log: str = Field(default="warning", description="debug, info, warning or error; log lines go to standard error")
    secret_key: str = Field(default="", description="key of signed links; empty: made once under TUTELA_HOME")

    @property
    def lake_path(self) -> Path:
        """Where the event tables lie."""
        return Path(self.lake) if self.lake else self.home / "lake"

    @property
    def worker_count(self) -> int:
        """How many processes read reports."""
        return self.workers or len(os.sched_getaffinity(0))

    def database(self) -> dict[str, object]:
        """The database as Django wants it."""
        if not self.database_url or self.database_url.startswith("sqlite"):
            return _sqlite(self.home / "tutela.sqlite3")
        parts = urlsplit(self.database_url)
        options = dict(parse_qsl(parts.query))  # ?host=/run/postgresql names a socket; ?sslmode=require and the like
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": options.pop("port", str(parts.port or "")),
            "OPTIONS": options,
            "CONN_HEALTH_CHECKS": True,
        }


def _sqlite(path: Path) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # two writers wait for each other instead of failing half way
            "timeout": 60,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
            "PRAGMA busy_timeout=60000;PRAGMA cache_size=-65536;",
        },
    }


def load() -> Environment:
    """Read and check the environment; every wrong setting is told at once."""
    try:
        environment = Environment()
    except ValidationError as error:
        problems = "; ".join(
            f"TUTELA_{str(e['loc'][0]).upper()}: {e['msg']}"  # what was given may hold a password
            for e in error.errors()
        )
        raise WrongUse(problems, where="environment", remedy="See docs/configuration.md.") from error
    return environment.model_copy(update={"home": environment.home.expanduser().absolute()})
