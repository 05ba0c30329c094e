"""Tutela: from security reports to findings that somebody owns."""
