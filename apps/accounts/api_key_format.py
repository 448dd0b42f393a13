"""How a secret key looks and is kept: scanners recognise it, and the database does not reveal it."""

from __future__ import annotations

import hashlib
import re
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
# 43 characters of 62 are 256 bits: a plain SHA-256 suffices where a password would need a slow hash.
SECRET_LENGTH = 43
SHOWN_LENGTH = 16
SHAPE = re.compile(r"mk_(live|test)_[A-Za-z0-9]{43}")


def new_plaintext(*, livemode: bool) -> str:
    """``mk_live_…`` or ``mk_test_…`` with 256 random bits."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    return f"mk_{'live' if livemode else 'test'}_{secret}"


def key_hash(plaintext: str) -> str:
    """SHA-256 in hex: what the database holds."""
    return hashlib.sha256(plaintext.encode()).hexdigest()


def shown_prefix(plaintext: str) -> str:
    """The first characters, by which people tell keys apart."""
    return plaintext[:SHOWN_LENGTH]


def looks_like_key(text: str) -> bool:
    return SHAPE.fullmatch(text) is not None
