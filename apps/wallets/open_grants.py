"""What a bill may take from grants at an instant (the customer's time), in minor units of one currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from apps.subscriptions.billed_line import BilledLine
from apps.wallets.enums import GrantKind
from apps.wallets.models import CreditGrant


@dataclass(frozen=True, slots=True)
class OpenGrant:
    """A grant that can be spent now: `left_minor` of it."""

    grant_id: int
    public_id: str
    name: str
    left_minor: int
    plan_ids: frozenset[int] = frozenset()
    meter_ids: frozenset[int] = frozenset()

    def covers(self, line: BilledLine) -> bool:
        """Whether it may pay a line: one of its plans and one of its meters, where it names any."""
        of_plan = not self.plan_ids or line.plan_id in self.plan_ids
        return of_plan and (not self.meter_ids or line.meter_id in self.meter_ids)


def spendable_grants(*, customer_id: int, currency: str, kind: str, at: datetime) -> QuerySet[CreditGrant]:
    """Grants of a kind that can be spent at `at`, in burn order: priority, then expiry, then age."""
    return CreditGrant.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        wallet__customer_id=customer_id,
        wallet__currency=currency,
        kind=kind,
        remaining_minor__gt=0,
        effective_at__lte=at,
        voided_at=None,
    ).order_by("priority", F("expires_at").asc(nulls_last=True), "effective_at", "pk")


def open_promotional(*, customer_id: int, currency: str, at: datetime) -> list[OpenGrant]:
    """What may lower a bill before tax at `at`, in burn order; one query.

    Nothing is held: whoever spends it afterwards may find less. See `hold_promotional`.
    """
    return [_open(grant) for grant in _of_kind(GrantKind.PROMOTIONAL, customer_id, currency, at)]


def open_prepaid(*, customer_id: int, currency: str, at: datetime) -> list[OpenGrant]:
    """What may pay a bill after tax at `at`, in burn order; one query, nothing is held."""
    return [_open(grant) for grant in _of_kind(GrantKind.PREPAID, customer_id, currency, at)]


def _of_kind(kind: GrantKind, customer_id: int, currency: str, at: datetime) -> QuerySet[CreditGrant]:
    return spendable_grants(customer_id=customer_id, currency=currency, kind=kind, at=at)


def _open(grant: CreditGrant) -> OpenGrant:
    return OpenGrant(
        grant_id=grant.pk,
        public_id=grant.public_id,
        name=grant.name,
        left_minor=grant.remaining_minor,
        plan_ids=frozenset(grant.plan_ids),
        meter_ids=frozenset(grant.meter_ids),
    )
