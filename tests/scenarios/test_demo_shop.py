from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model

from apps.accounts.models import ApiKey, Brand, User
from apps.audit.models import Event
from apps.billing.services.run.sweep import sweep
from apps.core.errors import Conflict
from apps.customers.enums import TestClockStatus
from apps.customers.models import Customer, TestClock
from apps.customers.services.create_test_clock import create_test_clock
from apps.invoices.books_selectors import book_problems
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import Invoice, InvoiceTax, RecognitionSchedule
from apps.ledger.selectors import imbalance, trial_balance
from apps.notifications.enums import MailKind
from apps.notifications.models import Mail
from apps.payments.enums import OPEN_STATUSES
from apps.payments.models import Payment, PaymentMethod
from apps.plans.models import Meter, Plan
from apps.scenarios.demo import shop
from apps.scenarios.services.fill_demo_shop import CLOCK_NAME, DemoSize, fill_demo_shop
from apps.subscriptions.models import Subscription
from tests.fixtures.gateway import GatewaySandbox

# One present for ever: the same story in every run.
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
SMALL = DemoSize(customers=30, days=150)
COUNTED: tuple[type[Model], ...] = (Customer, Invoice, Payment, Subscription, Mail, Event, User, ApiKey)
REACHED: tuple[type[Model], ...] = (Customer, Subscription, Invoice, Payment, PaymentMethod, Plan, Meter)
ISSUED = (InvoiceStatus.OPEN, InvoiceStatus.PAID, InvoiceStatus.UNCOLLECTIBLE)


@pytest.mark.slow
@pytest.mark.real_commits
def test_shop_is_filled_with_a_believable_past(gateway: GatewaySandbox) -> None:
    progress: list[int] = []

    filled = fill_demo_shop(size=SMALL, now=lambda: NOW, on_progress=lambda done, _: progress.append(done))

    assert filled is not None
    assert progress == list(range(1, SMALL.days + 1))
    check_that_much_has_happened()
    check_books(filled.brand)
    check_that_events_lead_to_every_row()
    check_mails()
    check_logins(filled.logins)
    check_that_time_goes_on()
    rows = count_rows()
    assert fill_demo_shop(size=SMALL, now=lambda: NOW) is None
    assert count_rows() == rows


@pytest.mark.real_commits
def test_shop_whose_filling_was_interrupted_is_refused(gateway: GatewaySandbox) -> None:
    brand = shop.make_brand(at=NOW)
    test_clock = create_test_clock(brand=brand, livemode=False, now_at=NOW, at=NOW, name=CLOCK_NAME)
    Customer.objects.create(
        brand=brand, test_clock=test_clock, name="Half", email="a@b.example", currency="EUR", created_at=NOW
    )

    with pytest.raises(Conflict, match="interrupted"):
        fill_demo_shop(size=SMALL, now=lambda: NOW)


def check_that_much_has_happened() -> None:
    names = Counter(Event.objects.values_list("name", flat=True))
    wanted = (
        *("subscription.trial_converted", "subscription.trial_downgraded", "subscription.plan_changed"),
        *("subscription.past_due", "subscription.recovered", "subscription.canceled"),
        *("subscription.paused", "subscription.resumed", "credit_note.issued"),
        *("balance.credited", "balance.spent"),
        *("payment.failed", "payment.succeeded"),
        *("coupon.redeemed", "coupon.used", "wallet.top_up_fulfilled"),
    )

    assert {name: names[name] for name in wanted if not names[name]} == {}
    assert Customer.objects.count() == SMALL.customers
    assert set(Invoice.objects.values_list("currency", flat=True)) == {"EUR", "USD", "JPY"}
    assert {"S", "AE", "O"} <= set(InvoiceTax.objects.values_list("category", flat=True))
    assert not Invoice.objects.filter(tax_status=TaxStatus.WAITING).exists()


def check_books(brand: Brand) -> None:
    totals = trial_balance(brand_id=brand.pk, livemode=False)
    owed: dict[str, int] = defaultdict(int)
    for invoice in Invoice.objects.filter(status__in=ISSUED):
        owed[invoice.currency] += invoice.due_minor

    assert imbalance(totals) == {}
    assert book_problems(brand_id=brand.pk, livemode=False) == []
    # A year of fees was billed in advance: some is earned, some is not.
    assert RecognitionSchedule.objects.filter(next_at=None).exists()
    assert RecognitionSchedule.objects.filter(next_at__isnull=False).exists()
    assert {
        total.currency: total.balance_minor for total in totals if total.account_code == "receivable"
    } == owed
    assert not Payment.objects.filter(status__in=OPEN_STATUSES).exists()
    numbers = Invoice.objects.filter(status__in=ISSUED).order_by("number").values_list("number", flat=True)
    assert len(set(numbers)) == len(numbers) > SMALL.customers


def check_that_events_lead_to_every_row() -> None:
    subjects = set(Event.objects.values_list("subject_id", flat=True))
    for model in REACHED:
        rows: Any = model._default_manager.values_list("public_id", flat=True)

        assert set(rows) - subjects == set(), model


def check_mails() -> None:
    mails = Mail.objects.filter(kind=MailKind.INVOICE).values_list("subject_id", flat=True)
    issued = Invoice.objects.filter(status__in=ISSUED).values_list("public_id", flat=True)

    assert Counter(mails) == Counter(issued)
    told = Mail.objects.values_list("kind", "cause_id", "recipient")
    assert [mail for mail, times in Counter(told).items() if times > 1] == []


def check_logins(logins: list[shop.Login]) -> None:
    kinds = Counter(login.who.partition(",")[0] for login in logins)
    people = [login for login in logins if not login.who.startswith("API key")]

    assert kinds["Staff"] == 4
    assert kinds["API key"] == 2
    assert kinds["Customer"] >= 2
    assert [
        login for login in people if not User.objects.get(email=login.name).check_password(login.secret)
    ] == []


def check_that_time_goes_on() -> None:
    """The clock is released, so what falls due next is done by the sweeps of real time."""
    test_clock = TestClock.objects.get()
    assert test_clock.status == TestClockStatus.RELEASED
    assert not Customer.objects.exclude(test_clock=None).exists()

    following = Subscription.objects.exclude(next_bill_at=None).earliest("next_bill_at")
    due_at = due(following)
    assert timedelta() < due_at - test_clock.now_at < timedelta(days=3)

    sweep(at=due_at)

    following.refresh_from_db()
    assert following.next_bill_at is None or following.next_bill_at > due_at


def due(subscription: Subscription) -> datetime:
    assert subscription.next_bill_at is not None
    return subscription.next_bill_at


def count_rows() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in COUNTED}
