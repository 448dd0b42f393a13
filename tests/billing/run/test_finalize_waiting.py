from __future__ import annotations

from datetime import timedelta

import pytest

from apps.billing import due
from apps.billing.models import CollectionCase
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.run.finalize_waiting import finalize_waiting
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.usage.settle_late_usage import settle_late_usage
from apps.core.due_work import Scope
from apps.invoices.enums import InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.plans.enums import LateUsage
from apps.plans.policies import Timing
from apps.subscriptions.models import Subscription
from tests.billing.collection.test_collect_concurrently import at_once
from tests.billing.usage.late import FEB, JAN, MARCH, report, short, subscribed, usage_lines, void
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import flat_price, make_plan
from tests.factories.usage import make_event, send

REAL_TIME = Scope(None)
DUE_AT = FEB + timedelta(hours=48)


def waiting(**meter: object) -> Subscription:
    """A metered subscription of a customer whose brand lets invoices of usage wait 48 hours."""
    customer = make_customer(brand=make_brand(invoice_grace_hours=48))
    return subscribed(customer=customer, **meter)  # type: ignore[arg-type]


def drafted(subscription: Subscription) -> Invoice:
    (draft,) = bill_customer(customer_id=subscription.customer_id, at=FEB)
    assert (draft.status, draft.finalize_at, draft.number) == (InvoiceStatus.DRAFT, DUE_AT, None)
    return draft


@pytest.mark.django_db
def test_a_draft_waits_and_takes_up_what_came_late() -> None:
    subscription = waiting()
    report(subscription, utc(2026, 1, 5))
    draft = drafted(subscription)
    assert draft.total_minor == 1200
    report(subscription, utc(2026, 1, 6), utc(2026, 1, 7))

    assert due.waiting_drafts.next_due(REAL_TIME) == DUE_AT
    assert due.waiting_drafts.run_due(REAL_TIME, DUE_AT - timedelta(seconds=1)) == 0
    assert due.waiting_drafts.run_due(REAL_TIME, DUE_AT) == 1

    draft.refresh_from_db()
    assert (draft.status, draft.total_minor, draft.finalized_at) == ("open", 1600, DUE_AT)
    (line,) = usage_lines(draft)
    assert short([line]) == [("Jan", 3, 600)]
    assert (line.charge_key[-1], line.position) == ("0", 2)
    assert not line.description.startswith("Late")
    assert CollectionCase.objects.filter(invoice=draft).exists()
    assert due.waiting_drafts.next_due(REAL_TIME) is None
    assert usage_lines(*bill_customer(customer_id=subscription.customer_id, at=MARCH)) == []


@pytest.mark.django_db
def test_usage_of_a_draft_that_had_none_gets_a_line() -> None:
    subscription = waiting()
    draft = drafted(subscription)
    report(subscription, utc(2026, 1, 6))

    final = finalize_waiting(invoice_id=draft.pk, at=DUE_AT)

    assert (short(usage_lines(final)), final.total_minor) == ([("Jan", 1, 200)], 1200)


@pytest.mark.django_db
def test_usage_that_was_voided_leaves_the_draft() -> None:
    subscription = waiting()
    event = make_event(subscription.customer, "call", timestamp=utc(2026, 1, 6))
    send(subscription.customer, event)
    draft = drafted(subscription)
    void(subscription, event.id)

    final = finalize_waiting(invoice_id=draft.pk, at=DUE_AT)

    assert (usage_lines(final), final.total_minor) == ([], 1000)


@pytest.mark.django_db
def test_usage_that_comes_after_the_draft_was_finalised_is_late() -> None:
    subscription = waiting()
    draft = drafted(subscription)
    finalize_waiting(invoice_id=draft.pk, at=DUE_AT)
    report(subscription, utc(2026, 1, 6))

    (following,) = bill_customer(customer_id=subscription.customer_id, at=MARCH)

    (line,) = usage_lines(following)
    assert line.description.startswith("Late usage: ")
    assert line.amount_minor == 200


@pytest.mark.django_db
def test_a_correcting_meter_leaves_late_usage_to_the_draft() -> None:
    subscription = waiting(late_usage=LateUsage.CORRECTION)
    draft = drafted(subscription)
    report(subscription, utc(2026, 1, 6))

    assert settle_late_usage(subscription_id=subscription.pk, at=utc(2026, 2, 2)).invoices == []
    assert finalize_waiting(invoice_id=draft.pk, at=DUE_AT).total_minor == 1200


