"""Whether the books say what the documents say. Minor units."""

from __future__ import annotations

from collections import Counter

from django.db.models import Sum

from apps.invoices.enums import CreditNoteStatus, InvoiceStatus
from apps.invoices.models import CreditNote, Invoice, RecognitionMovement, RecognitionSchedule
from apps.invoices.recognition_selectors import deferred_of
from apps.ledger.selectors import AccountTotal, imbalance, trial_balance

ISSUED = (InvoiceStatus.OPEN, InvoiceStatus.PAID, InvoiceStatus.UNCOLLECTIBLE)


def book_problems(*, brand_id: int, livemode: bool) -> list[str]:
    """What is wrong with one set of books, a sentence each; empty as long as all is well.

    The accounts sum to zero; deferred revenue is what the schedules still have to earn; tax payable is the
    tax of invoices less that of credit notes; each schedule is the sum of its movements.
    """
    totals = trial_balance(brand_id=brand_id, livemode=livemode)
    uneven = [f"The accounts of {currency} sum to {minor}." for currency, minor in imbalance(totals).items()]
    deferred = deferred_of(brand_id=brand_id, livemode=livemode)
    return [
        *uneven,
        *_differences("deferred_revenue", _balances(totals, "deferred_revenue"), deferred),
        *_differences("tax_payable", _balances(totals, "tax_payable"), _tax(brand_id, livemode)),
        *_moved_apart(brand_id, livemode),
    ]


def _balances(totals: list[AccountTotal], code: str) -> dict[str, int]:
    """What is owed by an account of liabilities: credits less debits, by currency."""
    return {total.currency: -total.balance_minor for total in totals if total.account_code == code}


def _tax(brand_id: int, livemode: bool) -> Counter[str]:
    owed: Counter[str] = Counter()
    own = {"brand_id": brand_id, "livemode": livemode}
    billed = Invoice.objects.filter(**own, status__in=ISSUED).order_by().values_list("currency")
    credited = CreditNote.objects.filter(**own, status=CreditNoteStatus.ISSUED).order_by()
    for sign, rows in ((1, billed), (-1, credited.values_list("currency"))):
        for currency, tax in rows.annotate(tax=Sum("tax_minor")):
            owed[currency] += sign * int(tax)
    return owed


def _differences(account: str, booked: dict[str, int], told: dict[str, int] | Counter[str]) -> list[str]:
    return [
        f"{account} is {booked.get(currency, 0)} {currency}; the documents say {told.get(currency, 0)}."
        for currency in sorted({*booked, *told})
        if booked.get(currency, 0) != told.get(currency, 0)
    ]


def _moved_apart(brand_id: int, livemode: bool) -> list[str]:
    own = RecognitionSchedule.objects.filter(brand_id=brand_id, livemode=livemode)
    moved = RecognitionMovement.objects.filter(schedule__in=own).order_by().values_list("schedule_id")
    sums = {
        schedule_id: (int(recognized), int(credited))
        for schedule_id, recognized, credited in moved.annotate(
            recognized=Sum("recognized_minor"), credited=Sum("credited_minor")
        )
    }
    touched = own.exclude(recognized_minor=0, credited_minor=0) | own.filter(movements__isnull=False)
    states = touched.distinct().values_list("pk", "line__public_id", "recognized_minor", "credited_minor")
    return [
        f"The schedule of line {line} is not the sum of its movements."
        for pk, line, recognized, credited in states.order_by("pk").iterator()
        if sums.get(pk, (0, 0)) != (recognized, credited)
    ]
