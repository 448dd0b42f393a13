"""How PayPal's words translate: statuses, issues of a refusal and dispute outcomes, each in one table.

Sources: developer.paypal.com/docs/api/orders/v2, .../payments/v2, .../customer-disputes/v1,
.../payment-tokens/v3, developer.paypal.com/api/errors/unprocessable-entity.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.payments.enums import DeclineKind, DisputeStatus, MethodKind, PaymentStatus, RefundStatus
from apps.payments.gateways.paypal.amounts import minor_of
from apps.payments.gateways.terms import ChargeResult, DisputeState, RefundResult, SavedMethod

# An order is not final before its capture: COMPLETED only says that the capture was made.
ORDER_STATUSES = {
    "CREATED": PaymentStatus.REQUIRES_ACTION,
    "SAVED": PaymentStatus.REQUIRES_ACTION,
    "APPROVED": PaymentStatus.REQUIRES_ACTION,
    "PAYER_ACTION_REQUIRED": PaymentStatus.REQUIRES_ACTION,
    "VOIDED": PaymentStatus.CANCELED,
}
CAPTURE_STATUSES = {
    "COMPLETED": PaymentStatus.SUCCEEDED,
    "PARTIALLY_REFUNDED": PaymentStatus.SUCCEEDED,
    "REFUNDED": PaymentStatus.SUCCEEDED,
    "PENDING": PaymentStatus.PROCESSING,
    "DECLINED": PaymentStatus.FAILED,
    "FAILED": PaymentStatus.FAILED,
}
REFUND_STATUSES = {
    "COMPLETED": RefundStatus.SUCCEEDED,
    "PENDING": RefundStatus.PROCESSING,
    "FAILED": RefundStatus.FAILED,
    "CANCELLED": RefundStatus.FAILED,
}
DISPUTE_STATUSES = {
    "OPEN": DisputeStatus.NEEDS_RESPONSE,
    "WAITING_FOR_SELLER_RESPONSE": DisputeStatus.NEEDS_RESPONSE,
    "WAITING_FOR_BUYER_RESPONSE": DisputeStatus.UNDER_REVIEW,
    "UNDER_REVIEW": DisputeStatus.UNDER_REVIEW,
}
LOST_OUTCOMES = {"RESOLVED_BUYER_FAVOUR", "ACCEPTED"}

AUTHENTICATION_ISSUES = {
    "PAYER_ACTION_REQUIRED",
    "ORDER_NOT_APPROVED",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
}
# The account or the token will not pay however often it is asked; any other refusal may pass later.
HARD_ISSUES = {
    "AGREEMENT_ALREADY_CANCELLED",
    "BILLING_AGREEMENT_NOT_FOUND",
    "CARD_CLOSED",
    "CARD_EXPIRED",
    "COMPLIANCE_VIOLATION",
    "CURRENCY_NOT_SUPPORTED",
    "CURRENCY_NOT_SUPPORTED_FOR_RECEIVER",
    "DECIMAL_PRECISION",
    "INVALID_ACCOUNT_STATUS",
    "INVALID_CURRENCY_CODE",
    "INVALID_RESOURCE_ID",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
    "PAYER_ACCOUNT_RESTRICTED",
    "PAYER_CANNOT_PAY",
    "PAYER_COUNTRY_NOT_SUPPORTED",
    "PERMISSION_DENIED",
    "RESOURCE_NOT_FOUND",
    "TOKEN_ID_NOT_FOUND",
    "TOKEN_NOT_FOUND",
    "TRANSACTION_BLOCKED_BY_PAYEE",
    "VAULT_ID_NOT_FOUND",
}
# The invoice id was used by a capture before: the money may be in, so this is no failure.
ALREADY_CAPTURED = {"DUPLICATE_INVOICE_ID", "ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_COMPLETED"}
# Written over our id in an order that was given up: nobody may capture it after that.
WITHDRAWN = "withdrawn:"


def decline_kind(issue: str) -> DeclineKind:
    """Whether trying again makes sense; an issue that nobody knows may pass later."""
    if issue in AUTHENTICATION_ISSUES:
        return DeclineKind.AUTHENTICATION
    return DeclineKind.HARD if issue in HARD_ISSUES else DeclineKind.SOFT


def declined(issue: str, message: str, *, gateway_id: str | None = None, code: str = "") -> ChargeResult:
    return ChargeResult(
        PaymentStatus.FAILED,
        gateway_id=gateway_id,
        error_code=issue.lower(),
        decline_code=code,
        decline_kind=decline_kind(issue),
        message=message or "PayPal declined the payment.",
    )


def unit_of(order: dict[str, Any]) -> dict[str, Any]:
    """An order of ours has one purchase unit."""
    units: list[dict[str, Any]] = order.get("purchase_units") or [{}]
    return units[0]


def is_withdrawn(order: dict[str, Any]) -> bool:
    return str(unit_of(order).get("custom_id") or "").startswith(WITHDRAWN)


def charge_result(order: dict[str, Any]) -> ChargeResult:
    """What an order says of an attempt; a status that nobody knows is UNKNOWN."""
    order_id = order.get("id")
    captures = (unit_of(order).get("payments") or {}).get("captures") or []
    if not captures:
        if is_withdrawn(order):
            return ChargeResult(PaymentStatus.CANCELED, gateway_id=order_id)
        status = ORDER_STATUSES.get(order.get("status", ""), PaymentStatus.UNKNOWN)
        asks = status == PaymentStatus.REQUIRES_ACTION
        return ChargeResult(status, gateway_id=order_id, redirect_url=approval_link(order) if asks else "")
    capture = captures[-1]
    status = CAPTURE_STATUSES.get(capture.get("status", ""), PaymentStatus.UNKNOWN)
    if status == PaymentStatus.FAILED:
        code = (capture.get("processor_response") or {}).get("response_code") or ""
        reason = (capture.get("status_details") or {}).get("reason") or "INSTRUMENT_DECLINED"
        return declined(reason, "", gateway_id=order_id, code=code)
    return ChargeResult(status, gateway_id=order_id, capture_id=capture.get("id", ""))


def approval_link(answer: dict[str, Any]) -> str:
    """Where the buyer approves an order or a token."""
    links = {link["rel"]: str(link["href"]) for link in answer.get("links") or []}
    return links.get("payer-action") or links.get("approve") or ""


def refund_result(refund: dict[str, Any]) -> RefundResult:
    status = REFUND_STATUSES.get(refund.get("status", ""), RefundStatus.UNKNOWN)
    reason = str((refund.get("status_details") or {}).get("reason") or "")
    failed = status == RefundStatus.FAILED
    return RefundResult(
        status,
        gateway_id=refund.get("id"),
        error_code=(reason or refund["status"]).lower() if failed else "",
        message="PayPal could not give the money back." if failed else "",
    )


def saved_method(token: dict[str, Any]) -> SavedMethod:
    """What may be shown of a payment token: a masked address, since an account has no number."""
    account = (token.get("payment_source") or {}).get("paypal") or {}
    return SavedMethod(
        gateway_id=token["id"],
        customer_ref=str((token.get("customer") or {}).get("merchant_customer_id") or ""),
        kind=MethodKind.PAYPAL,
        label=masked_address(str(account.get("email_address") or "")),
        fingerprint=str(account.get("payer_id") or account.get("account_id") or "")[:64],
    )


def masked_address(email: str) -> str:
    """`a•••@example.com`: enough for its owner, and nothing to write to."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}" if at else ""


