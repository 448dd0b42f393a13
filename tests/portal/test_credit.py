from __future__ import annotations

import csv
import html
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.billing.services.top_ups.settle_top_ups import settle_top_ups
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.entitlements.models import FeatureFlag
from apps.invoices.models import Invoice
from apps.portal.features import TOP_UP
from apps.wallets.enums import GrantKind, TopUpRule
from apps.wallets.models import Wallet
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_customer, make_member, make_test_clock
from tests.factories.payments import save_card
from tests.factories.plans import make_meter
from tests.factories.wallets import make_grant, make_wallet
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def holder() -> tuple[Customer, Client]:
    customer = make_customer(test_clock=make_test_clock(now_at=STARTED_AT))
    client = Client()
    client.force_login(make_member(customer=customer).user)
    return customer, client


def get(client: Client, name: str, *args: object, **query: str) -> Any:
    return client.get(reverse(f"portal:{name}", args=args), query)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_credit_shows_balances_grants_and_what_they_pay_for() -> None:
    customer, client = holder()
    wallet = make_wallet(customer=customer, name="API credit")
    meter = make_meter(name="Calls")
    make_grant(5000, wallet=wallet, name="Prepaid in January")
    make_grant(
        2000,
        wallet=wallet,
        name="Welcome",
        kind=GrantKind.PROMOTIONAL,
        expires_at=STARTED_AT + timedelta(days=28),
        meter_ids=(meter.pk,),
    )
    make_grant(700, wallet=wallet, name="Later", effective_at=STARTED_AT + timedelta(days=7))

    page = text_of(get(client, "credit"))

    for expected in ("API credit", "€77.00", "€70.00", "Prepaid in January", "Welcome", "Calls"):
        assert expected in page
    assert "Feb 28, 2026" in page
    assert "from <time" in page
    assert "Can be spent now" in page


def test_credit_that_was_used_for_an_invoice_leads_to_it() -> None:
    customer, client = holder()
    wallet = make_wallet(customer=customer)
    make_grant(5000, wallet=wallet, name="Prepaid")
    invoice = subscribe_to(customer=customer).invoices[0]

    page = text_of(get(client, "credit_movements", wallet.public_id))
    table = list(csv.DictReader(io.StringIO(get(client, "credit_csv", wallet.public_id).content.decode())))
    bill = text_of(get(client, "invoice", invoice.public_id))

    assert reverse("portal:invoice", args=[invoice.public_id]) in page
    assert "−€29.00" in page
    assert [(row["kind"], row["amount"], row["balance"]) for row in table] == [
        ("granted", "50.00", "50.00"),
        ("spent", "-29.00", "21.00"),
    ]
    assert "Paid from prepaid credit" in bill


def test_movements_are_paged() -> None:
    customer, client = holder()
    wallet = make_wallet(customer=customer)
    for _ in range(27):
        make_grant(100, wallet=wallet)

    first = get(client, "credit_movements", wallet.public_id)
    second = get(client, "credit_movements", wallet.public_id, cursor=first.context["page"].next_cursor)

    assert (len(first.context["page"].rows), len(second.context["page"].rows)) == (25, 2)
    assert second.context["page"].next_cursor == ""


def test_alert_is_set_and_told_on_the_overview() -> None:
    customer, client = holder()
    wallet = make_wallet(customer=customer)
    make_grant(900, wallet=wallet)
    path = reverse("portal:credit_settings", args=[wallet.public_id])

    refused = text_of(client.post(path, {"alert_thresholds": "1\n2\n3\n4"}))
    too_small = text_of(client.post(path, {"alert_thresholds": "1.005"}))
    saved = client.post(path, {"alert_thresholds": "10\n25.50"})

    assert "These are more than three amounts." in refused
    assert "EUR has no such small amounts." in too_small
    assert saved.status_code == 302
    wallet.refresh_from_db()
    assert wallet.alert_thresholds == [1000, 2550]
    assert "Your credit is down to €9.00." in text_of(get(client, "home"))
    assert "Your credit has fallen below €10.00." in text_of(get(client, "credit"))


def test_top_up_rule_is_offered_only_where_it_is_allowed() -> None:
    customer, client = holder()
    wallet = make_wallet(customer=customer)
    path = reverse("portal:credit_settings", args=[wallet.public_id])
    form = {"alert_thresholds": "", "rule": "threshold", "amount_minor": "50", "threshold_minor": "10"}

    client.post(path, form)
    assert Wallet.objects.get().top_up_rule == TopUpRule.NONE
    assert "Buy more credit" not in text_of(client.get(path))
    FeatureFlag.objects.create(name=TOP_UP, everyone=True)
    refused = text_of(client.post(path, form | {"amount_minor": ""}))
    client.post(path, form)

    assert "A top-up is above zero." in refused
    wallet.refresh_from_db()
    assert (wallet.top_up_rule, wallet.top_up_amount_minor, wallet.top_up_threshold_minor) == (
        TopUpRule.THRESHOLD,
        5000,
        1000,
    )
    assert "€50.00 is bought by itself when the credit falls below €10.00." in text_of(get(client, "credit"))


def test_credit_is_bought_by_an_invoice_and_comes_once_it_is_paid(gateway: GatewaySandbox) -> None:
    customer, client = holder()
    save_card(gateway, customer)
    wallet = make_wallet(customer=customer)
    path = reverse("portal:buy_credit", args=[wallet.public_id])

    refused = text_of(client.post(path, {"amount_minor": "0"}))
    sent = client.post(path, {"amount_minor": "50"})
    waiting = text_of(get(client, "credit"))
    again = text_of(client.post(path, {"amount_minor": "50"}))
    paid = text_of(client.post(sent["Location"], follow=True))
    settle_top_ups(scope=Scope(customer.test_clock_id), at=STARTED_AT)

    assert "A top-up is above zero." in refused
    assert "€50.00 is ordered" in waiting
    assert "A top-up of this wallet is under way." in again
    assert "Paid, thank you" in paid
    assert reverse("portal:credit") in paid
    assert Invoice.objects.get().paid_minor == 5000
    wallet.refresh_from_db()
    assert wallet.balance_minor == 5000
    assert "is ordered" not in text_of(get(client, "credit"))


def test_customer_without_credit_is_told_what_comes_here() -> None:
    _, client = holder()

    assert "No credit yet" in text_of(get(client, "credit"))
