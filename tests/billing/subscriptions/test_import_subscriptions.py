from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Brand
from apps.billing.errors import ImportInvalid
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.import_subscriptions import ImportReport, import_subscriptions
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.billing.subscription_file import read_rows
from apps.customers.models import Customer
from apps.invoices.models import CreditNote, Invoice
from apps.plans.enums import BillingTiming, Interval, PeriodAlignment
from apps.plans.models import Plan
from apps.subscriptions.enums import CollectionMethod, UnusedPart
from apps.subscriptions.models import Subscription, TrialUse
from tests.billing.bills import bill, lines
from tests.factories.billing import utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import (
    flat_price,
    make_meter,
    make_plan,
    make_plan_version,
    metered_price,
    seat_price,
)
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

NOW = utc(2026, 3, 10, 12)


def row(plan: Plan, /, **changes: Any) -> dict[str, Any]:
    """Ada's subscription since 15 January, paid until 15 March."""
    values = {
        "customer": "ada",
        "name": "Ada",
        "email": "ada@example.com",
        "external_id": "deal-1",
        "plan": plan.code,
        "started_at": "2026-01-15",
        "current_period_start": "2026-02-15",
        "current_period_end": "2026-03-15",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def bring_in(*rows: dict[str, Any], brand: Brand | None = None, **options: Any) -> ImportReport:
    read = read_rows(text=json.dumps(rows, indent=1), filename="running.json")
    values = {"brand": brand or make_brand(), "livemode": False, "at": NOW}
    return import_subscriptions(rows=read, **values | options)


def test_imported_period_is_paid_and_the_next_is_billed_once() -> None:
    report = bring_in(row(make_plan()))

    subscription = Subscription.objects.get()
    assert (report.made, report.customers) == (["deal-1"], ["ada"])
    assert (subscription.status, subscription.next_bill_at) == ("active", utc(2026, 3, 15))
    assert not Invoice.objects.exists()
    assert bill(subscription, utc(2026, 3, 14)) == []
    assert lines(bill(subscription, utc(2026, 3, 15))) == [(2900, "03-15", "04-15")]
    assert bill(subscription, utc(2026, 3, 15)) == []
    assert lines(bill(subscription, utc(2026, 4, 15))) == [(2900, "04-15", "05-15")]


@pytest.mark.parametrize("unused", [UnusedPart.SAME_INVOICE, UnusedPart.CREDIT_NOTE, UnusedPart.REFUND])
def test_nothing_is_credited_of_what_was_paid_elsewhere(unused: UnusedPart) -> None:
    bring_in(row(make_plan()))
    subscription = Subscription.objects.get()

    invoices = cancel_now(
        subscription_id=subscription.pk, reason="other", comment="", at=utc(2026, 3, 11), unused_part=unused
    )

    assert invoices == []
    assert not CreditNote.objects.exists()


def test_twice_is_once() -> None:
    brand, plan = make_brand(), make_plan()
    bring_in(row(plan), brand=brand)

    again = bring_in(row(plan), row(plan, external_id="deal-2"), brand=brand)

    assert (again.known, again.made, again.customers) == (["deal-1"], ["deal-2"], [])
    assert (Subscription.objects.count(), Customer.objects.count()) == (2, 1)


def test_dry_run_keeps_nothing() -> None:
    report = bring_in(row(make_plan()), dry_run=True)

    assert report.made == ["deal-1"]
    assert (Subscription.objects.count(), Customer.objects.count()) == (0, 0)


def test_seats_version_and_collection_are_those_of_the_row() -> None:
    plan = make_plan(prices=[seat_price("10.00"), seat_price("2.00", code="light")])
    make_plan_version(plan=plan, prices=[seat_price("99.00")])

    bring_in(row(plan, version=1, quantity=3, quantities={"light": 4}, collection_method="send_invoice"))

    subscription = Subscription.objects.get()
    assert subscription.collection_method == CollectionMethod.SEND_INVOICE
    assert [amount for amount, *_ in lines(bill(subscription, utc(2026, 3, 15)))] == [3000, 800]


def test_month_ends_come_back_from_the_start() -> None:
    bring_in(
        row(
            make_plan(),
            started_at="2025-10-31",
            current_period_start="2026-02-28",
            current_period_end="2026-03-31",
        )
    )

    subscription = Subscription.objects.get()
    assert lines(bill(subscription, utc(2026, 3, 31))) == [(2900, "03-31", "04-30")]
    assert lines(bill(subscription, utc(2026, 4, 30))) == [(2900, "04-30", "05-31")]


def test_periods_that_do_not_follow_from_the_start_are_counted_from_the_paid_end() -> None:
    bring_in(row(make_plan(), current_period_start="2026-02-20", current_period_end="2026-03-20"))

    assert lines(bill(Subscription.objects.get(), utc(2026, 3, 20))) == [(2900, "03-20", "04-20")]


def test_days_are_those_of_the_customers_zone() -> None:
    brand = make_brand()
    make_customer(brand=brand, external_id="ada", time_zone="Europe/Berlin")

    bring_in(row(make_plan()), brand=brand)

    assert Subscription.objects.get().next_bill_at == utc(2026, 3, 14, 23)


def test_periods_after_a_trial_are_counted_from_its_end() -> None:
    bring_in(
        row(
            make_plan(),
            started_at="2026-01-05",
            trial_ends_at="2026-01-31",
            current_period_start="2026-02-28",
            current_period_end="2026-03-31",
        )
    )

    subscription = Subscription.objects.get()
    assert lines(bill(subscription, utc(2026, 3, 31))) == [(2900, "03-31", "04-30")]
    assert lines(bill(subscription, utc(2026, 4, 30))) == [(2900, "04-30", "05-31")]
    assert TrialUse.objects.get().started_at == utc(2026, 1, 5)


def test_billing_day_is_kept() -> None:
    plan = make_plan(version={"alignment": PeriodAlignment.BILLING_DAY})

    bring_in(row(plan, current_period_start="2026-03-01", current_period_end="2026-04-01", billing_day=1))

    assert lines(bill(Subscription.objects.get(), utc(2026, 4, 1))) == [(2900, "04-01", "05-01")]


def test_arrears_and_usage_of_the_running_period_are_billed_at_its_end() -> None:
    brand, meter = make_brand(), make_meter()
    fee = flat_price("28.00", timing=BillingTiming.IN_ARREARS)
    bring_in(row(make_plan(prices=[fee, metered_price(meter, unit_amount="2.00")])), brand=brand)
    customer = Customer.objects.get()
    send(customer, make_event(customer, meter.event_name, timestamp=utc(2026, 2, 20)))

    billed = lines(bill(Subscription.objects.get(), utc(2026, 3, 15)))

    assert sorted(billed) == [(200, "02-15", "03-15"), (2800, "02-15", "03-15")]


def test_usage_of_a_yearly_plan_goes_on_month_by_month() -> None:
    meter = make_meter()
    prices = [flat_price("300.00", interval=Interval.YEAR), metered_price(meter)]
    bring_in(
        row(make_plan(prices=prices), current_period_start="2026-01-15", current_period_end="2027-01-15")
    )

    subscription = Subscription.objects.get()
    assert subscription.next_bill_at == utc(2026, 3, 15)
    assert subscription.current_period_ends_at == utc(2027, 1, 15)
    assert bill(subscription, utc(2026, 3, 15)) == []
    assert subscription.next_bill_at == utc(2026, 4, 15)


def test_trial_that_runs_on_ends_and_is_billed_then() -> None:
    bring_in(
        row(
            make_plan(),
            started_at="2026-03-01",
            trial_ends_at="2026-03-20",
            current_period_start=None,
            current_period_end=None,
        )
    )

    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.trial_ends_at) == ("trialing", utc(2026, 3, 20))
    assert subscription.trial_reminder_at == utc(2026, 3, 13, 0)
    assert lines(bill(subscription, utc(2026, 3, 20))) == [(2900, "03-20", "04-20")]


