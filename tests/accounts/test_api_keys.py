from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.accounts.api_key_format import key_hash
from apps.accounts.enums import ApiKeyKind
from apps.accounts.errors import ApiKeyExpired, ApiKeyInvalid, ApiKeyNotUsable, ScopeUnknown
from apps.accounts.models import ApiKey
from apps.accounts.services.authenticate_api_key import authenticate_api_key
from apps.accounts.services.create_api_key import create_api_key
from apps.accounts.services.revoke_api_key import revoke_api_key
from apps.accounts.services.rotate_api_key import rotate_api_key
from apps.audit.models import Event
from tests.factories.customers import make_brand

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_key(**overrides: Any) -> tuple[ApiKey, str]:
    values: dict[str, Any] = {
        "brand": overrides.get("brand") or make_brand(),
        "livemode": False,
        "name": "Shop",
        "kind": ApiKeyKind.SECRET,
        "scopes": ["invoices:read"],
        "expires_at": None,
        "at": NOON,
    }
    return create_api_key(**values | overrides)


@pytest.mark.django_db
def test_create_api_key_keeps_only_the_hash() -> None:
    key, plaintext = make_key()

    assert plaintext.startswith("mk_test_")
    assert len(plaintext) == 51
    assert key.key_hash == key_hash(plaintext)
    assert key.prefix == plaintext[:16]
    stored = [str(value) for row in ApiKey.objects.values_list() for value in row]
    logged = str(list(Event.objects.values_list("data", "actor_label")))
    assert not any(plaintext[16:] in text for text in [*stored, logged])


@pytest.mark.django_db
def test_create_api_key_live_says_so() -> None:
    assert make_key(livemode=True)[1].startswith("mk_live_")


@pytest.mark.django_db
def test_create_api_key_for_intake_may_only_send_events() -> None:
    key, _ = make_key(kind=ApiKeyKind.INTAKE, scopes=["*"])

    assert key.scopes == ["events:write"]


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ["", "invoices", "invoices:delete", "Invoices:read", "**", "a:read b:read"])
def test_create_api_key_malformed_scope_is_refused(scope: str) -> None:
    with pytest.raises(ScopeUnknown):
        make_key(scopes=[scope])

    assert ApiKey.objects.count() == 0


@pytest.mark.django_db
def test_authenticate_until_the_expiry_exclusive() -> None:
    key, plaintext = make_key(expires_at=NOON + timedelta(hours=1))

    just_before = NOON + timedelta(hours=1, microseconds=-1)

    assert authenticate_api_key(plaintext=plaintext, at=just_before).pk == key.pk
    with pytest.raises(ApiKeyExpired):
        authenticate_api_key(plaintext=plaintext, at=NOON + timedelta(hours=1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", ["", "mk_test_short", "mk_test_" + "a" * 43, "sk_test_" + "a" * 43, "ü" * 51]
)
def test_authenticate_unknown_or_malformed_is_refused(wrong: str) -> None:
    make_key()

    with pytest.raises(ApiKeyInvalid):
        authenticate_api_key(plaintext=wrong, at=NOON)


@pytest.mark.django_db
def test_authenticate_notes_last_use_once_a_minute(django_assert_num_queries) -> None:
    key, plaintext = make_key()

    with django_assert_num_queries(2):
        authenticate_api_key(plaintext=plaintext, at=NOON)
    with django_assert_num_queries(1):
        authenticate_api_key(plaintext=plaintext, at=NOON + timedelta(seconds=59))
    key.refresh_from_db()
    assert key.last_used_at == NOON

    authenticate_api_key(plaintext=plaintext, at=NOON + timedelta(seconds=60))
    key.refresh_from_db()
    assert key.last_used_at == NOON + timedelta(seconds=60)


@pytest.mark.django_db
def test_rotate_lets_both_keys_live_for_the_overlap() -> None:
    old, old_text = make_key(scopes=["*:read"], livemode=True)

    new, new_text = rotate_api_key(api_key_id=old.pk, at=NOON, overlap=timedelta(hours=2))

    assert (new.brand_id, new.livemode, new.scopes, new.expires_at) == (old.brand_id, True, ["*:read"], None)
    assert authenticate_api_key(plaintext=old_text, at=NOON + timedelta(hours=1)).pk == old.pk
    assert authenticate_api_key(plaintext=new_text, at=NOON + timedelta(hours=3)).pk == new.pk
    with pytest.raises(ApiKeyExpired):
        authenticate_api_key(plaintext=old_text, at=NOON + timedelta(hours=2))


@pytest.mark.django_db
def test_rotate_never_lengthens_the_old_key() -> None:
    ends_at = NOON + timedelta(minutes=5)
    old, _ = make_key(expires_at=ends_at)

    new, _ = rotate_api_key(api_key_id=old.pk, at=NOON)

    old.refresh_from_db()
    assert old.expires_at == new.expires_at == ends_at


@pytest.mark.django_db
def test_revoke_twice_is_revoking_once_and_ends_rotation() -> None:
    key, plaintext = make_key()

    revoke_api_key(api_key_id=key.pk, at=NOON)
    revoke_api_key(api_key_id=key.pk, at=NOON + timedelta(days=1))

    key.refresh_from_db()
    assert key.revoked_at == NOON
    assert Event.objects.filter(name="api_key.revoked").count() == 1
    with pytest.raises(ApiKeyInvalid):
        authenticate_api_key(plaintext=plaintext, at=NOON)
    with pytest.raises(ApiKeyNotUsable):
        rotate_api_key(api_key_id=key.pk, at=NOON)


@pytest.mark.django_db
def test_request_with_a_key_records_it_as_the_actor(settings) -> None:
    settings.ROOT_URLCONF = "tests.accounts.endpoints"
    key, plaintext = make_key(scopes=["brands:write"])

    answer = Client(headers={"Authorization": f"Bearer {plaintext}"}).post("/note")

    assert answer.status_code == 200
    event = Event.objects.get(name="brand.noted")
    assert (event.actor_type, event.actor_id) == ("api_key", key.public_id)
    assert event.actor_label == f"API key {key.prefix}"
    assert event.request_id == answer["Request-Id"]


@pytest.mark.django_db
def test_request_of_a_member_records_the_user_and_the_next_the_system(settings, django_user_model) -> None:
    settings.ROOT_URLCONF = "tests.accounts.endpoints"
    user = django_user_model.objects.create_user("ada@example.com", "a long password", is_staff=True)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    make_brand()

    client.post("/page")
    Client().post("/page")

    actors = Event.objects.filter(name="brand.noted").order_by("id").values_list("actor_type", "actor_label")
    assert list(actors) == [("user", f"Staff {user.pk}"), ("system", "Monetize")]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_request_with_a_dead_key_is_401_and_says_why_it_may(settings, state: str) -> None:
    settings.ROOT_URLCONF = "tests.accounts.endpoints"
    key, plaintext = make_key(expires_at=NOON if state == "expired" else None)
    if state == "revoked":
        revoke_api_key(api_key_id=key.pk, at=NOON)

    with time_machine.travel(NOON, tick=False):
        answer = Client(headers={"Authorization": f"Bearer {plaintext}"}).post("/note")

    assert answer.status_code == 401
    assert answer.json()["code"] == {"revoked": "api_key_invalid", "expired": "api_key_expired"}[state]
    assert not Event.objects.filter(name="brand.noted").exists()
