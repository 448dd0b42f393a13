"""Settings from the environment: what is nonsense stops the start and says why."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from monetize import env
from tests.fixtures.database import ROOT


def test_text_empty_value_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "  ")

    assert env.text("NAME", "default") == "default"
    with pytest.raises(ImproperlyConfigured, match="NAME is not set"):
        env.text("NAME")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.flag("NAME", default=False), "perhaps"),
        (lambda: env.number("NAME", 1), "-1"),
        (lambda: env.number("NAME", 1), "1.5"),
        (lambda: env.choice("NAME", "json", ("json", "console")), "xml"),
        (lambda: env.web_address("NAME"), "ftp://example.com"),
        (lambda: env.web_address("NAME"), "https://"),
        (lambda: env.database("NAME"), "mysql://u:secret@h/name"),
        (lambda: env.database("NAME"), "postgresql://u:secret@h/"),
        (lambda: env.mail("NAME"), "imap://example.com"),
        (lambda: env.mail("NAME"), "smtp:"),
    ],
)
def test_value_without_sense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], Any], value: str
) -> None:
    monkeypatch.setenv("NAME", value)

    with pytest.raises(ImproperlyConfigured, match="NAME") as refusal:
        read()
    assert "secret" not in str(refusal.value)


def test_database_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "postgresql://me:p%40ss@db.example.com:5433/shop?sslmode=require")

    described = env.database("NAME")

    assert described == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"STRIPE_SECRET_KEY": "sk_live_" + "a" * 24, "STRIPE_PUBLISHABLE_KEY": "pk_live_" + "a" * 24},
            "A live Stripe key must not meet STRIPE_API_HOST",
        ),
        ({"STRIPE_SECRET_KEY": "sk_live_" + "a" * 24}, "are of different modes"),
        ({"STRIPE_SECRET_KEY": "secret"}, "STRIPE_SECRET_KEY is not shaped like one of Stripe's keys"),
        (
            {
                "RAZORPAY_KEY_ID": "rzp_live_" + "a" * 14,
                "RAZORPAY_KEY_SECRET": "x",
                "RAZORPAY_API_HOST": "http://127.0.0.1:1",
            },
            "A live Razorpay key must not meet RAZORPAY_API_HOST",
        ),
        (
            {"RAZORPAY_KEY_ID": "rzp_live_" + "a" * 14, "RAZORPAY_KEY_SECRET": "x"},
            "RAZORPAY_KEY_ID and STRIPE_SECRET_KEY are of different modes",
        ),
        ({"RAZORPAY_KEY_ID": "rzp_test_" + "a" * 14}, "RAZORPAY_KEY_ID needs RAZORPAY_KEY_SECRET"),
        ({"RAZORPAY_KEY_ID": "key"}, "RAZORPAY_KEY_ID is not shaped like one of Razorpay's keys"),
        (
            {"PAYPAL_ENVIRONMENT": "live", "PAYPAL_API_HOST": "http://127.0.0.1:1/paypal"},
            "PAYPAL_ENVIRONMENT=live must not meet PAYPAL_API_HOST",
        ),
        ({"PAYPAL_API_HOST": "http://paypal.example.com"}, "PAYPAL_API_HOST must be on this machine"),
        (
            {"PAYPAL_CLIENT_ID": "x", "PAYPAL_CLIENT_SECRET": "x", "PAYPAL_ENVIRONMENT": "live"},
            "PAYPAL_ENVIRONMENT and STRIPE_SECRET_KEY are of different modes",
        ),
        ({"PAYPAL_CLIENT_ID": "x"}, "PAYPAL_CLIENT_ID needs PAYPAL_CLIENT_SECRET"),
        ({"PAYMENT_ROUTES": "INR:razorpay+adyen"}, "PAYMENT_ROUTES must look like"),
        ({"CACHE_URL": "memcached://x"}, "CACHE_URL must be postgresql:"),
    ],
)
def test_settings_refuse_to_start(given: dict[str, str], sentence: str) -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "monetize.settings.test", **given},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 1
    assert sentence in started.stderr
