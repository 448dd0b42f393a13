from __future__ import annotations

from django.apps import AppConfig


class TaxesConfig(AppConfig):
    name = "apps.taxes"
    label = "taxes"
    verbose_name = "Taxes"
    default_auto_field = "django.db.models.BigAutoField"
