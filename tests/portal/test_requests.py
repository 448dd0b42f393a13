"""Change, cancel, pause and go on in the portal: the effect first, then exactly that, then the way back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.billing.services.subscriptions.carry_out import CancelRequest, PauseRequest, carry_out
from apps.customers.models import Customer
from apps.entitlements.models import FeatureFlag
from apps.invoices.models import CreditNote, Invoice
from apps.plans.models import Plan
from apps.portal.features import PAUSE
from apps.subscriptions.enums import ChangeStatus, SubscriptionStatus
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_customer, make_member, make_test_clock
from tests.factories.plans import flat_price, make_plan, seat_price, unrateable_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

START = utc(2026, 6, 1)
MIDDLE = utc(2026, 6, 16, 10)
TOKEN = re.compile(r'name="preview_token" value="([^"]+)"')


class Visitor:
    """A billing member with a browser, in the middle of June."""

    def __init__(self, plan: Plan, **purchase: Any) -> None:
        self.customer: Customer = make_customer(test_clock=make_test_clock(now_at=START))
        self.subscription: Subscription = subscribe_to(
            plan, customer=self.customer, at=START, **purchase
        ).subscription
        self.at(MIDDLE)
        self.client = Client()
        self.client.force_login(make_member(customer=self.customer).user)

    def at(self, at: datetime) -> None:
        clock = self.customer.test_clock
        assert clock is not None
        clock.now_at = at
        clock.save()

    def path(self, name: str) -> str:
        return reverse(f"portal:{name}", args=[self.subscription.public_id])

    def get(self, name: str, **query: Any) -> str:
        return self.client.get(self.path(name), query).content.decode()

    def text(self, name: str) -> str:
        """What a reader reads: a page without its tags."""
        return " ".join(re.sub(r"<[^>]+>", "", unescape(self.get(name))).split())

    def post(self, name: str, **data: Any) -> Any:
        return self.client.post(self.path(name), data)

    def confirm(self, name: str, page: str, **data: Any) -> Any:
        found = TOKEN.search(page)
        assert found is not None, page
        return self.post(name, preview_token=found[1], **data)

    def status(self) -> str:
        self.subscription.refresh_from_db()
        return self.subscription.status


def plan_of(amount: str, **more: Any) -> Plan:
    fields = {"policies": more.pop("policies", {})}
    return make_plan(prices=[flat_price(amount)], version=fields, **more)


def test_upgrade_now_shows_what_is_charged_and_charges_it() -> None:
    visitor = Visitor(plan_of("30.00"))
    plan_of("60.00", code="big", name="Big")

    page = visitor.get("change_plan", plan="big", when="now")
    answer = visitor.confirm("change_plan", page, plan="big", quantity="1")

    for expected in (
        "€15.00 is charged now to your Visa •••• 4242.",
        "€15.00 for the unused part is taken off.",
        "15 of 30 days: €30.00",
        "€60.00 is due.",
    ):
        assert expected in page
    assert answer.status_code == 302
    after = visitor.client.get(answer["Location"]).content.decode()
    assert "Done: your plan is changed." in after
    assert "Billed now: €15.00." in after
    assert Invoice.objects.latest("pk").total_minor == 1500


def test_change_waits_for_the_period_by_default_and_can_be_taken_back() -> None:
    visitor = Visitor(plan_of("30.00"))
    plan_of("60.00", code="big", name="Big")

    page = visitor.get("change_plan", plan="big")
    answer = visitor.confirm("change_plan", page, plan="big", quantity="1")

    assert "Nothing is charged now." in page
    assert "You can take this back until then." in page
    assert answer.status_code == 302
    assert "On Jul 1, 2026 your plan changes to Big." in visitor.text("subscription_detail")
    change = ScheduledChange.objects.get()
    visitor.post("undo", change=change.public_id)
    change.refresh_from_db()
    assert change.status == ChangeStatus.WITHDRAWN


@pytest.mark.parametrize(
    ("amount", "policies", "timings"),
    [
        ("60.00", {}, ["period_end", "now"]),
        ("60.00", {"upgrade_timing": "now"}, ["now", "period_end"]),
        ("10.00", {}, ["period_end"]),
        ("10.00", {"downgrade_timing": "now"}, ["now", "period_end"]),
    ],
)
def test_policies_of_the_plan_say_when_it_may_be_changed(
    amount: str, policies: dict[str, str], timings: list[str]
) -> None:
    visitor = Visitor(plan_of("30.00", policies=policies))
    plan_of(amount, code="other")

    answer = visitor.client.get(visitor.path("change_plan"), {"plan": "other", "when": "anything"})

    assert answer.context["timings"] == timings
    assert answer.context["timing"] == timings[0]


def test_downgrade_now_goes_to_the_balance() -> None:
    visitor = Visitor(plan_of("60.00", policies={"downgrade_timing": "now"}))
    plan_of("30.00", code="small")

    page = visitor.get("change_plan", plan="small")
    visitor.confirm("change_plan", page, plan="small", quantity="1")

    assert "€15.00 goes to your balance, which pays your next invoices." in page
    assert "€15.00 is due, after €15.00 from your balance." in page
    assert Invoice.objects.latest("pk").balance_credited_minor == 1500


def test_more_seats_now() -> None:
    plan = make_plan(code="team", prices=[seat_price("30.00")])
    visitor = Visitor(plan, quantity=2)

    page = visitor.get("change_plan", plan="team", quantity="4", when="now")
    visitor.confirm("change_plan", page, plan="team", quantity="4")

    assert "€30.00 is charged now" in page
    visitor.subscription.refresh_from_db()
    assert visitor.subscription.quantity == 4


def test_figures_that_moved_are_shown_again_before_anything_happens() -> None:
    visitor = Visitor(plan_of("30.00"))
    plan_of("60.00", code="big")
    page = visitor.get("change_plan", plan="big", when="now")
    adjust_balance(customer=visitor.customer, currency="EUR", amount_minor=500, note="Gift", at=MIDDLE)

    refused = visitor.confirm("change_plan", page, plan="big", quantity="1")

    anew = refused.content.decode()
    assert refused.status_code == 409
    assert "Nothing was done. Here is what holds now" in anew
    assert "€10.00 is charged now" in anew
    assert Invoice.objects.count() == 1
    assert visitor.confirm("change_plan", anew, plan="big", quantity="1").status_code == 302
    assert Invoice.objects.latest("pk").due_minor == 1000


def test_second_click_is_told_and_does_nothing() -> None:
    visitor = Visitor(plan_of("30.00"))
    plan_of("60.00", code="big")
    page = visitor.get("change_plan", plan="big", when="now")
    visitor.confirm("change_plan", page, plan="big", quantity="1")

    again = visitor.confirm("change_plan", page, plan="big", quantity="1")

    assert again.status_code == 302
    assert Invoice.objects.count() == 2


def test_cancel_at_period_end_shows_the_effect_first() -> None:
    visitor = Visitor(plan_of("30.00"))

    asked = visitor.get("cancel")
    page = visitor.post("cancel", reason="unused", comment="Bye").content.decode()
    visitor.confirm("cancel", page)

    assert "When shall it end?" not in asked
    assert "Nothing more is charged." in page
    change = ScheduledChange.objects.get()
    assert (change.kind, change.reason, change.comment) == ("cancel", "unused", "Bye")
    assert "Your subscription ends on Jul 1, 2026." in visitor.text("subscription_detail")


def test_cancel_now_is_offered_where_the_plan_credits_and_credits_what_was_shown() -> None:
    visitor = Visitor(plan_of("30.00", policies={"termination_credit": "credit_note"}))

    asked = visitor.get("cancel")
    page = visitor.post("cancel", when="now", reason="unused").content.decode()
    visitor.confirm("cancel", page)

    assert "When shall it end?" in asked
    assert "€15.00 is taken off an invoice that is not paid yet." in page
    assert "No invoice comes after that." in page
    assert visitor.status() == SubscriptionStatus.CANCELED
    assert CreditNote.objects.get().total_minor == 1500


def test_cancel_now_is_not_taken_where_it_is_not_offered() -> None:
    visitor = Visitor(plan_of("30.00"))

    page = visitor.post("cancel", when="now", reason="unused")

    assert page.context["preview"].is_scheduled


def test_pause_is_off_unless_a_flag_switches_it_on() -> None:
    visitor = Visitor(plan_of("30.00"))
    assert visitor.client.get(visitor.path("pause")).status_code == 403
    assert visitor.path("pause") not in visitor.get("subscription_detail")

    FeatureFlag.objects.create(name=PAUSE).plans.add(visitor.subscription.plan_version.plan)

    assert visitor.client.get(visitor.path("pause")).status_code == 200
    assert visitor.path("pause") in visitor.get("subscription_detail")


def test_pause_and_go_on_say_what_they_credit_and_charge() -> None:
    visitor = Visitor(plan_of("30.00"))
    FeatureFlag.objects.create(name=PAUSE, everyone=True)

    page = visitor.get("pause", until="2026-08-01")
    visitor.confirm("pause", page)
    paused = visitor.text("subscription_detail")
    going_on = visitor.get("resume")
    visitor.at(MIDDLE + timedelta(minutes=1))
    visitor.confirm("resume", going_on)

    assert "€15.00 goes to your balance" in page
    assert "On Aug 1, 2026 €15.00 is due, after €15.00 from your balance." in page
    assert "Your subscription is paused since Jun 16, 2026" in paused
    assert "Your subscription goes on by itself on Aug 1, 2026." in paused
    assert "€15.00 is paid from your balance." in going_on
    assert visitor.status() == SubscriptionStatus.ACTIVE


def test_paused_subscription_is_not_changed_but_ended_at_once() -> None:
    visitor = Visitor(plan_of("30.00"))
    carry_out(subscription=visitor.subscription, request=PauseRequest(), at=MIDDLE)

    assert visitor.client.get(visitor.path("change_plan")).status_code == 302
    page = visitor.post("cancel", reason="unused").content.decode()
    visitor.confirm("cancel", page)

    assert visitor.status() == SubscriptionStatus.CANCELED


def test_several_scheduled_changes_are_named_and_taken_back_one_by_one() -> None:
    visitor = Visitor(plan_of("30.00"))
    carry_out(subscription=visitor.subscription, request=PauseRequest(resume_at=utc(2026, 8, 1)), at=MIDDLE)
    carry_out(
        subscription=visitor.subscription,
        request=CancelRequest(effective_at=utc(2026, 9, 1)),
        at=MIDDLE,
    )

    page = visitor.get("subscription_detail")

    assert page.count(visitor.path("undo")) == 2
    resume = ScheduledChange.objects.get(kind="resume")
    visitor.post("undo", change=resume.public_id)
    left = ScheduledChange.objects.filter(status=ChangeStatus.PENDING)
    assert [change.kind for change in left] == ["cancel"]


@pytest.mark.parametrize(
    ("name", "query"),
    [("change_plan", {"plan": "other", "quantity": "-1"}), ("pause", {"until": "x"})],
)
def test_input_that_makes_no_sense_is_said(name: str, query: dict[str, str]) -> None:
    visitor = Visitor(plan_of("30.00"))
    FeatureFlag.objects.create(name=PAUSE, everyone=True)
    make_plan(code="other", prices=[seat_price("30.00")])

    assert visitor.client.get(visitor.path(name), query).status_code == 422


def test_pages_live_on_when_one_price_cannot_be_rated() -> None:
    meter, price = unrateable_price()
    visitor = Visitor(make_plan(prices=[flat_price("30.00"), price]))
    taken_back = make_event(visitor.customer, meter.event_name, timestamp=MIDDLE, properties={"n": -5})
    send(visitor.customer, taken_back, received_at=MIDDLE)

    home = visitor.client.get(reverse("portal:home"))
    usage = visitor.client.get(reverse("portal:usage"))
    detail = visitor.client.get(visitor.path("subscription_detail"))

    assert [page.status_code for page in (home, usage, detail)] == [200, 200, 200]
    for page in (home, usage):
        assert "not available at the moment" in page.content.decode()
