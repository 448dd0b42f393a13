from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.billing.effects import Effect, effect_of
from apps.billing.errors import NotRateable
from apps.billing.services.run.bill_customer import (
    bill_due_subscriptions,
    lock_billed_customer,
)
from apps.core.errors import InvalidInput
from apps.customers.models import Customer
from apps.invoices.manual_line import ManualLine
from apps.invoices.services.draft import InvoiceTerms
from apps.invoices.services.draft_one_off import draft_one_off
from apps.invoices.services.finalize import finalize_invoice
from apps.pricing.errors import PricingError
from apps.promos.services.redeem import redeem_coupon
from apps.subscriptions.models import Subscription


def preview_manual_invoice(
    *,
    customer: Customer,
    terms: InvoiceTerms,
    lines: Sequence[ManualLine],
    codes: Sequence[str] = (),
    at: datetime,
) -> Effect:
    """The invoice that lines written by hand would be, issued at `at` (the customer's time), with all that
    comes off it and on it. It is written, issued and taken back: nothing is kept, no number is spent.

    Raises:
        ManualLineInvalid: a line that makes no sense (422).
        PromotionCodeNotFound, CouponRefused: a code does not count (404, 409).
    """
    with transaction.atomic():
        held = lock_billed_customer(customer_id=customer.pk)
        _redeem(held, codes, at)
        draft = draft_one_off(customer=held, terms=terms, lines=lines, at=at)
        invoice = finalize_invoice(invoice_id=draft.pk, at=at)
        effect = effect_of(at=at, currency=invoice.currency, invoices=[invoice], notes=[])
        transaction.set_rollback(True)
    return effect


def preview_next_invoices(
    *,
    customer: Customer,
    subscriptions: Sequence[Subscription],
    codes: Sequence[str] = (),
    at: datetime,
) -> Effect | None:
    """What subscriptions of a customer are billed next, at the earliest of their instants, with what was used
    so far; those that come due together share invoices as they will. None when nothing comes.

    Raises:
        PromotionCodeNotFound, CouponRefused: a code does not count (404, 409).
        InvalidInput: they are not of one currency (422).
        NotRateable: usage that belongs to it cannot be priced at the moment (503).
    """
    try:
        with transaction.atomic():
            effect = _rehearse(customer, subscriptions, codes, at)
            transaction.set_rollback(True)
    except PricingError as error:
        raise NotRateable(str(error)) from error
    return effect


def _rehearse(
    customer: Customer, subscriptions: Sequence[Subscription], codes: Sequence[str], at: datetime
) -> Effect | None:
    held = lock_billed_customer(customer_id=customer.pk)
    due = list(
        Subscription.objects.select_related("plan_version__plan")
        .select_for_update(of=("self",), no_key=True)
        .filter(customer=held, pk__in=[one.pk for one in subscriptions], next_bill_at__isnull=False)
        .order_by("next_bill_at", "pk")
    )
    if len({subscription.currency for subscription in due}) > 1:
        raise InvalidInput("Name subscriptions of one currency.", field="subscriptions")
    for subscription in due:
        subscription.customer = held
    _redeem(held, codes, at)
    if not due or due[0].next_bill_at is None:
        return None
    instant = max(due[0].next_bill_at, at)
    invoices = bill_due_subscriptions(customer=held, due=due, at=instant)
    return effect_of(at=instant, currency=due[0].currency, invoices=invoices, notes=[])


def _redeem(customer: Customer, codes: Sequence[str], at: datetime) -> None:
    for code in codes:
        redeem_coupon(customer=customer, code=code, at=at)
