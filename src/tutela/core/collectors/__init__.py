"""What fetches reports by itself: its definition, its times, the names it gives, and the addresses it may reach."""
