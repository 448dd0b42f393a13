"""Customers and their tokens: a card or a UPI mandate that was agreed in Razorpay's own window."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from django.conf import settings

from apps.payments.enums import MethodKind
from apps.payments.errors import GatewayUnreachable, PaymentMethodRefused
from apps.payments.gateways.razorpay.answers import CURRENCY, MINIMUM_MINOR, saved_method
from apps.payments.gateways.razorpay.connection import Connection, NoAnswer, RequestRefused, reachable
from apps.payments.gateways.terms import CustomerDetails, MethodSetup, SavedMethod, SetupRequest

logger = structlog.get_logger(__name__)

# What a mandate allows in one debit, in paise: the most that needs no question at each debit.
MANDATE_LIMITS = {MethodKind.CARD: 15_000_00, MethodKind.UPI: 15_000_00}
METHOD_NAMES = {MethodKind.CARD: "card", MethodKind.UPI: "upi"}
TOKEN_USABLE = ("confirmed", "activated")
TAKEN = ("authorized", "captured", "refunded")
SETUP_PURPOSE = "method_setup"


class Methods(Connection):
    """KeepsMethods. A setup is an order of one rupee; a message may also name it `customer/token`."""

    def create_customer(self, details: CustomerDetails) -> str:
        """Razorpay knows one customer for each address: another of ours with the same one has it tagged."""
        with reachable():
            known = self._customer(details, details.email)
            if known["notes"].get("customer") == details.reference:
                return str(known["id"])
            name, _, host = details.email.rpartition("@")
            return str(self._customer(details, f"{name}+{details.reference}@{host}")["id"])

    def _customer(self, details: CustomerDetails, email: str) -> dict[str, Any]:
        answer = self.api.customer.create(
            {
                "name": details.name[:50],
                "email": email,
                "fail_existing": "0",
                "notes": {"customer": details.reference},
            }
        )
        return {**answer, "notes": answer.get("notes") or {}}

    def start_setup(self, request: SetupRequest) -> MethodSetup:
        limit = MANDATE_LIMITS[request.kind]
        with reachable():
            order = self.api.order.create(
                {
                    "amount": MINIMUM_MINOR,
                    "currency": CURRENCY,
                    "method": METHOD_NAMES[request.kind],
                    "customer_id": request.customer_ref,
                    "payment_capture": True,
                    "receipt": f"setup-{secrets.token_hex(12)}",
                    "token": {"max_amount": limit, "frequency": "as_presented"},
                    "notes": {"customer": request.reference, "purpose": SETUP_PURPOSE},
                }
            )
        return MethodSetup(
            order["id"],
            checkout={
                "key": settings.RAZORPAY_KEY_ID,
                "order_id": order["id"],
                "customer_id": request.customer_ref,
                "recurring": "1",
                "amount": MINIMUM_MINOR,
                "currency": CURRENCY,
                "prefill": {"email": request.email, "method": METHOD_NAMES[request.kind]},
            },
        )

    def finish_setup(self, setup_id: str) -> SavedMethod:
        customer_ref, _, token_id = setup_id.partition("/")
        if token_id:
            return self._usable(customer_ref, token_id)
        with reachable():
            try:
                payments = self.api.order.payments(setup_id)["items"]
            except RequestRefused as unknown:
                raise PaymentMethodRefused("The gateway knows no such setup of a method.") from unknown
        taken = next((p for p in payments if p["status"] in TAKEN and p.get("token_id")), None)
        if taken is None:
            failed = [p["error_description"] for p in payments if p["status"] == "failed"]
            raise PaymentMethodRefused(next(iter(failed), None) or "The method was not saved.")
        self._give_rupee_back(taken)
        return self._usable(taken["customer_id"], taken["token_id"])

    def _usable(self, customer_ref: str, token_id: str) -> SavedMethod:
        token = self._token(customer_ref, token_id)
        if token is None:
            raise PaymentMethodRefused("The gateway knows no such method.")
        status = (token.get("recurring_details") or {}).get("status")
        if status not in TOKEN_USABLE:
            raise PaymentMethodRefused("Your bank has not confirmed the mandate yet.")
        return saved_method(token, customer_ref)

    def fetch_method(self, *, customer_ref: str, gateway_id: str) -> SavedMethod | None:
        token = self._token(customer_ref, gateway_id)
        return saved_method(token, customer_ref) if token else None

    def detach_method(self, *, customer_ref: str, gateway_id: str) -> None:
        with reachable():
            try:
                self.api.token.delete(customer_ref, gateway_id)
            except RequestRefused:
                logger.info("payment_method_already_detached", payment_method=gateway_id)

    def _token(self, customer_ref: str, token_id: str) -> dict[str, Any] | None:
        with reachable():
            try:
                token: dict[str, Any] = self.api.token.fetch(customer_ref, token_id)
            except RequestRefused:
                return None
        return token

    def _give_rupee_back(self, payment: dict[str, Any]) -> None:
        """Return what the agreement cost. Under its key once; a failure is no reason to refuse the method."""
        if payment["status"] != "captured" or int(payment.get("amount_refunded") or 0):
            return
        try:
            self.api.payment.refund(
                payment["id"],
                {"amount": payment["amount"], "notes": {"purpose": SETUP_PURPOSE}},
                headers={"X-Refund-Idempotency": f"setup-{payment['id']}"},
            )
        except (NoAnswer, RequestRefused, GatewayUnreachable) as error:
            logger.warning("setup_payment_not_returned", payment=payment["id"], error=str(error))
