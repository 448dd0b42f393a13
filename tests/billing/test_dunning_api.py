from __future__ import annotations

import pytest

from apps.billing.dunning import Step
from apps.billing.services.collection.collect_due import collect_due
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT
from tests.factories.dunning import RETRY, SUSPEND, make_policy
from tests.factories.invoices import issue_invoice
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def test_dunning_of_an_invoice_tells_each_step_for_both_kinds_of_declines(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    make_policy(invoice.brand, [Step(2, RETRY), Step(4, SUSPEND)], name="Strict")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    answer = make_api_client(brand=invoice.brand).get(f"/api/v1/invoices/{invoice.public_id}/dunning")

    assert answer.status_code == 200
    assert answer.json() == {
        "object": "dunning",
        "invoice": invoice.public_id,
        "as_of": "2026-01-31T09:30:00Z",
        "status": "due",
        "policy": "Strict",
        "first_failed_at": "2026-01-31T09:30:00Z",
        "is_assumed": False,
        "decline_kind": "soft",
        "next_attempt_at": "2026-02-02T09:30:00Z",
        "next_step_at": None,
        "steps": [
            {
                "day": 2,
                "at": "2026-02-02T09:30:00Z",
                "action": "retry",
                "description": "Try the charge again",
                "taken_at": None,
                "problem": "",
                "after_soft": True,
                "after_hard": False,
            },
            {
                "day": 4,
                "at": "2026-02-04T09:30:00Z",
                "action": "suspend",
                "description": "Access suspended",
                "taken_at": None,
                "problem": "",
                "after_soft": True,
                "after_hard": True,
            },
        ],
    }


def test_dunning_of_an_invoice_that_nobody_charges_is_not_found() -> None:
    invoice = issue_invoice(1000)

    answer = make_api_client(brand=invoice.brand).get(f"/api/v1/invoices/{invoice.public_id}/dunning")

    assert (answer.status_code, answer.json()["code"]) == (404, "collection_not_found")
