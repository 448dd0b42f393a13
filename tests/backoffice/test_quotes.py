"""Staff offer something to a customer: the bills first, then the quote, its link, and taking it back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import Event
from apps.billing.quote_links import quote_for_link, quote_link
from apps.billing.services.quotes.accept_quote import accept_quote
from apps.invoices.models import Quote
from apps.plans.models import Plan
from tests.backoffice.shop import Shop, make_shop
from tests.factories.billing import STARTED_AT
from tests.factories.plans import flat_price, make_plan, make_plan_version
from tests.factories.promos import make_percent_coupon
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


def ask(client: Client, shop: Shop, plan: Plan, **more: Any) -> Any:
    answers = {
        "plan": f"{plan.code}:1",
        "currency": "EUR",
        "quantity": "1",
        "collection_method": "send_invoice",
        "days": "14",
        "reason": "Asked by phone",
    }
    return client.post(reverse("backoffice:new_quote", args=[shop.customer.public_id]), answers | more)


def offer(client: Client, shop: Shop, plan: Plan, **more: Any) -> Quote:
    shown = ask(client, shop, plan, **more)
    kept = ask(client, shop, plan, seen=shown.context["form"]["seen"].value(), **more)
    assert kept.status_code == 302, kept.content
    return Quote.objects.latest("pk")


def test_bills_are_shown_before_the_quote_is_made() -> None:
    shop, client = make_shop(), staff_client()
    plan = make_plan(prices=[flat_price("40.00")])
    coupon = make_percent_coupon("25", brand=shop.brand)

    shown = ask(client, shop, plan, codes=coupon.code)
    page = shown.content.decode()

    assert shown.status_code == 200
    assert "The first bill is of Jan 31, 2026: €30.00." in page
    assert "The next bill is of Feb 28, 2026: €40.00." in page
    assert not Quote.objects.exists()

    quote = offer(client, shop, plan, codes=coupon.code, memo="For you")

    assert (quote.first_total_minor, quote.next_total_minor, quote.memo) == (3000, 4000, "For you")
    page = client.get(reverse("backoffice:quote", args=[quote.public_id])).content.decode()
    assert quote_link(quote) in page
    assert Event.objects.filter(name="staff.new_quote", subject_id=quote.public_id).count() == 1


def test_quote_of_staff_holds_its_prices() -> None:
    shop, client = make_shop(), staff_client()
    plan = make_plan(prices=[flat_price("40.00")])
    quote = offer(client, shop, plan)
    make_plan_version(plan=plan, prices=[flat_price("50.00")])

    accepted = accept_quote(quote=quote, at=STARTED_AT)

    assert [i.total_minor for i in accepted.subscribed.invoices] == [4000]


def test_quote_is_taken_back_and_listed_so() -> None:
    shop, client = make_shop(), staff_client()
    quote = offer(client, shop, make_plan())

    client.post(reverse("backoffice:cancel_quote", args=[quote.public_id]), {"reason": "Mistake"})

    quote.refresh_from_db()
    page = client.get(reverse("backoffice:quotes") + "?status=canceled").content.decode()
    assert quote.status == "canceled"
    assert quote.public_id in page
    assert quote_for_link("forged") is None


def test_list_costs_the_same_for_many_quotes() -> None:
    shop, client, plan = make_shop(), staff_client(), make_plan()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("backoffice:quotes")).status_code == 200
        return len(captured)

    offer(client, shop, plan)
    few = queries()
    for _ in range(3):
        offer(client, shop, plan)

    assert queries() == few
