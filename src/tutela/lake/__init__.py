"""Event tables on disk and the questions asked of them."""
