from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import Event
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.run.run_billing import run_billing
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.entitlements.models import FeatureFlag
from apps.invoices.enums import CreditReason
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.portal.features import PLAN_CHANGE, USAGE_EXPORT
from apps.subscriptions.models import Subscription
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import STARTED_AT, make_card, subscribe_to, utc
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_brand, make_customer, make_member, make_test_clock
from tests.factories.invoices import issue_invoice
from tests.factories.payments import make_unpaid_invoice
from tests.factories.plans import flat_price, make_free_plan, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db


def client_of(customer: Customer) -> Client:
    client = Client()
    client.force_login(make_member(customer=customer).user)
    return client


def get(client: Client, name: str, *args: object, **query: str) -> Any:
    return client.get(reverse(f"portal:{name}", args=args), query)


def customer_at(at: Any = STARTED_AT, **fields: Any) -> Customer:
    return make_customer(test_clock=make_test_clock(now_at=at, name="March"), **fields)


def test_home_says_what_i_have_use_and_pay_next() -> None:
    meter = make_meter(code="calls", name="Calls")
    customer = customer_at()
    plan = make_plan(name="Pro", prices=[flat_price(), metered_price(meter, unit_amount="0.10")])
    subscribe_to(plan, customer=customer)
    event = make_event(customer, "calls", timestamp=STARTED_AT)
    send(customer, event, received_at=STARTED_AT + timedelta(hours=1))
    customer.test_clock.now_at = STARTED_AT + timedelta(hours=2)
    customer.test_clock.save()

    page = get(client_of(customer), "home").content.decode()

    assert "Pro" in page
    assert '<span class="money">€29.10</span>' in page
    assert "€0.10 so far" in page
    assert "Time travel:" in page


@pytest.mark.parametrize("page", ["home", "subscription", "payment"])
def test_pages_of_an_unpaid_customer_link_the_pay_page_for_payers_only(page: str) -> None:
    customer = customer_at(STARTED_AT + timedelta(days=1))
    subscribe_to(customer=customer)

    owner = get(client_of(customer), page).content.decode()
    viewer = Client()
    viewer.force_login(make_member(customer=customer, role="viewer").user)

    assert "is not paid yet." in owner
    assert "/pay/" in owner
    seen = get(viewer, page).content.decode()
    assert "is not paid yet." in seen
    assert "/pay/" not in seen


@pytest.mark.parametrize("page", ["home", "subscription", "invoices", "usage", "payment", "team"])
def test_queries_of_a_page_do_not_grow_with_its_rows(page: str) -> None:
    small, large = customer_at(), customer_at()
    for customer, months in ((small, 1), (large, 9)):
        subscribe_to(customer=customer)
        for _ in range(months):
            due_at = Subscription.objects.get(customer=customer).next_bill_at
            assert due_at is not None
            run_billing(scope=Scope(customer.test_clock_id), at=due_at)
            customer.test_clock.now_at = due_at
            customer.test_clock.save()
    for number in range(6):
        make_card(large, gateway_id=f"pm_{number}", is_default=False)
        make_member(customer=large, role="viewer")

    counts = []
    for client in (client_of(small), client_of(large)):
        get(client, page)
        with CaptureQueriesContext(connection) as queries:
            assert get(client, page).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_invoices_are_paged_and_filtered(gateway: Any) -> None:
    customer = customer_at()
    subscribe_to(customer=customer)
    for _ in range(22):
        due_at = Subscription.objects.get(customer=customer).next_bill_at
        assert due_at is not None
        run_billing(scope=Scope(customer.test_clock_id), at=due_at)
    client = client_of(customer)

    first = get(client, "invoices")
    cursor = first.context["page"].next_cursor
    second = get(client, "invoices", cursor=cursor)

    numbers = [row.number for each in (first, second) for row in each.context["page"].rows]
    assert (len(first.context["page"].rows), len(numbers), len(set(numbers))) == (20, 23, 23)
    assert second.context["page"].next_cursor == ""
    assert get(client, "invoices", status="paid").context["page"].rows == []
    assert get(client, "invoices", cursor="nonsense").status_code == 422


