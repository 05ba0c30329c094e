"""Whose is it: networks, AS numbers and domain names, and the frozen index that says who holds them."""
