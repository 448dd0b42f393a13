"""Snapshots of documents, as the frozen rows give them: sums are those of the lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from apps.pricing.money import Money

SELLER: Mapping[str, Any] = MappingProxyType(
    {
        "name": "Northwind",
        "legal_name": "Northwind Analytics GmbH",
        "address": ["Lindenstraße 12", "10969 Berlin", "DE"],
        "address_lines": ["Lindenstraße 12", "10969 Berlin"],
        "country": "DE",
        "tax_id": "DE123456789",
        "email": "billing@northwind.example",
        "bank": {"name": "Testbank", "iban": "DE02120300000000202051", "bic": "BYLADEM1001"},
        "logo_png_base64": None,
    }
)
BUYER: Mapping[str, Any] = MappingProxyType(
    {
        "name": "Contoso GmbH",
        "email": "ap@contoso.example",
        "address": ["Hauptstraße 1", "80331 München", "DE"],
        "address_lines": ["Hauptstraße 1"],
        "postal_code": "80331",
        "city": "München",
        "region": "",
        "country": "DE",
        "tax_id": "DE987654321",
        "tax_exempt_reason": "",
    }
)


def vat(percent: str = "19", category: str = "S", **overrides: Any) -> dict[str, Any]:
    """A row of the tax breakdown; position and amounts come from the lines."""
    row = {
        "category": category,
        "name": "VAT" if Decimal(percent) else "",
        "kind": "vat" if Decimal(percent) else "",
        "jurisdiction": "DE",
        "percent": percent,
        "note": "",
        "registration": "",
    }
    return row | overrides


def line(amount_minor: int, tax: int | None = 1, **overrides: Any) -> dict[str, Any]:
    """A line of an invoice; `tax` is the position of its tax, None is outside the scope of tax."""
    values: dict[str, Any] = {
        "description": "Team plan",
        "quantity": "1",
        "unit_name": "",
        "unit_price": None,
        "unit_price_text": "",
        "amount_minor": amount_minor,
        "discount_minor": 0,
        "progressive_minor": 0,
        "discounts": [],
        "tax_included": False,
        "tax": tax,
        "period_start": "2026-11-01",
        "period_end": "2026-12-01",
        "explanation": [],
    }
    return values | overrides


def discount(name: str, minor: int) -> dict[str, Any]:
    return {"source": "coupon", "id": f"red_{name}", "name": name, "exact": "", "minor": minor}


def make_document(
    lines: Sequence[dict[str, Any]], taxes: Sequence[dict[str, Any]] = (), **overrides: Any
) -> dict[str, Any]:
    """An invoice of these lines, taxed line by line, or a credit note of them."""
    currency = overrides.get("currency", "EUR")
    rows = [dict(row, position=at, taxable_minor=0, tax_minor=0) for at, row in enumerate(taxes, start=1)]
    made = [_taxed(each, rows, currency) for each in lines]

    def total(name: str) -> int:
        return sum(each[name] for each in made)

    included = sum(each["tax_minor"] for each in made if each["tax_included"])
    off = total("discount_minor") + total("progressive_minor")
    owed = total("amount_minor") - off + total("tax_minor") - included
    settled = sum(overrides.get(f"{name}_applied_minor", 0) for name in ("balance", "prepaid"))
    snapshot = {
        "kind": "invoice",
        "number": "NW-2026-000123",
        "status": "open",
        "currency": currency,
        "locale": "en",
        "issued_on": "2026-11-01",
        "due_on": "2026-11-15",
        "period": None,
        "seller": dict(SELLER),
        "buyer": dict(BUYER),
        "po_number": "PO-7781",
        "collection_method": "send_invoice",
        "lines": made,
        "taxes": rows,
        "discounts": [],
        "local_tax": None,
        "subtotal_minor": total("amount_minor"),
        "discount_minor": total("discount_minor"),
        "progressive_credit_minor": total("progressive_minor"),
        "tax_minor": total("tax_minor"),
        "tax_included_minor": included,
        "total_minor": max(owed, 0),
        "balance_credited_minor": max(-owed, 0),
        "balance_applied_minor": 0,
        "prepaid_applied_minor": 0,
        "credited_minor": 0,
        "amount_paid_minor": 0,
        "amount_due_minor": max(owed, 0) - settled,
        "terms": "Payment within 14 days.",
        "memo": "",
        "payments": [],
        "test_mode": False,
    }
    return snapshot | overrides


def _taxed(given: dict[str, Any], rows: Sequence[dict[str, Any]], currency: str) -> dict[str, Any]:
    made = {**given, "tax_minor": 0, "tax_rate": "0", "taxes": []}
    position = made.pop("tax")
    if position is None:
        return made
    row = rows[position - 1]
    percent = Decimal(row["percent"])
    taxable = made["amount_minor"] - made["discount_minor"] - made["progressive_minor"]
    divisor = 100 + percent if made["tax_included"] else Decimal(100)
    tax = Money.from_exact(Money(taxable, currency).major * percent / divisor, currency).minor
    made |= {"tax_minor": tax, "tax_rate": row["percent"], "taxes": [{"tax": position, "minor": tax}]}
    row["tax_minor"] += tax
    row["taxable_minor"] += taxable - (tax if made["tax_included"] else 0)
    return made


def abroad(country: str, tax_id: str) -> dict[str, Any]:
    return {
        **BUYER,
        "name": "Société Exemple" if country == "FR" else "Muster AG",
        "address": ["1 Rue de la Paix", "75002 Paris", country],
        "address_lines": ["1 Rue de la Paix"],
        "postal_code": "75002",
        "city": "Paris",
        "country": country,
        "tax_id": tax_id,
    }


def plain() -> dict[str, Any]:
    priced = line(24500, quantity="5", unit_price="49", unit_name="seat")
    return make_document([priced, line(1234, quantity="3", explanation=["tiers"])], [vat()])


def several_rates() -> dict[str, Any]:
    lines = [line(9999), line(3333, tax=2, description="Handbook"), line(101)]
    return make_document(lines, [vat(), vat("7")])


def discounted() -> dict[str, Any]:
    """A coupon of all lines at two rates, one of one line, and what was billed progressively."""
    first = line(
        10000,
        discount_minor=1500,
        discounts=[discount("Welcome", 1000), discount("Annual", 500)],
        progressive_minor=2000,
    )
    second = line(5000, tax=2, discount_minor=500, discounts=[discount("Welcome", 500)])
    named = [
        {"source": "coupon", "name": "Welcome", "amount_minor": 1500},
        {"source": "coupon", "name": "Annual", "amount_minor": 500},
    ]
    return make_document([first, second], [vat(), vat("7")], discounts=named)


def credit_note() -> dict[str, Any]:
    return make_document(
        [line(5000, quantity=None, discount_minor=500, description="Team plan, unused half")],
        [vat()],
        kind="credit_note",
        number="NW-CN-000007",
        due_on=None,
        terms="",
        corrects={"number": "NW-2026-000100", "issued_on": "2026-10-01"},
        settlement={"offset_minor": 1000, "balance_minor": 0, "refund_minor": 4355},
        amount_paid_minor=1000,
        amount_due_minor=4355,
    )


def reverse_charge() -> dict[str, Any]:
    rows = [vat("0", "AE", jurisdiction="FR", note="reverse_charge")]
    return make_document([line(24500)], rows, buyer=abroad("FR", "FR40303265045"), locale="fr")


def intra_community() -> dict[str, Any]:
    rows = [vat("0", "K", jurisdiction="FR")]
    return make_document([line(24500)], rows, buyer=abroad("FR", "FR40303265045"), locale="de")


def export() -> dict[str, Any]:
    rows = [vat("0", "G", jurisdiction="CH")]
    return make_document([line(24500)], rows, buyer=abroad("CH", "CHE123456788"), locale="es")


def exempt() -> dict[str, Any]:
    buyer = {**BUYER, "tax_exempt_reason": "Certificate 4711", "tax_id": ""}
    rows = [vat("0", "E", note="customer_exempt"), vat()]
    return make_document([line(24500), line(1000, tax=2)], rows, buyer=buyer)


def outside_scope() -> dict[str, Any]:
    return make_document([line(24500, tax=None)], collection_method="charge_automatically")


def zero_decimals() -> dict[str, Any]:
    local = {"currency": "EUR", "tax_minor": 611, "rate": "163.5", "source": "ECB", "on": "2026-10-31"}
    lines = [line(5253, quantity="7", unit_price="750.4"), line(998)]
    return make_document(lines, [vat("10")], currency="JPY", local_tax=local)


def gross_prices() -> dict[str, Any]:
    first = line(
        11900,
        tax_included=True,
        discount_minor=1190,
        discounts=[discount("Welcome", 1190)],
        quantity="2",
        unit_price="59.50",
    )
    second = line(2999, tax=2, tax_included=True, progressive_minor=333)
    return make_document([first, second], [vat(), vat("7")], buyer={**BUYER, "tax_id": ""})


def negative_line() -> dict[str, Any]:
    taken_back = line(
        -5000,
        description="Credit for an unused part",
        quantity="1",
        discount_minor=-500,
        discounts=[discount("Welcome", -500)],
        period_start="2026-10-15",
        period_end="2026-11-01",
    )
    return make_document([line(9000), taken_back], [vat()])


def overpaid() -> dict[str, Any]:
    """What was taken back is more than what was billed: the rest went to the customer's balance."""
    return make_document([line(1000), line(-9000, quantity="1")], [vat()])


def partly_paid() -> dict[str, Any]:
    return make_document([line(24500)], [vat()], balance_applied_minor=2000, prepaid_applied_minor=5000)


def long_text() -> dict[str, Any]:
    buyer = {**BUYER, "name": "शर्मा टेक्सटाइल्स प्राइवेट लिमिटेड", "address_lines": ["१४ एमजी रोड", "a", "b", "c"]}
    description = "टीम योजना & <all> „features“ " + "very long " * 25
    memo = "पहली पंक्ति\nsecond line\u0007 with a bell\n" + "words " * 300
    lines = [line(4900, description=description.strip(), explanation=["पहले 10: ₹0", "then more"])]
    return make_document(lines, [vat()], buyer=buyer, memo=memo, locale="hi")


EINVOICES: Mapping[str, Callable[[], dict[str, Any]]] = MappingProxyType(
    {
        made.__name__: made
        for made in (
            plain,
            several_rates,
            discounted,
            credit_note,
            reverse_charge,
            intra_community,
            export,
            exempt,
            outside_scope,
            zero_decimals,
            gross_prices,
            negative_line,
            overpaid,
            partly_paid,
            long_text,
        )
    }
)
