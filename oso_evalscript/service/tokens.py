"""Tokens: what the service's identity provider hands out, without any secret behind it."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from oso_evalscript.service.errors import UNAUTHORIZED, ServiceError
from oso_evalscript.service.node import read_query

SECONDS = 3600
"""How long a token lasts."""


def issue(form: str, authorization: str = "") -> dict[str, Any]:
    """Return a token for any client, as the identity provider writes it.

    Args:
        form: the body of the request, URL-encoded.
        authorization: the header of that name, for clients that put their name and secret there.

    Raises:
        ServiceError: the form is not one that asks for a token.
    """
    fields = read_query(form)
    client = fields.get("client_id") or _client_in(authorization)
    if fields.get("grant_type") not in ("client_credentials", "password", "refresh_token"):
        raise ServiceError(400, "OAUTH_ERROR", "`grant_type` has to be client_credentials.")
    if not client:
        raise ServiceError(401, "OAUTH_ERROR", "`client_id` is missing.")
    now = int(time.time())
    claims = {"azp": client, "sub": client, "iat": now, "exp": now + SECONDS, "jti": secrets.token_hex(8)}
    return {
        "access_token": f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}.unsigned",
        "expires_in": SECONDS,
        "expires_at": now + SECONDS,
        "token_type": "Bearer",
        "scope": "",
    }


def check(authorization: str) -> str:
    """Return the client that a request's token is of.

    Raises:
        ServiceError: there is no token, or it has expired.
    """
    kind, _, token = authorization.strip().partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise ServiceError(
            401, UNAUTHORIZED, "You are not authorized! Please provide a valid access token in the header."
        )
    claims = _claims(token.strip())
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires < time.time():
        raise ServiceError(401, UNAUTHORIZED, "The access token expired.")
    return str(claims.get("azp") or "")


def _claims(token: str) -> Mapping[str, Any]:
    """What a token says; nothing where it is one of another kind, as tests make them up."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _encoded(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _client_in(authorization: str) -> str:
    kind, _, secret = authorization.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(secret).decode().partition(":")[0]
    except (ValueError, binascii.Error):
        return ""
