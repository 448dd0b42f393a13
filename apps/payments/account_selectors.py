"""A gateway's account beside our books: what differs, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, Sum

from apps.ledger.models import Entry
from apps.payments.enums import PaymentStatus, RefundStatus
from apps.payments.errors import MovementNotFound
from apps.payments.models import (
    Dispute,
    GatewayMovement,
    GatewayPayout,
    Payment,
    ReconciliationRun,
    Refund,
)

# How long a gateway may take to show in its account what it has told already.
GRACE = timedelta(days=1)
# Between two comparisons that nobody asked for.
PAUSE = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class AccountTotals:
    """A gateway's account in one currency, in minor units.

    `gateway_minor` is the sum of its movements, `books_minor` our clearing account's part of this gateway.
    `awaited_minor` is what we booked within `GRACE` and the gateway does not show yet.
    """

    currency: str
    gateway_minor: int
    books_minor: int
    awaited_minor: int

    @property
    def unexplained_minor(self) -> int:
        return self.gateway_minor - self.books_minor + self.awaited_minor


def unmatched_movements(gateway: str) -> QuerySet[GatewayMovement]:
    """What the gateway shows and we do not know, the oldest first."""
    rows = GatewayMovement.objects.filter(matched_at=None, gateway=gateway)
    return rows.order_by("created_at", "pk")


def get_movement(reference: str) -> GatewayMovement:
    """The movement with this public id.

    Raises:
        MovementNotFound: none (404).
    """
    found = GatewayMovement.objects.filter(public_id=reference).first()
    if found is None:
        raise MovementNotFound(f"There is no movement '{reference}'.", field="movement")
    return found


def missing_payments(gateway: str) -> QuerySet[Payment]:
    """Payments that succeeded and that the gateway's account does not show, the oldest first."""
    shown = GatewayMovement.objects.filter(gateway=gateway, matched_type="payment").values("matched_id")
    rows = Payment.objects.filter(gateway=gateway, status=PaymentStatus.SUCCEEDED)
    return rows.exclude(public_id__in=shown).select_related("customer", "invoice").order_by("sent_at", "pk")


def missing_refunds(gateway: str) -> QuerySet[Refund]:
    """Refunds that are booked and that the gateway's account does not show, the oldest first."""
    shown = GatewayMovement.objects.filter(gateway=gateway, matched_type="refund").values("matched_id")
    taken = (RefundStatus.PROCESSING, RefundStatus.SUCCEEDED)
    rows = Refund.objects.filter(gateway=gateway, status__in=taken).exclude(public_id__in=shown)
    return rows.select_related("customer").order_by("sent_at", "pk")


def account_totals(gateway: str, *, at: datetime) -> list[AccountTotals]:
    """What the gateway's account and our books say of each other, by currency. `at` is real time."""
    shown, booked = _shown(gateway), _booked(gateway)
    awaited: Counter[str] = Counter()
    for payment in missing_payments(gateway).filter(sent_at__gt=at - GRACE):
        awaited[payment.currency] += payment.amount_minor
    for refund in missing_refunds(gateway).filter(sent_at__gt=at - GRACE):
        awaited[refund.currency] -= refund.amount_minor
    return [
        AccountTotals(currency, shown[currency], booked[currency], awaited[currency])
        for currency in sorted({*shown, *booked, *awaited})
    ]


def last_run(gateway: str) -> ReconciliationRun | None:
    return ReconciliationRun.objects.filter(gateway=gateway).order_by("-until", "-pk").first()


def _shown(gateway: str) -> Counter[str]:
    rows = (
        GatewayMovement.objects.filter(gateway=gateway)
        .order_by("currency")
        .values("currency")
        .annotate(net=Sum(F("gross_minor") - F("fee_minor")))
    )
    return Counter({row["currency"]: row["net"] for row in rows})


def _booked(gateway: str) -> Counter[str]:
    """The part of the clearing accounts, of all brands and modes, that this gateway's documents caused."""
    causes = Q(pk__in=[])
    for name, model in (
        ("payment", Payment),
        ("refund", Refund),
        ("dispute", Dispute),
        ("gateway_movement", GatewayMovement),
        ("gateway_payout", GatewayPayout),
    ):
        own = model._default_manager.filter(gateway=gateway).values("public_id")
        causes |= Q(transaction__reference_type=name, transaction__reference_id__in=own)
    rows = (
        Entry.objects.filter(causes, account__code="gateway_clearing")
        .order_by("currency")
        .values("currency")
        .annotate(total=Sum("amount_minor"))
    )
    return Counter({row["currency"]: row["total"] for row in rows})


def gateways_in_use() -> list[str]:
    """The gateways that anything was ever charged through."""
    return list(Payment.objects.order_by("gateway").values_list("gateway", flat=True).distinct())


def reconciliations_due(at: datetime) -> list[str]:
    """The gateways in use that were not compared for most of a day. `at` is real time."""
    recent = ReconciliationRun.objects.filter(until__gt=at - PAUSE).values_list("gateway", flat=True)
    return sorted(set(gateways_in_use()) - set(recent))
