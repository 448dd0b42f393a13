"""Pages about collecting: the board, what it has brought, and the policies."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.audit.models import Event
from apps.billing.dunning import Step
from apps.billing.dunning_selectors import recovered_by_step, recovery_totals, steps_of
from apps.billing.enums import DunningAction, DunningMail
from apps.billing.models import CollectionCase, DunningPolicy
from apps.billing.services.collection.collect_due import collect_due
from apps.invoices.models import Invoice
from apps.payments.models import PaymentMethod
from tests.backoffice.shop import make_shop
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.dunning import CANCEL, RETRY, SUSPEND, make_policy, reminder
from tests.factories.payments import case_of, save_card
from tests.factories.staff import staff_client
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def answers(rows: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    """What the browser sends for the page of a policy."""
    sent: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": 0, **values}
    for number, row in enumerate(rows):
        sent |= {f"form-{number}-{name}": value for name, value in row.items()}
    return sent


RETRY_THEN_SUSPEND = [
    {"day": 4, "action": "suspend"},
    {"day": 2, "action": "retry"},
    {"day": 3, "action": "mail", "mail": "final_notice"},
    {"day": "", "action": ""},
]


def test_policy_is_written_with_its_steps_in_order_and_an_event() -> None:
    shop = make_shop()

    page = reverse("backoffice:new_dunning_policy")
    answer = staff_client().post(page, answers(RETRY_THEN_SUSPEND, name="Strict", is_default="on"))

    policy = DunningPolicy.objects.get()
    assert answer["Location"] == reverse("backoffice:dunning_policy", args=[policy.public_id])
    assert (policy.name, policy.is_default, policy.brand_id) == ("Strict", True, shop.brand.pk)
    assert steps_of(policy) == (
        Step(2, DunningAction.RETRY),
        Step(3, DunningAction.MAIL, mail=DunningMail.FINAL_NOTICE),
        Step(4, DunningAction.SUSPEND),
    )
    event = Event.objects.get(name="dunning_policy.created")
    assert event.data["steps"] == [
        "day 2: Try the charge again",
        "day 3: Write to the customer: last notice",
        "day 4: Access suspended",
    ]


def test_policy_that_cannot_be_is_told_and_nothing_is_saved() -> None:
    shop = make_shop()
    policy = shop.dunning_policy
    page = reverse("backoffice:dunning_policy", args=[policy.public_id])

    answer = staff_client().post(
        page, answers([{"day": 2, "action": "retry"}], name="Strict", is_default="on")
    )

    assert answer.status_code == 422
    assert "Something ends it: the last step is neither a retry nor a mail." in answer.content.decode()
    assert [step.words for step in steps_of(policy)] == ["Cancel the subscription"]


def test_policy_is_changed_only_by_who_may() -> None:
    policy = make_shop().dunning_policy
    page = reverse("backoffice:dunning_policy", args=[policy.public_id])
    sent = answers(RETRY_THEN_SUSPEND, name="Mild", is_default="on")

    refused = staff_client(StaffRole.SUPPORT).post(page, sent)
    shown = staff_client(StaffRole.SUPPORT).get(page).content.decode()
    done = staff_client(StaffRole.FINANCE).post(page, sent)

    assert (refused.status_code, done.status_code) == (403, 302)
    assert "Cancel the subscription" in shown
    assert "Which mail" not in shown
    assert DunningPolicy.objects.get().name == "Mild"


def test_policy_of_another_brand_is_not_found() -> None:
    make_shop()
    other = make_policy(make_brand(), [Step(3, SUSPEND)])

    answer = staff_client().get(reverse("backoffice:dunning_policy", args=[other.public_id]))

    assert answer.status_code == 404


def fail(gateway: GatewaySandbox, brand: Any, behaviour: str) -> Invoice:
    """An invoice of EUR 29.00 of a customer of the brand; its first charge fails on day 0."""
    clock = make_test_clock(brand=brand, now_at=STARTED_AT)
    owner = make_customer(brand=brand, test_clock=clock)
    card = save_card(gateway, owner)
    gateway.control.set_behaviour(card.gateway_id, behaviour)
    (invoice,) = subscribe_to(customer=owner, card=False).invoices
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    return invoice


def collect_on(invoice: Invoice, day: int) -> None:
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT + timedelta(days=day))


def test_recovery_is_counted_by_the_step_that_brought_it(gateway: GatewaySandbox) -> None:
    brand = make_brand()
    make_policy(brand, [Step(2, RETRY), reminder(3), Step(5, RETRY), Step(9, CANCEL)])
    early, late, never = (fail(gateway, brand, "insufficient_funds") for _ in range(3))
    gateway.control.set_behaviour(PaymentMethod.objects.get(customer=early.customer).gateway_id, "ok")
    for day in (2, 3):
        for invoice in (early, late, never):
            collect_on(invoice, day)
    gateway.control.set_behaviour(PaymentMethod.objects.get(customer=late.customer).gateway_id, "ok")
    for invoice in (late, never):
        collect_on(invoice, 5)

    own = {"brand_id": brand.pk, "livemode": False, "since": STARTED_AT}
    (total,) = recovery_totals(**own)
    assert (total.failed, total.failed_minor, total.recovered, total.recovered_minor) == (3, 8700, 2, 5800)
    assert total.rate == Decimal("66.7")
    assert [(row.words, row.count, row.amount_minor, row.rate) for row in recovered_by_step(**own)] == [
        ("Day 2: Try the charge again", 1, 2900, Decimal("33.3")),
        ("Day 5: Try the charge again", 1, 2900, Decimal("33.3")),
    ]
    assert recovery_totals(**(own | {"since": STARTED_AT + timedelta(days=1)})) == []


def test_board_shows_cases_by_step_and_exports_them(gateway: GatewaySandbox) -> None:
    brand = make_brand()
    make_policy(brand, [Step(2, RETRY), Step(4, SUSPEND), Step(9, CANCEL)])
    soft, hard = fail(gateway, brand, "insufficient_funds"), fail(gateway, brand, "lost_card")
    collect_on(hard, 4)
    client, page = staff_client(), reverse("backoffice:dunning")

    every = client.get(page).content.decode()
    suspended = client.get(page, {"step": "suspend"}).content.decode()
    exported = client.get(page, {"format": "csv"}).getvalue().decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(exported)))

    assert (str(soft.number) in every, str(hard.number) in every) == (True, True)
    assert (str(soft.number) in suspended, str(hard.number) in suspended) == (False, True)
    assert {(row["invoice"], row["status"], row["last_step"], row["due"]) for row in rows} == {
        (soft.number, "due", "", "29.00"),
        (hard.number, "waiting", "suspend", "29.00"),
    }


def test_invoice_page_says_what_comes_next() -> None:
    shop = make_shop()
    make_policy(shop.brand, [Step(2, RETRY), Step(10, CANCEL)], name="Strict")

    page = staff_client().get(reverse("backoffice:invoice", args=[shop.invoice.public_id])).content.decode()

    assert CollectionCase.objects.get(invoice=shop.invoice).first_failed_at is None
    for words in ("If nobody pays", "Policy: Strict.", "as if the next one did", "Cancel the subscription"):
        assert words in page
