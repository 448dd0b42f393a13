"""Acts of staff: they ask first, do one thing through its service, and leave a reason in the log."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.customers.enums import TestClockStatus
from apps.entitlements.enums import AccessLevel
from apps.entitlements.selectors import access_of
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.notifications.enums import MailStatus
from apps.notifications.models import Mail
from apps.payments.models import GatewayEvent
from tests.backoffice.shop import Shop, make_shop
from tests.factories.billing import utc
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.factories.staff import make_staff, staff_client
from tests.fixtures.gateway import GatewaySandbox


def post(client: Client, name: str, reference: str, **answers: str) -> int:
    path = reverse(f"backoffice:{name}", args=[reference])
    return int(client.post(path, {"reason": "Asked by phone", **answers}).status_code)


def staff_events(shop: Shop) -> list[tuple[str, str, str]]:
    rows = Event.objects.filter(name__startswith="staff.", brand_id=shop.brand.pk).order_by("id")
    return [(row.name, row.subject_id, row.data["reason"]) for row in rows]


@pytest.mark.django_db
def test_act_without_a_reason_does_nothing() -> None:
    shop = make_shop()

    status = post(staff_client(), "void_invoice", shop.invoice.public_id, reason=" ")

    assert status == 422
    assert Invoice.objects.get().status == InvoiceStatus.OPEN
    assert staff_events(shop) == []


@pytest.mark.django_db
def test_void_takes_the_invoice_back_and_says_who_and_why() -> None:
    shop = make_shop()
    user = make_staff()
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert post(client, "void_invoice", shop.invoice.public_id) == 302

    assert Invoice.objects.get().status == InvoiceStatus.VOID
    assert staff_events(shop) == [("staff.void", shop.invoice.public_id, "Asked by phone")]
    assert Event.objects.get(name="invoice.voided").actor_id == str(user.pk)


@pytest.mark.django_db
def test_refusal_of_the_service_is_shown_and_leaves_no_trace() -> None:
    shop = make_shop()
    client = staff_client()
    post(client, "void_invoice", shop.invoice.public_id)

    path = reverse("backoffice:void_invoice", args=[shop.invoice.public_id])
    answer = client.post(path, {"reason": "Again"})

    assert answer.status_code == 409
    assert "only an open one can be voided" in answer.content.decode()
    assert [reason for _, _, reason in staff_events(shop)] == ["Asked by phone"]


@pytest.mark.django_db
def test_invoice_is_written_off_once() -> None:
    shop, client = make_shop(), staff_client()

    first = post(client, "write_off_invoice", shop.invoice.public_id)
    again = client.post(
        reverse("backoffice:write_off_invoice", args=[shop.invoice.public_id]), {"reason": "Again"}
    )

    assert first == 302
    assert again.status_code == 409
    assert "only an open one can be written off" in again.content.decode()
    shop.invoice.refresh_from_db()
    assert shop.invoice.status == InvoiceStatus.UNCOLLECTIBLE


@pytest.mark.django_db
def test_access_level_is_set_by_staff() -> None:
    shop = make_shop()

    assert post(staff_client(), "set_access", shop.customer.public_id, level="suspended") == 302

    assert access_of(shop.customer.pk) == AccessLevel.SUSPENDED


@pytest.mark.django_db
def test_parked_customer_is_let_back_once() -> None:
    shop, client = make_shop(), staff_client()

    assert post(client, "retry_parked", shop.parked.public_id) == 302
    assert post(client, "retry_parked", shop.parked.public_id) == 409

    shop.parked.refresh_from_db()
    assert shop.parked.released_at == shop.clock.now_at


@pytest.mark.django_db
def test_clock_is_advanced_in_utc_whatever_zone_the_brand_has() -> None:
    shop = make_shop()
    shop.brand.default_time_zone = "Asia/Kathmandu"
    shop.brand.save(update_fields=["default_time_zone"])

    assert post(staff_client(), "advance_clock", shop.clock.public_id, to="2026-03-01T10:00") == 302

    shop.clock.refresh_from_db()
    assert (shop.clock.status, shop.clock.target_at) == (TestClockStatus.ADVANCING, utc(2026, 3, 1, 10))


@pytest.mark.django_db
def test_mail_is_sent_again_as_a_mail_of_its_own() -> None:
    shop = make_shop()

    assert post(staff_client(), "resend_mail", shop.mail.public_id) == 302

    again = Mail.objects.get(resend_of=shop.mail)
    assert (again.status, again.text_body) == (MailStatus.QUEUED, shop.mail.text_body)


@pytest.mark.django_db
def test_gateway_message_that_was_given_up_is_tried_again() -> None:
    shop = make_shop()

    assert post(staff_client(), "retry_gateway_event", shop.gateway_event.event_id) == 302

    event = GatewayEvent.objects.get()
    assert (event.tries, event.error) == (0, "")
    assert event.next_try_at is not None


@pytest.mark.django_db
def test_key_is_shown_once_and_can_be_revoked() -> None:
    shop, client = make_shop(), staff_client()
    path = reverse("backoffice:api_keys")

    page = client.post(path, {"name": "Shop", "kind": "secret", "scopes": "customers:read"})

    plaintext = page.context["plaintext"]
    assert plaintext.startswith("mk_test_")
    assert plaintext in page.content.decode()
    assert plaintext not in client.get(path).content.decode()
    assert post(client, "revoke_api_key", shop.api_key.public_id) == 302
    shop.api_key.refresh_from_db()
    assert shop.api_key.revoked_at is not None


@pytest.mark.real_commits
def test_retry_charges_an_exhausted_invoice(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    case = case_of(invoice)
    case.status, case.next_attempt_at = "exhausted", None
    case.save(update_fields=["status", "next_attempt_at"])

    assert post(staff_client(), "retry_collection", invoice.public_id) == 302

    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.PAID
    assert Event.objects.filter(name="staff.retry_collection", subject_id=invoice.public_id).count() == 1
