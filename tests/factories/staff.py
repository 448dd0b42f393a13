"""Members of staff with a second factor and a role, logged in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.test import Client

from apps.accounts.enums import StaffRole
from apps.accounts.models import User
from apps.backoffice.roles import group_name
from apps.backoffice.services.sync_staff_roles import sync_staff_roles
from tests.factories.customers import make_user


def make_staff(role: StaffRole | None = None, *, mfa: bool = True, **overrides: Any) -> User:
    """A member of staff in one role; without a role a superuser."""
    user = make_user(**{"is_staff": True, "is_superuser": role is None} | overrides)
    if role is not None:
        sync_staff_roles()
        user.groups.add(Group.objects.get(name=group_name(role)))
    if mfa:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


def staff_client(role: StaffRole | None = None, **overrides: Any) -> Client:
    """A browser of such a person, logged in."""
    client = Client()
    client.force_login(make_staff(role, **overrides), backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_staff_client(*, is_superuser: bool = True, **overrides: Any) -> Client:
    """A browser of a member of staff without a role: what they may do is given by the caller."""
    client = Client()
    user = make_staff(is_superuser=is_superuser, **overrides)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
