"""Charges by orders that are captured at once; one order an attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog

from apps.payments.enums import DeclineKind, MethodKind, PaymentStatus
from apps.payments.gateways.paypal.account import CHARGE_CODES, CLOCK_SKEW, transactions
from apps.payments.gateways.paypal.amounts import CURRENCIES, paypal_value, smallest_minor
from apps.payments.gateways.paypal.answers import (
    ALREADY_CAPTURED,
    WITHDRAWN,
    charge_result,
    declined,
    is_withdrawn,
    unit_of,
)
from apps.payments.gateways.paypal.connection import Connection, NoAnswer, Refused
from apps.payments.gateways.paypal.methods import USAGE_PATTERN
from apps.payments.gateways.terms import ChargeRequest, ChargeResult

logger = structlog.get_logger(__name__)

UNANSWERED = ChargeResult(PaymentStatus.UNKNOWN, error_code="no_answer")
# An attempt may be sent again for a day after its first time: so long its capture is looked for.
SENT_WITHIN = timedelta(days=2)
CUSTOM_ID = "/purchase_units/@reference_id=='default'/custom_id"
LONGEST_DESCRIPTION = 127


class PayPalCharges:
    _api: Connection

    def takes(self, *, currency: str, kind: MethodKind) -> bool:
        return kind == MethodKind.PAYPAL and currency in CURRENCIES

    def minimum_minor(self, currency: str) -> int:
        return smallest_minor(currency)

    def charge(self, request: ChargeRequest) -> ChargeResult:
        value = paypal_value(request.amount_minor, request.currency)
        if value is None:
            return ChargeResult(
                PaymentStatus.FAILED,
                error_code="amount_not_expressible",
                decline_kind=DeclineKind.HARD,
                message="The gateway cannot charge this amount in this currency.",
            )
        wanted = {
            "paypal_request_id": request.idempotency_key,
            "prefer": "return=representation",
            "body": _order(request, value),
        }
        try:
            order = self._api.call(self._api.sdk.orders.create_order, wanted)
        except Refused as refused:
            return self._refused(request, refused)
        except NoAnswer:
            return UNANSWERED
        return _without_customer(request, charge_result(order))

    def fetch_charge(self, gateway_id: str) -> ChargeResult:
        """The order as it is now. One that the buyer has approved in the meantime is captured here."""
        try:
            order = self._order(gateway_id)
            if order.get("status") == "APPROVED" and not is_withdrawn(order):
                order = self._capture(gateway_id)
        except Refused as refused:
            if refused.status == 404:
                # PayPal drops an order that nobody approved after some hours.
                return ChargeResult(PaymentStatus.CANCELED, gateway_id=gateway_id)
            if refused.issue in ALREADY_CAPTURED:
                return ChargeResult(PaymentStatus.UNKNOWN, gateway_id=gateway_id, error_code="in_progress")
            return declined(refused.issue, refused.message, gateway_id=gateway_id)
        except NoAnswer:
            return ChargeResult(PaymentStatus.UNKNOWN, gateway_id=gateway_id, error_code="no_answer")
        return charge_result(order)

    def find_charge(self, request: ChargeRequest) -> ChargeResult | None:
        """Looked for among the account's transactions, which PayPal lists within three hours.

        Until then None may be too early, which does no harm: the attempt is sent again under its own key,
        and PayPal keeps keys of orders for six hours.
        """
        since = request.sent_at - CLOCK_SKEW
        try:
            for row in transactions(self._api, since=since, until=request.sent_at + SENT_WITHIN):
                is_charge = row["transaction_event_code"][:3] in CHARGE_CODES
                if is_charge and row.get("custom_field") == request.reference:
                    return self._charge_of_capture(row["transaction_id"])
        except (NoAnswer, Refused) as error:
            logger.warning("charge_not_found_out", payment=request.reference, error=str(error))
            return UNANSWERED
        return None

    def cancel_charge(self, gateway_id: str) -> ChargeResult:
        """PayPal cannot cancel an order: it is marked instead, and a marked one is never captured."""
        try:
            order = self._order(gateway_id)
            if charge_result(order).status == PaymentStatus.REQUIRES_ACTION:
                marked = WITHDRAWN + str(unit_of(order).get("custom_id") or "")
                patch = [{"op": "replace", "path": CUSTOM_ID, "value": marked}]
                self._api.call(self._api.sdk.orders.patch_order, {"id": gateway_id, "body": patch})
                order = self._order(gateway_id)
        except Refused as refused:
            if refused.status == 404:
                return ChargeResult(PaymentStatus.CANCELED, gateway_id=gateway_id)
            logger.warning("charge_not_canceled", order=gateway_id, issue=refused.issue)
            return self.fetch_charge(gateway_id)
        except NoAnswer:
            return ChargeResult(PaymentStatus.UNKNOWN, gateway_id=gateway_id, error_code="no_answer")
        return charge_result(order)

    def _order(self, gateway_id: str) -> dict[str, Any]:
        return self._api.call(self._api.sdk.orders.get_order, {"id": gateway_id})

    def _capture(self, gateway_id: str) -> dict[str, Any]:
        wanted = {
            "id": gateway_id,
            "paypal_request_id": f"capture-{gateway_id}",
            "prefer": "return=representation",
        }
        return self._api.call(self._api.sdk.orders.capture_order, wanted)

    def _charge_of_capture(self, capture_id: str) -> ChargeResult:
        wanted = {"capture_id": capture_id}
        capture = self._api.call(self._api.sdk.payments.get_captured_payment, wanted)
        related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
        if related.get("order_id"):
            return self.fetch_charge(str(related["order_id"]))
        return charge_result({"purchase_units": [{"payments": {"captures": [capture]}}]})

    def _refused(self, request: ChargeRequest, refused: Refused) -> ChargeResult:
        """A decline; or an attempt whose money is in already, which the search for it finds."""
        if refused.issue in ALREADY_CAPTURED:
            return self.find_charge(request) or UNANSWERED
        return declined(refused.issue, refused.message)


def _order(request: ChargeRequest, value: str) -> dict[str, Any]:
    """`invoice_id` makes PayPal refuse a second capture of one attempt, where the account asks for that."""
    unit: dict[str, Any] = {
        "amount": {"currency_code": request.currency, "value": value},
        "custom_id": request.reference,
        "invoice_id": request.reference,
    }
    if request.description:
        unit["description"] = request.description[:LONGEST_DESCRIPTION]
    return {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {
            "paypal": {
                "vault_id": request.method_ref,
                "stored_credential": {
                    "payment_initiator": "MERCHANT" if request.off_session else "CUSTOMER",
                    "usage": "SUBSEQUENT",
                    "usage_pattern": USAGE_PATTERN,
                },
            }
        },
    }


def _without_customer(request: ChargeRequest, result: ChargeResult) -> ChargeResult:
    """An off-session charge that asks for the customer has failed: nobody is there to answer.

    Nobody has the order's link either, so it cannot pay beside the next attempt.
    """
    if not request.off_session or result.status != PaymentStatus.REQUIRES_ACTION:
        return result
    return declined(
        "PAYER_ACTION_REQUIRED",
        "PayPal asks the customer to confirm this payment.",
        gateway_id=result.gateway_id,
    )
