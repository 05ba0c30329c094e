"""Incidents: cases that people handle, and what is said about them."""
