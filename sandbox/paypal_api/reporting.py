"""The account's transactions, as PayPal's transaction search lists them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sandbox.call import Call
from sandbox.messages import Json
from sandbox.paypal_api.errors import PayPalError
from sandbox.paypal_api.objects import decimals, every, load, moment, money, new, new_id
from sandbox.paypal_api.routes import PayPalRoute

_RATE, _FIXED = Decimal("0.0299"), Decimal("0.35")
_LONGEST = timedelta(days=31)


def fee_of(amount: Json) -> Json:
    """2.99 % and 0.35, rounded half up to what the currency has; negative, as it leaves the account."""
    currency = amount["currency_code"]
    fixed = _FIXED if decimals(currency) else Decimal(1)
    fee = (Decimal(amount["value"]) * _RATE + fixed).quantize(
        Decimal(1).scaleb(-decimals(currency)), ROUND_HALF_UP
    )
    return money(-fee, currency)


def taken(amount: Json) -> Json:
    """The same amount on its way out."""
    return money(-Decimal(amount["value"]), amount["currency_code"])


def record(
    call: Call,
    code: str,
    amount: Json,
    *,
    transaction_id: str = "",
    fee: Json | None = None,
    about: tuple[str, str] | None = None,
    custom: str = "",
) -> str:
    """One line of the account; `about` is an id of PayPal's and its kind, money out and fees are negative."""
    transaction_id = transaction_id or new_id()
    info: Json = {
        "transaction_id": transaction_id,
        "transaction_event_code": code,
        "transaction_initiation_date": moment(call.at),
        "transaction_updated_date": moment(call.at),
        "transaction_amount": amount,
        "transaction_status": "S",
    }
    if fee:
        info["fee_amount"] = fee
    if about:
        info["paypal_reference_id"], info["paypal_reference_id_type"] = about
    if custom:
        info["custom_field"] = custom
    line = {**new(call, "transaction", f"line-{transaction_id}"), "info": info}
    call.store.insert(line)
    return transaction_id


def mark_given_back(call: Call, transaction_id: str) -> None:
    """A charge that was refunded in full is listed as reversed."""
    line = load(call.store, "transaction", f"line-{transaction_id}")
    line.data["info"]["transaction_status"] = "V"
    call.store.update(line.data)


def search_transactions(call: Call) -> Json:
    try:
        start, end = (datetime.fromisoformat(str(call.params[name])) for name in ("start_date", "end_date"))
        page, size = int(call.params.get("page", 1)), int(call.params.get("page_size", 100))
    except (KeyError, ValueError) as error:
        raise PayPalError(400, "INVALID_PARAMETER_VALUE", "start_date and end_date are required.") from error
    if end - start > _LONGEST:
        raise PayPalError(400, "INVALID_DATE_RANGE", "The range is above 31 days.")
    found = [
        line.data["info"]
        for line in every(call.store, "transaction")
        if start <= datetime.fromisoformat(line.data["info"]["transaction_initiation_date"]) <= end
    ]
    part = found[(page - 1) * size : page * size]
    return {
        "transaction_details": [{"transaction_info": info} for info in part],
        "page": page,
        "total_items": len(found),
        "total_pages": max(1, -(-len(found) // size)),
    }


ROUTES = (PayPalRoute("GET", "/v1/reporting/transactions", search_transactions),)
