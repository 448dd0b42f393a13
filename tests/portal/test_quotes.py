"""The page of a quote: what stands there, the click that accepts, and what it says when it is over."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.billing.quote_links import quote_link
from apps.billing.quote_serializers import rendered_preview
from apps.billing.quote_terms import QuoteTerms
from apps.billing.services.quotes.keep_quote import keep_quote
from apps.core import clock
from apps.customers.models import Consent, Customer
from apps.invoices.models import Invoice, Quote
from apps.invoices.services.cancel_quote import cancel_quote
from apps.plans.models import Plan
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription
from tests.factories.customers import make_customer
from tests.factories.payments import save_card
from tests.factories.plans import flat_price, make_plan, make_plan_version
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def offered(plan: Plan, customer: Customer, **terms: Any) -> Quote:
    return keep_quote(
        customer=customer,
        terms=QuoteTerms(plan=plan.code, **terms),
        at=clock.now(),
        rendered=rendered_preview,
        memo="Welcome back",
    )[0]


def path_of(quote: Quote) -> str:
    return "/" + quote_link(quote).split("/", 3)[3]


def figures_on(page: str) -> str:
    found = re.search(r'name="figures" value="(\w+)"', page)
    assert found is not None
    return found.group(1)


def test_customer_accepts_what_the_page_shows_and_pays(gateway: GatewaySandbox, client: Client) -> None:
    customer, plan = make_customer(), make_plan(prices=[flat_price("40.00")])
    save_card(gateway, customer)
    quote = offered(plan, customer)

    page = client.get(path_of(quote)).content.decode()
    unticked = client.post(path_of(quote), {"figures": figures_on(page)})
    done = client.post(path_of(quote), {"figures": figures_on(page), "agreed": "yes"}, follow=True)

    assert "Welcome back" in page
    assert "€40.00" in page
    assert "Please agree to the charges" in unticked.content.decode()
    quote.refresh_from_db()
    assert quote.status == "accepted"
    assert quote.subscription == Subscription.objects.get()
    assert (Invoice.objects.get().status, Invoice.objects.get().total_minor) == ("paid", 4000)
    assert "€40.00" in Consent.objects.get().text
    assert "has accepted this quote" in done.content.decode()


def test_moved_prices_are_shown_before_they_are_accepted(client: Client) -> None:
    customer, plan = make_customer(), make_plan(prices=[flat_price("40.00")])
    quote = offered(plan, customer, collection_method=CollectionMethod.SEND_INVOICE)
    before = figures_on(client.get(path_of(quote)).content.decode())
    make_plan_version(plan=plan, prices=[flat_price("50.00")])

    refused = client.post(path_of(quote), {"figures": before}).content.decode()

    assert "has changed meanwhile" in refused
    assert "€50.00" in refused
    assert not Subscription.objects.exists()

    client.post(path_of(quote), {"figures": figures_on(refused)})

    assert Invoice.objects.get().total_minor == 5000


def test_quote_that_is_over_says_so(client: Client) -> None:
    customer, plan = make_customer(), make_plan()
    canceled, expired = offered(plan, customer), offered(plan, customer)
    cancel_quote(quote_id=canceled.pk, at=clock.now())
    Quote.objects.filter(pk=expired.pk).update(
        created_at=clock.now() - timedelta(days=2), expires_at=clock.now() - timedelta(days=1)
    )

    back, late = client.get(path_of(canceled)), client.get(path_of(expired))

    assert (back.status_code, late.status_code) == (410, 410)
    assert "was taken back" in back.content.decode()
    assert "was valid until" in late.content.decode()
    assert client.get("/quotes/forged/").status_code == 410
