from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.errors import CodeTaken
from apps.plans.models import Product
from apps.plans.models.product import STANDARD_TAX_CODE


@transaction.atomic
def create_product(
    *, code: str, name: str, at: datetime, description: str = "", tax_code: str = STANDARD_TAX_CODE
) -> Product:
    """Add a product to the catalog.

    Raises:
        CodeTaken: another product has the code (409).
    """
    product, created = Product.objects.get_or_create(
        code=code,
        defaults={"name": name, "description": description, "tax_code": tax_code, "created_at": at},
    )
    if not created:
        raise CodeTaken(f"There is a product '{code}' already.", field="code")
    record_event(name="product.created", subject=product, at=at, data={"code": code})
    return product
