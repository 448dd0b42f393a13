from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.customers import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("is_staff", "landing"), [(True, "backoffice:home"), (False, "portal:home")])
def test_login_leads_staff_to_their_pages_and_others_to_the_portal(is_staff: bool, landing: str) -> None:
    user = make_user(is_staff=is_staff)
    user.set_password("a-long-enough-secret")
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)

    answer = Client().post(
        reverse("account_login"), {"login": user.email, "password": "a-long-enough-secret"}
    )

    assert (answer.status_code, answer["Location"]) == (302, reverse(landing))
