"""The page kit; knows no app."""
