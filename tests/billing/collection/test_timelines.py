"""Collecting by a policy: each step on its day, once, and nothing that a success makes needless."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.audit.models import Event
from apps.billing.dunning import Step
from apps.billing.enums import CollectionStatus
from apps.billing.errors import DunningPolicyRefused
from apps.billing.models import CollectionCase, DunningPolicy, DunningStepTaken
from apps.billing.services.collection.adopt_method import change_default_method
from apps.billing.services.collection.collect import collect_invoice, set_in_flight
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.collection.preview_dunning import preview_dunning
from apps.billing.services.collection.record_outcome import record_outcome
from apps.billing.services.collection.save_policy import PolicyTerms, save_policy
from apps.billing.services.corrections.void_unpaid import void_unpaid_invoice
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.models import CustomerAccess
from apps.entitlements.services.set_access import set_access
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.enums import DeclineKind, PaymentStatus
from apps.payments.errors import NetworkCapReached
from apps.payments.gateways.terms import ChargeResult
from apps.payments.models import Dispute, Payment, PaymentMethod
from apps.payments.services.open_attempt import open_attempt
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.dunning import (
    CANCEL,
    DOWNGRADE,
    RESTRICT,
    RETRY,
    SUSPEND,
    WRITE_OFF,
    last_notice,
    make_policy,
    reminder,
)
from tests.factories.payments import case_of, make_unpaid_invoice, save_card
from tests.factories.plans import make_free_plan
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

LONG = [
    reminder(0),
    Step(2, RETRY),
    reminder(3),
    Step(5, RETRY),
    Step(5, RESTRICT),
    last_notice(8),
    Step(9, RETRY),
    Step(10, SUSPEND),
    Step(12, CANCEL),
    Step(12, WRITE_OFF),
]


def day(number: float) -> datetime:
    return STARTED_AT + timedelta(days=number)


def unpaid(gateway: GatewaySandbox, steps: list[Step], behaviour: str = "insufficient_funds") -> Invoice:
    """An invoice of a brand with this timeline, whose first charge was declined on day 0."""
    invoice = make_unpaid_invoice(gateway, behaviour=behaviour)
    make_policy(invoice.brand, steps)
    collect_due(case_id=case_of(invoice).pk, at=day(0))
    return invoice


def taken(invoice: Invoice) -> list[tuple[int, str, float]]:
    """Day of the timeline, action, and the day on which it was taken."""
    rows = DunningStepTaken.objects.filter(case__invoice=invoice).order_by("pk")
    return [(row.day, row.action, (row.taken_at - STARTED_AT) / timedelta(days=1)) for row in rows]


def level_of(invoice: Invoice) -> str:
    access = CustomerAccess.objects.filter(customer_id=invoice.customer_id).first()
    return access.level if access else AccessLevel.FULL


def mails_asked_for() -> list[tuple[str, int]]:
    return [
        (event.data["mail"], event.data["day"])
        for event in Event.objects.filter(name="collection.reminded").order_by("pk")
    ]


def test_soft_decline_goes_through_every_step_on_its_day(gateway: GatewaySandbox) -> None:
    invoice = unpaid(gateway, LONG)
    case_id = case_of(invoice).pk

    for number in range(1, 13):
        for _ in range(2):
            collect_due(case_id=case_id, at=day(number))
            assert not collect_due(case_id=case_id, at=day(number + 0.9))

    assert taken(invoice) == [
        (0, "mail", 0),
        (2, "retry", 2),
        (3, "mail", 3),
        (5, "retry", 5),
        (5, "restrict", 5),
        (8, "mail", 8),
        (9, "retry", 9),
        (10, "suspend", 10),
        (12, "cancel", 12),
        (12, "write_off", 12),
    ]
    assert mails_asked_for() == [("reminder", 0), ("reminder", 3), ("final_notice", 8)]
    assert len(gateway.control.charges(status="failed")) == 4
    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.UNCOLLECTIBLE
    assert Subscription.objects.get().status == SubscriptionStatus.CANCELED
    assert (case_of(invoice).status, level_of(invoice)) == (CollectionStatus.EXHAUSTED, "suspended")


def test_hard_decline_has_no_retry_and_every_other_step(gateway: GatewaySandbox) -> None:
    invoice = unpaid(gateway, LONG, "lost_card")
    case = case_of(invoice)
    assert (case.status, case.next_step_at, case.next_attempt_at) == ("waiting", day(3), day(12))

    for number in range(1, 13):
        collect_due(case_id=case.pk, at=day(number))

    assert [(number, action) for number, action, _ in taken(invoice)] == [
        (0, "mail"),
        (3, "mail"),
        (5, "restrict"),
        (8, "mail"),
        (10, "suspend"),
        (12, "cancel"),
        (12, "write_off"),
    ]
    assert len(gateway.control.charges(status="failed")) == 1


def test_authentication_waits_for_the_customer_while_the_other_steps_go_on(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, "pm_card_authenticationRequired")
    make_policy(invoice.brand, [Step(2, RETRY), Step(4, RESTRICT)])

    collect_due(case_id=case_of(invoice).pk, at=day(0))
    collect_due(case_id=case_of(invoice).pk, at=day(2))
    assert (Payment.objects.count(), level_of(invoice)) == (1, AccessLevel.FULL)
    collect_due(case_id=case_of(invoice).pk, at=day(4))

    assert Payment.objects.get().decline_kind == DeclineKind.AUTHENTICATION
    assert taken(invoice) == [(4, "restrict", 4)]


def test_new_card_tries_at_once_and_gives_back_what_the_steps_took(gateway: GatewaySandbox) -> None:
    invoice = unpaid(gateway, LONG, "lost_card")
    for number in (3, 5, 8, 10):
        collect_due(case_id=case_of(invoice).pk, at=day(number))
    assert level_of(invoice) == AccessLevel.SUSPENDED
    card = save_card(gateway, invoice.customer, at=day(11))
    PaymentMethod.objects.filter(pk=card.pk).update(is_default=False)
    card.refresh_from_db()

    change_default_method(method=card, at=day(11))

    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid_at) == (InvoiceStatus.PAID, day(11))
    assert (level_of(invoice), case_of(invoice).status) == (AccessLevel.FULL, CollectionStatus.SETTLED)
    assert not collect_due(case_id=case_of(invoice).pk, at=day(12))
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE


def test_processing_payment_freezes_the_steps_and_then_they_resume(gateway: GatewaySandbox) -> None:
    steps = [Step(2, RETRY), reminder(3), reminder(4), Step(5, RETRY), Step(6, RESTRICT), Step(9, CANCEL)]
    invoice = unpaid(gateway, steps)
    payment = open_attempt(invoice_id=invoice.pk, at=day(2), sent_at=day(2))
    set_in_flight(case_of(invoice))
    settle(payment, PaymentStatus.PROCESSING, at=day(2))
    payment.refresh_from_db()
    assert (payment.status, case_of(invoice).status) == (PaymentStatus.PROCESSING, CollectionStatus.IN_FLIGHT)
    for number in (3, 4, 5, 6):
        assert not collect_due(case_id=case_of(invoice).pk, at=day(number))
    assert taken(invoice) == []

    settle(payment, PaymentStatus.FAILED, at=day(6.5))

    # The retry of day 5 passed unused, of the two mails only the last is written, the rest is made up for.
    assert [(number, action) for number, action, _ in taken(invoice)] == [
        (3, "mail"),
        (4, "mail"),
        (6, "restrict"),
    ]
    assert mails_asked_for() == [("reminder", 4)]
    case = case_of(invoice)
    assert (case.status, case.next_step_at) == (CollectionStatus.WAITING, day(9))


def settle(payment: Payment, status: PaymentStatus, *, at: datetime) -> None:
    """The gateway says what became of an attempt."""
    kind = DeclineKind.SOFT if status == PaymentStatus.FAILED else None
    result = ChargeResult(status, "pi_1", decline_kind=kind)
    record_outcome(payment_id=payment.pk, result=result, at=at, asked_at=at)


def test_success_lets_in_only_as_far_as_no_other_invoice_holds(gateway: GatewaySandbox) -> None:
    invoice = unpaid(gateway, [Step(1, RESTRICT), Step(3, SUSPEND), Step(9, CANCEL)], "lost_card")
    for number in (1, 3):
        collect_due(case_id=case_of(invoice).pk, at=day(number))
    other = Invoice.objects.get(pk=invoice.pk)
    held = second_invoice(gateway, invoice)
    CollectionCase.objects.filter(invoice=held).update(
        status=CollectionStatus.WAITING, restriction=AccessLevel.READ_ONLY, first_failed_at=day(0)
    )
    gateway.control.set_behaviour(PaymentMethod.objects.get().gateway_id, "ok")

    collect_invoice(invoice_id=other.pk, at=day(4))

    access = CustomerAccess.objects.get()
    assert (access.level, access.reason) == (AccessLevel.READ_ONLY, AccessReason.PAYMENT_OVERDUE)
    collect_invoice(invoice_id=held.pk, at=day(5))
    assert level_of(invoice) == AccessLevel.FULL


def second_invoice(gateway: GatewaySandbox, invoice: Invoice) -> Invoice:
    (second,) = subscribe_to(customer=invoice.customer, at=day(2), card=False).invoices
    return second


def test_staff_who_were_stricter_stay_so(gateway: GatewaySandbox) -> None:
    invoice = unpaid(gateway, [Step(1, RESTRICT)], "lost_card")
    set_access(
        customer_id=invoice.customer_id, level=AccessLevel.SUSPENDED, reason=AccessReason.STAFF, at=day(0)
    )

    collect_due(case_id=case_of(invoice).pk, at=day(1))

    access = CustomerAccess.objects.get()
    assert (access.level, access.reason) == (AccessLevel.SUSPENDED, AccessReason.STAFF)


def test_voided_invoice_takes_no_further_step(gateway: GatewaySandbox) -> None:
    invoice = unpaid(gateway, [reminder(1), Step(2, CANCEL)], "lost_card")
    void_unpaid_invoice(invoice_id=invoice.pk, reason="Wrong", at=day(0.5))

    for number in (1, 2):
        collect_due(case_id=case_of(invoice).pk, at=day(number))

    assert (taken(invoice), case_of(invoice).status) == ([], CollectionStatus.SETTLED)
    assert Subscription.objects.get().status != SubscriptionStatus.CANCELED


@pytest.mark.parametrize(("status", "stands"), [("needs_response", True), ("lost", True), ("won", False)])
def test_disputed_invoice_stands_still(gateway: GatewaySandbox, status: str, stands: bool) -> None:
    invoice = unpaid(gateway, [Step(1, RESTRICT), Step(9, CANCEL)], "lost_card")
    Dispute.objects.create(
        brand_id=invoice.brand_id,
        customer_id=invoice.customer_id,
        payment=Payment.objects.get(),
        gateway="stripe",
        gateway_id="dp_1",
        amount_minor=100,
        currency="EUR",
        status=status,
        opened_at=day(0),
    )

    collect_due(case_id=case_of(invoice).pk, at=day(1))

    assert (taken(invoice) == []) == stands
    assert case_of(invoice).next_step_at == day(2) if stands else day(9)


def test_downgrade_moves_to_the_plan_and_charges_nothing(gateway: GatewaySandbox) -> None:
    free = make_free_plan()
    invoice = unpaid(gateway, [Step(3, DOWNGRADE, plan_code=free.code)], "lost_card")

    collect_due(case_id=case_of(invoice).pk, at=day(3))

    subscription = Subscription.objects.get()
    assert subscription.plan_version.plan_id == free.pk
    assert DunningStepTaken.objects.get().problem == ""
    invoice.refresh_from_db()
    assert (invoice.status, invoice.due_minor) == (InvoiceStatus.OPEN, 2900)


def test_step_that_cannot_be_done_is_written_down_and_the_rest_goes_on(gateway: GatewaySandbox) -> None:
    free = make_free_plan(currency="USD")
    steps = [Step(3, DOWNGRADE, plan_code=free.code), Step(4, SUSPEND)]
    invoice = unpaid(gateway, steps, "lost_card")

    for number in (3, 4):
        collect_due(case_id=case_of(invoice).pk, at=day(number))

    problem = DunningStepTaken.objects.get(action="downgrade").problem
    assert problem.startswith(("PriceUnavailable", "PlanNotFound"))
    assert level_of(invoice) == AccessLevel.SUSPENDED


def test_policy_of_a_plan_goes_before_the_default_of_the_brand(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    plan = Subscription.objects.get().plan_version.plan
    make_policy(invoice.brand, [Step(20, CANCEL)], name="Brand")
    own = make_policy(invoice.brand, [Step(1, CANCEL)], name="Plan", is_default=False, plans=[plan.code])

    collect_due(case_id=case_of(invoice).pk, at=day(0))

    case = case_of(invoice)
    assert (case.policy_id, case.status, case.next_attempt_at) == (own.pk, CollectionStatus.WAITING, day(1))


def test_edited_policy_holds_from_the_next_event_and_repeats_nothing(gateway: GatewaySandbox) -> None:
    invoice = unpaid(gateway, [reminder(0), Step(2, RETRY), Step(9, CANCEL)])
    policy = DunningPolicy.objects.get()
    terms = PolicyTerms("Own", [reminder(0), Step(2, RETRY), Step(4, SUSPEND)], is_default=True)
    save_policy(brand_id=invoice.brand_id, terms=terms, at=day(1), policy=policy)

    for number in (2, 4, 9):
        collect_due(case_id=case_of(invoice).pk, at=day(number))

    assert [(number, action) for number, action, _ in taken(invoice)] == [
        (0, "mail"),
        (2, "retry"),
        (4, "suspend"),
    ]


def test_policy_that_cannot_be_is_refused_and_one_that_can_is_told(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)

    with pytest.raises(DunningPolicyRefused, match="Something ends it"):
        make_policy(invoice.brand, [Step(3, RETRY)])
    with pytest.raises(DunningPolicyRefused, match="no plan 'gone'"):
        make_policy(invoice.brand, [Step(3, DOWNGRADE, plan_code="gone")])
    policy = make_policy(invoice.brand, [Step(3, RETRY), Step(3, SUSPEND)])
    with pytest.raises(DunningPolicyRefused, match="has this name"):
        make_policy(invoice.brand, [Step(3, SUSPEND)])
    terms = PolicyTerms("Own", [Step(3, SUSPEND)])
    with pytest.raises(DunningPolicyRefused, match="another policy the default"):
        save_policy(brand_id=invoice.brand_id, terms=terms, at=day(0), policy=policy)

    assert Event.objects.get(name="dunning_policy.created").data == {
        "name": "Own",
        "is_default": True,
        "plans": [],
        "steps": ["day 3: Try the charge again", "day 3: Access suspended"],
    }


def test_card_that_has_declined_an_amount_fifteen_times_in_thirty_days_is_not_tried(
    gateway: GatewaySandbox,
) -> None:
    invoice = unpaid(gateway, [*(Step(number, RETRY) for number in range(1, 16)), Step(40, CANCEL)])
    for number in range(1, 15):
        collect_due(case_id=case_of(invoice).pk, at=day(number))
    assert Payment.objects.filter(status=PaymentStatus.FAILED).count() == 15

    collect_due(case_id=case_of(invoice).pk, at=day(15))

    case = case_of(invoice)
    assert Payment.objects.count() == 15
    assert (case.status, case.next_attempt_at) == (CollectionStatus.WAITING, day(40))
    assert case.last_failure.startswith("The card has declined this amount 15 times in 30 days")
    with pytest.raises(NetworkCapReached):
        collect_invoice(invoice_id=invoice.pk, at=day(29))
    # On the thirtieth day the first attempt is out of the window; the customer is never refused.
    assert collect_invoice(invoice_id=invoice.pk, at=day(30)).attempt == 16
    assert collect_invoice(invoice_id=invoice.pk, at=day(30), off_session=False).attempt == 17


def test_preview_says_what_comes_after_each_kind_of_decline(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    make_policy(invoice.brand, [Step(2, RETRY), reminder(3), Step(5, RETRY), Step(5, SUSPEND)])

    before = preview_dunning(invoice=invoice, at=day(0))
    assert before is not None
    assert (before.is_assumed, before.first_failed_at) == (True, day(0))
    assert [(row.at, row.after_soft, row.after_hard) for row in before.steps] == [
        (day(2), True, False),
        (day(3), True, True),
        (day(5), True, False),
        (day(5), True, True),
    ]

    for number in (0, 2):
        collect_due(case_id=case_of(invoice).pk, at=day(number))
    after = preview_dunning(invoice=invoice, at=day(2))
    assert after is not None
    assert (after.is_assumed, after.decline_kind) == (False, "soft")
    assert [(row.taken_at, row.after_soft, row.after_hard) for row in after.steps] == [
        (day(2), False, False),
        (None, True, True),
        (None, True, False),
        (None, True, True),
    ]


def test_preview_is_what_then_happens(gateway: GatewaySandbox) -> None:
    invoice = unpaid(gateway, LONG)
    foreseen = preview_dunning(invoice=invoice, at=day(0))
    assert foreseen is not None
    expected = [(row.step.day, row.step.action.value) for row in foreseen.steps if row.after_soft]

    for number in range(1, 13):
        for _ in range(2):
            collect_due(case_id=case_of(invoice).pk, at=day(number))

    assert [(number, action) for number, action, _ in taken(invoice)][1:] == expected
