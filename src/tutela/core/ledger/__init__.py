"""Canonical entries, Merkle tree, checkpoint, proof."""
