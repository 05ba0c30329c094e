"""Fetching reports from outside: the collectors of an installation, their secrets, and the ways to a source."""
