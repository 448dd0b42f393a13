"""The certificates that PayPal signs webhooks with: fetched from PayPal only, checked up to a known root."""

from __future__ import annotations

import warnings
from contextlib import suppress
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from django.conf import settings

from apps.payments.errors import GatewayUnreachable, WebhookRefused

FOLDER = "/v1/notifications/certs/"
LIVE_HOSTS = {"api.paypal.com", "api-m.paypal.com"}
SANDBOX_HOSTS = {"api.sandbox.paypal.com", "api-m.sandbox.paypal.com"}
LIVE_NAME = "messageverificationcerts.paypal.com"
SANDBOX_NAME = "messageverificationcerts.sandbox.paypal.com"
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
LARGEST_FILE = 64 * 1024
END = b"-----END CERTIFICATE-----"


def signing_key(url: str, *, at: datetime) -> RSAPublicKey:
    """The public key of the certificate at `url`, if that is PayPal's and valid at `at` (real time).

    Raises:
        WebhookRefused: another host, or a certificate that does not hold.
        GatewayUnreachable: the certificate cannot be fetched now; the message may be sent again.
    """
    if not is_allowed(url):
        raise WebhookRefused("The certificate is not at PayPal's address.")
    leaf, *others = _fetched(url)
    try:
        roots = _roots() if not settings.PAYPAL_API_HOST else others[-1:]
        name = LIVE_NAME if settings.PAYPAL_LIVE_MODE else SANDBOX_NAME
        verifier = PolicyBuilder().store(Store(roots)).time(at).build_server_verifier(x509.DNSName(name))
        verifier.verify(leaf, others)
    except (VerificationError, ValueError) as error:
        raise WebhookRefused("The certificate does not hold.") from error
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey):
        raise WebhookRefused("The certificate is of another kind.")
    return key


def is_allowed(url: str) -> bool:
    """Whether a certificate may be fetched from here: PayPal's folder by https, or the stand-in's own."""
    stand_in = settings.PAYPAL_API_HOST
    if ".." in url:
        return False
    if stand_in:
        return url.startswith(stand_in + FOLDER)
    parts = urlsplit(url)
    hosts = LIVE_HOSTS if settings.PAYPAL_LIVE_MODE else SANDBOX_HOSTS
    # The whole authority is compared, so that no user part or port hides another host.
    return parts.scheme == "https" and parts.netloc in hosts and parts.path.startswith(FOLDER)


@lru_cache(maxsize=16)
def _fetched(url: str) -> list[x509.Certificate]:
    try:
        answer = httpx.get(url, timeout=TIMEOUT, follow_redirects=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise GatewayUnreachable("PayPal's certificate could not be fetched.") from error
    if len(answer.content) > LARGEST_FILE:
        raise WebhookRefused("The certificate is too large.")
    try:
        return x509.load_pem_x509_certificates(answer.content)
    except ValueError as error:
        raise WebhookRefused("There is no certificate at that address.") from error


@cache
def _roots() -> list[x509.Certificate]:
    """The public roots, less those whose serial numbers break the rules: cryptography will refuse them."""
    blocks = Path(certifi.where()).read_bytes().split(END)[:-1]
    roots = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        for block in blocks:
            with suppress(ValueError, CryptographyDeprecationWarning):
                roots.append(x509.load_pem_x509_certificate(block + END))
    return roots
