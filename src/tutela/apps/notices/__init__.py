"""Notices: what organisations are told of their findings, and what they answer."""
