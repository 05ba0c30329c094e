"""The shapes reports come in: unwrapped, cut into slices of whole records, read into columns of text."""
