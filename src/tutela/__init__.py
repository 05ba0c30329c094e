"""Tutela: from security reports to findings that somebody owns."""

__version__ = "0.1.0"
