from __future__ import annotations

import pytest

from tutela.core.collectors.public import is_public

OURS = """127.0.0.1 127.8.9.10 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 192.0.2.1 198.18.0.1
224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd12::1 ff02::1 ff0e::1 2001:db8::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:c0a8:101::1 2001::1 100::1
::127.0.0.1""".split()

EVERYBODYS = """192.31.196.1 192.175.48.1 2620:4f:8000::1 ::ffff:192.31.196.1 64:ff9b::c01f:c401
2002:c01f:c401::1""".split()  # of AS112, which is nobody's (RFC 7535)


@pytest.mark.parametrize("address", OURS)
def test_ours_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", EVERYBODYS)
def test_those_of_everybody_are(address: str) -> None:
    assert is_public(address)
