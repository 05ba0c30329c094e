"""Certificates to which mail is encrypted: OpenPGP (RFC 9580) and S/MIME (RFC 8550)."""
