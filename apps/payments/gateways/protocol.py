"""What every payment gateway answers, in plain data; the platform knows nothing else of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from apps.payments.enums import DeclineKind, PaymentStatus


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """Who a gateway is told about; `reference` is the customer's public id."""

    reference: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class CardSetup:
    """A card waits to be typed in, on a page that gives `client_secret` to the gateway's own script."""

    setup_id: str
    client_secret: str
    publishable_key: str


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A card that the gateway keeps for its customer `customer_ref`."""

    gateway_id: str
    customer_ref: str
    card_brand: str = ""
    last4: str = ""
    exp_month: int | None = None
    exp_year: int | None = None
    fingerprint: str = ""


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


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """What became of an attempt. UNKNOWN means that nobody can tell yet: money may have moved.

    `client_secret` is for the customer's page when the status is REQUIRES_ACTION, and is never stored.
    `is_final` on an UNKNOWN says that the gateway will repeat this very answer for the key, whatever happens.
    """

    status: PaymentStatus
    gateway_id: str | None = None
    error_code: str = ""
    decline_code: str = ""
    decline_kind: DeclineKind | None = None
    message: str = ""
    client_secret: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class GatewayMessage:
    """A message whose signature was checked."""

    event_id: str
    type: str
    livemode: bool
    object_id: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WebhookRegistration:
    """An address to which a gateway sends messages from now on; it tells the secret only once."""

    endpoint_id: str
    secret: str


class Gateway(Protocol):
    """A provider that keeps cards and charges them. Every method may block on the network.

    Except where a method says otherwise it raises GatewayUnreachable when the gateway does not answer.
    """

    name: str

    def create_customer(self, details: CustomerDetails) -> str:
        """The gateway's id of the customer; the same one however often it is asked within a day."""

    def start_card_setup(self, *, customer_ref: str, reference: str) -> CardSetup:
        """Prepare to save a card for charges without the customer."""

    def finish_card_setup(self, setup_id: str) -> SavedMethod:
        """The card that was saved. Raises PaymentMethodRefused when none was."""

    def fetch_method(self, gateway_id: str) -> SavedMethod | None:
        """The card as it is now; None when it belongs to nobody any more."""

    def detach_method(self, gateway_id: str) -> None:
        """Forget a card; one that is already gone is no error."""

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Try to take the money. Never raises for what the network does: that is UNKNOWN."""

    def fetch_charge(self, gateway_id: str) -> ChargeResult:
        """What became of an attempt that the gateway has given an id. UNKNOWN when it does not answer."""

    def find_charge(self, request: ChargeRequest) -> ChargeResult | None:
        """What became of an attempt whose answer was lost; None when the gateway never made one."""

    def cancel_charge(self, gateway_id: str) -> ChargeResult:
        """Withdraw an attempt that waits for the customer; the result says if money came first."""

    def read_message(
        self, *, body: bytes, signature: str, secrets: list[str], at: datetime
    ) -> GatewayMessage:
        """Check a webhook against any of the secrets. Raises WebhookRefused. Does not touch the network."""

    def register_webhook(self, *, url: str, known_id: str | None) -> WebhookRegistration | None:
        """Ask for messages at `url`; None when the registration `known_id` is in place already.

        Any other registration of the same address is replaced, because its secret is not known here.
        """
