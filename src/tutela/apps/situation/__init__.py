"""The situation: what is open, where, for how long, and how it changes from day to day."""
