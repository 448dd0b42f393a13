"""From a document's snapshot to the terms of EN 16931, or to what lacks for them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.invoices.documents.einvoice.amounts import (
    NetLine,
    allowance_of,
    category_of,
    document_allowances,
    net_lines,
)
from apps.invoices.documents.einvoice.problems import problems_of, vat_id_of
from apps.invoices.documents.einvoice.terms import (
    CREDIT_NOTE,
    EXPORT,
    INTRA_COMMUNITY,
    INVOICE,
    OUTSIDE,
    REVERSE_CHARGE,
    Address,
    Allowance,
    EInvoice,
    Line,
    LocalTax,
    Party,
    PaymentMeans,
    Period,
    Totals,
    VatCategory,
    VatRow,
)
from apps.invoices.documents.einvoice.units import unit_code
from apps.invoices.documents.labels import Labels, labels_for
from apps.invoices.documents.legal_notes import tax_note
from apps.invoices.documents.settlement import settlement_rows
from apps.invoices.errors import EInvoiceImpossible
from apps.pricing.money import Money

Snapshot = Mapping[str, Any]

_REASON_CODES = {
    REVERSE_CHARGE: "VATEX-EU-AE",
    INTRA_COMMUNITY: "VATEX-EU-IC",
    EXPORT: "VATEX-EU-G",
    OUTSIDE: "VATEX-EU-O",
}
_TAXED = ("S", "Z")
_CREDIT_TRANSFER, _STANDING_AGREEMENT, _ONLINE = "30", "57", "68"
_ADDRESS_LINES = 3


def einvoice_of(snapshot: Snapshot) -> EInvoice:
    """Return the invoice or credit note in the terms of EN 16931; its amounts are the snapshot's.

    Raises:
        EInvoiceImpossible: with every field that lacks (409).
    """
    labels = labels_for(snapshot["locale"])
    lines = net_lines(snapshot, labels)
    if problems := problems_of(snapshot, lines):
        raise EInvoiceImpossible(list(dict.fromkeys(problems)))
    currency = snapshot["currency"]
    allowances = document_allowances(lines, currency)
    vat = _vat(snapshot, lines, labels)
    outside = any(row.category.code == OUTSIDE for row in vat)
    period = _whole_period(snapshot)
    issued_on = date.fromisoformat(snapshot["issued_on"])
    return EInvoice(
        type_code=CREDIT_NOTE if snapshot["kind"] == "credit_note" else INVOICE,
        number=snapshot["number"],
        issued_on=issued_on,
        currency=currency,
        seller=_seller(snapshot, outside=outside),
        buyer=_buyer(snapshot["buyer"], outside=outside),
        lines=tuple(_line(at, line, snapshot) for at, line in enumerate(lines, start=1)),
        vat=vat,
        totals=_totals(snapshot, lines, allowances, vat),
        # What is paid in advance counts as delivered when it is billed.
        delivered_on=min(period.last, issued_on) if period else issued_on,
        deliver_to_country=_deliver_to(snapshot, vat),
        due_on=_day(snapshot.get("due_on")),
        notes=_notes(snapshot, labels),
        terms=_terms(snapshot, labels),
        po_number=_text(snapshot.get("po_number")),
        period=period,
        allowances=allowances,
        payment_means=_payment_means(snapshot),
        local_tax=_local_tax(snapshot),
        preceding=_preceding(snapshot),
    )


def _seller(snapshot: Snapshot, *, outside: bool) -> Party:
    seller = snapshot["seller"]
    vat_id, number = vat_id_of(snapshot), _text(seller.get("tax_id"))
    # Outside the scope of tax the rules forbid a VAT id; the number still says who sells.
    registration = "" if vat_id or outside else number
    return Party(
        name=_text(seller["legal_name"]),
        address=_address(seller),
        identifier=number if outside or not vat_id else "",
        vat_id="" if outside else vat_id,
        tax_registration=registration,
        email=_text(seller.get("email")),
    )


def _buyer(buyer: Snapshot, *, outside: bool) -> Party:
    number = re.sub(r"[^0-9A-Z]", "", _text(buyer.get("tax_id")).upper())
    return Party(
        name=_text(buyer["name"]),
        address=_address(buyer),
        vat_id=number if number[:2].isalpha() and not outside else "",
        email=_text(buyer.get("email")),
    )


def _address(party: Snapshot) -> Address:
    lines = [text for text in map(_text, party.get("address_lines") or ()) if text]
    if len(lines) > _ADDRESS_LINES:
        lines[_ADDRESS_LINES - 1 :] = [", ".join(lines[_ADDRESS_LINES - 1 :])]
    return Address(
        country=party["country"].upper(),
        lines=tuple(lines),
        city=_text(party.get("city")),
        postal_code=_text(party.get("postal_code")),
        region=_text(party.get("region")),
    )


def _line(position: int, net: NetLine, snapshot: Snapshot) -> Line:
    currency, line = snapshot["currency"], net.line
    quantity, price, price_quantity = _price(net, currency)
    return Line(
        identifier=str(position),
        name=_text(line["description"]) or str(position),
        description=_text("\n".join(line.get("explanation", ()))),
        quantity=quantity,
        unit=unit_code(line.get("unit_name") or ""),
        price=price,
        price_quantity=price_quantity,
        net=_major(net.line_net, currency),
        category=net.category,
        allowances=tuple(allowance_of(_text(reason), minor, currency) for reason, minor in net.off_line),
        period=_period(line.get("period_start"), line.get("period_end")),
    )


def _price(net: NetLine, currency: str) -> tuple[Decimal, Decimal, Decimal | None]:
    """Quantity, price, and the quantity that the price is of: all of it, where it is not a price per unit.

    Prices are never negative: what is given back has a negative quantity.
    """
    quantity = Decimal(net.line.get("quantity") or 1)
    if not quantity:
        # Nothing of something is billed: one of it, at what it came to.
        quantity = Decimal(1)
    unit_price = net.line.get("unit_price")
    if unit_price and not net.line["tax_included"]:
        unit = Decimal(unit_price)
        if unit >= 0 and Money.from_exact(unit * quantity, currency).minor == net.base:
            return quantity, unit, None
    sign = -1 if net.base < 0 else 1
    quantity = sign * abs(quantity)
    return quantity, _major(abs(net.base), currency), abs(quantity)


def _vat(snapshot: Snapshot, lines: Sequence[NetLine], labels: Labels) -> tuple[VatRow, ...]:
    currency = snapshot["currency"]
    taxable: dict[VatCategory, int] = defaultdict(int)
    tax: dict[VatCategory, int] = defaultdict(int)
    notes: dict[VatCategory, list[str]] = defaultdict(list)
    for line in lines:
        taxable[line.category] += line.net
    for row in snapshot["taxes"]:
        category = category_of(row)
        tax[category] += row["tax_minor"]
        notes[category].append(tax_note(row, snapshot))
    return tuple(
        VatRow(
            category=category,
            taxable=_major(minor, currency),
            tax=_major(tax[category], currency),
            reason="" if category.code in _TAXED else _reason(category, notes[category], snapshot),
            reason_code=_REASON_CODES.get(category.code, ""),
        )
        for category, minor in taxable.items()
    )


def _reason(category: VatCategory, told: Sequence[str], snapshot: Snapshot) -> str:
    texts = dict.fromkeys(_text(each) for each in told if each)
    return " ".join(texts) or tax_note({"category": category.code, "note": ""}, snapshot)


def _totals(
    snapshot: Snapshot, lines: Sequence[NetLine], allowances: Sequence[Allowance], vat: Sequence[VatRow]
) -> Totals:
    currency = snapshot["currency"]
    zero = _major(0, currency)
    net = _major(sum(line.net for line in lines), currency)
    tax = sum((row.tax for row in vat), zero)
    due = _major(snapshot["amount_due_minor"], currency)
    return Totals(
        lines=_major(sum(line.line_net for line in lines), currency),
        allowances=sum((each.amount for each in allowances if not each.is_charge), zero),
        charges=sum((each.amount for each in allowances if each.is_charge), zero),
        net=net,
        tax=tax,
        gross=net + tax,
        # Below zero, all went to the customer's balance: that much less than nothing was paid.
        paid=net + tax - due,
        due=due,
    )


def _payment_means(snapshot: Snapshot) -> PaymentMeans | None:
    if snapshot["kind"] == "credit_note" or snapshot["amount_due_minor"] <= 0:
        return None
    if snapshot.get("collection_method") == "charge_automatically":
        return PaymentMeans(_STANDING_AGREEMENT)
    seller = snapshot["seller"]
    bank = seller.get("bank") or {}
    if not bank.get("iban"):
        return PaymentMeans(_ONLINE)
    return PaymentMeans(_CREDIT_TRANSFER, bank["iban"], bank.get("bic") or "", _text(seller["legal_name"]))


def _terms(snapshot: Snapshot, labels: Labels) -> str:
    if snapshot["kind"] != "credit_note":
        return _text(snapshot.get("terms"))
    return "; ".join(f"{label}: {amount}" for label, amount in settlement_rows(snapshot, labels))


def _notes(snapshot: Snapshot, labels: Labels) -> tuple[str, ...]:
    test = labels["test_note"] if snapshot.get("test_mode") else ""
    return tuple(text for text in (_text(snapshot.get("memo")), test) if text)


def _deliver_to(snapshot: Snapshot, vat: Sequence[VatRow]) -> str:
    """The rules ask for it where goods or services cross a border inside the Union."""
    crosses = any(row.category.code == INTRA_COMMUNITY for row in vat)
    return str(snapshot["buyer"]["country"]).upper() if crosses else ""


def _local_tax(snapshot: Snapshot) -> LocalTax | None:
    local = snapshot.get("local_tax")
    if not local or local["currency"] == snapshot["currency"]:
        return None
    return LocalTax(local["currency"], _major(local["tax_minor"], local["currency"]))


def _preceding(snapshot: Snapshot) -> tuple[str, date] | None:
    corrected = snapshot.get("corrects")
    return (corrected["number"], date.fromisoformat(corrected["issued_on"])) if corrected else None


def _whole_period(snapshot: Snapshot) -> Period | None:
    periods = [
        period
        for line in snapshot["lines"]
        if (period := _period(line.get("period_start"), line.get("period_end")))
    ]
    if not periods:
        return None
    return Period(min(each.first for each in periods), max(each.last for each in periods))


def _period(start: str | None, end: str | None) -> Period | None:
    """The last day is within: a period is half-open in the snapshot."""
    first, after = _day(start), _day(end)
    if first is None or after is None:
        return None
    return Period(first, max(first, after - timedelta(days=1)))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value[:10]) if value else None


def _major(minor: int, currency: str) -> Decimal:
    return Money(minor, currency).major


def _text(value: str | None) -> str:
    """Drop what XML cannot hold: control characters, and halves of pairs."""
    normal = unicodedata.normalize("NFC", value or "").replace("\r\n", "\n").replace("\t", " ")
    return "".join(
        char for char in normal if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs", "Cn")
    ).strip()
