"""Links that open a page without a login: hosted checkout and portal sessions.

A token is made from the session's id with the installation's secret key, and only its hash is stored: a copy
of the database opens no page, and a repeated request is answered with the same link.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.portal.models import CheckoutSession, PortalSession
from apps.portal.selectors import token_hash

SALT = "portal.link"


def link_token(public_id: str) -> str:
    """The secret in the link of a session."""
    return salted_hmac(SALT, public_id, algorithm="sha256").hexdigest()


def checkout_link(session: CheckoutSession) -> str | None:
    """The address of a hosted checkout; None after the secret key was changed, which ends all links."""
    return _address("portal:checkout_session", session.public_id, session.token_sha256)


def portal_link(session: PortalSession) -> str | None:
    """The address that opens a portal session; None after the secret key was changed."""
    return _address("portal:session", session.public_id, session.token_sha256)


def _address(name: str, public_id: str, kept_hash: str) -> str | None:
    token = link_token(public_id)
    if not constant_time_compare(token_hash(token), kept_hash):
        return None
    return f"{settings.SITE_URL}{reverse(name, args=[token])}"
