from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.payments.models import WebhookSecret
from apps.payments.selectors import webhook_secrets
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:8999/webhooks/stripe"


def connect() -> str:
    out = StringIO()
    call_command("connect_stripe", "--url", URL, stdout=out)
    return out.getvalue()


def test_connect_registers_once_and_keeps_the_secret_sealed(gateway: GatewaySandbox) -> None:
    assert connect() == f"Webhooks now come to {URL}.\n"
    assert connect() == f"Webhooks already come to {URL}.\n"

    (endpoint,) = gateway.api.webhook_endpoints.list().data
    row = WebhookSecret.objects.get()
    assert (row.url, row.endpoint_id) == (endpoint.url, endpoint.id)
    assert "whsec" not in row.secret_encrypted
    assert webhook_secrets("stripe")[0].startswith("whsec_")


def test_connect_replaces_a_registration_whose_secret_was_lost(gateway: GatewaySandbox) -> None:
    connect()
    WebhookSecret.objects.all().delete()

    assert connect().startswith("Webhooks now come")

    assert len(gateway.api.webhook_endpoints.list().data) == 1
    assert WebhookSecret.objects.count() == 1


def test_connect_without_a_gateway_says_so(gateway: GatewaySandbox) -> None:
    gateway.control.fault("reset_before", match={"path": "/v1/webhook_endpoints"})

    with pytest.raises(CommandError, match="did not register"):
        connect()
