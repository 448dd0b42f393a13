"""The business terms of EN 16931 that Monetize fills; BT and BG are the standard's numbers.

Amounts are decimals in major units with the currency's decimals, periods have an inclusive last day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

GUIDELINE = "urn:cen.eu:en16931:2017"
"""BT-24: the core invoice, no extension and no national rules."""
INVOICE = "380"
CREDIT_NOTE = "381"
OUTSIDE = "O"
REVERSE_CHARGE = "AE"
INTRA_COMMUNITY = "K"
EXPORT = "G"


@dataclass(frozen=True, slots=True)
class Address:
    """BG-5, BG-8: at most three lines; only the country is asked for."""

    country: str
    lines: tuple[str, ...] = ()
    city: str = ""
    postal_code: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """BG-4 the seller, BG-7 the buyer."""

    name: str
    address: Address
    identifier: str = ""
    """BT-29: asked for where the seller has no VAT id."""
    vat_id: str = ""
    """BT-31, BT-48: begins with the country."""
    tax_registration: str = ""
    """BT-32: any other number at the tax office."""
    email: str = ""
    """BT-34, BT-49: the electronic address, of scheme EM."""


@dataclass(frozen=True, slots=True)
class Period:
    """BG-14, BG-26: from the first day to the last, both within."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class VatCategory:
    """A category of UNCL5305 and its percentage; outside the scope of tax there is none."""

    code: str
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """BG-20, BG-27 what is taken off; BG-21, BG-28 what is put on. The amount is never negative."""

    amount: Decimal
    reason: str
    is_charge: bool = False
    category: VatCategory | None = None
    """Of the whole document only: that of a line is the line's."""


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25: net = quantity x price / price_quantity - allowances + charges.

    What is given back has a negative quantity: a price is never below zero.
    """

    identifier: str
    name: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    price_quantity: Decimal | None
    net: Decimal
    category: VatCategory
    allowances: tuple[Allowance, ...] = ()
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class VatRow:
    """BG-23: what is taxed of one category at one rate, and why nothing is taken where that is so."""

    category: VatCategory
    taxable: Decimal
    tax: Decimal
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class PaymentMeans:
    """BG-16: a code of UNCL4461, and where to pay for a transfer."""

    code: str
    iban: str = ""
    bic: str = ""
    account_name: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22. gross = net + tax; due = gross - paid."""

    lines: Decimal
    allowances: Decimal
    charges: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    paid: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class LocalTax:
    """BT-6 and BT-111: the tax total in the currency of the seller's books."""

    currency: str
    tax: Decimal


@dataclass(frozen=True, slots=True)
class EInvoice:
    """An invoice or a credit note in the standard's terms, before any syntax."""

    type_code: str
    number: str
    issued_on: date
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    vat: tuple[VatRow, ...]
    totals: Totals
    delivered_on: date
    deliver_to_country: str = ""
    due_on: date | None = None
    notes: tuple[str, ...] = ()
    terms: str = ""
    po_number: str = ""
    period: Period | None = None
    allowances: tuple[Allowance, ...] = ()
    payment_means: PaymentMeans | None = None
    local_tax: LocalTax | None = None
    preceding: tuple[str, date] | None = None
    """BG-3: number and day of the invoice that a credit note corrects."""

    @property
    def is_credit_note(self) -> bool:
        return self.type_code == CREDIT_NOTE
