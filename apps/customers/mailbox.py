"""Which mailbox an e-mail address reaches: one may have many spellings."""

from __future__ import annotations

import hashlib

# Providers that ignore dots, under each of their names.
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def mailbox_of(email: str) -> str:
    """The one spelling of the mailbox behind an address: small letters, no plus tag, no dots at Gmail."""
    name, _, domain = email.strip().casefold().rpartition("@")
    name = name.split("+", 1)[0] or name
    if domain in _DOTLESS:
        name, domain = name.replace(".", ""), _DOTLESS[domain]
    return f"{name}@{domain}"


def mailbox_digest(email: str) -> str:
    """SHA-256 of the mailbox, in hex: enough to know it again, not to write to it."""
    return hashlib.sha256(mailbox_of(email).encode()).hexdigest()
