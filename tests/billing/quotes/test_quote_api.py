"""The pricing service over the API: quotes are what invoices then are, kept, accepted, and refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Brand
from apps.audit.models import Event
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.invoices.due import quote_expiry
from apps.invoices.models import Invoice, NumberSeries, Quote
from apps.plans.models import Plan, Product
from apps.promos.models import Redemption
from apps.subscriptions.models import Subscription
from apps.taxes.enums import Scheme
from apps.taxes.models import TaxRate
from apps.usage.models import EventClaim
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, make_card, utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.plans import (
    flat_price,
    make_meter,
    make_plan,
    make_plan_version,
    metered_price,
    seat_price,
)
from tests.factories.promos import make_percent_coupon, make_promotion_code
from tests.factories.taxes import make_registration, ship_rates

pytestmark = pytest.mark.django_db

SCOPES = ["quotes:read", "quotes:write", "subscriptions:write", "subscriptions:read", "invoices:read"]


class Shop:
    """A German brand that charges VAT, a client of it, and a customer there on a test clock with a card."""

    def __init__(self) -> None:
        ship_rates()
        self.brand: Brand = make_brand()
        make_registration(self.brand, "DE", Scheme.VAT)
        self.client = make_api_client(brand=self.brand, scopes=SCOPES)
        self.clock = make_test_clock(brand=self.brand, now_at=STARTED_AT)
        self.customer: Customer = make_customer(test_clock=self.clock, external_id="acme")
        make_card(self.customer)

    def call(self, path: str, body: Any = None, method: str = "post") -> Any:
        return getattr(self.client, method)(f"/api/v1/{path}", body, format="json")

    def quote(self, **asked: Any) -> dict[str, Any]:
        answer = self.call("quotes", {"customer": "acme"} | asked)
        assert answer.status_code in (200, 201), answer.json()
        return answer.json()

    def keep(self, **asked: Any) -> str:
        return str(self.quote(keep=True, **asked)["quote"]["id"])

    def live_until(self, at: datetime) -> None:
        self.clock.now_at = at
        self.clock.save()


def metered_plan() -> Plan:
    """EUR 20 a month, 5 a seat, and calls of EUR 0.10 of which 100 are free."""
    calls = make_meter(code="calls")
    tiers = {"tiers": [{"up_to": 100, "unit_amount": "0"}, {"up_to": None, "unit_amount": "0.10"}]}
    usage = metered_price(calls, model="graduated", parameters=tiers)
    return make_plan(prices=[flat_price("20.00"), seat_price("5.00"), usage])


def rows() -> list[int]:
    tables = (Subscription, Invoice, Redemption, Quote, Customer, Plan, Product, EventClaim, Event)
    spent = NumberSeries.objects.values_list("next_value", flat=True)
    return [*(model.objects.count() for model in tables), *spent]  # type: ignore[attr-defined]


def figures(effect: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    return [
        (i["subtotal_minor"], i["discount_minor"], i["tax_minor"], i["total_minor"])
        for i in effect["invoices"]
    ]


def test_quote_has_fees_usage_coupon_and_tax_to_the_cent() -> None:
    shop, plan = Shop(), metered_plan()
    make_promotion_code(make_percent_coupon("10", brand=shop.brand, duration="forever"), "SPRING")
    before = rows()

    preview = shop.quote(
        plan=plan.code,
        quantity=3,
        usage=[{"meter": "calls", "quantity": "350"}],
        promotion_codes=["spring"],
    )["preview"]

    # 20 + 3 × 5 = 35.00, less 10 %, and 19 % of 31.50; then also 250 calls of 0.10.
    assert figures(preview["first"]) == [(3500, 350, 599, 3749)]
    assert figures(preview["next"]) == [(6000, 600, 1026, 6426)]
    assert [t["percent"] for t in preview["first"]["invoices"][0]["taxes"]] == ["19"]
    assert preview["next"]["at"] == "2026-02-28T00:00:00Z"
    usage = preview["next"]["invoices"][0]["lines"][-1]
    assert (usage["quantity"], usage["amount_minor"]) == ("350", 2500)
    assert "Next 250 units at €0.10 each: €25.00" in usage["explanation"]
    assert preview["promotion_codes"][0]["refusal"] == ""
    assert rows() == before


def test_quote_is_what_the_subscription_then_bills() -> None:
    shop, plan = Shop(), metered_plan()
    make_promotion_code(make_percent_coupon("10", brand=shop.brand), "SPRING")

    made = shop.quote(plan=plan.code, quantity=2, promotion_codes=["SPRING"], keep=True)
    answer = shop.call(f"quotes/{made['quote']['id']}/accept")

    invoice = Invoice.objects.get()
    assert answer.status_code == 201
    assert figures(made["preview"]["first"]) == [(3000, 300, 513, 3213)]
    assert (invoice.subtotal_minor, invoice.discount_minor) == (3000, 300)
    assert (invoice.tax_minor, invoice.total_minor) == (513, 3213)
    assert {line.price_id for line in invoice.lines.all()} <= set(made["preview"]["prices"])
    assert Redemption.objects.get().subscription == Subscription.objects.get()
    kept = shop.call(f"quotes/{made['quote']['id']}", method="get").json()
    assert (kept["status"], kept["subscription"]) == ("accepted", answer.json()["id"])
    assert shop.call(f"quotes/{kept['id']}/accept").json()["code"] == "quote_refused"


@pytest.mark.parametrize(
    ("place", "tax_minor", "category"),
    [
        ({"country": "DE"}, 380, "S"),
        ({"country": "FR", "tax_id": "FR40303265045"}, 0, "AE"),
        ({"country": "US", "region": "CA", "postal_code": "94103"}, 0, "O"),
    ],
)
def test_place_decides_about_the_tax_of_somebody_unknown(
    place: dict[str, str], tax_minor: int, category: str
) -> None:
    shop, plan = Shop(), make_plan(prices=[flat_price("20.00")])
    before = rows()

    answer = shop.call("quotes", {"place": place, "plan": plan.code, "currency": "EUR"})

    (invoice,) = answer.json()["preview"]["first"]["invoices"]
    assert (invoice["tax_minor"], invoice["taxes"][0]["category"]) == (tax_minor, category)
    assert rows() == before


def test_prices_of_their_own_are_quoted_and_sold_privately() -> None:
    shop = Shop()
    make_meter(code="calls")
    base = {
        "code": "base",
        "name": "Fee",
        "currency": "EUR",
        "model": "flat",
        "parameters": {"amount": "500"},
    }
    calls = {
        "code": "calls",
        "name": "Calls",
        "currency": "EUR",
        "model": "package",
        "parameters": {"package_size": 100, "amount": "7"},
        "quantity_source": "meter",
        "meter": "calls",
    }
    offer = {"name": "Acme special", "prices": [base, calls]}
    usage = [{"price": "calls", "quantity": "250"}]
    before = rows()

    looked = shop.quote(offer=offer, usage=usage)["preview"]

    assert figures(looked["first"]) == [(50000, 0, 9500, 59500)]
    assert figures(looked["next"]) == [(52100, 0, 9899, 61999)]
    assert rows() == before

    made = shop.quote(offer=offer, usage=usage, keep=True)
    answer = shop.call(f"quotes/{made['quote']['id']}/accept")

    items = Subscription.objects.get().items.order_by("id")
    assert answer.status_code == 201, answer.json()
    assert [item.price.public_id for item in items] == made["preview"]["prices"]
    assert Invoice.objects.get().total_minor == 59500
    bought = shop.call("subscriptions", {"customer": "acme", "plan": made["quote"]["plan"]})
    assert (bought.status_code, bought.json()["code"]) == (404, "plan_not_found")


def test_new_price_list_outdates_a_quote_unless_it_names_its_version() -> None:
    shop, plan = Shop(), make_plan(prices=[flat_price("20.00")])
    follows, holds = shop.keep(plan=plan.code), shop.keep(plan=plan.code, version=1)
    make_plan_version(plan=plan, prices=[flat_price("30.00")])

    refused = shop.call(f"quotes/{follows}/accept")
    held = shop.call(f"quotes/{holds}/accept")

    assert (refused.status_code, refused.json()["code"]) == (409, "quote_outdated")
    assert figures(refused.json()["preview"]["first"]) == [(3000, 0, 570, 3570)]
    assert held.status_code == 201
    assert [i["total_minor"] for i in held.json()["invoices"]] == [2380]

    again = shop.call(f"quotes/{follows}/accept", {"figures": refused.json()["preview"]["figures"]})

    assert again.status_code == 201
    assert [i["total_minor"] for i in again.json()["invoices"]] == [3570]


def test_coupon_that_ran_out_outdates_a_quote_and_is_told() -> None:
    shop, plan = Shop(), make_plan(prices=[flat_price("20.00")])
    coupon = make_percent_coupon("50", brand=shop.brand, ends_at=utc(2026, 2, 5))
    make_promotion_code(coupon, "HALF")
    quote = shop.keep(plan=plan.code, promotion_codes=["HALF"])
    shop.live_until(utc(2026, 2, 10))
    before = rows()

    answer = shop.call(f"quotes/{quote}/accept")

    assert answer.status_code == 409
    preview = answer.json()["preview"]
    assert figures(preview["first"]) == [(2000, 0, 380, 2380)]
    assert preview["promotion_codes"][0]["refusal"]
    assert rows() == before


def test_changed_tax_outdates_a_quote() -> None:
    shop, plan = Shop(), make_plan(prices=[flat_price("20.00")])
    quote = shop.keep(plan=plan.code)
    Customer.objects.filter(pk=shop.customer.pk).update(tax_exempt=True, tax_exempt_reason="Embassy")

    answer = shop.call(f"quotes/{quote}/accept")

    assert (answer.status_code, answer.json()["code"]) == (409, "quote_outdated")
    assert figures(answer.json()["preview"]["first"]) == [(2000, 0, 0, 2000)]
    assert Subscription.objects.count() == 0
    assert TaxRate.objects.exists()


def test_quote_that_is_accepted_later_begins_then_for_the_same_amounts() -> None:
    shop, plan = Shop(), make_plan(prices=[flat_price("20.00")])
    quote = shop.keep(plan=plan.code)
    shop.live_until(utc(2026, 2, 10))

    answer = shop.call(f"quotes/{quote}/accept")

    assert answer.status_code == 201
    assert Subscription.objects.get().started_at == utc(2026, 2, 10)
    assert Invoice.objects.get().total_minor == 2380


def test_quote_with_a_trial_and_a_start_to_come() -> None:
    shop = Shop()
    plan = make_plan(prices=[flat_price("20.00")], version={"trial_days": 14})

    preview = shop.quote(plan=plan.code, starts_at="2026-03-01T00:00:00Z")["preview"]

    assert preview["trial_ends_at"] == "2026-03-15T00:00:00Z"
    assert (preview["first"]["at"], preview["next"]["at"]) == (
        "2026-03-15T00:00:00Z",
        "2026-04-15T00:00:00Z",
    )
    assert figures(preview["first"]) == figures(preview["next"]) == [(2000, 0, 380, 2380)]


def test_quote_expires_by_itself_and_is_accepted_no_more() -> None:
    shop, plan = Shop(), make_plan()
    quote = shop.keep(plan=plan.code, expires_at="2026-02-05T00:00:00Z")
    scope = Scope(shop.clock.pk)
    assert quote_expiry.next_due(scope) == datetime(2026, 2, 5, tzinfo=UTC)
    shop.live_until(utc(2026, 2, 5))

    refused = shop.call(f"quotes/{quote}/accept")
    handled = quote_expiry.run_due(scope, utc(2026, 2, 5)), quote_expiry.run_due(scope, utc(2026, 2, 5))

    assert (refused.status_code, refused.json()["code"]) == (409, "quote_refused")
    assert handled == (1, 0)
    assert Quote.objects.get().status == "expired"
    assert [e.name for e in Event.objects.filter(subject_id=quote)] == ["quote.created", "quote.expired"]


def test_canceled_quote_is_accepted_no_more() -> None:
    shop, plan = Shop(), make_plan()
    quote = shop.keep(plan=plan.code)

    canceled = shop.call(f"quotes/{quote}/cancel").json()

    assert canceled["status"] == "canceled"
    assert shop.call(f"quotes/{quote}/accept").status_code == 409
    assert shop.call(f"quotes/{quote}/cancel").status_code == 409
    assert Subscription.objects.count() == 0


def test_quote_without_a_card_is_accepted_only_on_invoice() -> None:
    shop, plan = Shop(), make_plan()
    make_customer(test_clock=shop.clock, external_id="poor")
    by_card = shop.keep(customer="poor", plan=plan.code)
    on_invoice = shop.keep(customer="poor", plan=plan.code, collection_method="send_invoice")

    assert shop.call(f"quotes/{by_card}/accept").json()["code"] == "card_required"
    assert shop.call(f"quotes/{on_invoice}/accept").status_code == 201


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "customer"),
        ({"customer": "acme"}, "plan"),
        ({"customer": "acme", "plan": "p", "place": {"country": "DE"}}, "customer"),
        ({"place": {"country": "DE"}, "plan": "p", "keep": True}, "keep"),
        ({"customer": "acme", "plan": "p", "usage": [{"meter": "m"}]}, "usage[0].quantity"),
    ],
)
def test_question_that_makes_no_sense_is_refused(asked: dict[str, Any], field: str) -> None:
    answer = Shop().call("quotes", asked)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_code_that_does_not_count_is_refused() -> None:
    shop, plan = Shop(), make_plan()
    before = rows()

    answer = shop.call("quotes", {"customer": "acme", "plan": plan.code, "promotion_codes": ["NONE"]})

    assert (answer.status_code, answer.json()["code"]) == (404, "promotion_code_not_found")
    assert rows() == before


def test_list_costs_the_same_for_many_quotes() -> None:
    shop, plan = Shop(), make_plan()

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = shop.call("quotes?customer=acme&status=open", method="get")
        assert answer.status_code == 200
        return len(captured)

    shop.keep(plan=plan.code)
    few = queries()
    for _ in range(3):
        shop.keep(plan=plan.code)

    assert queries() == few
    assert len(shop.call("quotes", method="get").json()["data"]) == 4


def test_quote_costs_as_many_queries_for_one_line_as_for_more_usage() -> None:
    shop, plan = Shop(), metered_plan()

    def queries(quantity: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            shop.quote(plan=plan.code, usage=[{"meter": "calls", "quantity": quantity}])
        return len(captured)

    queries("1")
    assert queries("101") == queries("1000000") <= 160


def test_lines_by_hand_are_previewed_as_they_would_be_issued() -> None:
    shop = Shop()
    make_promotion_code(make_percent_coupon("25", brand=shop.brand), "QUARTER")
    lines = [
        {"description": "Workshop", "quantity": "2.5", "unit_price": "80.00"},
        {"description": "Travel", "unit_price": "119.00", "tax_included": True},
    ]
    before = rows()

    answer = shop.call(
        "invoices/preview", {"customer": "acme", "lines": lines, "promotion_codes": ["QUARTER"]}
    )

    assert answer.status_code == 200, answer.json()
    (invoice,) = answer.json()["bill"]["invoices"]
    # Net 200 + 100, a quarter off, and 19 % of 225.
    assert [line["amount_minor"] for line in invoice["lines"]] == [20000, 11900]
    assert [(t["taxable_minor"], t["tax_minor"]) for t in invoice["taxes"]] == [(22500, 4275)]
    assert invoice["total_minor"] == invoice["due_minor"] == 26775
    assert rows() == before


def test_next_invoice_of_subscriptions_is_previewed_with_a_code() -> None:
    shop, plan = Shop(), make_plan(prices=[flat_price("20.00")])
    make_promotion_code(make_percent_coupon("10", brand=shop.brand), "TENTH")
    first = shop.call("subscriptions", {"customer": "acme", "plan": plan.code}).json()["id"]
    shop.call("subscriptions", {"customer": "acme", "plan": plan.code})
    before = rows()

    both = shop.call("invoices/preview", {"customer": "acme", "promotion_codes": ["TENTH"]}).json()
    one = shop.call("invoices/preview", {"customer": "acme", "subscriptions": [first]}).json()

    assert both["bill"]["at"] == "2026-02-28T00:00:00Z"
    assert figures(both["bill"]) == [(4000, 400, 684, 4284)]
    assert figures(one["bill"]) == [(2000, 0, 380, 2380)]
    assert rows() == before


def test_other_customers_subscription_is_not_previewed() -> None:
    shop, plan = Shop(), make_plan()
    make_card(make_customer(test_clock=shop.clock, external_id="other"))
    theirs = shop.call("subscriptions", {"customer": "other", "plan": plan.code}).json()["id"]

    answer = shop.call("invoices/preview", {"customer": "acme", "subscriptions": [theirs]})

    assert (answer.status_code, answer.json()["code"]) == (404, "subscription_not_found")
