"""What makes two events the same condition, and how events fold."""
