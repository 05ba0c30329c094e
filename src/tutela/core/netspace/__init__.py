"""Whose is it: addresses, AS numbers and domains against a frozen constituency."""
