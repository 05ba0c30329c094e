from __future__ import annotations

import pytest
from pydantic import ValidationError

from tutela.core.feeds.definition import Covers
from tutela.core.findings.scope import covers

SCOPE = Covers(networks=("192.0.2.0/25", "2001:db8::/32"), asns=(64496,), domains=("Example.org",))


@pytest.mark.parametrize(
    ("asset_type", "key", "inside"),
    [
        ("address", "192.0.2.1", True),
        ("address", "192.0.2.128", False),
        ("address", "2001:db8::1", True),
        ("network", "192.0.2.0/26", True),
        ("network", "192.0.2.0/24", False),
        ("domain", "www.example.org", True),
        ("domain", "example.org", True),
        ("domain", "notexample.org", False),
        ("url", "https://www.example.org/a", True),
        ("url", "http://192.0.2.1:8080/", True),
        ("url", "https://[2001:db8::1]/", True),
        ("url", "nonsense", False),
        ("asn", "64496", True),
        ("asn", "64497", False),
    ],
)
def test_an_asset_is_covered_when_it_lies_in_the_scope(asset_type: str, key: str, inside: bool) -> None:
    assert covers(SCOPE, asset_type, key) is inside


def test_what_is_no_network_or_domain_is_refused() -> None:
    with pytest.raises(ValidationError, match="not a network"):
        Covers(networks=("nonsense",))
    with pytest.raises(ValidationError, match="not a domain name"):
        Covers(domains=("a b",))
