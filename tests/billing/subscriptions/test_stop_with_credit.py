"""What ending or pausing inside a paid period gives back, and what resuming bills."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.subscriptions.pause import pause, resume
from apps.invoices.models import CreditNote, Invoice
from apps.plans.models import Plan
from apps.plans.policies import Timing
from apps.subscriptions.enums import ChangeKind, SubscriptionStatus, UnusedPart
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change
from apps.subscriptions.services.withdraw_change import withdraw_change
from apps.wallets.selectors import balance_of
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_plan

pytestmark = pytest.mark.django_db

START = utc(2026, 6, 1)
MIDDLE = utc(2026, 6, 16, 10)


def plan_of(**policies: str) -> Plan:
    return make_plan(prices=[flat_price("30.00")], version={"policies": policies})


def started(plan: Plan, **purchase: Any) -> Subscription:
    return subscribe_to(plan, at=START, **purchase).subscription


def end(subscription: Subscription, *, at: datetime = MIDDLE, **wish: Any) -> list[Invoice]:
    return cancel_now(subscription_id=subscription.pk, reason="other", comment="", at=at, **wish)


def bill(subscription: Subscription, at: datetime) -> list[Invoice]:
    invoices = bill_customer(customer_id=subscription.customer_id, at=at)
    subscription.refresh_from_db()
    return invoices


def lines_of(invoice: Invoice) -> list[tuple[str, int]]:
    return [(line.kind, line.amount_minor) for line in invoice.lines.all()]


def test_end_credits_nothing_unless_asked() -> None:
    subscription = started(plan_of())

    assert end(subscription) == []
    assert balance_of(subscription.customer_id, "EUR") == 0


def test_end_with_account_credit_leaves_the_unused_part_on_the_balance() -> None:
    subscription = started(plan_of(termination_credit="account_credit"))

    (invoice,) = end(subscription)

    assert (lines_of(invoice), invoice.total_minor) == ([("credit", -1500)], 0)
    assert balance_of(subscription.customer_id, "EUR") == 1500


def test_day_of_the_end_is_billed_where_the_policy_says_used() -> None:
    subscription = started(plan_of(termination_credit="account_credit", termination_day="used"))

    (invoice,) = end(subscription)

    assert lines_of(invoice) == [("credit", -1400)]


def test_end_with_a_credit_note_reduces_the_unpaid_invoice() -> None:
    subscription = started(plan_of())

    end(subscription, unused_part=UnusedPart.CREDIT_NOTE)
    note = CreditNote.objects.get()

    assert (note.total_minor, note.offset_minor, note.balance_minor) == (1500, 1500, 0)
    assert note.invoice.due_minor == 1500


def test_credit_note_for_the_next_invoice_goes_to_the_balance() -> None:
    plan = plan_of(termination_credit="credit_note", credit_note_use="next_invoice")
    subscription = started(plan)

    end(subscription)
    note = CreditNote.objects.get()

    assert (note.balance_minor, note.offset_minor) == (1500, 0)
    assert balance_of(subscription.customer_id, "EUR") == 1500


def test_end_on_a_day_to_come_happens_then_and_credits_then() -> None:
    subscription = started(plan_of(termination_credit="account_credit"))
    terms = ChangeTerms(kind=ChangeKind.CANCEL, reason="other")

    schedule_change(subscription_id=subscription.pk, terms=terms, effective_at=utc(2026, 6, 21), at=MIDDLE)
    (invoice,) = bill(subscription, utc(2026, 6, 21))

    assert subscription.status == SubscriptionStatus.CANCELED
    assert lines_of(invoice) == [("credit", -1000)]


def test_end_that_is_known_cuts_the_period_that_is_opened_before_it() -> None:
    subscription = started(plan_of())
    terms = ChangeTerms(kind=ChangeKind.CANCEL, reason="other")

    schedule_change(subscription_id=subscription.pk, terms=terms, effective_at=utc(2026, 7, 11), at=MIDDLE)
    (renewal,) = bill(subscription, utc(2026, 7, 1))
    last = bill(subscription, utc(2026, 7, 11))

    # 10 of 31 days.
    assert (lines_of(renewal), last) == ([("recurring", 968)], [])
    assert subscription.status == SubscriptionStatus.CANCELED


def test_end_taken_back_bills_the_rest_of_the_period_that_it_had_cut() -> None:
    subscription = started(plan_of())
    terms = ChangeTerms(kind=ChangeKind.CANCEL, reason="other")
    change = schedule_change(
        subscription_id=subscription.pk, terms=terms, effective_at=utc(2026, 7, 11), at=MIDDLE
    )
    bill(subscription, utc(2026, 7, 1))

    change.delete()
    (rest,) = bill(subscription, utc(2026, 7, 11))

    # 21 of 31 days; the two parts are the whole fee.
    assert lines_of(rest) == [("recurring", 2032)]
    assert subscription.current_period_ends_at == utc(2026, 8, 1)


def test_pause_credits_the_rest_and_nothing_is_billed_until_the_resume() -> None:
    subscription = started(plan_of())

    made = pause(subscription_id=subscription.pk, at=MIDDLE)
    silent = bill(subscription, utc(2026, 9, 1))

    assert lines_of(made.invoices[0]) == [("credit", -1500)]
    assert (silent, subscription.status, subscription.next_bill_at) == ([], SubscriptionStatus.PAUSED, None)


def test_resume_bills_to_the_next_boundary_of_before() -> None:
    subscription = started(plan_of())
    pause(subscription_id=subscription.pk, at=MIDDLE)

    (invoice,) = resume(subscription_id=subscription.pk, at=utc(2026, 8, 22)).invoices
    subscription.refresh_from_db()

    # 10 of 31 days, paid from the credit of the pause.
    assert (lines_of(invoice), invoice.balance_applied_minor) == ([("recurring", 968)], 968)
    assert (subscription.status, subscription.current_period_ends_at) == ("active", utc(2026, 9, 1))


def test_resume_may_start_a_whole_period_anew() -> None:
    subscription = started(plan_of(resume="bill_from_unblock_on_billing_day"))
    pause(subscription_id=subscription.pk, at=MIDDLE)

    (invoice,) = resume(subscription_id=subscription.pk, at=utc(2026, 8, 22)).invoices
    subscription.refresh_from_db()

    assert lines_of(invoice) == [("recurring", 3000)]
    assert subscription.current_period_ends_at == utc(2026, 9, 22)


def test_pause_with_a_day_to_resume_resumes_by_itself() -> None:
    subscription = started(plan_of())

    pause(subscription_id=subscription.pk, at=MIDDLE, resume_at=utc(2026, 7, 22))
    (invoice,) = bill(subscription, utc(2026, 7, 22))

    assert (lines_of(invoice), subscription.status) == ([("recurring", 968)], SubscriptionStatus.ACTIVE)


def test_resume_before_its_day_leaves_nothing_of_that_day() -> None:
    subscription = started(plan_of())
    pause(subscription_id=subscription.pk, at=MIDDLE, resume_at=utc(2026, 7, 22))
    resume(subscription_id=subscription.pk, at=utc(2026, 6, 20))
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 22))

    silent = bill(subscription, utc(2026, 7, 22))

    assert (silent, subscription.status, subscription.next_bill_at) == ([], SubscriptionStatus.PAUSED, None)


def test_pause_of_what_is_paused_is_refused_and_leaves_the_day_of_its_end() -> None:
    subscription = started(plan_of())
    pause(subscription_id=subscription.pk, at=MIDDLE, resume_at=utc(2026, 7, 22))

    with pytest.raises(SubscriptionRefused, match="paused already"):
        pause(subscription_id=subscription.pk, at=utc(2026, 6, 20), resume_at=utc(2026, 8, 1))
    bill(subscription, utc(2026, 7, 22))

    assert subscription.status == SubscriptionStatus.ACTIVE


def test_resume_of_what_runs_is_refused() -> None:
    subscription = started(plan_of())

    with pytest.raises(SubscriptionRefused, match="paused"):
        resume(subscription_id=subscription.pk, at=MIDDLE)


def test_paused_subscription_can_be_ended() -> None:
    subscription = started(plan_of())
    pause(subscription_id=subscription.pk, at=MIDDLE)

    assert end(subscription, at=utc(2026, 8, 1)) == []
    subscription.refresh_from_db()
    assert subscription.status == SubscriptionStatus.CANCELED


def test_end_at_the_instant_of_a_pause_gives_nothing_back_again() -> None:
    subscription = started(plan_of(termination_credit="account_credit"))
    pause(subscription_id=subscription.pk, at=MIDDLE)

    assert end(subscription) == []
    assert balance_of(subscription.customer_id, "EUR") == 1500


def test_plan_chosen_during_a_pause_is_billed_from_the_resume_on() -> None:
    subscription = started(plan_of())
    larger = make_plan(prices=[flat_price("60.00")])
    pause(subscription_id=subscription.pk, at=MIDDLE)

    request = ChangeRequest(plan_code=larger.code, timing=Timing.NOW)
    wished = change_plan(subscription_id=subscription.pk, request=request, at=utc(2026, 6, 20)).invoices
    (invoice,) = resume(subscription_id=subscription.pk, at=utc(2026, 6, 21)).invoices

    assert (wished, lines_of(invoice)) == ([], [("recurring", 2000)])


def test_trial_that_only_frees_the_fee_bills_the_rest_of_the_period_at_its_end() -> None:
    plan = make_plan(
        prices=[flat_price("30.00")],
        version={
            "policies": {"trial_kind": "days_from_first_start"},
            "trial_days": 10,
            "alignment": "calendar",
        },
    )
    subscription = started(plan)

    (invoice,) = bill(subscription, utc(2026, 6, 11))
    (renewal,) = bill(subscription, utc(2026, 7, 1))

    assert (lines_of(invoice), lines_of(renewal)) == ([("recurring", 2000)], [("recurring", 3000)])
    assert subscription.status == SubscriptionStatus.ACTIVE


def test_paid_rest_is_not_billed_again_when_a_pause_gave_nothing_back() -> None:
    subscription = started(plan_of(pause="bill_used_part_now"))

    paused = pause(subscription_id=subscription.pk, at=MIDDLE)
    resumed = resume(subscription_id=subscription.pk, at=utc(2026, 6, 20))
    (renewal,) = bill(subscription, utc(2026, 7, 1))

    assert (paused.invoices, resumed.invoices) == ([], [])
    assert lines_of(renewal) == [("recurring", 3000)]


def test_end_during_a_pause_credits_what_is_still_paid() -> None:
    subscription = started(plan_of(pause="bill_used_part_now", termination_credit="account_credit"))
    pause(subscription_id=subscription.pk, at=MIDDLE)

    (invoice,) = end(subscription, at=utc(2026, 6, 21))

    assert lines_of(invoice) == [("credit", -1000)]


def test_end_taken_back_costs_nothing_more_where_parts_cost_the_whole() -> None:
    subscription = started(plan_of(proration_unit="none"))
    terms = ChangeTerms(kind=ChangeKind.CANCEL, reason="other")
    change = schedule_change(
        subscription_id=subscription.pk, terms=terms, effective_at=utc(2026, 7, 11), at=MIDDLE
    )
    (renewal,) = bill(subscription, utc(2026, 7, 1))

    withdraw_change(subscription_id=subscription.pk, at=utc(2026, 7, 2), reference=change.public_id)
    rest = bill(subscription, utc(2026, 7, 11))

    assert (lines_of(renewal), rest) == ([("recurring", 3000)], [])


def test_end_forgets_what_was_planned_after_it() -> None:
    subscription = started(plan_of())
    later = make_plan(prices=[flat_price("60.00")])
    planned = ChangeTerms(kind=ChangeKind.PLAN, version=later.versions.get(), planned=True)
    schedule_change(subscription_id=subscription.pk, terms=planned, effective_at=utc(2026, 8, 1), at=MIDDLE)
    wish = ChangeTerms(kind=ChangeKind.CANCEL, reason="other")
    schedule_change(subscription_id=subscription.pk, terms=wish, effective_at=utc(2026, 7, 1), at=MIDDLE)

    bill(subscription, utc(2026, 7, 1))

    assert (subscription.status, subscription.next_bill_at) == (SubscriptionStatus.CANCELED, None)


def test_day_of_an_end_that_is_known_is_billed_where_the_policy_says_used() -> None:
    subscription = started(plan_of(termination_day="used"))
    terms = ChangeTerms(kind=ChangeKind.CANCEL, reason="other")
    schedule_change(subscription_id=subscription.pk, terms=terms, effective_at=utc(2026, 7, 11, 9), at=MIDDLE)

    (renewal,) = bill(subscription, utc(2026, 7, 1))

    # 11 of 31 days.
    assert lines_of(renewal) == [("recurring", 1065)]
