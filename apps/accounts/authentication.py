"""API keys as Bearer tokens, for DRF and for the plain views of the hot paths."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.errors import ApiKeyExpired, ApiKeyInvalid
from apps.accounts.models import ApiKey
from apps.accounts.services.authenticate_api_key import authenticate_api_key
from apps.audit.actor import Actor, identify
from apps.audit.enums import ActorType
from apps.core import clock

SCHEME = "Bearer"


@dataclass(frozen=True, slots=True)
class ApiPrincipal:
    """The ``request.user`` of an API request: the key itself, not a person."""

    public_id: str
    is_authenticated: bool = True
    is_active: bool = True
    is_staff: bool = False
    pk: None = None


def key_from_request(request: HttpRequest) -> ApiKey | None:
    """The key of a plain Django request, and name it as the actor; None when no Bearer token was sent.

    Raises:
        ApiKeyInvalid, ApiKeyExpired: a token was sent that does not open (401).
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME.lower():
        return None
    key = authenticate_api_key(plaintext=token.strip(), at=clock.now())
    identify(Actor(ActorType.API_KEY, key.public_id, f"API key {key.prefix}"))
    return key


class ApiKeyAuthentication(BaseAuthentication):
    """Sets ``request.auth`` to the ApiKey and ``request.user`` to its principal."""

    def authenticate(self, request: Request) -> tuple[ApiPrincipal, ApiKey] | None:
        try:
            key = key_from_request(request._request)
        except (ApiKeyInvalid, ApiKeyExpired) as error:
            raise AuthenticationFailed(error.message, code=error.code) from error
        return None if key is None else (ApiPrincipal(key.public_id), key)

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'
