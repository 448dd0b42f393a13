from __future__ import annotations

import html
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from apps.customers.models import Consent, Customer
from apps.invoices.models import Invoice
from apps.plans.models import Plan
from apps.portal.models import CheckoutSession
from apps.portal.selectors import token_hash
from apps.promos.enums import CouponDuration
from apps.promos.models import Redemption
from apps.promos.validation import CurrencyTerms
from apps.subscriptions.models import Subscription
from apps.taxes.enums import Scheme, UncheckedId
from tests.factories.billing import STARTED_AT, make_card, subscribe_to
from tests.factories.customers import make_customer, make_member, make_test_clock
from tests.factories.payments import save_card
from tests.factories.plans import flat_price, make_plan
from tests.factories.promos import make_fixed_coupon, make_percent_coupon, make_promotion_code
from tests.factories.taxes import make_registration, ship_rates
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def buyer(**fields: Any) -> tuple[Customer, Client]:
    customer = make_customer(test_clock=make_test_clock(now_at=STARTED_AT), **fields)
    client = Client()
    client.force_login(make_member(customer=customer).user)
    return customer, client


def checkout(client: Client, plan: Plan, **query: str) -> str:
    page = client.get(reverse("portal:checkout"), {"plan": plan.code, **query})
    assert page.status_code == 200
    return html.unescape(page.content.decode())


def send(client: Client, plan: Plan, **data: str) -> Any:
    path = f"{reverse('portal:checkout')}?plan={plan.code}"
    order = client.get(path, {"plan": plan.code, **data}).context["order"]
    form = {"plan": plan.code, "quantity": "1", "shown": order.digest, "agreed": "yes", **data}
    return client.post(path, form, follow=True)


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({"duration": CouponDuration.ONCE}, "€14.50 for 1 month, then €29.00."),
        ({"duration": CouponDuration.REPEATING, "invoices": 3}, "€14.50 for 3 months, then €29.00."),
        (
            {"duration": CouponDuration.FOREVER},
            "€14.50 instead of €29.00, as long as you keep the plan.",
        ),
    ],
)
def test_code_shows_its_discount_and_the_price_after_it(terms: dict[str, Any], text: str) -> None:
    customer, client = buyer()
    make_card(customer)
    coupon = make_percent_coupon("50", brand=customer.brand, name="Half price", **terms)
    make_promotion_code(coupon, "HALF")

    page = checkout(client, make_plan(), code="half")

    assert "<strong>HALF</strong> is applied." in page
    assert "Discount: Half price" in page
    assert text in page
    assert f"With the code HALF: {text}" in page
    assert "Subscribe and pay €14.50" in page
    assert not Redemption.objects.exists()


def test_fixed_code_says_what_is_left_for_later() -> None:
    customer, client = buyer()
    make_card(customer)
    make_promotion_code(make_fixed_coupon(4000, brand=customer.brand), "FORTY")

    page = checkout(client, make_plan(), code="FORTY")

    assert "€0.00 at first; €11.00 of the code is left for your next invoices." in page


def test_code_is_redeemed_by_the_click_that_buys(gateway: GatewaySandbox) -> None:
    customer, client = buyer()
    save_card(gateway, customer)
    make_promotion_code(make_percent_coupon("50", brand=customer.brand), "HALF")

    page = send(client, make_plan(name="Pro"), code="HALF")

    assert b"You are on Pro now." in page.content
    redemption = Redemption.objects.get()
    assert redemption.subscription == Subscription.objects.get()
    invoice = Invoice.objects.get()
    assert (invoice.discount_minor, invoice.paid_minor) == (1450, 1450)
    assert "With the code HALF" in Consent.objects.get().text


