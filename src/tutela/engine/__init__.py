"""The pipeline on one machine or on many."""
