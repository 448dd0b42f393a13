from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from apps.billing.selectors import collection_of, invoice_for_pay_token, pay_token
from apps.core import clock
from tests.factories.billing import subscribe_to

pytestmark = pytest.mark.django_db


def test_pay_token_leads_to_its_invoice_for_thirty_days() -> None:
    (invoice,) = subscribe_to().invoices
    token = pay_token(invoice)

    assert invoice_for_pay_token(token) == invoice
    with time_machine.travel(clock.now() + timedelta(days=29, hours=23), tick=False):
        assert invoice_for_pay_token(token) == invoice
    with time_machine.travel(clock.now() + timedelta(days=30, hours=1), tick=False):
        assert invoice_for_pay_token(token) is None


def test_pay_token_that_was_changed_leads_nowhere() -> None:
    (invoice,) = subscribe_to().invoices
    token = pay_token(invoice)

    assert invoice_for_pay_token(f"x{token}") is None
    assert invoice_for_pay_token(f"{token}x") is None
    assert invoice_for_pay_token("") is None


def test_collection_of_tells_when_the_charge_is_tried() -> None:
    (invoice,) = subscribe_to().invoices

    case = collection_of(invoice.pk)

    assert case is not None
    assert case.next_attempt_at == invoice.finalized_at
