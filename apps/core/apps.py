from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = "Core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported here: it reads secrets, which need the settings.
        from apps.core.deploy_checks import check_deployment

        register(check_deployment, Tags.security, deploy=True)
