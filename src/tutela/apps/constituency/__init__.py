"""The organisations in care and what they hold."""
