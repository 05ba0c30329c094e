"""Findings: conditions on assets of organisations."""
