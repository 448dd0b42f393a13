from __future__ import annotations

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.core.secrets import SecretUnreadable, decrypt_text, encrypt_text, needs_new_key

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()


def test_encrypt_text_twice_differs_and_opens_to_the_same(settings) -> None:
    settings.FIELD_ENCRYPTION_KEY = OLD

    first, second = (encrypt_text("whsec_ä", context="a") for _ in range(2))

    assert first != second
    assert "whsec" not in first
    assert decrypt_text(first, context="a") == decrypt_text(second, context="a") == "whsec_ä"


def test_decrypt_text_in_another_place_is_refused(settings) -> None:
    settings.FIELD_ENCRYPTION_KEY = OLD
    token = encrypt_text("secret", context="brand_1")

    with pytest.raises(SecretUnreadable):
        decrypt_text(token, context="brand_2")


@pytest.mark.parametrize("position", [4, 15, 40])
def test_decrypt_text_changed_character_is_refused(settings, position: int) -> None:
    settings.FIELD_ENCRYPTION_KEY = OLD
    token = encrypt_text("secret", context="a")
    changed = list(token)
    changed[position] = "A" if changed[position] != "A" else "B"

    with pytest.raises(SecretUnreadable):
        decrypt_text("".join(changed), context="a")


def test_decrypt_text_after_rotation_reads_old_and_asks_for_new_key(settings) -> None:
    settings.FIELD_ENCRYPTION_KEY = OLD
    token = encrypt_text("secret", context="a")

    settings.FIELD_ENCRYPTION_KEY = f"{NEW},{OLD}"

    assert decrypt_text(token, context="a") == "secret"
    assert needs_new_key(token)
    assert not needs_new_key(encrypt_text("secret", context="a"))


def test_decrypt_text_without_its_key_is_refused(settings) -> None:
    settings.FIELD_ENCRYPTION_KEY = OLD
    token = encrypt_text("secret", context="a")

    settings.FIELD_ENCRYPTION_KEY = NEW

    with pytest.raises(SecretUnreadable):
        decrypt_text(token, context="a")


@pytest.mark.parametrize("key", ["", "c2hvcnQ=", "not base64!"])
def test_encrypt_text_with_a_bad_key_stops(settings, key: str) -> None:
    settings.FIELD_ENCRYPTION_KEY = key

    with pytest.raises(ImproperlyConfigured):
        encrypt_text("secret", context="a")
