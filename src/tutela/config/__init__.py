"""Settings and the server's entry."""
