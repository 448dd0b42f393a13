"""Tax calculations for an account that is registered in a few places: enough to see each kind of answer."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from sandbox.call import Call, Route
from sandbox.errors import ApiError
from sandbox.messages import Json

# Where the account is, and its rates by country and state: percent, kind, share of the amount that is taxed.
_HOME = "DE"
_RATES: dict[tuple[str, str], tuple[str, str, str]] = {
    ("DE", ""): ("19.0", "vat", "1"),
    ("FR", ""): ("20.0", "vat", "1"),
    ("GB", ""): ("20.0", "vat", "1"),
    ("US", "WA"): ("6.5", "sales_tax", "1"),
    ("US", "TX"): ("6.25", "sales_tax", "0.8"),
}
# The rates of German VAT were lowered for half a year: from inclusive, to exclusive, in UTC.
_LOWERED = (datetime(2020, 7, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))
_UNSUPPORTED = {"XK"}
_NOT_TAXED = "txcd_00000000"


def create_calculation(call: Call) -> Json:
    params = call.params
    details = params.get("customer_details", {})
    address = details.get("address", {})
    if address.get("country") == "US" and not (address.get("state") or address.get("postal_code")):
        raise ApiError(
            "We could not determine the customer's tax location.",
            code="customer_tax_location_invalid",
            param="customer_details[address]",
        )
    taxed_at = datetime.fromtimestamp(int(params.get("tax_date", call.at)), tz=UTC)
    lines = [_line(call, item, details, taxed_at) for item in params["line_items"]]
    total = sum(line["amount"] + (line["tax_behavior"] == "exclusive") * line["amount_tax"] for line in lines)
    return {
        "id": call.new("tax.calculation")["id"],
        "object": "tax.calculation",
        "amount_total": total,
        "currency": params["currency"],
        "customer": None,
        "customer_details": details,
        "expires_at": call.at + 90 * 24 * 3600,
        "line_items": {
            "object": "list",
            "data": lines,
            "has_more": False,
            "url": "/v1/tax/calculations/line_items",
        },
        "livemode": False,
        "tax_amount_exclusive": _tax(lines, "exclusive"),
        "tax_amount_inclusive": _tax(lines, "inclusive"),
        "tax_date": params.get("tax_date", call.at),
    }


def _tax(lines: list[Json], behaviour: str) -> int:
    return sum(line["amount_tax"] for line in lines if line["tax_behavior"] == behaviour)


def _line(call: Call, item: Json, details: Json, taxed_at: datetime) -> Json:
    behaviour = item.get("tax_behavior", "exclusive")
    part = _breakdown(item, details, taxed_at, inclusive=behaviour == "inclusive")
    return {
        "id": call.new("tax.calculation_line_item")["id"],
        "object": "tax.calculation_line_item",
        "amount": item["amount"],
        "amount_tax": part["amount"],
        "livemode": False,
        "product": None,
        "quantity": item.get("quantity", 1),
        "reference": item.get("reference"),
        "tax_behavior": behaviour,
        "tax_breakdown": [part],
        "tax_code": item.get("tax_code"),
    }


def _breakdown(item: Json, details: Json, taxed_at: datetime, *, inclusive: bool) -> Json:
    address = details.get("address", {})
    country, state = address.get("country", ""), address.get("state", "") or ""
    place = (country, state if country == "US" else "")
    reason = _reason(item, details, place)
    where = {"country": country, "display_name": state or country, "state": place[1] or None}
    level = {"level": "state" if place[1] else "country"}
    untaxed = {"amount": 0, "sourcing": "destination", "tax_rate_details": None, "taxable_amount": 0}
    if not reason.endswith("standard_rated"):
        return {**untaxed, "jurisdiction": where | level, "taxability_reason": reason}
    percent, kind, share = _RATES[place]
    if country == "DE" and _LOWERED[0] <= taxed_at < _LOWERED[1]:
        percent = "16.0"
    factor = Decimal(percent) / 100
    net = Decimal(item["amount"]) / (1 + factor * Decimal(share)) if inclusive else Decimal(item["amount"])
    taxable = net * Decimal(share)
    return {
        "amount": _rounded(taxable * factor),
        "jurisdiction": where | level,
        "sourcing": "destination",
        "tax_rate_details": {
            "display_name": "VAT" if kind == "vat" else "Sales tax",
            "percentage_decimal": percent,
            "tax_type": kind,
        },
        "taxability_reason": reason,
        "taxable_amount": _rounded(taxable),
    }


def _reason(item: Json, details: Json, place: tuple[str, str]) -> str:
    override = details.get("taxability_override", "none")
    business = any(own["type"] == "eu_vat" for own in details.get("tax_ids", []))
    if place[0] in _UNSUPPORTED:
        return "not_supported"
    if override == "customer_exempt":
        return "customer_exempt"
    if item.get("tax_code") == _NOT_TAXED:
        return "product_exempt"
    if business and place[0] != _HOME:
        return "reverse_charge"
    if place not in _RATES:
        return "not_collecting"
    return "standard_rated" if _RATES[place][2] == "1" else "portion_standard_rated"


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


ROUTES = (Route("POST", "/v1/tax/calculations", create_calculation),)
