"""What kind of thing happened: types and taxonomies of the Reference Security Incident Taxonomy (RSIT).

Sources: ENISA/TF-CSIRT RSIT; the IntelMQ data format adds the types ``dga-domain``, ``blacklist``, ``malware``,
``proxy`` and ``tor``, and has older spellings that are rewritten here.
Shapes: String expressions in and out, of the same length.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

UNDETERMINED = "undetermined"
OTHER = "other"

TYPES_OF_TAXONOMY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "abusive-content": ("harmful-speech", "spam", "violence"),
        "availability": ("ddos", "dos", "misconfiguration", "outage", "sabotage"),
        "fraud": ("copyright", "masquerade", "phishing", "unauthorized-use-of-resources"),
        "information-content-security": (
            "data-leak",
            "data-loss",
            "unauthorised-information-access",
            "unauthorised-information-modification",
        ),
        "information-gathering": ("scanner", "sniffing", "social-engineering"),
        "intrusion-attempts": ("brute-force", "exploit", "ids-alert"),
        "intrusions": (
            "application-compromise",
            "burglary",
            "privileged-account-compromise",
            "system-compromise",
            "unprivileged-account-compromise",
        ),
        "malicious-code": ("c2-server", "infected-system", "malware-configuration", "malware-distribution"),
        OTHER: ("blacklist", "dga-domain", "malware", "other", "proxy", "tor", UNDETERMINED),
        "test": ("test",),
        "vulnerable": (
            "ddos-amplifier",
            "information-disclosure",
            "potentially-unwanted-accessible",
            "vulnerable-system",
            "weak-crypto",
        ),
    }
)

TAXONOMY_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {kind: taxonomy for taxonomy, kinds in TYPES_OF_TAXONOMY.items() for kind in kinds}
)

NOT_IN_RSIT = frozenset({"blacklist", "dga-domain", "malware", "proxy", "tor"})
"""Types that the data format has beyond RSIT."""

LEGACY_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "botnet drone": "infected-system",
        "ransomware": "infected-system",
        "infected system": "infected-system",
        "ids alert": "ids-alert",
        "c&c": "c2-server",
        "c2server": "c2-server",
        "vulnerable client": "vulnerable-system",
        "vulnerable service": "vulnerable-system",
        "leak": "data-leak",
        "unknown": UNDETERMINED,
        "unauthorized-login": "system-compromise",
        "unauthorized-command": "system-compromise",
        "compromised": "system-compromise",
        "backdoor": "system-compromise",
        "defacement": "unauthorised-information-modification",
        "dropzone": "other",
    }
)

LEGACY_TAXONOMIES: Mapping[str, str] = MappingProxyType(
    {
        "abusive content": "abusive-content",
        "information gathering": "information-gathering",
        "intrusion attempts": "intrusion-attempts",
        "malicious code": "malicious-code",
    }
)

_CANONICAL_TYPE = {kind: kind for kind in TAXONOMY_OF_TYPE} | dict(LEGACY_TYPES)
_CANONICAL_TAXONOMY = {taxonomy: taxonomy for taxonomy in TYPES_OF_TAXONOMY} | dict(LEGACY_TAXONOMIES)


def canonical_type(value: pl.Expr) -> pl.Expr:
    """The ``classification.type`` in today's spelling; null where it is not a known type."""
    return _lookup(value.str.strip_chars().str.to_lowercase(), _CANONICAL_TYPE)


def canonical_taxonomy(value: pl.Expr) -> pl.Expr:
    """The ``classification.taxonomy`` in today's spelling; null where it is not a known one."""
    return _lookup(value.str.strip_chars().str.to_lowercase(), _CANONICAL_TAXONOMY)


def taxonomy_of(kind: pl.Expr) -> pl.Expr:
    """The taxonomy that a canonical ``classification.type`` belongs to: ``other`` when unknown, null when null."""
    known = _lookup(kind, dict(TAXONOMY_OF_TYPE))
    return pl.when(kind.is_not_null()).then(known.fill_null(OTHER))


def _lookup(value: pl.Expr, table: dict[str, str]) -> pl.Expr:
    return value.replace_strict(list(table), list(table.values()), default=None, return_dtype=pl.String)
