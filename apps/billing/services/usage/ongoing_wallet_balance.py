from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from apps.billing.late_selectors import waiting_drafts
from apps.billing.services.run.settle_periods import metered_items
from apps.customers.models import Customer
from apps.invoices.billed_lines import billed_lines
from apps.invoices.enums import DiscountSource
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.complete_draft import complete_draft
from apps.invoices.services.draft import InvoiceTerms, draft_invoice
from apps.invoices.usage_selectors import billed_progressively, progressive_revision
from apps.plans.enums import BillingTiming
from apps.pricing.charge import Charge
from apps.rating.services.rate_early_usage import rate_usage_so_far
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import items_of, running_periods
from apps.wallets.enums import GrantKind
from apps.wallets.models import CreditGrant, Wallet
from apps.wallets.open_grants import OpenGrant


def ongoing_wallet_balance(*, customer: Customer, currency: str, at: datetime) -> int:
    """What a customer's wallets come to once drafts and the usage so far are paid from them; minor units.

    The balances of the open wallets, less the invoices that wait as drafts, less what was used of the running
    periods at `at` (UTC) and is billed at their end: the promotional credit that each takes, and what lines
    that a prepaid grant covers come to net of discounts, with tax. Each is estimated as if it were the next
    bill. Below zero where they come to more. The usage is drafted as it would be billed, and taken back:
    nothing is kept, no number is spent. Opens a transaction, or a savepoint.
    """
    wallets = list(Wallet.objects.filter(customer=customer, currency=currency, closed_at=None))
    if not wallets:
        return 0
    balance = sum(wallet.balance_minor for wallet in wallets)
    grants = _grants(wallets, at)
    drafts = waiting_drafts(customer.pk).filter(currency=currency).prefetch_related("lines")
    owed = sum(_taken_by(draft, draft.lines.all(), grants) for draft in drafts)
    return balance - owed - _used(customer, currency, grants, at)


def _grants(wallets: Sequence[Wallet], at: datetime) -> list[OpenGrant]:
    """The grants that pay, those that are used up with them: what they cover stays the same."""
    rows = CreditGrant.objects.filter(
        wallet__in=wallets, kind=GrantKind.PREPAID, voided_at=None, effective_at__lte=at
    )
    return [
        OpenGrant(
            grant_id=row.pk,
            public_id=row.public_id,
            name=row.name,
            left_minor=row.remaining_minor,
            plan_ids=frozenset(row.plan_ids),
            meter_ids=frozenset(row.meter_ids),
        )
        for row in rows
        if row.expires_at is None or row.expires_at > at
    ]


def _taken_by(draft: Invoice, lines: Iterable[InvoiceLine], grants: Sequence[OpenGrant]) -> int:
    """What a draft takes: promotional credit before tax, and what its covered lines come to with tax."""
    own = list(lines)
    gross = sum(
        line.net_minor + line.tax_minor
        for line, billed in zip(own, billed_lines(own), strict=True)
        if any(grant.covers(billed) for grant in grants)
    )
    given = draft.discounts.filter(source=DiscountSource.PROMOTIONAL_CREDIT)
    return gross + sum(discount.amount_minor for discount in given)


def _used(customer: Customer, currency: str, grants: Sequence[OpenGrant], at: datetime) -> int:
    subscriptions = Subscription.objects.filter(customer=customer, currency=currency, is_metered=True)
    used = [_used_by(subscription, at) for subscription in subscriptions.order_by("pk")]
    charges = [charge for own, _ in used for charge in own]
    if not charges:
        return 0
    terms = InvoiceTerms(currency, CollectionMethod.SEND_INVOICE, 0)
    with transaction.atomic():
        draft = draft_invoice(
            customer=customer,
            terms=terms,
            charges=charges,
            at=at,
            progressive_credit_minor=sum(before for _, before in used),
        )
        complete_draft(invoice=draft.invoice, lines=draft.lines, at=at)
        owed = _taken_by(draft.invoice, draft.lines, grants)
        transaction.set_rollback(True)
    return owed


def _used_by(subscription: Subscription, at: datetime) -> tuple[list[Charge], int]:
    """What the running periods of a subscription come to so far, and what was billed of it progressively."""
    charges: list[Charge] = []
    before = 0
    for period in running_periods(subscription.pk, at):
        metered = metered_items(items_of(period.phase), period)
        items = [item for item in metered if item.price.timing == BillingTiming.IN_ARREARS]
        keys = [item.pk for item in items]
        if not keys:
            continue
        revision = progressive_revision(item_ids=keys, period_starts_at=period.starts_at)
        before += billed_progressively(item_ids=keys, period_starts_at=period.starts_at)
        for item in items:
            item.subscription, item.phase = subscription, period.phase
            charges += rate_usage_so_far(item=item, period=period, revision=revision)
    return charges, before
