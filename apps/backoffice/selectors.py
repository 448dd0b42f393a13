"""Reads across apps for staff pages; each function takes the brand and the mode, and makes few queries."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, F, Func, Q, QuerySet, Sum

from apps.billing.enums import CollectionStatus
from apps.billing.models import BillingRun, CollectionCase, ParkedCustomer
from apps.billing.selectors import waiting_for_tax
from apps.customers.models import Customer, TestClock
from apps.customers.selectors import customers_of
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.selectors import DUE_MINOR
from apps.notifications.selectors import failed_mails
from apps.payments.enums import PaymentStatus
from apps.payments.models import GatewayEvent, Payment, ReceivedPaymentPart
from apps.payments.selectors import payments_with_parts
from apps.plans.models import Plan
from apps.promos.models import Coupon
from apps.subscriptions.models import Subscription
from apps.wallets.grant_selectors import wallets_of
from apps.wallets.models import Wallet

FOUND_PER_KIND = 10
# Of `wallets_listed`: below an alert threshold, and not closed.
IS_LOW = Q(closed_at=None, balance_minor__lt=F("alert_minor"))


@dataclass(frozen=True, slots=True)
class Needs:
    """How many things wait for a person, by kind."""

    parked: int
    exhausted: int
    overdue: int
    unknown_payments: int
    failed_mails: int
    given_up_events: int
    waiting_taxes: int
    capped_coupons: int
    low_wallets: int

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Found:
    """What a search over everything found, at most ten of a kind."""

    customers: list[Customer]
    subscriptions: list[Subscription]
    invoices: list[Invoice]
    payments: list[Payment]

    @property
    def total(self) -> int:
        return len(self.customers) + len(self.subscriptions) + len(self.invoices) + len(self.payments)


def currencies_in_use(*, brand_id: int, livemode: bool) -> list[str]:
    """Currencies of the brand's customers, the most used first."""
    rows = (
        Customer.objects.filter(brand_id=brand_id, livemode=livemode)
        .values("currency")
        .annotate(customers=Count("pk"))
        .order_by("-customers", "currency")
    )
    return [row["currency"] for row in rows]


def plan_choices() -> list[tuple[str, str]]:
    """Every plan by code, for the filter of a list."""
    return list(Plan.objects.order_by("position", "id").values_list("code", "name"))


def subscriptions_listed(*, brand_id: int, livemode: bool) -> QuerySet[Subscription]:
    own = Subscription.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("customer", "plan_version__plan")


def invoices_listed(*, brand_id: int, livemode: bool) -> QuerySet[Invoice]:
    own = Invoice.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("customer__test_clock")


def credit_notes_listed(*, brand_id: int, livemode: bool) -> QuerySet[CreditNote]:
    own = CreditNote.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("customer__test_clock", "invoice")


def received_parts_of(invoice_id: int) -> QuerySet[ReceivedPaymentPart]:
    """What staff have written down as received for an invoice, the newest first."""
    parts = ReceivedPaymentPart.objects.filter(invoice_id=invoice_id).select_related("payment")
    return parts.order_by("-payment__received_at", "-pk")


def payments_listed(*, brand_id: int, livemode: bool) -> QuerySet[Payment]:
    return payments_with_parts().filter(brand_id=brand_id, livemode=livemode)


def parked_listed(*, brand_id: int, livemode: bool) -> QuerySet[ParkedCustomer]:
    own = ParkedCustomer.objects.filter(customer__brand_id=brand_id, customer__livemode=livemode)
    return own.select_related("customer__test_clock")


def runs_listed(*, brand_id: int, livemode: bool) -> QuerySet[BillingRun]:
    """Runs of real time, which serve every brand, and those of this brand's test clocks."""
    clocks = TestClock.objects.filter(brand_id=brand_id, livemode=livemode).values("pk")
    return BillingRun.objects.filter(Q(test_clock_id=None) | Q(test_clock_id__in=clocks))


def clocks_listed(*, brand_id: int, livemode: bool) -> QuerySet[TestClock]:
    return TestClock.objects.filter(brand_id=brand_id, livemode=livemode)


def clock_sizes(clock_ids: list[int]) -> dict[int, int]:
    """How many customers live by each clock."""
    rows = Customer.objects.filter(test_clock_id__in=clock_ids).values("test_clock_id")
    return {row["test_clock_id"]: row["number"] for row in rows.annotate(number=Count("pk"))}


def gateway_events_listed(*, livemode: bool) -> QuerySet[GatewayEvent]:
    """Messages of the gateway in one mode; an account of a gateway serves every brand."""
    return GatewayEvent.objects.filter(livemode=livemode).defer("payload")


