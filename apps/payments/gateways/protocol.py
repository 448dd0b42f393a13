"""What every payment gateway does, in plain data (`terms.py`); the platform knows nothing else of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from apps.payments.enums import MethodKind
from apps.payments.gateways.terms import (
    BalanceMovement,
    ChargeRequest,
    ChargeResult,
    CustomerDetails,
    DisputeState,
    GatewayMessage,
    MethodSetup,
    PayoutState,
    RefundRequest,
    RefundResult,
    SavedMethod,
    SetupRequest,
    WebhookRegistration,
)


class KeepsMethods(Protocol):
    """Keeps what customers pay with."""

    def create_customer(self, details: CustomerDetails) -> str:
        """The gateway's id of the customer; the same one however often it is asked within a day."""

    def start_setup(self, request: SetupRequest) -> MethodSetup:
        """Prepare to save a method for charges without the customer."""

    def finish_setup(self, setup_id: str) -> SavedMethod:
        """The method that was saved. Raises PaymentMethodRefused when none was."""

    def fetch_method(self, *, customer_ref: str, gateway_id: str) -> SavedMethod | None:
        """The method as it is now; None when it belongs to nobody any more."""

    def detach_method(self, *, customer_ref: str, gateway_id: str) -> None:
        """Forget a method; one that is already gone is no error."""


class Charges(Protocol):
    """Takes money."""

    def takes(self, *, currency: str, kind: MethodKind) -> bool:
        """Whether it charges methods of this kind in this currency at all."""

    def minimum_minor(self, currency: str) -> int:
        """The least that it charges, in minor units: less is carried forward to the next invoice."""

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Try to take the money. Never raises for what the network does: that is UNKNOWN."""

    def fetch_charge(self, gateway_id: str) -> ChargeResult:
        """What became of an attempt that the gateway has given an id. UNKNOWN when it does not answer."""

    def find_charge(self, request: ChargeRequest) -> ChargeResult | None:
        """What became of an attempt whose answer was lost; None when the gateway never made one."""

    def cancel_charge(self, gateway_id: str) -> ChargeResult:
        """Withdraw an attempt that waits for the customer; the result says if money came first."""


class GivesBack(Protocol):
    """Returns money."""

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back. Never raises for what the network does: that is UNKNOWN."""

    def fetch_refund(self, gateway_id: str) -> RefundResult:
        """What became of a refund that the gateway has given an id. UNKNOWN when it does not answer."""

    def find_refund(self, request: RefundRequest) -> RefundResult | None:
        """What became of a refund whose answer was lost; None when the gateway never made one."""


class FacesDisputes(Protocol):
    """Tells when a payer's bank takes money back, and takes what speaks against it."""

    def fetch_dispute(self, gateway_id: str) -> DisputeState:
        """The dispute as it is now."""

    def submit_evidence(
        self, *, gateway_id: str, evidence: Mapping[str, str], reference: str
    ) -> DisputeState:
        """Hand in what speaks for us, once: it can seldom be changed afterwards."""


class KeepsAccount(Protocol):
    """Keeps the money until it pays it out, and tells of every movement."""

    def movements(self, *, since: datetime, until: datetime) -> Iterable[BalanceMovement]:
        """Every movement of the account made in [since, until), in real time."""

    def payouts(self, *, since: datetime, until: datetime) -> Iterable[PayoutState]:
        """Every payout made in [since, until), in real time."""


class SendsMessages(Protocol):
    """Tells when something has changed."""

    def read_message(
        self, *, body: bytes, headers: Mapping[str, str], secrets: list[str], at: datetime
    ) -> GatewayMessage:
        """Check a webhook against any of the secrets; `headers` by lower-case name. Raises WebhookRefused."""

    def register_webhook(self, *, url: str, known_id: str | None) -> WebhookRegistration | None:
        """Ask for messages at `url`; None when the registration `known_id` is in place already.

        Any other registration of the same address is replaced, because its secret is not known here.
        """


class Gateway(KeepsMethods, Charges, GivesBack, FacesDisputes, KeepsAccount, SendsMessages, Protocol):
    """A provider that keeps methods and charges them, gives back, faces disputes and keeps an account.

    Every method may block on the network.

    Except where a method says otherwise it raises GatewayUnreachable when the gateway does not answer.
    """

    name: str
    kinds: tuple[MethodKind, ...]
