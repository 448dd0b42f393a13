"""Keeps names and noise out of the log of changed rows: it would outlive an erasure."""

from __future__ import annotations

from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.db.models import Model
from django.db.models.signals import pre_save


def tidy_change_log() -> None:
    """django-auditlog offers no other place: it writes `str(row)`, which for a person is the name."""
    pre_save.connect(_tidy, sender=LogEntry, dispatch_uid="backoffice.change_log")


def _tidy(sender: Any, instance: LogEntry, **kwargs: Any) -> None:
    model = instance.content_type.model_class()
    if model is None or not auditlog.contains(model):
        return
    if auditlog.get_model_fields(model)["mask_fields"]:
        instance.object_repr = f"{model._meta.verbose_name} {instance.object_pk}"
    if isinstance(instance.changes, dict):
        own = _fields(model)
        instance.changes = {name: values for name, values in instance.changes.items() if name in own}


def _fields(model: type[Model]) -> set[str]:
    """The row's own columns and many-to-many fields; not the rows of others that point at it."""
    return {field.name for field in (*model._meta.fields, *model._meta.many_to_many)}
