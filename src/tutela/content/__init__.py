"""Data that ships: feeds, taxonomies, the demonstration."""
