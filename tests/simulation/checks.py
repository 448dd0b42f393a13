"""What must be true after every step, read from the database."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise, zip_longest

from django.db.models import Sum

from apps.audit.models import Event as AuditEvent
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice, InvoiceLine, NumberSeries
from apps.ledger.models import Entry
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.wallets.models import BalanceMovement
from apps.wallets.selectors import balance_of
from tests.simulation.account import Bill, Told
from tests.simulation.oracle import Contract
from tests.simulation.world import World

Issued = tuple[datetime, list[Told]]


def check_world(world: World) -> None:
    check_bills(world)
    check_keys(world)
    for subscription in Subscription.objects.filter(customer=world.customer):
        check_subscription(subscription, world.contracts[subscription.pk])
        check_fees(world.contracts[subscription.pk])
    check_balance(world)
    check_books(world)
    check_events(world)


def check_bills(world: World) -> None:
    """Each invoice has the model's lines to the cent, and the model's sums."""
    invoices = list(Invoice.objects.filter(customer=world.customer).order_by("id"))
    lines = defaultdict(list)
    for line in InvoiceLine.objects.filter(invoice__customer=world.customer):
        lines[line.invoice_id].append(_told(line))
    found = [(invoice.created_at, sorted(lines[invoice.pk])) for invoice in invoices]
    told = [(bill.at, sorted(line.told for line in bill.lines)) for bill in world.account.bills]
    assert found == told, _difference(found, told)
    for invoice, bill in zip(invoices, world.account.bills, strict=True):
        _check_sums(invoice, bill, closes_zero=world.closes_zero)
    numbers = [int(invoice.number.rsplit("-", 1)[1]) for invoice in invoices if invoice.number]
    assert numbers == list(range(1, len(numbers) + 1))
    series = NumberSeries.objects.filter(brand=world.customer.brand, kind="invoice")
    assert [row.next_value for row in series] == ([len(numbers) + 1] if numbers else [])


def _difference(found: list[Issued], told: list[Issued]) -> str:
    """The first invoice that differs, line by line, for whoever reads of a failure."""
    for place, (is_so, should_be) in enumerate(zip_longest(found, told), start=1):
        if is_so != should_be:
            return "\n".join([f"invoice {place} is", *_written(is_so), "and should be", *_written(should_be)])
    return ""


def _written(issued: Issued | None) -> list[str]:
    if issued is None:
        return ["  missing"]
    lines = (
        f"  {one.kind} {one.code} of {one.contract}: {one.starts_at:%Y-%m-%d %H:%M} to "
        f"{one.ends_at:%Y-%m-%d %H:%M}, {one.quantity} for {one.amount}"
        for one in issued[1]
    )
    return [f"  {issued[0]:%Y-%m-%d %H:%M}", *lines]


def _check_sums(invoice: Invoice, bill: Bill, *, closes_zero: bool) -> None:
    assert (invoice.subtotal_minor, invoice.total_minor) == (bill.subtotal, bill.total)
    assert invoice.balance_credited_minor == bill.total - bill.subtotal
    assert (invoice.balance_applied_minor, invoice.credited_minor) == (bill.applied, bill.noted)
    assert invoice.due_minor == bill.due
    assert min(invoice.total_minor, invoice.due_minor) >= 0
    assert invoice.status == _status_of(bill, closes_zero=closes_zero)


def _status_of(bill: Bill, *, closes_zero: bool) -> InvoiceStatus:
    if bill.is_void:
        return InvoiceStatus.VOID
    if bill.is_open:
        return InvoiceStatus.OPEN
    bills_nothing = not any(line.amount for line in bill.lines)
    return InvoiceStatus.CLOSED if closes_zero and bills_nothing else InvoiceStatus.PAID


def check_keys(world: World) -> None:
    lines = InvoiceLine.objects.filter(invoice__customer=world.customer, voided_at=None)
    keys = list(lines.values_list("charge_key", flat=True))
    assert len(keys) == len(set(keys))


def check_subscription(subscription: Subscription, contract: Contract) -> None:
    """Periods lie where the model says: one after the other, none twice, and the next bill at their end."""
    running = [(cadence, span.starts_at, span.ends_at) for cadence, span in contract.running.items()]
    rows = SubscriptionPeriod.objects.filter(subscription=subscription).order_by("cadence", "starts_at")
    found = [((row.interval, row.interval_count), row.starts_at, row.ends_at) for row in rows]
    assert sorted(found) == sorted([*contract.over, *running])
    assert [row.closed_at is None for row in rows].count(True) == len(running)
    for before, after in pairwise(found):
        assert before[0] != after[0] or before[2] <= after[1]
    assert subscription.status == contract.status
    assert subscription.next_bill_at == contract.next_at
    assert subscription.ended_at == contract.ended_at
    assert subscription.plan_version.plan.code.endswith(contract.plan.code)
    assert subscription.quantity == contract.quantity
    current = (subscription.current_period_starts_at, subscription.current_period_ends_at)
    assert current == contract.current


def check_fees(contract: Contract) -> None:
    """Over a whole life what was billed is the price of what was covered, but for half a cent a line."""
    balance = contract.balance_of_fees()
    if balance is not None:
        exact, billed, lines = balance
        assert abs(exact - billed) * 2 <= lines


def check_balance(world: World) -> None:
    moves = BalanceMovement.objects.filter(balance__customer=world.customer)
    assert balance_of(world.customer.pk, world.currency) == world.account.balance
    assert (moves.aggregate(sum=Sum("amount_minor"))["sum"] or 0) == world.account.balance


def check_books(world: World) -> None:
    entries = Entry.objects.filter(account__brand_id=world.customer.brand_id)
    assert (entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0) == 0
    owed = entries.filter(account__code="receivable").aggregate(sum=Sum("amount_minor"))["sum"] or 0
    assert owed == sum(bill.due for bill in world.account.bills if not bill.is_void)
    kept = entries.filter(account__code="customer_credit").aggregate(sum=Sum("amount_minor"))["sum"] or 0
    assert -kept == world.account.balance


def check_events(world: World) -> None:
    told = defaultdict(set)
    events = AuditEvent.objects.filter(customer_id=world.customer.pk)
    for subject, name in events.values_list("subject_id", "name"):
        told[subject].add(name)
    for subscription in Subscription.objects.filter(customer=world.customer):
        assert "subscription.created" in told[subscription.public_id]
        ended = subscription.ended_at is not None
        assert ("subscription.canceled" in told[subscription.public_id]) == ended
    for invoice in Invoice.objects.filter(customer=world.customer):
        last = "invoice.finalized" if invoice.number else "invoice.closed"
        assert {"invoice.created", last} <= told[invoice.public_id]


def _told(line: InvoiceLine) -> Told:
    assert line.subscription_id is not None
    assert line.period_starts_at is not None
    assert line.period_ends_at is not None
    return Told(
        line.subscription_id,
        line.kind,
        line.snapshot["price"],
        line.period_starts_at,
        line.period_ends_at,
        int(line.quantity),
        line.amount_minor,
    )
