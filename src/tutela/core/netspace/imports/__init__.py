"""Readers of what others say about who holds what; each turns bytes into a `Wanted` and tells every problem at once."""
