from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations
from django.db.models import F
from django.utils import timezone

from apps.core.public_ids import new_public_id

STANDARD_RETRY_DAYS = (3, 5, 7)


def write_policies(apps: Any, schema_editor: Any) -> None:
    """What brands have had so far, as their default: retries on their days, access read-only at the end."""
    policies = apps.get_model("billing", "DunningPolicy")
    steps = apps.get_model("billing", "DunningStep")
    for brand in apps.get_model("accounts", "Brand").objects.order_by("pk"):
        policy = policies.objects.create(
            public_id=new_public_id("dun"),
            brand=brand,
            name="Standard",
            is_default=True,
            created_at=timezone.now(),
        )
        days = sorted(set(brand.dunning_retry_days)) or STANDARD_RETRY_DAYS
        steps.objects.bulk_create(
            [steps(policy=policy, day=day, action="retry") for day in days]
            + [steps(policy=policy, day=days[-1], action="restrict")]
        )
        cases = apps.get_model("billing", "CollectionCase").objects.filter(
            invoice__brand=brand, first_failed_at__isnull=False
        )
        cases.update(policy=policy)
        cases.filter(status="exhausted", invoice__status="open").update(restriction="read_only")
        cases.filter(status="waiting").update(next_step_at=F("next_attempt_at"))


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0007_bank_account"),
        ("billing", "0004_dunning_timelines"),
    ]

    operations: ClassVar = [migrations.RunPython(write_policies, migrations.RunPython.noop)]
