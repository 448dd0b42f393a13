from __future__ import annotations

import pytest
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.plans.models import Meter
from apps.wallets.enums import TopUpRule
from apps.wallets.models import Wallet
from tests.factories.customers import make_customer
from tests.factories.plans import make_meter
from tests.factories.staff import staff_client
from tests.factories.wallets import make_grant, make_wallet

pytestmark = pytest.mark.django_db


def address(row, act: str) -> str:
    return reverse(f"admin:wallets_{row._meta.model_name}_act", args=[row.pk, act])


def test_wallet_is_opened_in_the_admin() -> None:
    customer = make_customer()
    values = {"customer": customer.pk, "currency": "usd", "name": "Calls"}

    client = staff_client()
    assert client.get(reverse("admin:wallets_wallet_add")).status_code == 200
    client.post(reverse("admin:wallets_wallet_add"), values)

    wallet = Wallet.objects.get()
    assert (wallet.customer_id, wallet.currency, wallet.name, wallet.brand_id) == (
        customer.pk,
        "USD",
        "Calls",
        customer.brand_id,
    )


def test_credit_is_given_once_however_often_the_page_is_sent() -> None:
    wallet, meter = make_wallet(), make_meter()
    client = staff_client()
    page = client.get(address(wallet, "credit"))
    key = page.context_data["question"].form["key"].value()
    values = {
        "kind": "promotional",
        "amount_minor": 500,
        "priority": 10,
        "rollover": "none",
        "rollover_percent": 100,
        "meters": [meter.pk],
        "key": key,
    }

    for _ in range(2):
        assert client.post(address(wallet, "credit"), values).status_code == 302

    grant = wallet.grants.get()
    assert (grant.amount_minor, grant.priority, grant.meter_ids) == (500, 10, [meter.pk])
    assert Meter.objects.count() == 1


def test_rule_that_cannot_be_followed_is_shown_at_its_field() -> None:
    wallet = make_wallet()
    values = {"rule": "threshold", "amount_minor": 500, "interval_count": 1, "alert_thresholds": "100,200"}

    client = staff_client()
    answer = client.post(address(wallet, "rule"), values)
    assert answer.context_data["question"].form.errors == {"threshold_minor": ["A threshold is above zero."]}
    client.post(address(wallet, "rule"), {**values, "threshold_minor": 300})

    wallet.refresh_from_db()
    assert (wallet.top_up_rule, wallet.alert_thresholds) == (TopUpRule.THRESHOLD, [100, 200])


def test_voiding_and_closing_ask_first() -> None:
    wallet = make_wallet()
    grant = make_grant(1000, wallet=wallet)
    client = staff_client()

    assert "€10.00" in client.get(address(grant, "void")).content.decode()
    assert client.get(address(wallet, "close")).status_code == 200
    client.post(address(wallet, "close"))
    wallet.refresh_from_db()
    assert (wallet.balance_minor, wallet.closed_at) == (1000, None)

    client.post(address(grant, "void"), {"reason": "Mistake"})
    client.post(address(wallet, "close"))
    wallet.refresh_from_db()
    assert (wallet.balance_minor, wallet.closed_at is None) == (0, False)


def test_pages_show_their_acts_to_those_who_may() -> None:
    wallet = make_wallet()
    make_grant(wallet=wallet)
    path = reverse("admin:wallets_wallet_change", args=[wallet.pk])

    assert address(wallet, "credit") in staff_client().get(path).content.decode()
    support = staff_client(StaffRole.SUPPORT)
    assert address(wallet, "credit") not in support.get(path).content.decode()
    assert support.get(address(wallet, "credit")).status_code == 403


def test_page_of_a_wallet_tells_money_and_rules_in_major_units() -> None:
    wallet = make_wallet(alert_thresholds=[2500, 500])
    make_grant(4000, wallet=wallet)

    page = staff_client().get(reverse("admin:wallets_wallet_change", args=[wallet.pk])).content.decode()

    for amount in ("€40.00", "€25.00", "€5.00"):
        assert amount in page
    assert "Never" in page