def test_trial_that_was_had_is_not_given_again() -> None:
    plan = make_plan(version={"trial_days": 14})
    bring_in(row(plan, trial_used="yes"), row(plan, external_id="deal-2", customer="bob"))
    ada = Customer.objects.get(external_id="ada")

    again = subscribe(
        customer=ada,
        purchase=Purchase(plan.code, collection_method=CollectionMethod.SEND_INVOICE),
        at=utc(2026, 3, 11),
    )

    assert TrialUse.objects.count() == 1
    assert again.subscription.trial_ends_at is None


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"plan": "none"}, "line 2: plan"),
        ({"version": 7}, "line 2: version"),
        ({"quantity": 2}, "line 2: quantity"),
        ({"quantity": "two"}, "line 2: quantity"),
        ({"currency": "JPY"}, "line 2: currency"),
        ({"started_at": "yesterday"}, "line 2: started_at"),
        ({"started_at": "2026-01-15T10:00:00"}, "line 2: started_at"),
        ({"started_at": "2026-06-01"}, "line 2: started_at"),
        ({"started_at": None}, "line 2: started_at"),
        ({"current_period_end": None}, "line 2: current_period_end"),
        ({"current_period_end": "2026-02-01"}, "line 2: current_period_end"),
        ({"current_period_start": "2025-01-01"}, "line 2: current_period_start"),
        ({"anchor": "2026-01-03"}, "line 2: current_period_end"),
        ({"billing_day": 40}, "line 2: billing_day"),
        ({"collection_method": "barter"}, "line 2: collection_method"),
        ({"trial_used": "perhaps"}, "line 2: trial_used"),
        ({"name": None, "email": None}, "line 2: customer"),
        ({"email": "nobody"}, "line 2: email"),
        ({"qantity": 1}, "line 2: qantity"),
    ],
)
def test_fault_names_line_and_field_and_nothing_is_kept(changes: dict[str, Any], place: str) -> None:
    plan = make_plan()

    with pytest.raises(ImportInvalid) as refused:
        bring_in(row(plan, **changes))

    assert [fault.field for fault in refused.value.errors][:1] == [place]
    assert (Subscription.objects.count(), Customer.objects.count()) == (0, 0)


