"""Log lines: key=value on standard error, never on standard output, never a secret."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

import structlog

from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_SECRET: Final = ("password", "secret", "token", "key", "authorization", "cookie")


def configure(level: str) -> None:
    """Send log lines of this level and above to standard error."""
    if level not in _LEVELS:
        raise WrongUse(f"{level!r} is no log level", where="TUTELA_LOG", remedy=f"Use one of {', '.join(_LEVELS)}.")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_secrets,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=_standard_error,
        cache_logger_on_first_use=False,
    )


def _standard_error(*_names: object) -> structlog.PrintLogger:
    """A logger to standard error as it is when a line is written, not as it was at start."""
    return structlog.PrintLogger(sys.stderr)


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank the values of keys that sound like secrets."""
    return {name: "…" if any(word in name.lower() for word in _SECRET) else value for name, value in event.items()}
