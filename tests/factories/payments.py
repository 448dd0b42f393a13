"""Cards at the sandbox and invoices to be charged to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.billing.models import CollectionCase
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.payments.models import PaymentMethod
from apps.payments.services.finish_setup import finish_setup
from apps.payments.services.start_setup import start_setup
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_customer, make_test_clock
from tests.fixtures.gateway import GatewaySandbox


def save_card(
    gateway: GatewaySandbox, customer: Customer, token: str = "pm_card_visa", *, at: datetime = STARTED_AT
) -> PaymentMethod:
    """A card that the customer has typed in and confirmed; it becomes the default."""
    setup = start_setup(customer=customer, at=at)
    gateway.confirm_setup(setup.setup_id, token)
    return finish_setup(customer=customer, setup_id=setup.setup_id, at=at)


def make_unpaid_invoice(
    gateway: GatewaySandbox,
    token: str = "pm_card_visa",
    *,
    behaviour: str | None = None,
    at: datetime = STARTED_AT,
    **customer: Any,
) -> Invoice:
    """An open invoice of EUR 29.00 of a new subscription, due to be charged at `at`.

    The customer sits on a clock that stands at `at`. `behaviour` is what the saved card does when it is
    charged.
    """
    owner = make_customer(test_clock=make_test_clock(now_at=at), **customer)
    card = save_card(gateway, owner, token, at=at)
    if behaviour is not None:
        gateway.control.set_behaviour(card.gateway_id, behaviour)
    (invoice,) = subscribe_to(customer=owner, at=at, card=False).invoices
    return invoice


def case_of(invoice: Invoice) -> CollectionCase:
    return CollectionCase.objects.get(invoice=invoice)
