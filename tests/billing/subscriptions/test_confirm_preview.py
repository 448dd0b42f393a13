"""A token does what was shown, once, and only while nothing of it has moved. Real commits: workers race."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from django.db import connection

from apps.billing.enums import CancelTiming
from apps.billing.errors import NotRateable, PreviewOutdated
from apps.billing.preview_tokens import preview_token
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions import confirm_preview as confirming
from apps.billing.services.subscriptions.carry_out import (
    CancelRequest,
    CarriedOut,
    PauseRequest,
    Request,
    carry_out,
)
from apps.billing.services.subscriptions.change_plan import ChangeRequest
from apps.billing.services.subscriptions.confirm_preview import confirm_preview
from apps.billing.services.subscriptions.preview_request import Preview, preview_request
from apps.core.errors import DomainError, InvalidInput
from apps.invoices.models import Invoice, InvoiceLine
from apps.plans.models import Plan
from apps.plans.policies import Timing
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import ScheduledChange, Subscription, SubscriptionPeriod
from apps.usage.selectors import current_watermark
from apps.wallets.selectors import balance_of
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import (
    flat_price,
    make_meter,
    make_plan,
    make_plan_version,
    metered_price,
    unrateable_price,
)
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.real_commits

START = utc(2026, 6, 1)
MIDDLE = utc(2026, 6, 16, 10)
SOON = MIDDLE + timedelta(minutes=5)
NEXT = utc(2026, 7, 1)
# Real time is another: customers may live on a clock.
NOW = utc(2027, 1, 1)


def plan_of(amount: str) -> Plan:
    return make_plan(prices=[flat_price(amount)])


def started(plan: Plan | None = None) -> Subscription:
    return subscribe_to(plan or plan_of("30.00"), at=START).subscription


def upgrade(amount: str = "60.00") -> ChangeRequest:
    return ChangeRequest(plan_code=plan_of(amount).code, timing=Timing.NOW)


def previewed(subscription: Subscription, request: Request) -> tuple[Preview, str]:
    shown = preview_request(subscription=subscription, request=request, at=MIDDLE)
    return shown, preview_token(shown.fixed, now=NOW)


def confirm(subscription: Subscription, token: str, **moved: Any) -> CarriedOut:
    return confirm_preview(subscription=subscription, token=token, **{"at": SOON, "now": NOW} | moved)


def adjust(subscription: Subscription, amount_minor: int) -> None:
    adjust_balance(
        customer=subscription.customer, currency="EUR", amount_minor=amount_minor, note="Gift", at=MIDDLE
    )


def at_once(*works: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return work()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def outdated(subscription: Subscription, token: str, **moved: Any) -> PreviewOutdated:
    before = Invoice.objects.count()
    with pytest.raises(PreviewOutdated) as refused:
        confirm(subscription, token, **moved)
    assert Invoice.objects.count() == before
    return refused.value


def test_confirmation_runs_at_the_previews_instant_and_charges_exactly_that() -> None:
    subscription = started()
    shown, token = previewed(subscription, upgrade())

    (invoice,) = confirm(subscription, token).invoices

    assert (invoice.created_at, invoice.finalized_at) == (MIDDLE, MIDDLE)
    assert (invoice.total_minor, shown.now.total_minor) == (1500, 1500)
    period = SubscriptionPeriod.objects.latest("starts_at")
    assert period.starts_at == MIDDLE


def test_scheduled_change_is_confirmed_too() -> None:
    subscription = started()
    request = ChangeRequest(plan_code=plan_of("60.00").code, timing=Timing.PERIOD_END)
    shown, token = previewed(subscription, request)

    done = confirm(subscription, token)

    assert done.change is not None
    assert done.effective_at == shown.effective_at == NEXT
    assert ScheduledChange.objects.get().requested_at == MIDDLE


def test_two_confirmations_of_one_token_do_it_once() -> None:
    subscription = started()
    _, token = previewed(subscription, upgrade())

    results = at_once(*[lambda: confirm(subscription, token)] * 4)

    assert sum(isinstance(result, CarriedOut) for result in results) == 1
    assert sum(isinstance(result, PreviewOutdated) for result in results) == 3
    assert Invoice.objects.count() == 2


def test_two_different_tokens_at_once_leave_one_change() -> None:
    subscription = started()
    _, dear = previewed(subscription, upgrade("90.00"))
    _, cheap = previewed(subscription, upgrade("10.00"))

    results = at_once(lambda: confirm(subscription, dear), lambda: confirm(subscription, cheap))

    (refused,) = [result for result in results if isinstance(result, PreviewOutdated)]
    assert refused.preview is not None
    assert Invoice.objects.count() == 2


def test_balance_that_moved_gives_the_new_preview_which_can_be_confirmed() -> None:
    subscription = started()
    shown, token = previewed(subscription, upgrade())
    assert shown.now.due_minor == 1500
    adjust(subscription, 700)

    refused = outdated(subscription, token)

    assert refused.message == "The balance has changed since."
    assert refused.preview.now.due_minor == 800
    anew = preview_token(refused.preview.fixed, now=NOW)
    (invoice,) = confirm(subscription, anew).invoices
    assert (invoice.balance_applied_minor, invoice.due_minor) == (700, 800)


def test_balance_spent_while_it_is_confirmed_never_charges_other_than_shown() -> None:
    subscription = started()
    adjust(subscription, 700)
    shown, token = previewed(subscription, upgrade())

    first, _ = at_once(lambda: confirm(subscription, token), lambda: adjust(subscription, -500))

    if isinstance(first, CarriedOut):
        assert first.invoices[0].due_minor == shown.now.due_minor == 800
    else:
        assert isinstance(first, PreviewOutdated)
        assert (Invoice.objects.count(), balance_of(subscription.customer_id, "EUR")) == (1, 200)


def settle_usage() -> None:
    """Wait until what was sent is below the watermark: other tests' transactions may hold it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (sent,) = cursor.fetchone()
    while current_watermark() <= sent:
        sleep(0.05)


