"""Lines that somebody writes by hand: what they say, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.invoices.enums import LineKind
from apps.invoices.errors import InvoiceRefused, LineNotFound, ManualLineInvalid
from apps.invoices.models import Invoice, InvoiceLine
from apps.plans.enums import ChargeModel
from apps.pricing.exact import plain, product
from apps.pricing.money import Money
from apps.pricing.rounding import kept_exact
from apps.pricing.trace import Trace, step

SOURCE = "manual"
STANDARD = "standard"
# More than this is a slip of the pen; it also keeps every sum within its column.
MOST_MINOR = 10**14
MOST_QUANTITY = Decimal(10) ** 12
# The fields of a line that it decides.
FIELDS = (
    "description",
    "quantity",
    "unit_name",
    "exact_amount",
    "amount_minor",
    "tax_code",
    "tax_included",
    "period_starts_at",
    "period_ends_at",
    "snapshot",
    "trace",
)


@dataclass(frozen=True, slots=True)
class ManualLine:
    """`unit_price` is major units, exact, below zero to take something off; with `tax_included` it is gross.

    `quantity` is above zero. The service period is half-open UTC; a line without one is earned at once.
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_code: str = STANDARD
    tax_included: bool = False
    period_starts_at: datetime | None = None
    period_ends_at: datetime | None = None
    unit_name: str = ""


def priced(line: ManualLine, currency: str) -> dict[str, Any]:
    """The columns of an invoice line that come of it: quantity × unit price, rounded once.

    Raises:
        ManualLineInvalid: a quantity, an amount or a period that makes no sense (422).
    """
    _check(line)
    exact = product(line.quantity, line.unit_price)
    amount = Money.from_exact(exact, currency)
    if abs(amount.minor) > MOST_MINOR:
        raise ManualLineInvalid("The line costs more than an invoice can hold.", field="unit_price")
    steps = [step("per_unit", units=line.quantity, unit_amount=line.unit_price, amount=exact)]
    if amount.major != exact:
        steps.append(step("rounded", exact=exact, amount=amount.major))
    return {
        "description": line.description,
        "quantity": line.quantity,
        "unit_name": line.unit_name,
        "exact_amount": kept_exact(exact),
        "amount_minor": amount.minor,
        "tax_code": line.tax_code,
        "tax_included": line.tax_included,
        "period_starts_at": line.period_starts_at,
        "period_ends_at": line.period_ends_at,
        "snapshot": {
            "model": ChargeModel.PER_UNIT.value,
            "parameters": {"unit_amount": plain(line.unit_price)},
        },
        "trace": Trace(currency, tuple(steps)).to_json(),
    }


def new_line(invoice: Invoice, position: int, line: ManualLine) -> InvoiceLine:
    """An invoice line, not saved; it has no charge key, since nothing bills it again by itself."""
    return InvoiceLine(
        invoice=invoice,
        position=position,
        source=SOURCE,
        kind=LineKind.MANUAL,
        **priced(line, invoice.currency),
    )


def manual_line_of(row: InvoiceLine) -> ManualLine:
    """What was written for a stored manual line."""
    return ManualLine(
        description=row.description,
        quantity=row.quantity,
        unit_price=Decimal(row.snapshot["parameters"]["unit_amount"]),
        tax_code=row.tax_code,
        tax_included=row.tax_included,
        period_starts_at=row.period_starts_at,
        period_ends_at=row.period_ends_at,
        unit_name=row.unit_name,
    )


def get_manual_line(*, brand_id: int, livemode: bool, reference: str) -> InvoiceLine:
    """The line with this public id, with its invoice, which is about to be changed.

    Raises:
        LineNotFound: none in this brand and mode (404).
        InvoiceRefused: it bills a subscription (409).
    """
    own = InvoiceLine.objects.select_related("invoice").filter(
        invoice__brand_id=brand_id, invoice__livemode=livemode
    )
    found = own.filter(public_id=reference).first()
    if found is None:
        raise LineNotFound(f"There is no line '{reference}'.", field="line")
    if found.kind != LineKind.MANUAL:
        raise InvoiceRefused("This line bills a subscription: only lines written by hand can change.")
    return found


def _check(line: ManualLine) -> None:
    if not line.description.strip():
        raise ManualLineInvalid("A line says what it is for.", field="description")
    if not 0 < line.quantity <= MOST_QUANTITY:
        raise ManualLineInvalid("A quantity is above zero; a line takes off by its price.", field="quantity")
    starts_at, ends_at = line.period_starts_at, line.period_ends_at
    if (starts_at is None) != (ends_at is None):
        raise ManualLineInvalid("A service period has a beginning and an end.", field="period_ends_at")
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise ManualLineInvalid("A service period ends after it begins.", field="period_ends_at")
