"""Stripe Tax, asked about a draft by its calculation API; registrations are those of the Stripe account."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import stripe
import structlog
from django.conf import settings

from apps.customers.models import Customer
from apps.taxes.engines.protocol import TaxAnswer, TaxRequest, TaxRequestLine
from apps.taxes.enums import AppliedKind, Category, IdKind
from apps.taxes.errors import TaxUnanswered
from apps.taxes.rate_choice import plain_percent
from apps.taxes.tax_ids import read_tax_id
from apps.taxes.treatment import AppliedRate, Treatment

logger = structlog.get_logger(__name__)

# Seconds to connect and to wait for an answer.
TIMEOUTS = (5.0, 20.0)
# Our codes that are categories of Stripe's; a product's own code may be one of Stripe's (txcd_…) itself.
_TAX_CODES = {"standard": "txcd_10103001", "saas": "txcd_10103001", "exempt": "txcd_00000000"}
_GENERAL = "txcd_10000000"
_ID_TYPES = {
    IdKind.EU_VAT: "eu_vat",
    IdKind.GB_VAT: "gb_vat",
    IdKind.CH_VAT: "ch_vat",
    IdKind.IN_GSTIN: "in_gst",
}
_KINDS = {
    "vat": AppliedKind.VAT,
    "gst": AppliedKind.GST,
    "igst": AppliedKind.IGST,
    "sales_tax": AppliedKind.SALES_TAX,
}
# Why an amount carries no tax, in Stripe's words; everything else that is not taxed is outside the scope.
_UNTAXED: dict[str, tuple[Category, str]] = {
    "reverse_charge": (Category.REVERSE_CHARGE, "reverse_charge"),
    "zero_rated": (Category.ZERO, "zero_rated"),
    "customer_exempt": (Category.EXEMPT, "customer_exempt"),
    "product_exempt": (Category.EXEMPT, "exempt_supply"),
    "product_exempt_holiday": (Category.EXEMPT, "exempt_supply"),
    "portion_product_exempt": (Category.EXEMPT, "exempt_supply"),
    "not_collecting": (Category.OUTSIDE_SCOPE, "not_registered"),
}


class StripeTaxEngine:
    """Asks with the account's key; a draft that was asked about before is simply asked about again."""

    name = "stripe"
    is_remote = True

    def calculate(self, request: TaxRequest) -> TaxAnswer:
        try:
            answer = _client().v1.tax.calculations.create(params=cast(Any, _params(request)))
        except stripe.InvalidRequestError as refused:
            reason = refused.user_message or "the request was refused"
            raise TaxUnanswered(
                f"Stripe Tax cannot tell: {reason} Complete the customer's address and tax id."
            ) from refused
        except stripe.StripeError as failure:
            logger.warning("tax_unanswered", error=str(failure), kind=type(failure).__name__)
            raise TaxUnanswered("Stripe Tax did not answer; it is asked again.") from failure
        return _answer(request, answer.to_dict())


def _client() -> stripe.StripeClient:
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUTS),
    )


def _params(request: TaxRequest) -> dict[str, Any]:
    return {
        "currency": request.currency.lower(),
        "line_items": [_line(line) for line in request.lines],
        "customer_details": _details(request.customer),
        "tax_date": int(request.at.timestamp()),
        "expand": ["line_items.data.tax_breakdown"],
    }


def _line(line: TaxRequestLine) -> dict[str, Any]:
    code = line.tax_code if line.tax_code.startswith("txcd_") else _TAX_CODES.get(line.tax_code, _GENERAL)
    return {
        "reference": line.reference,
        "amount": line.amount_minor,
        "tax_behavior": "inclusive" if line.tax_included else "exclusive",
        "tax_code": code,
    }


def _details(customer: Customer) -> dict[str, Any]:
    if not customer.country:
        raise TaxUnanswered(
            f"{customer.name or customer.public_id} has no country: complete the address, and the tax can be "
            "worked out."
        )
    address = {
        "country": customer.country,
        "state": customer.region,
        "city": customer.city,
        "postal_code": customer.postal_code,
        "line1": customer.address_lines[0] if customer.address_lines else "",
    }
    details: dict[str, Any] = {
        "address": {name: value for name, value in address.items() if value},
        "address_source": "billing",
        "taxability_override": "customer_exempt" if customer.tax_exempt else "none",
    }
    known = read_tax_id(customer.tax_id, customer.country) if customer.tax_id else None
    if known is not None and known.kind in _ID_TYPES and known.is_well_formed:
        details["tax_ids"] = [{"type": _ID_TYPES[known.kind], "value": known.number}]
    return details


def _answer(request: TaxRequest, answer: Mapping[str, Any]) -> TaxAnswer:
    found = {line["reference"]: line for line in answer["line_items"]["data"]}
    missing = [line.reference for line in request.lines if line.reference not in found]
    if missing:
        raise TaxUnanswered("Stripe Tax did not answer about every line; it is asked again.")
    treatments = tuple(_treatment(found[line.reference]) for line in request.lines)
    return TaxAnswer(treatments, str(answer.get("id") or ""))


def _treatment(line: Mapping[str, Any]) -> Treatment:
    breakdown = line.get("tax_breakdown") or ()
    reasons = [str(part.get("taxability_reason")) for part in breakdown]
    if "not_supported" in reasons:
        raise TaxUnanswered("Stripe Tax knows no taxes where the customer is: use the rate tables.")
    rates = tuple(rate for part in breakdown if (rate := _rate(part, line)).percent)
    if rates:
        return Treatment(Category.STANDARD.value, rates)
    category, note = next(
        (_UNTAXED[reason] for reason in reasons if reason in _UNTAXED),
        (Category.OUTSIDE_SCOPE, "outside_scope"),
    )
    return Treatment(category.value, (), note)


def _rate(part: Mapping[str, Any], line: Mapping[str, Any]) -> AppliedRate:
    details, where = part.get("tax_rate_details") or {}, part["jurisdiction"]
    kind = _KINDS.get(details.get("tax_type") or "", AppliedKind.SALES_TAX)
    state = where.get("state") or ""
    place = f"{where['country']}-{state}" if state else str(where["country"])
    return AppliedRate(
        str(details.get("display_name") or where.get("display_name") or kind.label),
        place[:20],
        _effective(part, line),
        kind.value,
    )


def _effective(part: Mapping[str, Any], line: Mapping[str, Any]) -> Decimal:
    """The percentage of the whole net amount: where only a share of it is taxed, that share's."""
    percent = Decimal(str((part.get("tax_rate_details") or {}).get("percentage_decimal") or "0"))
    if str(part.get("taxability_reason")).startswith(("portion_", "proportionally_", "taxable_basis_")):
        included = line["amount_tax"] if line["tax_behavior"] == "inclusive" else 0
        net = line["amount"] - included
        percent = percent * part["taxable_amount"] / net if net else percent
    return plain_percent(percent)