def dispute_state(dispute: dict[str, Any]) -> DisputeState:
    money = dispute["dispute_amount"]
    due = dispute.get("seller_response_due_date")
    return DisputeState(
        gateway_id=dispute["dispute_id"],
        charge_refs=tuple(
            str(transaction["seller_transaction_id"])
            for transaction in dispute.get("disputed_transactions") or []
            if transaction.get("seller_transaction_id")
        ),
        amount_minor=minor_of(money),
        currency=money["currency_code"],
        status=dispute_status(dispute),
        reason=str(dispute.get("reason") or "").lower(),
        evidence_due_at=datetime.fromisoformat(due) if due else None,
    )


def dispute_status(dispute: dict[str, Any]) -> DisputeStatus:
    """In the stage INQUIRY buyer and seller talk, and PayPal has decided nothing yet."""
    inquiry = dispute.get("dispute_life_cycle_stage") == "INQUIRY"
    if dispute["status"] == "RESOLVED":
        outcome = str((dispute.get("dispute_outcome") or {}).get("outcome_code") or "")
        if outcome in LOST_OUTCOMES:
            return DisputeStatus.LOST
        return DisputeStatus.CLOSED if inquiry else DisputeStatus.WON
    if inquiry:
        return DisputeStatus.WARNING
    return DISPUTE_STATUSES.get(dispute["status"], DisputeStatus.UNDER_REVIEW)
