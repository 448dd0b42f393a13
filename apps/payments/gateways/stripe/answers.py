"""How Stripe's words translate: statuses, decline codes and currencies, each in one table.

Sources: docs.stripe.com/declines/codes, docs.stripe.com/currencies,
docs.stripe.com/payments/paymentintents/lifecycle.
"""

from __future__ import annotations

from typing import Any

from apps.payments.enums import DeclineKind, PaymentStatus
from apps.payments.gateways.terms import ChargeResult, SavedMethod
from apps.pricing.currencies import exponent

STATUSES = {
    "succeeded": PaymentStatus.SUCCEEDED,
    "processing": PaymentStatus.PROCESSING,
    "requires_action": PaymentStatus.REQUIRES_ACTION,
    "requires_confirmation": PaymentStatus.REQUIRES_ACTION,
    # After a decline the intent waits for another card; for an attempt that is the end.
    "requires_payment_method": PaymentStatus.FAILED,
    "canceled": PaymentStatus.CANCELED,
}

AUTHENTICATION_CODES = {
    "authentication_required",
    "payment_intent_authentication_failure",
    "authentication_not_handled",
}

# The card networks forbid or make pointless another try with the same card; any other decline may pass later.
HARD_CODES = {
    "card_not_supported",
    "currency_not_supported",
    "expired_card",
    "fraudulent",
    "incorrect_number",
    "invalid_account",
    "invalid_amount",
    "invalid_expiry_month",
    "invalid_expiry_year",
    "invalid_number",
    "lost_card",
    "merchant_blacklist",
    "new_account_information_available",
    "no_action_taken",
    "not_permitted",
    "pickup_card",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "security_violation",
    "service_not_allowed",
    "stolen_card",
    "stop_payment_order",
    "testmode_decline",
    "transaction_not_allowed",
    "amount_too_large",
    "amount_too_small",
    "parameter_invalid_integer",
    "payment_method_unactivated",
    "payment_method_unexpected_state",
    "resource_missing",
}

# The least that Stripe charges, in ISO 4217 minor units (docs.stripe.com/currencies, minimum charge amounts).
MINIMUMS = {
    **dict.fromkeys(("AUD", "BRL", "CAD", "CHF", "EUR", "INR", "NZD", "SGD", "USD"), 50),
    **{"AED": 200, "BGN": 100, "CZK": 1500, "DKK": 250, "GBP": 30, "HKD": 400, "HUF": 17500, "JPY": 50},
    **{"MXN": 1000, "MYR": 200, "NOK": 300, "PLN": 200, "RON": 200, "SEK": 300, "THB": 1000},
}

# Where Stripe counts otherwise than ISO 4217: the number of decimals of its amounts.
STRIPE_EXPONENTS = {"ISK": 2, "UGX": 2, "MGA": 0}


def decline_kind(code: str, decline_code: str) -> DeclineKind:
    """Whether trying again makes sense; the decline code says more than the code where both exist."""
    codes = {code, decline_code}
    if codes & AUTHENTICATION_CODES:
        return DeclineKind.AUTHENTICATION
    return DeclineKind.HARD if codes & HARD_CODES else DeclineKind.SOFT


def charge_result(intent: Any) -> ChargeResult:
    """What a payment intent says of an attempt; a status that nobody knows is UNKNOWN."""
    status = STATUSES.get(intent["status"], PaymentStatus.UNKNOWN)
    if status != PaymentStatus.FAILED:
        asks = status == PaymentStatus.REQUIRES_ACTION
        secret = (intent.get("client_secret") or "") if asks else ""
        return ChargeResult(
            status, gateway_id=intent["id"], client_secret=secret, capture_id=_charge_of(intent)
        )
    error = intent.get("last_payment_error") or {}
    code = error.get("code") or ""
    declined = error.get("decline_code") or ""
    return ChargeResult(
        status,
        gateway_id=intent["id"],
        error_code=code,
        decline_code=declined,
        decline_kind=decline_kind(code, declined),
        message=error.get("message") or "The payment was declined.",
    )


def _charge_of(intent: Any) -> str:
    """The charge that took the money, by which refunds, disputes and the balance name it."""
    charge = intent.get("latest_charge") or ""
    return charge if isinstance(charge, str) else str(charge["id"])


def saved_method(method: Any) -> SavedMethod:
    """What may be shown of a payment method; `customer` is an id or an expanded object."""
    card = method.get("card") or {}
    held = method.get(method.get("type") or "card") or {}
    customer = method.get("customer") or ""
    return SavedMethod(
        gateway_id=method["id"],
        customer_ref=customer if isinstance(customer, str) else customer["id"],
        card_brand=card.get("brand") or method.get("type") or "",
        last4=card.get("last4") or "",
        exp_month=card.get("exp_month"),
        exp_year=card.get("exp_year"),
        fingerprint=card.get("fingerprint") or "",
        country=held.get("country") or "",
    )


def stripe_amount(amount_minor: int, currency: str) -> int | None:
    """An ISO amount in Stripe's smallest unit; None when Stripe cannot express it.

    Stripe takes three-decimal currencies only in steps of ten.
    """
    iso = exponent(currency)
    shift = STRIPE_EXPONENTS.get(currency, iso) - iso
    if shift >= 0:
        amount = amount_minor * 10**shift
    elif amount_minor % 10**-shift:
        return None
    else:
        amount = amount_minor // 10**-shift
    return None if iso == 3 and amount % 10 else amount


def iso_amount(amount: int, currency: str) -> int:
    """An amount of Stripe in minor units of ISO 4217: the way back of `stripe_amount`, for any sign.

    Stripe's two decimals of a currency without any are always zero.
    """
    iso = exponent(currency)
    shift = STRIPE_EXPONENTS.get(currency, iso) - iso
    return amount * 10**-shift if shift < 0 else amount // 10**shift
