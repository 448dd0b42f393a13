from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from apps.accounts.enums import StaffRole
from apps.backoffice.roles import ACTS, ALSO_SEEN, SEEN_BY_ALL, SEEN_BY_NONE, group_name
from apps.core.errors import DomainError


@transaction.atomic
def sync_staff_roles() -> list[Group]:
    """Make the group of each staff role, with exactly its permissions; running it again changes nothing.

    Raises:
        DomainError: a permission that a role names does not exist.
    """
    seen = set(_views_of(SEEN_BY_ALL)) - SEEN_BY_NONE
    groups = []
    for role in StaffRole:
        wanted = seen | ALSO_SEEN[role] | ACTS[role]
        found = _permissions(wanted)
        missing = wanted - found.keys()
        if missing:
            raise DomainError(f"No such permission: {', '.join(sorted(missing))}.")
        group, _ = Group.objects.get_or_create(name=group_name(role))
        group.permissions.set(found.values())
        groups.append(group)
    return groups


def _views_of(labels: Iterable[str]) -> list[str]:
    rows = Permission.objects.filter(content_type__app_label__in=labels, codename__startswith="view_")
    return [f"{label}.{name}" for label, name in rows.values_list("content_type__app_label", "codename")]


def _permissions(names: set[str]) -> dict[str, Permission]:
    condition = Q()
    for name in names:
        label, _, codename = name.partition(".")
        condition |= Q(content_type__app_label=label, codename=codename)
    rows = Permission.objects.filter(condition).select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
