"""Encrypts small secrets at rest, so that a copy of the database alone reveals nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.core.errors import DomainError

VERSION = "v1"
NONCE_BYTES = 12
KEY_BYTES = 32


class SecretUnreadable(DomainError):
    """The stored secret does not open with any configured key, or was tampered with or moved."""

    code: ClassVar[str] = "secret_unreadable"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "A stored secret cannot be read"


def encrypt_text(plaintext: str, *, context: str) -> str:
    """``v1.<kid>.<nonce and ciphertext>`` under AES-256-GCM with the first configured key.

    ``context`` names the place (such as ``accounts.gateway:brand_01h…``) and is authenticated: a ciphertext
    copied to another place does not open there.
    """
    kid, key = _keys()[0]
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, plaintext.encode(), context.encode())
    return f"{VERSION}.{kid}.{base64.urlsafe_b64encode(sealed).decode()}"


def decrypt_text(token: str, *, context: str) -> str:
    """The text that ``encrypt_text`` was given.

    Raises:
        SecretUnreadable: unknown key, another context, or changed bytes.
    """
    try:
        version, kid, encoded = token.split(".")
        sealed = base64.urlsafe_b64decode(encoded)
        key = dict(_keys())[kid]
        if version != VERSION:
            raise SecretUnreadable(f"unknown envelope version {version!r}")
        plain = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except (ValueError, KeyError, InvalidTag) as error:
        raise SecretUnreadable("the key is missing, or the stored value was changed") from error
    return plain.decode()


def needs_new_key(token: str) -> bool:
    """True when the token was written under a key that is no longer the first."""
    return not token.startswith(f"{VERSION}.{_keys()[0][0]}.")


def _keys() -> list[tuple[str, bytes]]:
    """(kid, key) pairs of ``settings.FIELD_ENCRYPTION_KEY``: base64 keys with commas; the first encrypts."""
    keys = []
    for encoded in str(settings.FIELD_ENCRYPTION_KEY).split(","):
        try:
            key = base64.urlsafe_b64decode(encoded.strip().replace("+", "-").replace("/", "_"))
        except binascii.Error as error:
            raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY is not base64") from error
        if len(key) != KEY_BYTES:
            raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY must hold keys of 32 bytes in base64")
        keys.append((hashlib.sha256(key).hexdigest()[:8], key))
    return keys
