from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import registry

from apps.core.deploy_checks import check_deployment

SAFE: dict[str, Any] = {
    "DEBUG": False,
    "SECRET_KEY": "kq3v9-Wn7Yz0pLr5TgXc2BdHm8JsFu4AeQi6Ok1Nx",
    "FIELD_ENCRYPTION_KEY": "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80=",
    "ALLOWED_HOSTS": ["billing.example.com"],
    "SITE_URL": "https://billing.example.com",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "STAFF_MFA_REQUIRED": True,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "STRIPE_API_HOST": "",
    "STRIPE_LIVE_MODE": True,
}


@pytest.fixture
def safe(settings: Any) -> Any:
    for name, value in SAFE.items():
        setattr(settings, name, value)
    return settings


def test_safe_settings_are_not_refused(safe: Any) -> None:
    assert check_deployment(None) == []


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        ("DEBUG", True, "monetize.E001"),
        ("SECRET_KEY", "for-development-only", "monetize.E002"),
        ("SECRET_KEY", "short", "monetize.E002"),
        ("FIELD_ENCRYPTION_KEY", "", "monetize.E003"),
        ("FIELD_ENCRYPTION_KEY", "c2hvcnQ=", "monetize.E003"),
        ("FIELD_ENCRYPTION_KEY", "Zm9yLXRlc3RzLW9ubHktbmV2ZXItYS1zZWNyZXQhISE=", "monetize.E003"),
        ("ALLOWED_HOSTS", ["*"], "monetize.E004"),
        ("SESSION_COOKIE_SECURE", False, "monetize.E005"),
        ("CSRF_COOKIE_SECURE", False, "monetize.E005"),
        ("SITE_URL", "http://billing.example.com", "monetize.E006"),
        ("STAFF_MFA_REQUIRED", False, "monetize.E007"),
        ("STRIPE_API_HOST", "http://127.0.0.1:8421", "monetize.E008"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "monetize.W001"),
    ],
)
def test_unsafe_setting_is_refused(safe: Any, name: str, value: Any, refusal: str) -> None:
    setattr(safe, name, value)

    assert [message.id for message in check_deployment(None)] == [refusal]


def test_sandbox_without_a_live_key_is_a_warning(safe: Any) -> None:
    safe.STRIPE_API_HOST, safe.STRIPE_LIVE_MODE = "http://127.0.0.1:8421", False

    assert [message.id for message in check_deployment(None)] == ["monetize.W002"]


def test_checks_run_only_for_a_deployment() -> None:
    assert check_deployment in registry.registry.deployment_checks
    assert check_deployment not in registry.registry.registered_checks
