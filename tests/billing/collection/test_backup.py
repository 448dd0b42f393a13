from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.billing.enums import CollectionStatus
from apps.billing.services.collection import collect_due as collecting
from apps.billing.services.collection.collect_due import collect_due
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.models import Payment, PaymentMethod
from apps.payments.services.choose_backup_method import choose_backup_method
from apps.payments.services.choose_default_method import choose_default_method
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice, save_card
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.real_commits


def with_backup(gateway: GatewaySandbox, behaviour: str, backup: str = "ok") -> Invoice:
    """An invoice whose customer's default card does `behaviour`, and the backup the other."""
    invoice = make_unpaid_invoice(gateway, behaviour=behaviour)
    default = PaymentMethod.objects.get(customer=invoice.customer)
    second = save_card(gateway, invoice.customer, "pm_card_mastercard", at=STARTED_AT)
    gateway.control.set_behaviour(second.gateway_id, backup)
    choose_default_method(method=default, at=STARTED_AT)
    choose_backup_method(method=second, at=STARTED_AT)
    return invoice


def attempts(invoice: Invoice) -> list[tuple[str, str, str]]:
    rows = Payment.objects.filter(invoice=invoice).order_by("attempt")
    return [(p.payment_method.card_brand if p.payment_method else "", p.status, p.decline_kind) for p in rows]


@pytest.mark.parametrize(("behaviour", "kind"), [("insufficient_funds", "soft"), ("stolen_card", "hard")])
def test_backup_is_charged_right_after_a_decline(gateway: GatewaySandbox, behaviour: str, kind: str) -> None:
    invoice = with_backup(gateway, behaviour)

    assert collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    invoice.refresh_from_db()
    assert attempts(invoice) == [("visa", "failed", kind), ("mastercard", "succeeded", "")]
    assert (invoice.status, case_of(invoice).status) == (InvoiceStatus.PAID, CollectionStatus.SETTLED)
    keys = {charge["idempotency_key"] for charge in gateway.control.charges()}
    assert len(keys) == 2


def test_backup_is_not_charged_when_the_bank_asks_for_the_customer(gateway: GatewaySandbox) -> None:
    invoice = with_backup(gateway, "authenticate_always")

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert attempts(invoice) == [("visa", "failed", "authentication")]


def test_backup_is_not_charged_while_nobody_knows_of_the_first(gateway: GatewaySandbox) -> None:
    invoice = with_backup(gateway, "ok")
    gateway.control.fault("reset_after", match={"path": "/v1/payment_intents", "method": "POST"})

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert attempts(invoice) == [("visa", "unknown", "")]


def test_decline_of_the_default_decides_when_it_is_tried_again(gateway: GatewaySandbox) -> None:
    invoice = with_backup(gateway, "insufficient_funds", backup="stolen_card")

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert attempts(invoice) == [("visa", "failed", "soft"), ("mastercard", "failed", "hard")]
    case = case_of(invoice)
    assert (case.status, case.failures) == (CollectionStatus.DUE, 2)


def test_without_the_backup_the_invoice_stays_unpaid(gateway: GatewaySandbox, monkeypatch: Any) -> None:
    invoice = with_backup(gateway, "insufficient_funds")
    nothing: Callable[..., None] = lambda **_: None  # noqa: E731
    monkeypatch.setattr(collecting, "charge_backup", nothing)

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert attempts(invoice) == [("visa", "failed", "soft")]
