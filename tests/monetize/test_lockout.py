"""A login is locked after six failures, also for the right password, and also through allauth's own field."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.test import Client

EMAIL, PASSWORD = "anna@example.com", "a-long-enough-password"


def test_login_with_right_password_after_six_failures_is_refused(db: None) -> None:
    user = get_user_model().objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    client = Client()

    answers = [client.post("/accounts/login/", {"login": EMAIL, "password": "wrong"}) for _ in range(6)]
    locked = client.post("/accounts/login/", {"login": EMAIL.upper(), "password": PASSWORD})

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 429]
    assert locked.status_code == 429
    assert "_auth_user_id" not in client.session


def test_login_with_right_password_after_five_failures_succeeds(db: None) -> None:
    user = get_user_model().objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    client = Client()

    for _ in range(5):
        client.post("/accounts/login/", {"login": EMAIL, "password": "wrong"})
    client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})

    assert client.session["_auth_user_id"] == str(user.pk)