def test_invoice_explains_each_line() -> None:
    customer = customer_at()
    (invoice,) = subscribe_to(customer=customer).invoices

    page = get(client_of(customer), "invoice", invoice.public_id).content.decode()

    assert "Flat price: €29.00" in page
    assert page.count("€29.00") >= 3


def test_usage_csv_has_each_day_of_the_customers_zone() -> None:
    meter = make_meter(code="calls")
    at = utc(2026, 3, 1, 12)
    customer = customer_at(at, time_zone="Asia/Kathmandu")
    bought = subscribe_to(make_plan(prices=[metered_price(meter)]), customer=customer, at=at)
    customer.test_clock.now_at = now = utc(2026, 3, 3, 0)
    customer.test_clock.save()
    # 18:15 UTC is midnight in Kathmandu.
    for hours in (1, 6.25, 7):
        send(customer, make_event(customer, "calls", timestamp=at + timedelta(hours=hours)), received_at=now)

    response = get(client_of(customer), "usage_csv", bought.subscription.public_id, "calls")

    rows = list(csv.reader(io.StringIO(response.content.decode())))
    assert rows == [
        ["date", "time_zone", "meter", "unit", "value"],
        ["2026-03-01", "Asia/Kathmandu", "calls", "unit", "1"],
        ["2026-03-02", "Asia/Kathmandu", "calls", "unit", "2"],
        ["2026-03-03", "Asia/Kathmandu", "calls", "unit", "0"],
    ]


def test_flags_switch_features_of_the_portal_by_plan() -> None:
    meter = make_meter()
    customer = customer_at()
    plan = make_plan(prices=[flat_price(), metered_price(meter)])
    bought = subscribe_to(plan, customer=customer)
    client, args = client_of(customer), [bought.subscription.public_id]
    paths = [("change_plan", args), ("usage_csv", [*args, meter.code])]
    assert [get(client, name, *a).status_code for name, a in paths] == [200, 200]

    flags = [FeatureFlag.objects.create(name=name) for name in (PLAN_CHANGE, USAGE_EXPORT)]
    assert [get(client, name, *a).status_code for name, a in paths] == [403, 403]
    assert "Export CSV" not in get(client, "usage").content.decode()

    for flag in flags:
        flag.plans.add(plan)
    assert [get(client, name, *a).status_code for name, a in paths] == [200, 200]


def test_change_of_details_is_saved_and_a_wrong_one_is_said_at_its_field() -> None:
    customer = customer_at()
    client = client_of(customer)
    form = {
        "name": "Ada & Sons",
        "email": "new@ada.example",
        "extra_recipients": "one@ada.example\ntwo@ada.example",
        "address_lines": "Hauptstraße 1",
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "locale": "de",
        "po_number": "PO 7",
    }
    wrong = client.post(reverse("portal:edit_billing_details"), form | {"extra_recipients": "nobody"})
    assert wrong.context["form"].errors == {"extra_recipients": ["This is not an e-mail address."]}
    customer.refresh_from_db()
    assert customer.name == "Ada Lovelace"

    right = client.post(reverse("portal:edit_billing_details"), form)

    customer.refresh_from_db()
    assert right.status_code == 302
    assert customer.extra_recipients == ["one@ada.example", "two@ada.example"]
    assert (customer.time_zone, customer.locale, customer.po_number) == ("Europe/Berlin", "de", "PO 7")
    assert Event.objects.get(name="customer.updated").actor_label.startswith("User")


def test_pricing_offers_currencies_and_rhythms() -> None:
    brand = make_customer().brand
    make_plan(code="pro", prices=[flat_price("29"), flat_price("31", "USD")])
    make_plan(code="pro-yearly", prices=[flat_price("290", interval="year")])
    make_free_plan()
    client = Client()
    assert brand.default_currency == "EUR"

    euro = client.get(reverse("portal:pricing")).context
    yearly = client.get(reverse("portal:pricing"), {"every": "year-1"}).context
    dollar = client.get(reverse("portal:pricing"), {"currency": "USD"}).context

    assert [offer.code for offer in euro["offers"]] == ["pro", "free"]
    assert [offer.code for offer in yearly["offers"]] == ["pro-yearly", "free"]
    assert [(offer.code, offer.headline) for offer in dollar["offers"]] == [("pro", "$31.00")]
    assert euro["currencies"] == ["EUR", "USD"]


