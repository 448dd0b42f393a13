"""Tell of messages that wait what they are about, as their reader now does when they come."""

from __future__ import annotations

from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SUBJECTS = (
    ("charge.dispute.", "dispute"),
    ("charge.refund.", "refund"),
    ("refund.", "refund"),
    ("charge.", "payment"),
    ("payment_intent.", "payment"),
    ("payment_method.", "method"),
    ("setup_intent.", "setup"),
)


def tell(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for event in apps.get_model("payments", "GatewayEvent").objects.filter(processed_at=None):
        about = event.payload.get("data", {}).get("object", {})
        event.subject = next((name for start, name in _SUBJECTS if event.type.startswith(start)), "other")
        event.reference = str((about.get("metadata") or {}).get("payment") or "")[:64]
        ids = (about.get("id"), about.get("payment_intent"), about.get("charge"))
        event.gateway_ids = [value for value in ids if isinstance(value, str) and value]
        event.customer_ref = about["customer"] if isinstance(about.get("customer"), str) else ""
        event.save(update_fields=["subject", "reference", "gateway_ids", "customer_ref"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0004_gateways_refunds_disputes")]
    operations: ClassVar = [migrations.RunPython(tell, migrations.RunPython.noop)]
