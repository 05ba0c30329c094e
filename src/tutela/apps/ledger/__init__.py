"""Who did what, when and on what legal basis, provably."""
