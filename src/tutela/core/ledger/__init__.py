"""The ledger's arithmetic: canonical entries, the Merkle tree over them, signed checkpoints and proofs."""