def wallets_listed(*, brand_id: int, livemode: bool) -> QuerySet[Wallet]:
    """The wallets, each with the highest of its `alert_minor`; `IS_LOW` tells those that are below it."""
    highest = Func(
        F("alert_thresholds"),
        template="(SELECT max(threshold) FROM unnest(%(expressions)s) AS threshold)",
        output_field=BigIntegerField(),
    )
    return wallets_of(brand_id=brand_id, livemode=livemode).annotate(alert_minor=highest)


def at_cap(at: datetime) -> Q:
    """Coupons that would be redeemed still, if their cap were higher. `at` is real time."""
    is_open = Q(archived_at=None) & (Q(ends_at=None) | Q(ends_at__gt=at))
    return is_open & Q(max_redemptions__isnull=False, redeemed_count__gte=F("max_redemptions"))


def cases_of(customer_id: int) -> dict[int, CollectionCase]:
    """Where the collecting of each of a customer's invoices stands, by invoice."""
    return {case.invoice_id: case for case in CollectionCase.objects.filter(customer_id=customer_id)}


def needs_a_person(*, brand_id: int, livemode: bool, at: datetime) -> Needs:
    """What waits for staff now. `at` is real time; customers on a clock are judged by theirs."""
    own = Invoice.objects.filter(brand_id=brand_id, livemode=livemode, status=InvoiceStatus.OPEN)
    late = Q(customer__test_clock=None, due_at__lt=at) | Q(due_at__lt=F("customer__test_clock__now_at"))
    payments = Payment.objects.filter(brand_id=brand_id, livemode=livemode)
    given_up = GatewayEvent.objects.filter(livemode=livemode, processed_at=None, next_try_at=None)
    return Needs(
        parked=parked_listed(brand_id=brand_id, livemode=livemode).filter(released_at=None).count(),
        exhausted=exhausted_cases(brand_id=brand_id, livemode=livemode).count(),
        overdue=own.filter(late).count(),
        unknown_payments=payments.filter(status=PaymentStatus.UNKNOWN).count(),
        failed_mails=failed_mails(brand_id=brand_id, livemode=livemode).count(),
        given_up_events=given_up.count(),
        waiting_taxes=waiting_for_tax().filter(brand_id=brand_id, livemode=livemode).count(),
        capped_coupons=Coupon.objects.filter(at_cap(at), brand_id=brand_id, livemode=livemode).count(),
        low_wallets=wallets_listed(brand_id=brand_id, livemode=livemode).filter(IS_LOW).count(),
    )


def exhausted_cases(*, brand_id: int, livemode: bool) -> QuerySet[CollectionCase]:
    """Invoices whose every retry failed."""
    own = CollectionCase.objects.filter(invoice__brand_id=brand_id, invoice__livemode=livemode)
    return own.filter(status=CollectionStatus.EXHAUSTED).select_related("invoice", "customer")


def open_totals(*, brand_id: int, livemode: bool, at: datetime) -> dict[str, tuple[int, int, int]]:
    """Open invoices by currency: (due in minor units, of that overdue, number of open invoices)."""
    late = Q(customer__test_clock=None, due_at__lt=at) | Q(due_at__lt=F("customer__test_clock__now_at"))
    rows = (
        Invoice.objects.filter(brand_id=brand_id, livemode=livemode, status=InvoiceStatus.OPEN)
        .values("currency")
        .annotate(due=Sum(DUE_MINOR), overdue=Sum(DUE_MINOR, filter=late), number=Count("pk"))
        .order_by("currency")
    )
    return {row["currency"]: (row["due"], row["overdue"] or 0, row["number"]) for row in rows}


def search_everything(*, brand_id: int, livemode: bool, words: str) -> Found:
    """Customers by name, e-mail or id, invoices by number, and every root row by its whole id."""
    own: dict[str, Any] = {"brand_id": brand_id, "livemode": livemode}
    by_id = Q(public_id=words)
    named = Q(name__icontains=words) | Q(email__icontains=words) | Q(external_id=words)
    customers = customers_of(**own).filter(named | by_id).order_by("name", "pk")
    subscriptions = subscriptions_listed(**own).filter(by_id | Q(external_id=words))
    invoices = invoices_listed(**own).filter(by_id | Q(number__istartswith=words))
    payments = payments_listed(**own).filter(by_id | Q(gateway_id=words))
    return Found(
        customers=list(customers[:FOUND_PER_KIND]),
        subscriptions=list(subscriptions.order_by("-id")[:FOUND_PER_KIND]),
        invoices=list(invoices.order_by("-created_at", "-id")[:FOUND_PER_KIND]),
        payments=list(payments.order_by("-created_at", "-id")[:FOUND_PER_KIND]),
    )
