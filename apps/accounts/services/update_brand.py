from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event

CHANGEABLE = frozenset(
    {
        "name",
        "legal_name",
        "address_lines",
        "country",
        "tax_id",
        "support_email",
        "website",
        "logo_png",
        "accent_color",
        "default_currency",
        "default_locale",
        "default_time_zone",
        "net_terms_days",
        "invoice_prefix",
        "invoice_terms",
        "bank_name",
        "bank_iban",
        "bank_bic",
        "tax_engine",
        "tax_rounding",
        "discount_order",
        "discount_allocation",
        "zero_invoice_policy",
        "balance_use",
        "one_trial_per_customer",
        "invoice_grace_hours",
        "amending_sources",
        "refund_approval_minor",
        "terms_url",
    }
)


@transaction.atomic
def update_brand(*, brand_id: int, changes: Mapping[str, Any], at: datetime) -> Brand:
    """Change what a brand is called and how its pages and coming invoices look; issued invoices stay.

    The event names the changed fields. `at` is real time. Values are validated by the caller's form.
    """
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise ValueError(f"not changeable: {', '.join(sorted(unknown))}")
    brand = Brand.objects.select_for_update().get(pk=brand_id)
    changed = sorted(name for name, value in changes.items() if _value(brand, name) != value)
    if not changed:
        return brand
    for name in changed:
        setattr(brand, name, changes[name])
    brand.save(update_fields=changed)
    record_event(name="brand.updated", subject=brand, at=at, livemode=None, data={"changed": changed})
    return brand


def _value(brand: Brand, name: str) -> Any:
    value = getattr(brand, name)
    return bytes(value) if name == "logo_png" and value is not None else value
