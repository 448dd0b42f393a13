from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.invoices.billed_lines import billed_lines
from apps.invoices.enums import DiscountSource, LineKind
from apps.invoices.holdings import Holdings
from apps.invoices.models import Invoice, InvoiceDiscount, InvoiceLine
from apps.pricing.allocation import allocate
from apps.pricing.discounts import Discount, DiscountAllocation, DiscountOrder, DiscountType
from apps.pricing.line_discounts import LineDiscount, Share, discount_lines
from apps.pricing.money import Money
from apps.pricing.rounding import kept_exact
from apps.promos.open_discounts import OpenDiscount, open_discounts
from apps.subscriptions.billed_line import BilledLine
from apps.wallets.open_grants import OpenGrant
from apps.wallets.services.spend_promotional import hold_promotional


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What was taken off a draft before tax, by whom: (key of the redemption or grant, minor units)."""

    coupons: list[tuple[int, int]] = field(default_factory=list)
    grants: list[tuple[int, int]] = field(default_factory=list)


NOTHING = TakenOff()


def discount_draft(
    *,
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    holdings: Holdings,
    at: datetime,
    apart: Collection[int] = (),
) -> TakenOff:
    """Take coupons and then promotional credit off the lines of a draft, in minor units of its currency.

    Writes the discounts of the invoice and the fields of the lines, which the caller saves. Only lines above
    zero that take nothing back are discounted, net of what was billed progressively. Coupons stack in the
    brand's order, each on what is left; promotional grants come after them, in their burn order. A line below
    zero lowers what may be taken off the others, but for those whose keys are `apart`: they give back what
    they were discounted by themselves. Nothing is recorded as used: that is done when the draft is issued.
    Runs in the caller's transaction.
    """
    # A line that was discounted may be gone by now: what the invoice said before tells so.
    if invoice.discount_minor or any(line.discounts for line in lines):
        invoice.discounts.all().delete()
    for line in lines:
        line.discounts, line.discount_minor, line.exact_discount = [], 0, Decimal(0)
    if not holdings.coupons and not holdings.wallets:
        return NOTHING
    customer_id, currency = invoice.customer_id, invoice.currency
    coupons = open_discounts(customer_id=customer_id, currency=currency, at=at)
    grants = hold_promotional(customer_id=customer_id, currency=currency, at=at)
    billed = billed_lines(lines) if coupons or grants else []
    return TakenOff(
        _take_coupons(invoice, lines, billed, coupons, apart),
        _take_grants(invoice, lines, billed, grants, apart),
    )


def _take_coupons(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    billed: Sequence[BilledLine],
    coupons: Sequence[OpenDiscount],
    apart: Collection[int],
) -> list[tuple[int, int]]:
    brand = invoice.customer.brand
    left = _left(invoice, lines, apart)
    given = [(coupon, _covered(coupon, billed)) for coupon in coupons]
    given = [
        (coupon, covered)
        for coupon, covered in given
        if sum(max(left[index].minor, 0) for index in covered) >= coupon.minimum_minor
    ]
    shares = discount_lines(
        left,
        [LineDiscount(coupon.discount, covered, coupon.rank) for coupon, covered in given],
        order=DiscountOrder(brand.discount_order),
        allocation=DiscountAllocation(brand.discount_allocation),
    )
    return [
        (coupon.redemption_id, _write(invoice, lines, _Source.of(coupon), taken))
        for (coupon, _), taken in zip(given, shares, strict=True)
        if taken
    ]


def _take_grants(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    billed: Sequence[BilledLine],
    grants: Sequence[OpenGrant],
    apart: Collection[int],
) -> list[tuple[int, int]]:
    shares = discount_lines(
        _left(invoice, lines, apart),
        [
            LineDiscount(
                Discount(DiscountType.FIXED, Money(grant.left_minor, invoice.currency).major),
                _covered(grant, billed),
            )
            for grant in grants
        ],
        order=DiscountOrder.ORDER_OF_APPLICATION,
    )
    return [
        (grant.grant_id, _write(invoice, lines, _Source.of(grant), taken))
        for grant, taken in zip(grants, shares, strict=True)
        if taken
    ]


def _left(invoice: Invoice, lines: Sequence[InvoiceLine], apart: Collection[int]) -> list[Money]:
    """What may still be taken off each line; a rebate that is a line of its own has come off the others."""
    left = [
        0
        if line.credits_line_id or line.kind == LineKind.TOP_UP or line.pk in apart
        else line.amount_minor - line.progressive_minor - line.discount_minor
        for line in lines
    ]
    above = [max(minor, 0) for minor in left]
    rebates = min(sum(above) - sum(left), sum(above))
    parts = allocate(rebates, above) if rebates else [0] * len(above)
    return [Money(minor - part, invoice.currency) for minor, part in zip(above, parts, strict=True)]


def _covered(given: OpenDiscount | OpenGrant, billed: Sequence[BilledLine]) -> tuple[int, ...]:
    return tuple(index for index, line in enumerate(billed) if given.covers(line))


@dataclass(frozen=True, slots=True)
class _Source:
    """Who takes something off."""

    source: DiscountSource
    id: str
    name: str
    trace: Mapping[str, Any]

    @classmethod
    def of(cls, given: OpenDiscount | OpenGrant) -> _Source:
        if isinstance(given, OpenGrant):
            source = DiscountSource.PROMOTIONAL_CREDIT
            return cls(source, given.public_id, given.name, {"left_minor": given.left_minor})
        told = {"type": given.discount.type.value, "value": str(given.discount.value), "rank": given.rank}
        return cls(DiscountSource.COUPON, given.public_id, given.name, told)


def _write(
    invoice: Invoice, lines: Sequence[InvoiceLine], source: _Source, taken: Mapping[int, Share]
) -> int:
    """Write what was taken off down on its lines and the invoice; how much, in minor units."""
    for index, share in taken.items():
        line = lines[index]
        exact = kept_exact(share.exact)
        line.discounts.append(
            {
                "source": source.source.value,
                "id": source.id,
                "name": source.name,
                "exact": str(exact),
                "minor": share.money.minor,
            }
        )
        line.discount_minor += share.money.minor
        line.exact_discount += exact
    amount = sum(share.money.minor for share in taken.values())
    InvoiceDiscount.objects.create(
        invoice=invoice,
        position=invoice.discounts.count() + 1,
        source=source.source,
        source_id=source.id,
        name=source.name,
        amount_minor=amount,
        trace=source.trace,
    )
    return amount
