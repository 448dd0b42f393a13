from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import IntegrityError

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.invoices.errors import AlreadyCharged
from apps.invoices.models import Invoice, InvoiceLine
from apps.plans.enums import TaxBehavior
from apps.plans.models import Price
from apps.pricing.charge import Charge
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import SubscriptionItem

CHARGE_KEY_ONCE = "invoices_line_charge_key_once"


@dataclass(frozen=True, slots=True)
class InvoiceTerms:
    """How an invoice is to be collected; with the customer and currency it is what invoices group by."""

    currency: str
    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY
    net_terms_days: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft and its lines, as they were just written or locked."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]


def draft_invoice(
    *,
    customer: Customer,
    terms: InvoiceTerms,
    charges: Sequence[Charge],
    at: datetime,
    progressive_credit_minor: int = 0,
) -> Draft:
    """Put charges of one currency on a new draft, a line each, in their order.

    Amounts are minor units of the invoice's currency. Discounts and tax are worked out when it is completed
    or finalised, so the total is the sum of the rounded lines, of which credits are negative, less
    `progressive_credit_minor` (0 or more: billed earlier within the period). What is below zero goes to the
    customer's balance when the draft is finalised. Runs in the caller's transaction, which a refusal rolls
    back.

    Raises:
        AlreadyCharged: a charge stands on another invoice that is not void (409).
    """
    subtotal = sum(charge.amount.minor for charge in charges)
    owed = subtotal - progressive_credit_minor
    invoice = Invoice.objects.create(
        brand_id=customer.brand_id,
        livemode=customer.livemode,
        customer=customer,
        currency=terms.currency,
        collection_method=terms.collection_method,
        net_terms_days=terms.net_terms_days,
        subtotal_minor=subtotal,
        progressive_credit_minor=progressive_credit_minor,
        total_minor=max(owed, 0),
        balance_credited_minor=max(-owed, 0),
        locale=customer.locale,
        time_zone=customer.time_zone,
        po_number=customer.po_number,
        created_at=at,
    )
    lines = add_lines(invoice, charges, range(1, len(charges) + 1))
    record_event(name="invoice.created", subject=invoice, at=at, data={"lines": len(charges)})
    return Draft(invoice, lines)


def add_lines(invoice: Invoice, charges: Sequence[Charge], positions: Iterable[int]) -> list[InvoiceLine]:
    """Write charges as lines of a draft at these positions, in the caller's transaction.

    Raises:
        AlreadyCharged: a charge stands on another invoice that is not void (409).
    """
    items = SubscriptionItem.objects.select_related("price__meter", "price__version__plan__product").in_bulk(
        [charge.item_id for charge in charges]
    )
    lines = [
        _line(invoice, position, charge, items[charge.item_id])
        for position, charge in zip(positions, charges, strict=True)
    ]
    try:
        return InvoiceLine.objects.bulk_create(lines)
    except IntegrityError as error:
        if _constraint(error) != CHARGE_KEY_ONCE:
            raise
        raise AlreadyCharged("A charge of this invoice was billed before.") from error


def _constraint(error: IntegrityError) -> str | None:
    """The name of the constraint that refused; the transaction is broken, so nothing more can be asked."""
    cause = error.__cause__
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None


def _line(invoice: Invoice, position: int, charge: Charge, item: SubscriptionItem) -> InvoiceLine:
    price = item.price
    return InvoiceLine(
        invoice=invoice,
        position=position,
        charge_key=charge.key,
        source=charge.source,
        kind=charge.kind,
        description=charge.description,
        quantity=charge.quantity,
        unit_name=price.meter.unit_name if price.meter else "",
        exact_amount=charge.exact,
        amount_minor=charge.amount.minor,
        period_starts_at=charge.period_start,
        period_ends_at=charge.period_end,
        subscription_id=item.subscription_id,
        item_id=charge.item_id,
        price_id=charge.price_id,
        credits_line_id=int(charge.metadata["credits_line"]) if "credits_line" in charge.metadata else None,
        tax_code=price.tax_code or price.version.plan.product.tax_code,
        tax_included=price.tax_behavior == TaxBehavior.INCLUSIVE,
        snapshot=price_snapshot(price),
        trace=charge.trace.to_json(),
    )


def price_snapshot(price: Price) -> Mapping[str, Any]:
    """What a line keeps of its price, so that it can be explained when the catalog has moved on."""
    plan = price.version.plan
    return {
        "plan": plan.code,
        "plan_name": plan.name,
        "plan_version": price.version.number,
        "price": price.code,
        "price_name": price.name,
        "model": price.model,
        "parameters": price.parameters,
        "quantity_source": price.quantity_source,
        "timing": price.timing,
        "meter": price.meter.code if price.meter else None,
    }