def test_wish_of_a_stranger_survives_signing_up() -> None:
    brand = make_customer().brand
    make_plan(code="pro")
    client = Client()

    answer = client.get(reverse("portal:choose", args=["pro"]), {"currency": "EUR"})
    assert answer["Location"].startswith(reverse("account_signup"))
    member = make_member(customer=make_customer(brand=brand))
    Customer.objects.filter(pk=member.customer_id).update(livemode=True)
    client.force_login(member.user)
    form = {"name": "New", "country": "DE", "currency": "", "time_zone": "Europe/Berlin"}
    answer = client.post(reverse("portal:welcome"), form)

    assert answer["Location"] == reverse("portal:checkout") + "?plan=pro&currency=EUR"
    made = Customer.objects.get(name="New")
    assert (made.currency, made.time_zone, made.livemode) == ("EUR", "Europe/Berlin", False)


def test_paid_invoice_has_a_receipt(gateway: Any) -> None:
    invoice = make_unpaid_invoice(gateway)
    collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)

    response = get(client_of(invoice.customer), "receipt_pdf", invoice.public_id)

    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == f'attachment; filename="receipt-{invoice.number}.pdf"'


def test_invoices_page_shows_the_balance_and_what_was_given_back() -> None:
    customer = customer_at()
    adjust_balance(customer=customer, currency="EUR", amount_minor=1000, note="Thank you", at=STARTED_AT)
    invoice = issue_invoice(2500, customer=customer)
    make_credit_note(invoice.lines.get(), 500, memo="As agreed")
    client = client_of(customer)

    listed = get(client, "invoices").content.decode()
    shown = get(client, "invoice", invoice.public_id).content.decode()

    for expected in ("Your balance", "€0.00", "Thank you", "€5.00 off the invoice", "As agreed"):
        assert expected in listed
    for expected in ("Paid from your balance", "€10.00", "Credit notes", "Still due", "€10.00"):
        assert expected in shown


def test_another_customers_balance_is_not_shown() -> None:
    customer, other = customer_at(), customer_at()
    adjust_balance(customer=other, currency="EUR", amount_minor=1000, note="Secret", at=STARTED_AT)

    page = get(client_of(customer), "invoices").content.decode()

    assert "Your balance" not in page
    assert "Secret" not in page


def test_credit_note_and_einvoice_are_files_of_the_customers_own() -> None:
    brand = make_brand(tax_id="DE123456789")
    customer = customer_at(brand=brand)
    invoice = issue_invoice(2900, customer=customer)
    item = CreditItem(line_id=invoice.lines.get().pk, amount_minor=900)
    note = issue_credit_note(invoice_id=invoice.pk, items=[item], reason=CreditReason.OTHER, at=STARTED_AT)
    client, stranger = client_of(customer), client_of(customer_at())

    page = get(client, "invoice", invoice.public_id).content.decode()
    files = [
        get(client, "credit_note_pdf", note.public_id),
        get(client, "credit_note_xml", note.public_id),
        get(client, "invoice_xml", invoice.public_id),
    ]

    assert reverse("portal:credit_note_pdf", args=[note.public_id]) in page
    assert reverse("portal:invoice_xml", args=[invoice.public_id]) in page
    assert [(each.status_code, each["Content-Type"]) for each in files] == [
        (200, "application/pdf"),
        (200, "application/xml"),
        (200, "application/xml"),
    ]
    assert files[0]["Content-Disposition"] == f'attachment; filename="credit-note-{note.number}.pdf"'
    assert files[0].content[:5] == b"%PDF-"
    assert get(stranger, "credit_note_pdf", note.public_id).status_code == 404
    assert get(stranger, "invoice_xml", invoice.public_id).status_code == 404


def test_invoice_that_is_no_einvoice_offers_none() -> None:
    customer = customer_at()
    invoice = issue_invoice(2900, customer=customer)

    page = get(client_of(customer), "invoice", invoice.public_id).content.decode()

    assert reverse("portal:invoice_pdf", args=[invoice.public_id]) in page
    assert "invoice.xml" not in page
