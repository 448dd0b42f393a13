"""Revenue of lines whose service is still to come: deferred, earned by days, given back, voided."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.due_work import Scope
from apps.invoices.due import recognition
from apps.invoices.enums import CreditReason, Disposition, LineKind, RecognitionKind
from apps.invoices.models import CreditNote, Invoice, RecognitionMovement, RecognitionSchedule
from apps.invoices.recognition_selectors import deferred_by_month, line_positions
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.invoices.services.recognize_revenue import recognize_revenue
from apps.invoices.services.void import void_invoice
from apps.invoices.services.void_credit_note import void_credit_note
from apps.ledger.models import Transaction
from apps.ledger.selectors import imbalance, trial_balance
from tests.factories.billing import REAL_TIME, utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.invoices import issue_invoice, make_line

pytestmark = pytest.mark.django_db

NEW_YEAR = utc(2026, 1, 1)
JANUARY = {"period_starts_at": NEW_YEAR, "period_ends_at": utc(2026, 2, 1)}
YEAR = {"period_starts_at": NEW_YEAR, "period_ends_at": utc(2027, 1, 1)}


def issue(*lines: dict[str, Any], at: datetime = NEW_YEAR, **given: Any) -> Invoice:
    return issue_invoice(lines=lines, at=at, **given)


def recognize(at: datetime, scope: Scope = REAL_TIME) -> int:
    done = 0
    while turn := recognize_revenue(scope=scope, at=at):
        done += turn
    return done


def booked(invoice: Invoice, at: datetime | None = None) -> dict[str, int]:
    totals = trial_balance(brand_id=invoice.brand_id, livemode=False, at=at)
    assert imbalance(totals) == {}
    return {total.account_code: total.balance_minor for total in totals if total.balance_minor}


def credit(invoice: Invoice, amount: int, at: datetime, **given: Any) -> CreditNote:
    item = CreditItem(invoice.lines.get(position=1).pk, amount_minor=amount)
    values = {"reason": CreditReason.OTHER, "disposition": Disposition.BALANCE, "items": [item]}
    note = issue_credit_note(invoice_id=invoice.pk, at=at, **values | given)
    assert note is not None
    return note


def states(invoice: Invoice) -> list[tuple[int, int, int]]:
    return [
        (row.deferred_minor, row.recognized_minor, row.credited_minor)
        for row in RecognitionSchedule.objects.filter(line__invoice=invoice).order_by("pk")
    ]


def test_fee_in_advance_is_earned_by_days() -> None:
    invoice = issue(make_line(3100, **JANUARY))

    assert recognition.next_due(REAL_TIME) == utc(2026, 1, 2)
    assert recognize(utc(2026, 1, 1, 23, 59)) == 0
    recognize(utc(2026, 1, 16, 15))

    assert booked(invoice) == {"receivable": 3100, "deferred_revenue": -1600, "revenue": -1500}
    assert recognize(utc(2026, 1, 16, 23)) == 0
    recognize(utc(2026, 3, 1))
    assert booked(invoice) == {"receivable": 3100, "revenue": -3100}
    assert recognition.next_due(REAL_TIME) is None


def test_what_is_recognised_late_takes_effect_in_the_month_that_earned_it() -> None:
    invoice = issue(make_line(36500, **YEAR))

    recognize(utc(2026, 3, 11, 8))

    earned = [-booked(invoice, utc(2026, month, 1)).get("revenue", 0) for month in (2, 3, 4)]
    assert earned == [3100, 5900, 6900]
    assert -booked(invoice, utc(2026, 3, 11))["revenue"] == 6900
    runs = Transaction.objects.filter(kind="recognition").order_by("at").values_list("at", flat=True)
    ends = [utc(2026, 2, 1), utc(2026, 3, 1), utc(2026, 3, 11)]
    assert list(runs) == [end - timedelta(microseconds=1) for end in ends]


def test_days_are_those_of_the_brands_zone() -> None:
    customer = make_customer(brand=make_brand(default_time_zone="Asia/Kolkata"))
    # In Kolkata it is New Year's Day since 18:30 UTC.
    starts_at = utc(2025, 12, 31, 18, 30)
    line = make_line(3100, period_starts_at=starts_at, period_ends_at=utc(2026, 1, 31, 18, 30))
    invoice = issue(line, at=starts_at, customer=customer)

    recognize(utc(2026, 1, 1, 18, 29))
    assert "revenue" not in booked(invoice)
    recognize(utc(2026, 1, 1, 18, 30))
    assert booked(invoice)["revenue"] == -100


def test_one_turn_books_all_lines_of_a_brand_and_currency_at_once() -> None:
    customer = make_customer()
    for _ in range(3):
        issue(make_line(3100, **JANUARY), make_line(100), customer=customer)
    issue(make_line(6200, "USD", **JANUARY), customer=customer, currency="USD")

    recognize(utc(2026, 1, 3))

    runs = Transaction.objects.filter(kind="recognition")
    legs = [sorted(run.entries.values_list("amount_minor", "currency")) for run in runs.order_by("pk")]
    assert sorted(legs) == [[(-600, "EUR"), (600, "EUR")], [(-400, "USD"), (400, "USD")]]


def test_usage_and_ended_periods_are_earned_at_once() -> None:
    over = make_line(500, period_starts_at=utc(2025, 12, 1), period_ends_at=NEW_YEAR)
    used = make_line(700, kind=LineKind.IN_ADVANCE, **JANUARY)

    invoice = issue(over, used, make_line(50))

    assert booked(invoice) == {"receivable": 1250, "revenue": -1250}
    assert not RecognitionSchedule.objects.exists()


def test_gross_price_earns_its_net_and_owes_the_tax() -> None:
    line = make_line(11900, tax_included=True, tax_minor=1900, discount_minor=0, **JANUARY)

    invoice = issue(line)

    assert booked(invoice) == {"receivable": 11900, "deferred_revenue": -10000, "tax_payable": -1900}
    credit(invoice, 11900, NEW_YEAR)
    assert {code: minor for code, minor in booked(invoice).items() if code != "customer_credit"} == {
        "receivable": 11900
    }


def test_credit_takes_what_is_deferred_first_and_then_revenue() -> None:
    invoice = issue(make_line(3100, **JANUARY))

    credit(invoice, 1000, utc(2026, 1, 11))
    assert states(invoice) == [(1100, 1000, 1000)]
    credit(invoice, 1500, utc(2026, 1, 11))
    assert states(invoice) == [(0, 600, 2500)]

    assert booked(invoice)["revenue"] == -600
    assert recognize(utc(2026, 3, 1)) == 0


def test_what_a_credit_leaves_is_earned_over_the_days_that_are_left() -> None:
    invoice = issue(make_line(3100, **JANUARY))

    credit(invoice, 1050, utc(2026, 1, 11))
    recognize(utc(2026, 1, 13))

    assert states(invoice) == [(950, 1100, 1050)]
    recognize(utc(2026, 2, 1))
    assert states(invoice) == [(0, 2050, 1050)]


def test_voided_credit_note_is_deferred_again() -> None:
    invoice = issue(make_line(3100, **JANUARY))
    note = credit(invoice, 2600, utc(2026, 1, 11))
    assert states(invoice) == [(0, 500, 2600)]

    void_credit_note(credit_note_id=note.pk, at=utc(2026, 1, 21), reason="typo")

    assert states(invoice) == [(2100, 1000, 0)]
    assert booked(invoice) == {"receivable": 3100, "deferred_revenue": -2100, "revenue": -1000}
    recognize(utc(2026, 2, 1))
    assert booked(invoice) == {"receivable": 3100, "revenue": -3100}


def test_credit_note_voided_after_the_period_is_earned_the_next_day() -> None:
    invoice = issue(make_line(3100, **JANUARY))
    note = credit(invoice, 3100, utc(2026, 1, 1, 12))
    recognize(utc(2026, 2, 1))

    void_credit_note(credit_note_id=note.pk, at=utc(2026, 2, 5, 12), reason="typo")

    assert states(invoice) == [(3100, 0, 0)]
    recognize(utc(2026, 2, 6))
    assert states(invoice) == [(0, 3100, 0)]


def test_negative_line_takes_from_the_line_that_it_credits() -> None:
    customer = make_customer()
    first = issue(make_line(3100, **JANUARY), customer=customer)
    rest = {"period_starts_at": utc(2026, 1, 16), "period_ends_at": utc(2026, 2, 1)}
    taken = make_line(-1600, kind=LineKind.CREDIT, credits_line=first.lines.get(), **rest)

    second = issue(taken, make_line(3200, **rest), at=utc(2026, 1, 16), customer=customer)

    assert (states(first), states(second)) == ([(0, 1500, 1600)], [(3200, 0, 0)])
    assert booked(second) == {"receivable": 4700, "deferred_revenue": -3200, "revenue": -1500}
    void_invoice(invoice_id=second.pk, at=utc(2026, 1, 16), reason="typo")
    assert (states(first), states(second)) == ([(1600, 1500, 0)], [(0, 0, 3200)])
    assert booked(first) == {"receivable": 3100, "deferred_revenue": -1600, "revenue": -1500}


def test_negative_line_of_the_same_invoice_is_voided_with_it() -> None:
    invoice = issue(make_line(3100, **JANUARY), make_line(500))
    RecognitionSchedule.objects.get()
    recognize(utc(2026, 1, 11))

    void_invoice(invoice_id=invoice.pk, at=utc(2026, 1, 11), reason="typo")

    assert booked(invoice) == {}
    assert states(invoice) == [(0, 0, 3100)]
    # What was earned while it stood stays in the books of that day.
    assert booked(invoice, utc(2026, 1, 11))["revenue"] == -1500


def test_clock_stops_for_recognition_with_each_month() -> None:
    test_clock = make_test_clock(now_at=NEW_YEAR, target_at=utc(2026, 3, 11, 8))
    customer = make_customer(test_clock=test_clock)
    invoice = issue(make_line(36500, **YEAR), customer=customer)
    scope = Scope(test_clock.pk)

    assert recognition.next_due(scope) == utc(2026, 2, 1)
    recognize(utc(2026, 2, 1), scope)
    assert booked(invoice)["revenue"] == -3100
    assert recognition.next_due(scope) == utc(2026, 3, 1)
    recognize(utc(2026, 3, 1), scope)
    assert booked(invoice)["revenue"] == -5900
    assert recognize(utc(2026, 3, 11)) == 0


def test_deferred_revenue_is_told_by_the_month_that_earns_it() -> None:
    invoice = issue(make_line(36500, **YEAR), make_line(3100, **JANUARY))
    recognize(utc(2026, 11, 11))

    told = deferred_by_month(brand_id=invoice.brand_id, livemode=False, at=utc(2026, 11, 11))
    before = deferred_by_month(brand_id=invoice.brand_id, livemode=False, at=utc(2026, 2, 1))

    assert [(row.month.month, row.amount_minor) for row in told] == [(11, 2000), (12, 3100)]
    assert [row.month.month for row in before] == list(range(2, 13))
    assert sum(row.amount_minor for row in before) == 36500 - 3100
    assert booked(invoice, utc(2026, 2, 1))["deferred_revenue"] == -(36500 - 3100)


def test_position_of_a_line_is_told_as_it_was() -> None:
    invoice = issue(make_line(3100, **JANUARY), make_line(500))
    credit(invoice, 1000, utc(2026, 1, 11))
    recognize(utc(2026, 2, 1))
    lines = list(invoice.lines.select_related("invoice"))

    def told(at: datetime) -> list[tuple[int, int, int]]:
        positions = line_positions(lines, at=at)
        return [(row.deferred_minor, row.recognized_minor, row.credited_minor) for row in positions]

    assert told(NEW_YEAR) == []
    assert told(utc(2026, 1, 10)) == [(3100, 0, 0), (0, 500, 0)]
    assert told(utc(2026, 1, 12)) == [(1100, 1000, 1000), (0, 500, 0)]
    assert told(utc(2026, 2, 1)) == [(0, 2100, 1000), (0, 500, 0)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoices_recognitionschedule SET amount_minor = 1",
        "UPDATE invoices_recognitionschedule SET ends_at = now()",
        "UPDATE invoices_recognitionschedule SET recognized_minor = recognized_minor + 99999",
        "UPDATE invoices_recognitionschedule SET next_at = NULL",
        "DELETE FROM invoices_recognitionschedule",
        "TRUNCATE invoices_recognitionschedule CASCADE",
        "UPDATE invoices_recognitionmovement SET recognized_minor = 1",
        "DELETE FROM invoices_recognitionmovement",
        "TRUNCATE invoices_recognitionmovement",
    ],
)
def test_schedules_and_their_movements_are_kept(statement: str) -> None:
    issue(make_line(3100, **JANUARY))
    recognize(utc(2026, 1, 3))

    with connection.cursor() as cursor:
        # Deferred checks would refuse a TRUNCATE for another reason.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(statement)

    assert RecognitionMovement.objects.get().kind == RecognitionKind.RECOGNIZED
