"""Search: one box, typed results, from every page."""
