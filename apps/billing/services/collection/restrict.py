from __future__ import annotations

from datetime import datetime

from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.models import CustomerAccess
from apps.entitlements.services.set_access import set_access
from apps.invoices.enums import InvoiceStatus

STRICTNESS = {level: strictness for strictness, level in enumerate(AccessLevel)}
OWED = (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE)


def restrict_customer(*, case: CollectionCase, level: AccessLevel, at: datetime) -> None:
    """Shut a customer out as far as `level` because of a locked case; never less far than they are already.

    What staff have set stays where it is as strict.
    """
    if _strictness(case.restriction) < STRICTNESS[level]:
        case.restriction = level
        case.save(update_fields=["restriction"])
    current = CustomerAccess.objects.filter(customer_id=case.customer_id).first()
    if current is None or STRICTNESS[AccessLevel(current.level)] < STRICTNESS[level]:
        set_access(customer_id=case.customer_id, level=level, reason=AccessReason.PAYMENT_OVERDUE, at=at)


def relax_customer(*, customer_id: int, at: datetime) -> None:
    """Let a customer in again as far as no unpaid invoice holds them. What staff have restricted stays."""
    current = CustomerAccess.objects.filter(
        customer_id=customer_id, reason=AccessReason.PAYMENT_OVERDUE
    ).first()
    if current is None:
        return
    holding = CollectionCase.objects.filter(customer_id=customer_id, invoice__status__in=OWED).exclude(
        status=CollectionStatus.SETTLED
    )
    level = max(
        (AccessLevel(value) for value in holding.values_list("restriction", flat=True) if value),
        key=STRICTNESS.__getitem__,
        default=AccessLevel.FULL,
    )
    if STRICTNESS[level] < STRICTNESS[AccessLevel(current.level)]:
        is_free = level == AccessLevel.FULL
        reason = AccessReason.IN_GOOD_STANDING if is_free else AccessReason.PAYMENT_OVERDUE
        set_access(customer_id=customer_id, level=level, reason=reason, at=at)


def _strictness(level: str) -> int:
    return STRICTNESS[AccessLevel(level)] if level else 0
