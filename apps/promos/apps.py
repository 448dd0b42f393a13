from __future__ import annotations

from django.apps import AppConfig


class PromosConfig(AppConfig):
    name = "apps.promos"
    label = "promos"
    verbose_name = "Promotions"
    default_auto_field = "django.db.models.BigAutoField"
