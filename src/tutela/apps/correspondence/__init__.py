"""Correspondence: what comes back by mail, in the timeline of what it answers."""
