from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mailserver import certificate
from tests.webserver import Site, serving

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """With a certificate for localhost that is known to this machine."""
    server, _ = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    return server


@pytest.fixture
def site(context: ssl.SSLContext) -> Iterator[Site]:
    """A site at https://localhost."""
    with serving(context) as found:
        yield found
