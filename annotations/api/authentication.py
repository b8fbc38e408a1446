"""Signing in to the API with a key."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from annotations.models import ApiToken, User
from annotations.services.tokens import use_token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer jp_…`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = use_token(text=text.strip())
        if token is None:
            raise AuthenticationFailed("This token is unknown or revoked. Create one on the page /me/.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  the signature is DRF's
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}
