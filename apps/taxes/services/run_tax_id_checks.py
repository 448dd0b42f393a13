from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.taxes.enums import OPEN, IdKind
from apps.taxes.errors import TaxIdUncheckable
from apps.taxes.id_services.registry import register_of
from apps.taxes.models import TaxIdCheck, TaxRegistration
from apps.taxes.services.ask_register import ask_register
from apps.taxes.services.open_tax_id_check import open_tax_id_check

# Each is a call to a register: a sweep stops after this many, and goes on at its next turn.
BATCH = 20


def due_checks(scope: Scope) -> QuerySet[TaxIdCheck]:
    """Questions to be put, and answers that grow old, the earliest first; none while nobody can be asked."""
    asked = [kind for kind in IdKind if (register := register_of(kind)) and register.is_configured()]
    current = TaxIdCheck.objects.filter(
        kind__in=asked,
        next_ask_at__isnull=False,
        customer__test_clock_id=scope.test_clock_id,
        customer__tax_id=F("tax_id"),
        customer__country=F("customer_country"),
    )
    return current.order_by("next_ask_at", "pk")


def unasked(scope: Scope) -> QuerySet[Customer]:
    """Customers of registered brands whose tax id nobody has looked at yet."""
    looked_at = TaxIdCheck.objects.filter(
        customer=OuterRef("pk"), tax_id=OuterRef("tax_id"), customer_country=OuterRef("country")
    )
    return Customer.objects.filter(
        ~Exists(looked_at),
        Exists(TaxRegistration.objects.filter(brand=OuterRef("brand"))),
        test_clock_id=scope.test_clock_id,
    ).exclude(tax_id="")


def run_tax_id_checks(*, scope: Scope, at: datetime) -> int:
    """Look at tax ids that are new, put the questions that are due at `at`, and renew old answers.

    Says how many rows were handled; never inside a transaction.
    """
    handled = _open_new(scope, at)
    due = list(due_checks(scope).filter(next_ask_at__lte=at)[:BATCH])
    for check in due:
        if check.status in OPEN:
            ask_register(check_id=check.pk, at=at)
        else:
            _renew(check, at)
    return handled + len(due)


def _open_new(scope: Scope, at: datetime) -> int:
    new = list(unasked(scope).order_by("pk").values_list("pk", flat=True)[:BATCH])
    for customer_id in new:
        # Its id may have been taken away since.
        with suppress(TaxIdUncheckable):
            open_tax_id_check(customer_id=customer_id, at=at)
    return len(new)


@transaction.atomic
def _renew(check: TaxIdCheck, at: datetime) -> None:
    """Ask again about an id whose answer is old; until the new answer is there, the old one holds."""
    if TaxIdCheck.objects.filter(pk=check.pk, next_ask_at__lte=at).update(next_ask_at=None):
        open_tax_id_check(customer_id=check.customer_id, at=at)