def test_refused_codes_say_why_and_cost_nothing() -> None:
    customer, client = buyer()
    make_card(customer)
    plan, other = make_plan(), make_plan()
    brand = customer.brand
    make_promotion_code(make_percent_coupon(brand=brand, plans=[other]), "OTHER")
    make_promotion_code(make_fixed_coupon([CurrencyTerms("USD", 500)], brand=brand), "DOLLARS")
    make_promotion_code(
        make_percent_coupon(brand=brand, currencies=[CurrencyTerms("EUR", minimum_minor=5000)]), "BIG"
    )

    found = {code: checkout(client, plan, code=code) for code in ("NONE", "OTHER", "DOLLARS", "BIG")}

    assert "There is no such code." in found["NONE"]
    assert "This code is not for this plan." in found["OTHER"]
    assert "This code is not good in this currency." in found["DOLLARS"]
    assert "This code counts from €50.00 on." in found["BIG"]
    for page in found.values():
        assert 'aria-invalid="true"' in page
        assert "Subscribe and pay €29.00" in page


def test_code_that_ran_out_meanwhile_is_said_and_nothing_is_bought(gateway: GatewaySandbox) -> None:
    customer, client = buyer()
    save_card(gateway, customer)
    code = make_promotion_code(make_percent_coupon("50", brand=customer.brand), "LAST", max_redemptions=1)
    plan = make_plan()
    path = f"{reverse('portal:checkout')}?plan={plan.code}&code=LAST"
    order = client.get(path).context["order"]
    code.redeemed_count = 1
    code.save()

    form = {"plan": plan.code, "code": "LAST", "shown": order.digest, "agreed": "yes"}
    page = client.post(path, form, follow=True).content.decode()

    assert "What you would pay has changed meanwhile." in page
    assert "This code has been used up." in page
    assert not Subscription.objects.exists()


def test_code_in_the_link_of_the_plans_is_carried_to_the_checkout() -> None:
    _, client = buyer()
    plan = make_plan()

    page = client.get(reverse("portal:pricing"), {"code": "WELCOME"}).content.decode()
    answer = client.get(reverse("portal:choose", args=[plan.code]), {"currency": "EUR", "code": "WELCOME"})

    assert "The code WELCOME is taken off at the checkout" in page
    assert "code=WELCOME" in page
    assert answer["Location"] == f"{reverse('portal:checkout')}?plan={plan.code}&currency=EUR&code=WELCOME"


def test_hosted_checkout_takes_a_code_from_its_link(gateway: GatewaySandbox) -> None:
    customer, _ = buyer()
    save_card(gateway, customer)
    make_promotion_code(make_percent_coupon("50", brand=customer.brand), "HALF")
    session = CheckoutSession.objects.create(
        brand=customer.brand,
        customer=customer,
        plan_version=make_plan().versions.get(),
        currency="EUR",
        token_sha256=token_hash("secret"),
        success_url="https://shop.example/thanks",
        created_at=STARTED_AT,
        expires_at=STARTED_AT.replace(year=2999),
    )
    path = reverse("portal:checkout_session", args=["secret"]) + "?code=HALF"
    client = Client()

    order = client.get(path).context["order"]
    client.post(path, {"code": "HALF", "shown": order.digest, "agreed": "yes"})

    session.refresh_from_db()
    assert session.subscription is not None
    assert Redemption.objects.get().subscription == session.subscription
    assert Invoice.objects.get().total_minor == 1450


def test_change_of_plan_takes_a_code_and_shows_what_it_brings() -> None:
    customer, client = buyer()
    subscribed = subscribe_to(customer=customer)
    bigger = make_plan(name="Bigger", prices=[flat_price("58.00")])
    make_promotion_code(make_percent_coupon("50", brand=customer.brand, name="Half price"), "HALF")
    path = reverse("portal:change_plan", args=[subscribed.subscription.public_id])
    query = {"plan": bigger.code, "when": "now"}

    refused = client.get(path, query | {"code": "NOPE"}).content.decode()
    shown = client.get(path, query | {"code": "HALF"})
    assert "There is no such code." in refused
    assert "€29.00 is taken off: Half price." in shown.content.decode()
    assert not Redemption.objects.exists()
    form = {"plan": bigger.code, "quantity": "1", "code": "HALF", "preview_token": shown.context["token"]}
    client.post(path, form)

    assert Redemption.objects.get().subscription == subscribed.subscription
    assert Invoice.objects.latest("pk").discount_minor == 2900