def test_every_faulty_row_is_named_and_good_ones_are_not_kept() -> None:
    plan = make_plan()

    with pytest.raises(ImportInvalid) as refused:
        bring_in(row(plan), row(plan, external_id="b", plan="none"), row(plan, external_id="deal-1"))

    places = [fault.field for fault in refused.value.errors]
    assert [place.split(": ")[1] for place in places if place] == ["plan", "external_id"]
    assert not Subscription.objects.exists()


def test_command_reads_csv_and_says_what_it_did(tmp_path: Path) -> None:
    make_brand(code="acme")
    make_plan(code="team")
    file = tmp_path / "running.csv"
    file.write_text(
        "customer,name,email,external_id,plan,started_at,current_period_start,current_period_end\n"
        "ada,Ada,ada@example.com,deal-1,team,2026-01-15,2026-02-15,2026-03-15\n",
        encoding="utf-8",
    )
    said = io.StringIO()

    call_command("import_subscriptions", str(file), "--brand", "acme", "--dry-run", stdout=said)
    call_command("import_subscriptions", str(file), "--brand", "acme", stdout=said)
    call_command("import_subscriptions", str(file), "--brand", "acme", stdout=said)

    assert said.getvalue().splitlines() == [
        "Would import: 1 (customers made: 1).",
        "Imported: 1 (customers made: 1).",
        "Imported: 0 (customers made: 0).",
        "There already, left alone: 1.",
    ]


def test_command_names_every_fault(tmp_path: Path) -> None:
    make_brand(code="acme")
    file = tmp_path / "running.csv"
    file.write_text("customer,external_id,plan,started_at\nada,deal-1,none,2026-01-15\n", encoding="utf-8")

    with pytest.raises(CommandError) as refused:
        call_command("import_subscriptions", str(file), "--brand", "acme")

    assert "line 2: customer" in str(refused.value)
    assert "Nothing was imported." in str(refused.value)
