"""What a document lacks to be an e-invoice of EN 16931: each as its field and the reason."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.invoices.documents.einvoice.amounts import NetLine, category_of
from apps.invoices.documents.einvoice.terms import (
    EXPORT,
    INTRA_COMMUNITY,
    OUTSIDE,
    REVERSE_CHARGE,
    VatCategory,
)
from apps.pricing.currencies import exponent
from apps.pricing.money import Money

Snapshot = Mapping[str, Any]

_COUNTRY = re.compile(r"^[A-Za-z]{2}$")
_VAT_ID = re.compile(r"^[A-Z]{2}[0-9A-Z]{2,}$")
_DECIMALS = 2
_NEEDS_BUYER_ID = (REVERSE_CHARGE, INTRA_COMMUNITY)


def problems_of(snapshot: Snapshot, lines: Sequence[NetLine]) -> list[str]:
    """Return everything that keeps the snapshot from being an e-invoice; nothing where it can be one."""
    codes = {line.category.code for line in lines}
    return [
        *_of_document(snapshot),
        *_of_parties(snapshot),
        *_of_tax_ids(snapshot, codes),
        *_of_taxes(snapshot, lines, codes),
    ]


def vat_id_of(snapshot: Snapshot) -> str:
    """The seller's number that this document is taxed under, else the brand's; '' where none is a VAT id."""
    told = [row.get("registration") or "" for row in snapshot["taxes"]]
    for number in (*told, snapshot["seller"].get("tax_id") or ""):
        shortened = re.sub(r"[^0-9A-Z]", "", number.upper())
        if _VAT_ID.match(shortened):
            return shortened
    return ""


def _of_document(snapshot: Snapshot) -> Iterator[str]:
    if not snapshot.get("number"):
        yield "number: only an issued document has one"
    if not snapshot["lines"]:
        yield "lines: there is none"
    if exponent(snapshot["currency"]) > _DECIMALS:
        yield f"currency: {snapshot['currency']} has more than two decimals"


def _of_parties(snapshot: Snapshot) -> Iterator[str]:
    seller, buyer = snapshot["seller"], snapshot["buyer"]
    if not seller.get("legal_name"):
        yield "seller.legal_name: the brand has none"
    if not buyer.get("name"):
        yield "buyer.name: the customer has none"
    for name, party, whose in (("seller", seller, "brand"), ("buyer", buyer, "customer")):
        if not _COUNTRY.match(party.get("country") or ""):
            yield f"{name}.country: the {whose} has none"


def _of_tax_ids(snapshot: Snapshot, codes: set[str]) -> Iterator[str]:
    number = snapshot["seller"].get("tax_id")
    if not vat_id_of(snapshot) and (not number or codes & {INTRA_COMMUNITY, EXPORT}):
        yield "seller.tax_id: the brand has no VAT id"
    if codes & set(_NEEDS_BUYER_ID) and not (snapshot["buyer"].get("tax_id") or "")[:2].isalpha():
        yield "buyer.tax_id: the customer has no VAT id, which this kind of tax asks for"
    if OUTSIDE in codes and not number:
        yield "seller.tax_id: outside the scope of tax a number of the brand is asked for"


def _of_taxes(snapshot: Snapshot, lines: Sequence[NetLine], codes: set[str]) -> Iterator[str]:
    for row in snapshot["taxes"]:
        if row["tax_minor"] and row["kind"] != "vat":
            yield f"taxes: {row['name']} is no VAT"
    if OUTSIDE in codes and len(codes) > 1:
        yield "taxes: some lines are outside the scope of tax and some within"
    if sum(row["tax_minor"] for row in snapshot["taxes"]) != snapshot["tax_minor"]:
        yield "taxes: they do not sum to the tax of the document"
    yield from _of_breakdown(snapshot, lines)


def _of_breakdown(snapshot: Snapshot, lines: Sequence[NetLine]) -> Iterator[str]:
    taxable: dict[VatCategory, int] = defaultdict(int)
    tax: dict[VatCategory, int] = defaultdict(int)
    for line in lines:
        taxable[line.category] += line.net
    for row in snapshot["taxes"]:
        tax[category_of(row)] += row["tax_minor"]
    for category, minor in tax.items():
        if category not in taxable:
            yield f"taxes: no line is of category {category.code} at {category.percent or 0:f} %"
            continue
        expected = Fraction(taxable[category]) * Fraction(category.percent or Decimal(0)) / 100
        # BR-CO-17 and its kin allow less than one unit of the currency for rounding line by line.
        if abs(expected - minor) >= Money.from_exact(1, snapshot["currency"]).minor:
            yield f"taxes: {category.code} at {category.percent or 0:f} % is not that much of its lines"
