from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from apps.accounts.enums import StaffRole
from apps.backoffice.services.sync_staff_roles import sync_staff_roles


def held_by(role: StaffRole) -> set[str]:
    rows = Permission.objects.filter(group__name=role.value).select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


@pytest.mark.django_db
def test_roles_are_made_once_and_with_exactly_their_permissions() -> None:
    sync_staff_roles()
    before = {role: held_by(role) for role in StaffRole}
    Group.objects.get(name="support").permissions.add(Permission.objects.get(codename="change_brand"))
    Group.objects.get(name="finance").permissions.clear()

    call_command("sync_staff_roles", verbosity=0)

    assert {role: held_by(role) for role in StaffRole} == before
    assert Group.objects.count() == 3


@pytest.mark.django_db
def test_no_role_may_delete_or_hold_the_keys() -> None:
    sync_staff_roles()

    for role in StaffRole:
        held = held_by(role)
        assert not {name for name in held if ".delete_" in name}
        assert not held & {"accounts.add_apikey", "accounts.change_user", "auth.change_group"}
        assert "payments.view_webhooksecret" not in held


@pytest.mark.django_db
def test_read_only_only_looks() -> None:
    sync_staff_roles()

    assert {name.split(".")[1].split("_")[0] for name in held_by(StaffRole.READ_ONLY)} == {"view"}
