"""What the law asks in an incident: clocks that people start, the reports that are due, and how they were made."""
