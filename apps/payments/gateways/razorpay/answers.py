"""How Razorpay's words translate: statuses, error reasons and amounts, each in one table.

Sources: razorpay.com/docs/api/payments, /docs/payments/payments/payment-methods, /docs/errors,
/docs/payments/recurring-payments/cards/error-codes, /docs/api/disputes, /docs/api/refunds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from apps.payments.enums import (
    DeclineKind,
    DisputeStatus,
    MethodKind,
    PaymentStatus,
    RefundStatus,
)
from apps.payments.gateways.terms import ChargeResult, DisputeState, RefundResult, SavedMethod

# Recurring charges are taken in rupees only, one rupee at least; amounts are paise, as in ISO 4217.
CURRENCY = "INR"
MINIMUM_MINOR = 100

PAYMENT_STATUSES = {
    "created": PaymentStatus.PROCESSING,
    "authorized": PaymentStatus.PROCESSING,
    "captured": PaymentStatus.SUCCEEDED,
    # The money came; that it went back is the refund's story.
    "refunded": PaymentStatus.SUCCEEDED,
    "failed": PaymentStatus.FAILED,
}

AUTHENTICATION_REASONS = {
    "authentication_failed",
    "customer_action_required",
    "incorrect_otp",
    "incorrect_pin",
    "invalid_otp",
    "payment_authentication_required",
    "payment_pending_approval",
}

# Another try with the same card or mandate is pointless; any other failure may pass later.
HARD_REASONS = {
    "amount_less_than_minimum_amount",
    "bank_account_invalid",
    "card_declined_by_issuer_permanently",
    "card_expired",
    "card_number_invalid",
    "card_not_supported",
    "card_type_invalid",
    "debit_instrument_blocked",
    "debit_instrument_inactive",
    "input_validation_failed",
    "international_transaction_not_allowed",
    "invalid_vpa",
    "mandate_cancelled",
    "mandate_expired",
    "mandate_not_active",
    "mandate_paused",
    "payment_risk_check_failed",
    "recurring_payment_not_enabled",
    "token_deleted",
    "token_expired",
    "token_not_found",
    "transaction_not_permitted",
    "user_not_registered_for_netbanking",
}

REFUND_STATUSES = {
    "pending": RefundStatus.PROCESSING,
    "processed": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
}

INQUIRY_PHASES = {"fraud", "retrieval"}


def decline_kind(reason: str) -> DeclineKind:
    """Whether trying again makes sense."""
    if reason in AUTHENTICATION_REASONS:
        return DeclineKind.AUTHENTICATION
    return DeclineKind.HARD if reason in HARD_REASONS else DeclineKind.SOFT


def order_result(order_id: str, payments: Sequence[dict[str, Any]]) -> ChargeResult | None:
    """What the payments of an order say of the attempt it stands for; None when there are none.

    Money wins over everything, and what is under way wins over what has failed.
    """
    ranks = (PaymentStatus.SUCCEEDED, PaymentStatus.PROCESSING, PaymentStatus.UNKNOWN, PaymentStatus.FAILED)
    stated = [(PAYMENT_STATUSES.get(p["status"], PaymentStatus.UNKNOWN), p) for p in payments]
    if not stated:
        return None
    status, payment = min(stated, key=lambda pair: (ranks.index(pair[0]), -int(pair[1]["created_at"])))
    if status != PaymentStatus.FAILED:
        return ChargeResult(status, gateway_id=order_id, capture_id=payment["id"])
    reason = str(payment.get("error_reason") or "")
    return ChargeResult(
        status,
        gateway_id=order_id,
        error_code=str(payment.get("error_code") or "BAD_REQUEST_ERROR"),
        decline_code=reason,
        decline_kind=decline_kind(reason),
        message=str(payment.get("error_description") or "The payment was declined."),
    )


def saved_method(token: dict[str, Any], customer_ref: str) -> SavedMethod:
    """What may be shown of a token: a card, or a UPI mandate with the masked address."""
    if token["method"] == "upi":
        address = token.get("vpa") or {}
        return SavedMethod(
            gateway_id=token["id"],
            customer_ref=customer_ref,
            kind=MethodKind.UPI,
            label=masked_address(str(address.get("username") or ""), str(address.get("handle") or "")),
        )
    card = token.get("card") or {}
    return SavedMethod(
        gateway_id=token["id"],
        customer_ref=customer_ref,
        card_brand=str(card.get("network") or "").lower().replace(" ", ""),
        last4=str(card.get("last4") or ""),
        exp_month=int(card["expiry_month"]) if card.get("expiry_month") else None,
        exp_year=int(card["expiry_year"]) if card.get("expiry_year") else None,
    )


def masked_address(username: str, handle: str) -> str:
    """`ada.lovelace@okbank` as `ad…@okbank`: enough to recognise it, not enough to use it."""
    if not username or not handle:
        return ""
    return f"{username[:2]}…@{handle}"[:100]


def refund_result(refund: dict[str, Any]) -> RefundResult:
    status = REFUND_STATUSES.get(str(refund.get("status")), RefundStatus.UNKNOWN)
    if status != RefundStatus.FAILED:
        return RefundResult(status, gateway_id=refund["id"])
    return RefundResult(
        status,
        gateway_id=refund["id"],
        error_code="refund_failed",
        message="Razorpay could not give the money back.",
    )


def dispute_state(dispute: dict[str, Any]) -> DisputeState:
    due = dispute.get("respond_by")
    return DisputeState(
        gateway_id=dispute["id"],
        charge_refs=(dispute["payment_id"],),
        amount_minor=int(dispute["amount"]),
        currency=dispute["currency"],
        status=_dispute_status(dispute),
        reason=str(dispute.get("reason_code") or ""),
        evidence_due_at=datetime.fromtimestamp(due, UTC) if due else None,
    )


def _dispute_status(dispute: dict[str, Any]) -> DisputeStatus:
    is_inquiry = dispute.get("phase") in INQUIRY_PHASES
    status = dispute["status"]
    if status == "closed":
        # Closed without a verdict: what was taken of the money says how it ended.
        if is_inquiry:
            return DisputeStatus.CLOSED
        return DisputeStatus.LOST if int(dispute.get("amount_deducted") or 0) else DisputeStatus.WON
    if status == "open" and is_inquiry:
        return DisputeStatus.WARNING
    return {
        "open": DisputeStatus.NEEDS_RESPONSE,
        "under_review": DisputeStatus.UNDER_REVIEW,
        "won": DisputeStatus.WON,
        "lost": DisputeStatus.LOST,
    }[status]
