"""The event format (IDF) and its types."""
