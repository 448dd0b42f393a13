"""Adding what a gateway takes in its own window, by the pages; and the backup."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.payments.models import PaymentMethod
from sandbox.razorpay_api.objects import signature
from tests.factories.customers import make_brand, make_customer, make_member, make_user
from tests.factories.payments import save_card
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.razorpay import KEY_SECRET, RazorpayControl


def indian_client() -> tuple[Client, int]:
    brand = make_brand(code="asia", default_currency="INR")
    customer = make_customer(brand=brand, currency="INR", country="IN")
    member = make_member(customer=customer, user=make_user())
    client = Client()
    client.force_login(member.user)
    return client, customer.pk


def window_fields(razorpay: RazorpayControl, *, vpa: str = "success@razorpay") -> dict[str, str]:
    """What the window hands over for the newest order."""
    order = razorpay.state()["orders"][0]["id"]
    paid = razorpay.agree(order, vpa=vpa)["id"]
    return {
        "razorpay_order_id": order,
        "razorpay_payment_id": paid,
        "razorpay_signature": signature(f"{order}|{paid}".encode(), KEY_SECRET),
    }


@pytest.mark.real_commits
def test_upi_is_saved_and_becomes_the_default(razorpay: RazorpayControl) -> None:
    client, customer = indian_client()
    methods = client.get(reverse("portal:payment")).content.decode()
    page = client.get(reverse("portal:add_in_window", args=["upi"]))
    assert "Add UPI" in methods
    assert razorpay.state()["orders"][0]["id"] in page.content.decode()

    answer = client.post(reverse("portal:add_in_window", args=["upi"]), window_fields(razorpay), follow=True)

    method = PaymentMethod.objects.get(customer_id=customer)
    assert (method.gateway, method.kind, method.label, method.is_default) == (
        "razorpay",
        "upi",
        "su…@razorpay",
        True,
    )
    assert "UPI su…@razorpay is saved" in answer.content.decode()


@pytest.mark.real_commits
def test_answer_that_is_not_signed_saves_nothing(razorpay: RazorpayControl) -> None:
    client, customer = indian_client()
    client.get(reverse("portal:add_in_window", args=["upi"]))
    fields = window_fields(razorpay) | {"razorpay_signature": "0" * 64}

    client.post(reverse("portal:add_in_window", args=["upi"]), fields)

    assert not PaymentMethod.objects.filter(customer_id=customer).exists()


@pytest.mark.django_db
def test_window_is_not_there_for_other_currencies_and_kinds(razorpay: RazorpayControl) -> None:
    client, _ = indian_client()
    assert client.get(reverse("portal:add_in_window", args=["paypal"])).status_code == 404
    assert client.get(reverse("portal:add_in_window", args=["cheque"])).status_code == 404
    european = make_member(customer=make_customer(currency="EUR", country="DE"), user=make_user())
    client.force_login(european.user)

    assert client.get(reverse("portal:add_in_window", args=["card"])).status_code == 404
    assert "Add UPI" not in client.get(reverse("portal:payment")).content.decode()


@pytest.mark.django_db
def test_page_of_the_window_opens_the_policy_for_its_script_only(razorpay: RazorpayControl) -> None:
    client, _ = indian_client()

    window = client.get(reverse("portal:add_in_window", args=["card"])).headers["Content-Security-Policy"]
    other = client.get(reverse("portal:payment")).headers["Content-Security-Policy"]

    assert "https://checkout.razorpay.com" in window
    assert "razorpay" not in other
    assert "unsafe-inline" not in window


@pytest.mark.real_commits
def test_backup_is_chosen_and_dropped(gateway: GatewaySandbox) -> None:
    customer = make_customer()
    client = Client()
    client.force_login(make_member(customer=customer, user=make_user()).user)
    first, second = save_card(gateway, customer), save_card(gateway, customer, "pm_card_mastercard")
    first.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)

    client.post(reverse("portal:choose_backup", args=[first.public_id]))
    first.refresh_from_db()
    assert first.is_backup
    assert "is no backup any more" in client.get(reverse("portal:payment")).content.decode()
    client.post(reverse("portal:choose_backup", args=[second.public_id]))
    second.refresh_from_db()
    assert not second.is_backup
    client.post(reverse("portal:choose_card", args=[first.public_id]))
    first.refresh_from_db()
    assert (first.is_default, first.is_backup) == (True, False)
    client.post(reverse("portal:choose_backup", args=[second.public_id]))
    client.post(reverse("portal:choose_backup", args=[second.public_id]))
    second.refresh_from_db()
    assert not second.is_backup

    told = Event.objects.filter(name="payment_method.backup_changed").order_by("pk")
    assert [event.data["is_backup"] for event in told] == [True, True, False]
