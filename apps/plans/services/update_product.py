from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.models import Product
from apps.plans.row_changes import apply_changes

CHANGEABLE = frozenset({"name", "description", "tax_code"})


@transaction.atomic
def update_product(*, product_id: int, changes: Mapping[str, Any], at: datetime) -> Product:
    """Change a product's texts or tax code; what is as it was is no change, and records nothing.

    Raises:
        InvalidInput: a field that does not exist or never changes (422).
    """
    product = Product.objects.select_for_update().get(pk=product_id)
    changed = apply_changes(product, changes, CHANGEABLE)
    if changed:
        product.save(update_fields=changed)
        record_event(
            name="product.updated", subject=product, at=at, data={"code": product.code, "changed": changed}
        )
    return product
