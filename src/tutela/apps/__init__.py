"""Django apps, all of the same inner shape."""
