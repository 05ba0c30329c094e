"""People: who signs in, as what, and which organisations they see."""
