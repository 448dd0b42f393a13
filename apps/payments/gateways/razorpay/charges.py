"""Charges: one order for each attempt, found again by its receipt, and one recurring payment on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog

from apps.payments.enums import DeclineKind, MethodKind, PaymentStatus
from apps.payments.gateways.razorpay.answers import (
    CURRENCY,
    MINIMUM_MINOR,
    decline_kind,
    order_result,
)
from apps.payments.gateways.razorpay.connection import Connection, NoAnswer, RequestRefused
from apps.payments.gateways.terms import ChargeRequest, ChargeResult

logger = structlog.get_logger(__name__)

# Razorpay's clock and ours may differ a little when an order is looked up by its age.
CLOCK_SKEW = timedelta(minutes=10)
# Without the order's id, so that the attempt is looked for by its key and, where there is none, sent again.
UNANSWERED = ChargeResult(PaymentStatus.UNKNOWN, error_code="no_answer")


class Charges(Connection):
    """Charges. The attempt's key is the order's receipt; its gateway id is the order's, the money's the
    payment's."""

    kinds: tuple[MethodKind, ...] = (MethodKind.CARD, MethodKind.UPI)

    def takes(self, *, currency: str, kind: MethodKind) -> bool:
        return currency == CURRENCY and kind in self.kinds

    def minimum_minor(self, currency: str) -> int:
        return MINIMUM_MINOR if currency == CURRENCY else 0

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Ask for the debit; the money comes a day or more after the notice that the law demands.

        An order that exists already, with or without its payment, is gone on with.
        """
        if request.currency != CURRENCY:
            return _refused("currency_not_supported", "", "Razorpay charges saved methods in INR only.")
        order_id = ""
        try:
            order_id = self._order_id(request) or self._new_order_id(request)
            made = order_result(order_id, self._payments(order_id))
            return made or self._debit(request, order_id)
        except RequestRefused as refused:
            return _refused(refused.code, refused.reason, refused.description, order_id)
        except NoAnswer as silence:
            logger.warning("charge_unanswered", payment=request.reference, error=str(silence))
            return UNANSWERED

    def _debit(self, request: ChargeRequest, order_id: str) -> ChargeResult:
        contact = self._contact(request.customer_ref)
        try:
            self.api.payment.createRecurring(
                {
                    "email": request.email,
                    "contact": contact,
                    "amount": request.amount_minor,
                    "currency": request.currency,
                    "order_id": order_id,
                    "customer_id": request.customer_ref,
                    "token": request.method_ref,
                    "recurring": True,
                    "description": request.description,
                    "notes": _notes(request),
                }
            )
        except RequestRefused as refused:
            # A declined debit leaves a payment that says why; a request that was wrong leaves none.
            return order_result(order_id, self._payments(order_id)) or _refused(
                refused.code, refused.reason or "input_validation_failed", refused.description, order_id
            )
        return order_result(order_id, self._payments(order_id)) or UNANSWERED

    def fetch_charge(self, gateway_id: str) -> ChargeResult:
        try:
            return order_result(gateway_id, self._payments(gateway_id)) or UNANSWERED
        except (NoAnswer, RequestRefused) as error:
            logger.warning("charge_not_fetched", order=gateway_id, error=str(error))
            return UNANSWERED

    def find_charge(self, request: ChargeRequest) -> ChargeResult | None:
        try:
            order_id = self._order_id(request)
            return order_result(order_id, self._payments(order_id)) if order_id else None
        except (NoAnswer, RequestRefused) as error:
            logger.warning("charge_not_found_out", payment=request.reference, error=str(error))
            return UNANSWERED

    def cancel_charge(self, gateway_id: str) -> ChargeResult:
        """Razorpay takes no debit back that was announced: the result says what it has come to.

        A failed one is as good as withdrawn: no page ever learns of its order.
        """
        result = self.fetch_charge(gateway_id)
        if result.status != PaymentStatus.FAILED:
            return result
        return ChargeResult(PaymentStatus.CANCELED, gateway_id=gateway_id)

    def _order_id(self, request: ChargeRequest) -> str:
        """The order of an earlier call with this key. Receipts are ours alone and never used twice."""
        since = int((request.sent_at - CLOCK_SKEW).timestamp())
        found = self.api.order.all({"receipt": request.idempotency_key, "from": since, "count": 100})["items"]
        return min((str(order["id"]) for order in found), default="")

    def _new_order_id(self, request: ChargeRequest) -> str:
        order = self.api.order.create(
            {
                "amount": request.amount_minor,
                "currency": request.currency,
                "receipt": request.idempotency_key,
                "customer_id": request.customer_ref,
                "payment_capture": True,
                "notes": _notes(request),
            }
        )
        return str(order["id"])

    def _payments(self, order_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.api.order.payments(order_id)["items"]
        return items

    def _contact(self, customer_ref: str) -> str:
        """The number that the customer typed in Razorpay's window; the notice of the debit goes there."""
        return str(self.api.customer.fetch(customer_ref).get("contact") or "")


def _notes(request: ChargeRequest) -> dict[str, str]:
    return {"payment": request.reference, **request.metadata}


def _refused(code: str, reason: str, message: str, order_id: str = "") -> ChargeResult:
    kind = decline_kind(reason) if reason else DeclineKind.HARD
    return ChargeResult(
        PaymentStatus.FAILED,
        gateway_id=order_id or None,
        error_code=code,
        decline_code=reason,
        decline_kind=kind,
        message=message,
    )
