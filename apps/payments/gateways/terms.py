"""What is said between the platform and a gateway: plain data, the same for every provider.

Amounts are minor units of ISO 4217, whatever a provider counts in: each gateway module translates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from apps.payments.enums import (
    DeclineKind,
    DisputeStatus,
    MessageSubject,
    MethodKind,
    MovementKind,
    PaymentStatus,
    PayoutStatus,
    RefundStatus,
)


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """Who a gateway is told about; `reference` is the customer's public id."""

    reference: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """Somebody wants a payment method kept for charges without them.

    `return_url` is where a customer comes back to who was sent to the provider's own page.
    """

    customer_ref: str
    reference: str
    kind: MethodKind = MethodKind.CARD
    return_url: str = ""
    currency: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class MethodSetup:
    """How a page lets the customer give a method to the gateway; one of three ways.

    `client_secret` with the provider's script (Stripe), `redirect_url` (PayPal), or `checkout`, the options
    of the provider's own window (Razorpay).
    """

    setup_id: str
    client_secret: str = ""
    publishable_key: str = ""
    redirect_url: str = ""
    checkout: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """What the gateway keeps for its customer `customer_ref`; `label` is masked where there is no number.

    `country` (ISO 3166, alpha 2) is that of the card's issuer or of the bank; empty where it is not told.
    """

    gateway_id: str
    customer_ref: str
    kind: MethodKind = MethodKind.CARD
    label: str = ""
    card_brand: str = ""
    last4: str = ""
    exp_month: int | None = None
    exp_year: int | None = None
    fingerprint: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """One attempt, wholly described by stored rows: sending it again sends the very same bytes.

    `amount_minor` is in ISO 4217 minor units of `currency`; `reference` is the payment's public id.
    """

    reference: str
    idempotency_key: str
    amount_minor: int
    currency: str
    customer_ref: str
    method_ref: str
    off_session: bool
    description: str
    sent_at: datetime
    metadata: dict[str, str] = field(default_factory=dict)
    kind: MethodKind = MethodKind.CARD
    email: str = ""


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """What became of an attempt. UNKNOWN means that nobody can tell yet: money may have moved.

    `client_secret` (or `redirect_url`) is for the customer's page when the status is REQUIRES_ACTION, and is
    never stored. `capture_id` is the money's own id. `is_final` on an UNKNOWN says that the gateway will
    repeat this very answer for the key, whatever happens.
    """

    status: PaymentStatus
    gateway_id: str | None = None
    error_code: str = ""
    decline_code: str = ""
    decline_kind: DeclineKind | None = None
    message: str = ""
    client_secret: str = ""
    redirect_url: str = ""
    capture_id: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to give back, wholly described by stored rows; `reference` is the refund's public id.

    `gateway_id` is the attempt's, `capture_id` the money's where it has one of its own.
    """

    reference: str
    idempotency_key: str
    gateway_id: str
    capture_id: str
    amount_minor: int
    currency: str
    reason: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What became of a refund; UNKNOWN and `is_final` as for an attempt."""

    status: RefundStatus
    gateway_id: str | None = None
    error_code: str = ""
    message: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class DisputeState:
    """A dispute as the gateway tells it now."""

    gateway_id: str
    charge_refs: tuple[str, ...]
    amount_minor: int
    currency: str
    status: DisputeStatus
    reason: str = ""
    fee_minor: int = 0
    evidence_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BalanceMovement:
    """One line of a gateway's account with us: `net_minor` = `gross_minor` − `fee_minor`; money out is
    negative.

    `source_ref` is what it is about (a charge, capture, refund, dispute or payout), `related_refs` its other
    names.
    """

    gateway_id: str
    kind: MovementKind
    gross_minor: int
    fee_minor: int
    currency: str
    created_at: datetime
    source_ref: str = ""
    related_refs: tuple[str, ...] = ()
    payout_ref: str = ""
    description: str = ""
    available_at: datetime | None = None

    @property
    def net_minor(self) -> int:
        """What it changed the balance by, in minor units."""
        return self.gross_minor - self.fee_minor


@dataclass(frozen=True, slots=True)
class PayoutState:
    """Money that a gateway has sent to the bank, or is about to."""

    gateway_id: str
    amount_minor: int
    currency: str
    status: PayoutStatus
    created_at: datetime
    arrives_on: date | None = None


@dataclass(frozen=True, slots=True)
class GatewayMessage:
    """A message whose signature was checked, and what it is about.

    `reference` is our public id where the gateway carries it; `gateway_ids` are the gateway's ids of the
    subject.
    """

    event_id: str
    type: str
    livemode: bool
    object_id: str
    payload: dict[str, Any]
    subject: MessageSubject = MessageSubject.OTHER
    reference: str = ""
    gateway_ids: tuple[str, ...] = ()
    customer_ref: str = ""


@dataclass(frozen=True, slots=True)
class WebhookRegistration:
    """An address to which a gateway sends messages from now on; it tells the secret only once."""

    endpoint_id: str
    secret: str
