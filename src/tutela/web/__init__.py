"""The page kit: base page, parts of pages, tables, charts, the look. It knows no app."""