def test_usage_that_arrives_between_is_not_in_the_charge_and_late_by_then() -> None:
    meter = make_meter()
    subscription = started(make_plan(prices=[flat_price("30.00"), metered_price(meter, unit_amount="1.00")]))
    customer = subscription.customer
    send(customer, make_event(customer, meter.event_name, timestamp=utc(2026, 6, 2)))
    settle_usage()
    shown, token = previewed(subscription, upgrade())
    send(customer, make_event(customer, meter.event_name, timestamp=utc(2026, 6, 3)))

    (invoice,) = confirm(subscription, token).invoices

    usage = [line.amount_minor for line in InvoiceLine.objects.filter(invoice=invoice, kind="usage")]
    assert usage == [100]
    assert invoice.due_minor == shown.now.due_minor
    closed = SubscriptionPeriod.objects.filter(closed_at=MIDDLE)
    assert {period.closed_below for period in closed} == {shown.fixed.watermark}


def test_usage_that_has_no_price_is_said_and_nothing_is_done() -> None:
    meter, price = unrateable_price()
    subscription = started(make_plan(prices=[flat_price("30.00"), price]))
    _, token = previewed(subscription, upgrade())
    taken_back = make_event(subscription.customer, meter.event_name, timestamp=START, properties={"n": -5})
    send(subscription.customer, taken_back)
    settle_usage()

    # What was shown before still holds; a new preview cannot be made.
    with pytest.raises(NotRateable):
        previewed(subscription, upgrade())
    assert confirm(subscription, token).invoices[0].total_minor == 1500


def test_new_price_list_is_shown_before_it_is_charged() -> None:
    subscription = started()
    plan = plan_of("60.00")
    _, token = previewed(subscription, ChangeRequest(plan_code=plan.code, timing=Timing.NOW))
    make_plan_version(plan=plan, prices=[flat_price("62.00")])

    refused = outdated(subscription, token)

    assert refused.message == "The price list has changed since."
    assert refused.preview.now.lines[0].amount_minor == 3100


def test_same_amounts_of_another_version_are_shown_first_all_the_same() -> None:
    subscription = started()
    plan = plan_of("60.00")
    _, token = previewed(subscription, ChangeRequest(plan_code=plan.code))
    make_plan_version(plan=plan, prices=[flat_price("62.00")])

    assert outdated(subscription, token).message == "The price list has changed since."


def test_subscription_that_moved_is_shown_anew() -> None:
    subscription = started()
    _, token = previewed(subscription, upgrade())
    carry_out(subscription=subscription, request=CancelRequest(), at=MIDDLE)

    assert outdated(subscription, token).message == "The subscription has changed since."


def test_boundary_between_is_never_jumped() -> None:
    subscription = started()
    at = NEXT - timedelta(minutes=10)
    shown = preview_request(subscription=subscription, request=upgrade(), at=at)
    token = preview_token(shown.fixed, now=NOW)

    refused = outdated(subscription, token, at=NEXT + timedelta(minutes=10))
    bill_customer(customer_id=subscription.customer_id, at=NEXT)
    billed = outdated(subscription, token, at=NEXT + timedelta(minutes=10))

    assert refused.message == "A period has ended since."
    assert billed.message == "The subscription has changed since."


@pytest.mark.parametrize(
    "moved", [{"now": NOW + timedelta(hours=1)}, {"at": MIDDLE + timedelta(hours=1)}], ids=["real", "own"]
)
def test_token_holds_for_an_hour_of_real_and_of_the_customers_time(moved: dict[str, Any]) -> None:
    subscription = started()
    _, token = previewed(subscription, upgrade())

    refused = outdated(subscription, token, **moved)

    assert refused.message == "The preview has expired."
    assert refused.preview is not None


def test_what_is_not_possible_any_more_says_why() -> None:
    subscription = started()
    _, token = previewed(subscription, PauseRequest())
    end = CancelRequest(timing=CancelTiming.NOW)
    carry_out(subscription=subscription, request=end, at=MIDDLE)

    refused = outdated(subscription, token)

    assert refused.preview is None
    assert "not possible any more" in refused.message
    subscription.refresh_from_db()
    assert subscription.status == SubscriptionStatus.CANCELED


def test_forged_foreign_and_misused_tokens_are_no_input() -> None:
    subscription, other = started(), started()
    _, token = previewed(subscription, upgrade())

    for holder, text, expects in (
        (subscription, token[:-2] + "xx", None),
        (other, token, None),
        (subscription, token, CancelRequest),
    ):
        with pytest.raises(InvalidInput) as refused:
            confirm(holder, text, expects=expects)
        assert refused.value.field == "preview_token"


def test_without_the_look_at_the_state_a_second_confirmation_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subscription = started()
    shown, token = previewed(subscription, CancelRequest())
    confirm(subscription, token)
    monkeypatch.setattr(confirming, "state_of", lambda held: shown.fixed.state)

    confirm(subscription, token)

    assert ScheduledChange.objects.count() == 2
