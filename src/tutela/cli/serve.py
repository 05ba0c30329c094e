"""``tutela serve``: the console for browsers, and the interface for programs."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, Final

from tutela.cli.output import say
from tutela.core.errors import Unavailable

if TYPE_CHECKING:
    from tutela.config.environment import Environment

_THREADS: Final = 4
_SLOWEST_HEADER: Final = 10_000  # milliseconds: who sends a request byte by byte is not waited for
_WAITING: Final = 256
_LAST_WORD: Final = "15"  # seconds that a worker has to end what it is at


def serve() -> None:
    """Serve the console at TUTELA_HOST and TUTELA_PORT until the process is told to end (SIGTERM, Ctrl-C)."""
    from django.core.management import call_command

    from tutela.config.environment import load

    environment = load()
    _check_free(environment)
    call_command("collectstatic", verbosity=0, interactive=False)
    say(f"tutela: the console is at {address(environment)} (end it with Ctrl-C)")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "granian", *_options(environment)])  # noqa: S606 - the same python


def address(environment: Environment) -> str:
    """Where a browser on this machine finds the console."""
    host = environment.host if ":" not in environment.host else f"[{environment.host}]"
    return f"http://{host}:{environment.port}"


def _options(environment: Environment) -> list[str]:
    return [
        *("--interface", "wsgi", "--host", environment.host, "--port", str(environment.port), "--no-ws"),
        *("--workers", str(environment.web_workers), "--blocking-threads", str(_THREADS)),
        *("--backpressure", str(_THREADS * 4), "--backlog", str(_WAITING)),
        *("--http1-header-read-timeout", str(_SLOWEST_HEADER), "--workers-kill-timeout", _LAST_WORD),
        *("--respawn-failed-workers", "--log-level", "warning", "--no-access-log"),
        "tutela.config.wsgi:application",
    ]


def _check_free(environment: Environment) -> None:
    """The server would say it with a traceback. Raises Unavailable."""
    family = socket.AF_INET6 if ":" in environment.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((environment.host, environment.port))
        except OSError as error:
            raise Unavailable(
                f"nothing can be served there: {error.strerror}.",
                where=f"{environment.host} port {environment.port}",
                remedy="Name another port in TUTELA_PORT, or end what uses this one.",
            ) from error
