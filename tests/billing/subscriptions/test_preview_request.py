"""What previews say, and that doing the same at the same instant comes to the very same documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from apps.audit.models import Event
from apps.billing.effects import Effect
from apps.billing.enums import CancelTiming
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.carry_out import (
    CancelRequest,
    PauseRequest,
    Request,
    ResumeRequest,
    UndoRequest,
    carry_out,
)
from apps.billing.services.subscriptions.change_plan import ChangeRequest
from apps.billing.services.subscriptions.preview_request import Preview, preview_request
from apps.core.errors import DomainError
from apps.invoices.models import CreditNote, Invoice, NumberSeries
from apps.plans.models import Plan
from apps.plans.policies import Timing
from apps.subscriptions.enums import UnusedPart
from apps.subscriptions.models import ScheduledChange, Subscription, SubscriptionPeriod
from apps.wallets.models import BalanceMovement
from apps.wallets.selectors import balance_of
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price, seat_price

pytestmark = pytest.mark.django_db

# June has 30 days, so that a day of a plan of 30 costs 1.
START = utc(2026, 6, 1)
MIDDLE = utc(2026, 6, 16, 10)
NEXT = utc(2026, 7, 1)


def plan_of(amount: str, **version: Any) -> Plan:
    return make_plan(prices=[flat_price(amount)], version=version)


def started(plan: Plan, **purchase: Any) -> Subscription:
    return subscribe_to(plan, at=START, **purchase).subscription


def preview(subscription: Subscription, request: Request, at: datetime = MIDDLE) -> Preview:
    return preview_request(subscription=subscription, request=request, at=at)


def now(plan: Plan, **wish: Any) -> ChangeRequest:
    return ChangeRequest(plan_code=plan.code, timing=Timing.NOW, **wish)


def lines(effect: Effect | None) -> list[tuple[str, int]]:
    assert effect is not None
    return [(line.kind, line.amount_minor) for line in effect.lines]


def rows() -> list[int]:
    tables = (Subscription, SubscriptionPeriod, ScheduledChange, Invoice, CreditNote, BalanceMovement, Event)
    spent = NumberSeries.objects.values_list("next_value", flat=True)
    return [*(model.objects.count() for model in tables), *spent]  # type: ignore[attr-defined]


def give_balance(subscription: Subscription, amount_minor: int) -> None:
    adjust_balance(
        customer=subscription.customer,
        currency=subscription.currency,
        amount_minor=amount_minor,
        note="Goodwill",
        at=START,
    )


def test_upgrade_now_shows_charge_credit_and_what_comes_next() -> None:
    subscription = started(plan_of("30.00"))

    shown = preview(subscription, now(plan_of("60.00")))

    assert (shown.kind, shown.effective_at, shown.is_scheduled) == ("change", MIDDLE, False)
    assert lines(shown.now) == [("recurring", 3000), ("credit", -1500)]
    assert (shown.now.total_minor, shown.now.due_minor) == (1500, 1500)
    assert shown.next is not None
    assert (shown.next.at, lines(shown.next)) == (NEXT, [("recurring", 6000)])


def test_downgrade_now_gives_the_rest_to_the_balance_which_pays_the_next_invoice() -> None:
    subscription = started(plan_of("60.00"))

    shown = preview(subscription, now(plan_of("30.00")))

    assert lines(shown.now) == [("recurring", 1500), ("credit", -3000)]
    assert (shown.now.total_minor, shown.now.balance_credited_minor) == (0, 1500)
    assert (shown.balance_before_minor, shown.balance_after_minor) == (0, 1500)
    assert shown.next is not None
    following = shown.next
    assert (following.total_minor, following.balance_applied_minor, following.due_minor) == (3000, 1500, 1500)


def test_balance_that_will_be_used_is_shown() -> None:
    subscription = started(plan_of("30.00"))
    give_balance(subscription, 1000)

    shown = preview(subscription, now(plan_of("60.00")))

    assert (shown.now.total_minor, shown.now.balance_applied_minor, shown.now.due_minor) == (1500, 1000, 500)
    assert (shown.balance_before_minor, shown.balance_after_minor) == (1000, 0)


def test_change_at_period_end_costs_nothing_now() -> None:
    subscription = started(plan_of("30.00"))

    shown = preview(subscription, ChangeRequest(plan_code=plan_of("60.00").code))

    assert (shown.effective_at, shown.is_scheduled, bool(shown.now)) == (NEXT, True, False)
    assert shown.next is not None
    assert (shown.next.at, lines(shown.next)) == (NEXT, [("recurring", 6000)])


def test_change_on_a_day_behind_a_renewal_follows_the_part_that_the_renewal_bills() -> None:
    subscription = started(plan_of("31.00"))
    day = utc(2026, 7, 11)

    shown = preview(subscription, ChangeRequest(plan_code=plan_of("62.00").code, effective_at=day))

    assert shown.next is not None
    assert (shown.next.at, lines(shown.next)) == (day, [("recurring", 4200)])


def test_scheduled_change_shows_the_bill_of_its_instant_and_no_other() -> None:
    meter = make_meter()
    yearly = make_plan(prices=[flat_price("290.00", interval="year"), metered_price(meter)])
    bigger = make_plan(prices=[flat_price("990.00", interval="year"), metered_price(meter)])

    shown = preview(started(yearly), ChangeRequest(plan_code=bigger.code))

    assert shown.next is not None
    assert (shown.next.at, lines(shown.next)) == (utc(2027, 6, 1), [("recurring", 99000)])


@pytest.mark.parametrize(
    ("unused", "bills", "credits"),
    [
        (UnusedPart.NONE, [], []),
        (UnusedPart.CREDIT_NOTE, [], [(1500, 1500, 0, 0)]),
        (UnusedPart.REFUND, [], [(1500, 1500, 0, 0)]),
        (UnusedPart.SAME_INVOICE, [("credit", -1500)], []),
    ],
)
def test_cancel_now_shows_where_the_unused_part_goes(
    unused: UnusedPart, bills: list[tuple[str, int]], credits: list[tuple[int, int, int, int]]
) -> None:
    subscription = started(plan_of("30.00"))

    shown = preview(subscription, CancelRequest(timing=CancelTiming.NOW, unused_part=unused))

    assert lines(shown.now) == bills
    # The invoice is unpaid, so a credit first reduces what it has due.
    got = [(c.total_minor, c.offset_minor, c.balance_minor, c.refund_minor) for c in shown.now.credits]
    assert got == credits
    assert (shown.next, shown.next_is_unknown) == (None, False)


def test_cancel_at_period_end_bills_nothing_more() -> None:
    subscription = started(plan_of("30.00"))

    shown = preview(subscription, CancelRequest())

    assert (shown.effective_at, bool(shown.now)) == (NEXT, False)
    assert shown.next is not None
    assert not shown.next


def test_pause_credits_and_the_planned_resume_is_what_comes_next() -> None:
    subscription = started(plan_of("30.00"))

    shown = preview(subscription, PauseRequest(resume_at=utc(2026, 8, 1)))

    assert lines(shown.now) == [("credit", -1500)]
    assert shown.balance_after_minor == 1500
    assert shown.next is not None
    assert (shown.next.at, shown.next.total_minor, shown.next.due_minor) == (utc(2026, 8, 1), 3000, 1500)


def test_resume_and_undo_are_previewed_too() -> None:
    subscription = started(plan_of("30.00"))
    carry_out(subscription=subscription, request=PauseRequest(), at=MIDDLE)
    at = utc(2026, 6, 21)

    resumed = preview(subscription, ResumeRequest(), at)

    assert lines(resumed.now) == [("recurring", 1000)]
    assert (resumed.now.balance_applied_minor, resumed.now.due_minor) == (1000, 0)
    other = started(plan_of("30.00"))
    carry_out(subscription=other, request=CancelRequest(), at=MIDDLE)
    undone = preview(other, UndoRequest())
    assert undone.next is not None
    assert (undone.next.at, undone.next.total_minor) == (NEXT, 3000)


@pytest.mark.parametrize("case", ["upgrade", "downgrade", "cancel", "pause", "seats"])
def test_what_was_shown_is_what_then_comes_and_the_preview_leaves_no_trace(case: str) -> None:
    seats = make_plan(prices=[seat_price("30.00")])
    bought = (seats, 2) if case == "seats" else (plan_of("30.00"), 1)
    subscription = started(bought[0], quantity=bought[1])
    give_balance(subscription, 300)
    requests: dict[str, Request] = {
        "upgrade": now(plan_of("60.00")),
        "downgrade": now(plan_of("10.00")),
        "cancel": CancelRequest(timing=CancelTiming.NOW, unused_part=UnusedPart.CREDIT_NOTE),
        "pause": PauseRequest(),
        "seats": now(seats, quantity=5),
    }
    before = rows()

    shown = preview(subscription, requests[case])
    assert rows() == before
    done = carry_out(subscription=subscription, request=requests[case], at=MIDDLE)

    invoices = list(Invoice.objects.filter(pk__in=[invoice.pk for invoice in done.invoices]))
    assert [b.due_minor for b in shown.now.bills] == [invoice.due_minor for invoice in invoices]
    billed = [(line.kind, line.amount_minor) for invoice in invoices for line in invoice.lines.all()]
    assert lines(shown.now) == billed
    notes = CreditNote.objects.values_list("total_minor", "offset_minor", "balance_minor", "refund_minor")
    credits = [(c.total_minor, c.offset_minor, c.balance_minor, c.refund_minor) for c in shown.now.credits]
    assert credits == list(notes)
    assert balance_of(subscription.customer_id, "EUR") == shown.balance_after_minor
    if shown.next is not None:
        renewals = bill_customer(customer_id=subscription.customer_id, at=shown.next.at)
        assert [i.due_minor for i in renewals] == [b.due_minor for b in shown.next.bills]


def test_refusals_are_those_of_the_act() -> None:
    plan = plan_of("30.00")
    subscription = started(plan)

    for request in (now(plan), ResumeRequest(), UndoRequest()):
        with pytest.raises(DomainError):
            preview(subscription, request)


def test_each_line_explains_itself_in_days() -> None:
    subscription = started(plan_of("30.00"))

    charge, credit = preview(subscription, now(plan_of("60.00"))).now.lines

    assert charge.explanation == ["Flat price: €60.00", "15 of 30 days: €30.00", "Total: €30.00"]
    assert "15 of 30 days" in " ".join(credit.explanation)
