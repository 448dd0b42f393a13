from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.billing.services.collection.collect_due import collect_due
from apps.payments.models import GatewayEvent, Payment, PaymentMethod, WebhookSecret
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.factories.staff import make_staff_client
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def test_admin_shows_no_table_with_secrets() -> None:
    shown = {model.__name__ for model in admin.site._registry if model._meta.app_label == "djstripe"}

    assert shown == {
        "Charge",
        "Customer",
        "Dispute",
        "PaymentIntent",
        "PaymentMethod",
        "Refund",
        "SetupIntent",
    }
    assert admin.site._registry[WebhookSecret].exclude == ("secret_encrypted",)


def test_admin_lists_and_shows_what_was_charged(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    gateway.deliver()
    client = make_staff_client()

    pages = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
        if model._meta.app_label in ("payments", "djstripe")
    ]
    pages += [
        reverse(f"admin:payments_{model._meta.model_name}_change", args=[model.objects.first().pk])
        for model in (Payment, PaymentMethod, GatewayEvent)
    ]

    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
