"""Incidents: cases that people handle, opened from findings or by hand."""
