"""Law that computes: instruments as data, three-valued conditions, clocks, and the reason for every answer."""
