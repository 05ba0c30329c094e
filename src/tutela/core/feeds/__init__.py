"""Feed definitions compiled to Polars expressions."""