def test_checkout_shows_net_tax_by_rate_and_total() -> None:
    customer, client = buyer()
    make_card(customer)
    ship_rates()
    make_registration(customer.brand, "DE")

    page = checkout(client, make_plan())

    assert "VAT 19% on €29.00" in page
    assert '<span class="money">€5.51</span>' in page
    assert "Subscribe and pay €34.51" in page


def test_checkout_asks_where_the_customer_is_before_it_sells(gateway: GatewaySandbox) -> None:
    customer, client = buyer(country="")
    save_card(gateway, customer)
    ship_rates()
    make_registration(customer.brand, "DE")
    plan = make_plan()
    path = f"{reverse('portal:checkout')}?plan={plan.code}"

    asked = client.get(path).content.decode()
    assert "Where are you billed?" in asked
    assert "Subscribe and pay" not in asked
    bought = client.post(path, {"plan": plan.code, "agreed": "yes"}).content.decode()
    assert "Where are you billed?" in bought
    wrong = client.post(path, {"step": "address", "name": "Ada", "country": ""}).content.decode()
    assert "This field is required." in wrong
    sent = client.post(path, {"step": "address", "name": "Ada", "city": "Berlin", "country": "DE"})
    assert sent["Location"] == path

    customer.refresh_from_db()
    assert (customer.country, customer.city) == ("DE", "Berlin")
    assert "Subscribe and pay €34.51" in checkout(client, plan)
    assert not Invoice.objects.exists()


def test_checkout_takes_a_tax_id_before_the_price(gateway: GatewaySandbox) -> None:
    customer, client = buyer(country="FR")
    save_card(gateway, customer)
    ship_rates()
    for scheme in (Scheme.VAT, Scheme.OSS_UNION):
        make_registration(customer.brand, "DE", scheme=scheme, unchecked_ids=UncheckedId.TRUST)
    path = f"{reverse('portal:checkout')}?{urlencode({'plan': make_plan().code, 'quantity': 1})}"
    address = {"step": "address", "name": "Ada", "country": "FR"}

    before = client.get(path).content.decode()
    assert f'href="{escape(path.partition("/checkout/")[2])}&amp;step=address"' in before
    assert "Subscribe and pay €34.80" in before
    form = client.get(f"{path}&step=address").content.decode()
    assert f'href="{escape(path)}"' in form
    wrong = client.post(f"{path}&step=address", address | {"tax_id": "FR40303265044"}).content.decode()
    assert "Its form or its check digit is wrong." in wrong
    sent = client.post(f"{path}&step=address", address | {"tax_id": "FR40303265045"})

    assert sent["Location"] == path
    assert "Subscribe and pay €29.00" in client.get(path).content.decode()


def test_checkout_keeps_an_id_of_a_kind_that_nobody_checks(gateway: GatewaySandbox) -> None:
    customer, client = buyer(country="US")
    path = f"{reverse('portal:checkout')}?plan={make_plan().code}"

    sent = client.post(path, {"step": "address", "name": "Ada", "country": "US", "tax_id": "12-3456789"})

    customer.refresh_from_db()
    assert (sent.status_code, customer.tax_id) == (302, "12-3456789")


def test_address_that_does_not_settle_the_tax_says_what_lacks() -> None:
    # An EU seller that has not said how it taxes consumers in other states.
    customer, client = buyer(country="FR")
    ship_rates()
    make_registration(customer.brand, "DE")

    page = client.get(reverse("portal:checkout"), {"plan": make_plan().code}).content.decode()

    assert "With this address the tax cannot be worked out." in page
    assert "Subscribe and pay" not in page
