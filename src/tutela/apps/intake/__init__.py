"""Reports, loads and quarantine."""
