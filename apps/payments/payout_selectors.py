"""Reads about what gateways paid out, and of what that consists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from apps.payments.enums import MovementKind
from apps.payments.errors import PayoutNotFound
from apps.payments.models import GatewayMovement, GatewayPayout

OWN_KINDS = (MovementKind.PAYOUT, MovementKind.PAYOUT_FAILURE)


@dataclass(frozen=True, slots=True)
class Books:
    """One set of books: a brand in a mode."""

    brand_id: int
    livemode: bool


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """What movements of one kind brought to a payout, in minor units; out is negative."""

    kind: MovementKind
    count: int
    gross_minor: int
    fee_minor: int

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.fee_minor


@dataclass(frozen=True, slots=True)
class PayoutExplained:
    """A payout line by line: `unexplained_minor` is what its parts leave of its amount."""

    payout: GatewayPayout
    rows: tuple[PayoutRow, ...]
    parts: tuple[GatewayMovement, ...]
    unmatched: int
    unexplained_minor: int


def payouts_with_parts() -> QuerySet[GatewayPayout]:
    return GatewayPayout.objects.order_by("-created_at", "-id")


def get_payout(reference: str) -> GatewayPayout:
    """The payout with this public id.

    Raises:
        PayoutNotFound: none (404).
    """
    found = GatewayPayout.objects.filter(public_id=reference).first()
    if found is None:
        raise PayoutNotFound(f"There is no payout '{reference}'.", field="payout")
    return found


def parts_of_payout(payout: GatewayPayout) -> QuerySet[GatewayMovement]:
    """What a payout paid out, oldest first; not the payout itself."""
    rows = GatewayMovement.objects.filter(gateway=payout.gateway, payout_ref=payout.gateway_id)
    return rows.exclude(kind__in=OWN_KINDS, source_ref=payout.gateway_id).order_by("created_at", "pk")


def explain_payout(payout: GatewayPayout) -> PayoutExplained:
    """Of what a payout consists, by kind and line by line, to the minor unit."""
    parts = parts_of_payout(payout)
    by_kind = (
        parts.order_by("kind")
        .values("kind")
        .annotate(count=Count("pk"), gross=Sum("gross_minor"), fee=Sum("fee_minor"))
    )
    rows = tuple(PayoutRow(MovementKind(r["kind"]), r["count"], r["gross"], r["fee"]) for r in by_kind)
    unmatched = parts.aggregate(n=Count("pk", filter=Q(matched_at=None)))["n"]
    return PayoutExplained(payout, rows, tuple(parts), unmatched, payout.amount_minor - _net(rows))


def _net(rows: Iterable[PayoutRow]) -> int:
    return sum(row.net_minor for row in rows)
