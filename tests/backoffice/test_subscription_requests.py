"""Acts on a subscription: the exact effect, then a button that does that and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.billing.services.subscriptions.carry_out import CancelRequest, PauseRequest, carry_out
from apps.customers.models import TestClock
from apps.invoices.models import CreditNote, Invoice
from apps.subscriptions.enums import ChangeStatus, SubscriptionStatus
from apps.subscriptions.models import ScheduledChange
from apps.wallets.selectors import balance_of
from apps.wallets.services.adjust import adjust_balance
from tests.backoffice.shop import Shop, make_shop
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_test_clock
from tests.factories.plans import flat_price, make_plan, unrateable_price
from tests.factories.staff import staff_client
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

# February has 28 days; the period of the shop's subscription (29 EUR) ends on the 28th.
HALF = utc(2026, 2, 14)
TOKEN = re.compile(r'name="preview_token" value="([^"]+)"')


def half_way() -> tuple[Shop, Client]:
    shop = make_shop()
    TestClock.objects.filter(pk=shop.clock.pk).update(now_at=HALF)
    return shop, staff_client()


def path(shop: Shop, name: str) -> str:
    return reverse(f"backoffice:{name}", args=[shop.subscription.public_id])


def ask(client: Client, shop: Shop, name: str, **answers: Any) -> Any:
    return client.post(path(shop, name), {"reason": "Asked by phone", "when": "now", **answers})


def confirm(client: Client, shop: Shop, name: str, shown: Any, **answers: Any) -> Any:
    found = TOKEN.search(shown.content.decode())
    assert found is not None, shown.content.decode()
    return ask(client, shop, name, preview_token=found[1], **answers)


def noted() -> list[str]:
    return list(Event.objects.filter(name__startswith="staff.").values_list("name", flat=True))


def test_change_now_is_shown_to_the_cent_and_then_done() -> None:
    shop, client = half_way()
    make_plan(code="pro", prices=[flat_price("58.00")])
    answers = {"plan": "pro", "quantity": "1", "prorates": "on"}

    shown = ask(client, shop, "change_plan", **answers)
    assert (Invoice.objects.count(), noted()) == (1, [])
    done = confirm(client, shop, "change_plan", shown, **answers)

    page = shown.content.decode()
    assert "It takes effect at once." in page
    assert "14 of 28 days: €29.00" in page
    assert "Billed now: €14.50." in page
    assert done.status_code == 302
    assert Invoice.objects.latest("pk").due_minor == 1450
    assert noted() == ["staff.change_plan"]


def test_other_answers_than_shown_are_shown_first() -> None:
    shop, client = half_way()
    make_plan(code="pro", prices=[flat_price("58.00")])
    shown = ask(client, shop, "change_plan", plan="pro", prorates="on")

    other = confirm(client, shop, "change_plan", shown, plan="pro")

    assert other.status_code == 200
    assert "Nothing is due now." in other.content.decode()
    assert not ScheduledChange.objects.exists()


def test_figures_that_moved_come_back_to_the_page() -> None:
    shop, client = half_way()
    make_plan(code="pro", prices=[flat_price("58.00")])
    answers = {"plan": "pro", "prorates": "on"}
    shown = ask(client, shop, "change_plan", **answers)
    adjust_balance(customer=shop.customer, currency="EUR", amount_minor=450, note="Gift", at=HALF)

    refused = confirm(client, shop, "change_plan", shown, **answers)
    done = confirm(client, shop, "change_plan", refused, **answers)

    assert refused.status_code == 409
    assert "The balance has changed since. Nothing was done." in refused.content.decode()
    assert "Billed now: €10.00." in refused.content.decode()
    assert done.status_code == 302
    assert noted() == ["staff.change_plan"]


def test_change_at_the_period_end_and_on_a_day() -> None:
    shop, client = half_way()
    make_plan(code="pro")

    for when in ({"when": "period_end"}, {"when": "day", "day": "2026-03-05"}):
        shown = ask(client, shop, "change_plan", plan="pro", prorates="on", **when)
        assert (
            confirm(client, shop, "change_plan", shown, plan="pro", prorates="on", **when).status_code == 302
        )

    change = ScheduledChange.objects.get(status=ChangeStatus.PENDING)
    assert change.effective_at == utc(2026, 3, 5)
    assert ask(client, shop, "change_plan", plan="pro", when="day").status_code == 422


@pytest.mark.parametrize(
    ("unused", "said", "credited", "balance"),
    [
        ("none", "Nothing is due now.", 0, 0),
        ("credit_note", "€14.50 is taken off an unpaid invoice by a credit note.", 1450, 0),
        ("refund", "€14.50 is taken off an unpaid invoice by a credit note.", 1450, 0),
        ("same_invoice", "€14.50 goes to the customer&#x27;s balance.", 0, 1450),
    ],
)
def test_cancel_now_says_where_the_unused_part_goes(
    unused: str, said: str, credited: int, balance: int
) -> None:
    shop, client = half_way()
    answers = {"cancel_reason": "unused", "unused_part": unused}

    shown = ask(client, shop, "cancel_subscription", **answers)
    confirm(client, shop, "cancel_subscription", shown, **answers)

    assert said in shown.content.decode()
    shop.subscription.refresh_from_db()
    assert (shop.subscription.status, shop.subscription.ended_at) == (SubscriptionStatus.CANCELED, HALF)
    assert sum(CreditNote.objects.values_list("total_minor", flat=True)) == credited
    assert balance_of(shop.customer.pk, "EUR") == balance


def test_pause_and_resume_from_the_page() -> None:
    shop, client = half_way()

    shown = ask(client, shop, "pause_subscription", resume_on="2026-04-01")
    confirm(client, shop, "pause_subscription", shown, resume_on="2026-04-01")
    page = client.get(reverse("backoffice:subscription", args=[shop.subscription.public_id])).content.decode()
    shown = ask(client, shop, "resume_subscription")
    confirm(client, shop, "resume_subscription", shown)

    assert "Paused since" in page
    assert "resumes on" in page
    shop.subscription.refresh_from_db()
    assert shop.subscription.status == SubscriptionStatus.ACTIVE
    assert noted() == ["staff.pause", "staff.resume"]


def test_each_of_several_scheduled_changes_can_be_undone() -> None:
    shop, client = half_way()
    carry_out(subscription=shop.subscription, request=PauseRequest(resume_at=utc(2026, 4, 1)), at=HALF)
    carry_out(subscription=shop.subscription, request=CancelRequest(effective_at=utc(2026, 5, 1)), at=HALF)
    resume = ScheduledChange.objects.get(kind="resume")

    page = client.get(path(shop, "keep_subscription")).content.decode()
    shown = ask(client, shop, "keep_subscription", change=resume.public_id)
    confirm(client, shop, "keep_subscription", shown, change=resume.public_id)

    assert "Resume on Apr 1, 2026" in page
    assert "Cancel on May 1, 2026" in page
    left = ScheduledChange.objects.filter(status=ChangeStatus.PENDING)
    assert [change.kind for change in left] == ["cancel"]


def test_refusal_of_the_service_is_shown_and_nothing_is_noted() -> None:
    shop, client = half_way()

    answer = ask(client, shop, "resume_subscription")

    assert answer.status_code == 409
    assert noted() == []


def test_staff_pages_live_on_and_say_why_a_price_cannot_be_rated() -> None:
    meter, price = unrateable_price()
    plan = make_plan(prices=[flat_price(), price])
    shop, client = half_way()
    shop.customer.test_clock = make_test_clock(now_at=HALF)
    bought = subscribe_to(plan, customer=shop.customer, card=False).subscription
    taken_back = make_event(shop.customer, meter.event_name, timestamp=HALF, properties={"n": -5})
    send(shop.customer, taken_back, received_at=HALF)

    pages = [
        client.get(reverse("backoffice:subscription", args=[bought.public_id])),
        client.get(reverse("backoffice:customer", args=[shop.customer.public_id])),
    ]

    for page in pages:
        assert page.status_code == 200
        assert "not available at the moment" in page.content.decode()
        assert "a quantity below zero has no price" in page.content.decode()