@pytest.mark.django_db
def test_a_late_line_on_a_draft_is_rated_again_too() -> None:
    subscription = waiting()
    finalize_waiting(invoice_id=drafted(subscription).pk, at=DUE_AT)
    report(subscription, utc(2026, 1, 6))
    (draft,) = bill_customer(customer_id=subscription.customer_id, at=MARCH)
    report(subscription, utc(2026, 1, 7), utc(2026, 2, 7))

    final = finalize_waiting(invoice_id=draft.pk, at=MARCH + timedelta(hours=48))

    assert sorted(short(usage_lines(final))) == [("Feb", 1, 200), ("Jan", 2, 400)]


@pytest.mark.django_db
def test_the_next_bill_of_the_subscription_finalises_its_draft_first() -> None:
    subscription = waiting()
    draft = drafted(subscription)
    report(subscription, utc(2026, 1, 6))
    dearer = make_plan(prices=[flat_price("20.00")])
    request = ChangeRequest(plan_code=dearer.code, timing=Timing.NOW)

    made = change_plan(subscription_id=subscription.pk, request=request, at=utc(2026, 2, 2))

    draft.refresh_from_db()
    assert (draft.status, draft.total_minor, draft.number is not None) == ("open", 1200, True)
    assert made.invoices[0] == draft
    # The fee of February stood on the draft; 27 of 28 days of it are credited.
    credits = [line.amount_minor for line in made.invoices[1].lines.all() if line.amount_minor < 0]
    assert credits == [-964]


@pytest.mark.django_db
def test_invoices_without_usage_do_not_wait() -> None:
    customer = make_customer(brand=make_brand(invoice_grace_hours=48))
    subscribed_to = subscribe_to(customer=customer, at=JAN)
    first_of_a_metered_plan = subscribed(customer=make_customer(brand=customer.brand)).pk

    (renewal,) = bill_customer(customer_id=customer.pk, at=FEB)

    assert [invoice.status for invoice in subscribed_to.invoices] == ["open"]
    assert renewal.status == InvoiceStatus.OPEN
    assert Invoice.objects.filter(lines__subscription=first_of_a_metered_plan).get().status == "open"


@pytest.mark.django_db
def test_a_customers_own_grace_comes_before_the_brands() -> None:
    brand = make_brand(invoice_grace_hours=48)
    subscription = subscribed(customer=make_customer(brand=brand, invoice_grace_hours=0))

    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=FEB)

    assert invoice.status == InvoiceStatus.OPEN


@pytest.mark.real_commits
def test_workers_finalise_a_draft_once() -> None:
    subscription = waiting()
    draft = drafted(subscription)

    results = at_once(lambda: finalize_waiting(invoice_id=draft.pk, at=DUE_AT), workers=8)

    assert sum(isinstance(one, Invoice) for one in results) == 1
    assert sum(isinstance(one, InvoiceRefused) for one in results) == 7
    assert Invoice.objects.filter(number__isnull=False).count() == 2


@pytest.mark.django_db
def test_a_late_run_lets_its_draft_wait_and_take_up_what_came_late() -> None:
    subscription = waiting()
    run_at = FEB + timedelta(minutes=5)

    (draft,) = bill_customer(customer_id=subscription.customer_id, at=run_at)
    assert (draft.status, draft.created_at, draft.boundary_at) == (InvoiceStatus.DRAFT, run_at, FEB)
    report(subscription, utc(2026, 1, 6))
    final = finalize_waiting(invoice_id=draft.pk, at=run_at + timedelta(hours=48))
    (following,) = bill_customer(customer_id=subscription.customer_id, at=MARCH + timedelta(minutes=5))

    assert (short(usage_lines(final)), final.total_minor) == ([("Jan", 1, 200)], 1200)
    assert usage_lines(following) == []


@pytest.mark.django_db
def test_a_correcting_meter_leaves_late_usage_to_the_draft_of_a_late_run() -> None:
    subscription = waiting(late_usage=LateUsage.CORRECTION)
    bill_customer(customer_id=subscription.customer_id, at=FEB + timedelta(minutes=5))
    report(subscription, utc(2026, 1, 6))

    assert settle_late_usage(subscription_id=subscription.pk, at=utc(2026, 2, 2)).invoices == []
