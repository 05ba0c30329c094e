"""The OpenID Connect service that people may sign in with, where one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tutela.config.environment import Environment


def providers(environment: Environment) -> dict[str, Any]:
    """The service as allauth wants it; nothing where none is named."""
    if not environment.oidc_issuer:
        return {}
    app = {
        "provider_id": "service",
        "name": "OpenID Connect",
        "client_id": environment.oidc_client,
        "secret": environment.oidc_secret,
        "settings": {"server_url": environment.oidc_issuer},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def origins(environment: Environment) -> list[str]:
    """Where a browser is sent to sign in; nothing where no service is named."""
    parts = urlsplit(environment.oidc_issuer)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []
