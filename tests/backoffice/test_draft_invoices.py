"""Staff write an invoice by hand, review it, issue it, draft it anew, and write down how it was paid."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.audit.models import Event
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.models import ReceivedPayment
from apps.wallets.selectors import balance_of
from tests.backoffice.shop import make_shop
from tests.factories.billing import utc
from tests.factories.manual_lines import make_one_off, manual
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

REASON = {"reason": "Agreed by phone"}
LINE = {"description": "Workshop", "quantity": "2.5", "unit_price": "80", "tax_code": "standard"}


def path(name: str, *parts: str) -> str:
    return reverse(f"backoffice:{name}", args=parts)


def draft_of(customer: Customer) -> Invoice:
    return Invoice.objects.get(customer=customer, status=InvoiceStatus.DRAFT)


def send(client: Client, name: str, *parts: str, **answers: Any) -> Any:
    return client.post(path(name, *parts), {**REASON, **answers})


def test_invoice_is_drafted_filled_reviewed_and_issued() -> None:
    shop, client = make_shop(), staff_client()
    terms = {"currency": "eur", "collection_method": "send_invoice", "net_terms_days": "14"}

    made = send(client, "draft_invoice", shop.customer.public_id, **terms)
    draft = draft_of(shop.customer)
    added = send(client, "add_line", draft.public_id, **LINE, first_day="2026-02-01", end_day="2026-03-01")
    page = client.get(path("invoice", draft.public_id)).content.decode()
    issued = send(client, "finalize_invoice", draft.public_id)

    assert made["Location"] == path("invoice", draft.public_id)
    assert (added.status_code, issued.status_code) == (302, 302)
    assert "Workshop" in page
    assert "€200.00" in page
    draft.refresh_from_db()
    line = draft.lines.get()
    assert (draft.status, draft.total_minor, draft.currency) == (InvoiceStatus.OPEN, 20000, "EUR")
    assert (line.period_starts_at, line.period_ends_at) == (utc(2026, 2, 1), utc(2026, 3, 1))
    names = ["staff.add_line", "staff.draft_invoice", "staff.finalize_draft"]
    assert sorted(Event.objects.filter(name__in=names).values_list("name", flat=True)) == names


def test_line_is_changed_from_what_it_was_and_removed() -> None:
    shop, client = make_shop(), staff_client()
    draft = make_one_off(manual("10.50", "3"), customer=shop.customer)
    line = draft.lines.get().public_id

    form = client.get(path("change_line", line)).context["form"]
    changed = send(client, "change_line", line, **LINE)
    total = draft_of(shop.customer).total_minor
    removed = send(client, "remove_line", line)

    assert (form["quantity"].value(), str(form["unit_price"].value())) == (3, "10.5")
    assert (changed.status_code, total, removed.status_code) == (302, 20000, 302)
    assert not draft.lines.exists()


def test_line_that_makes_no_sense_is_told_and_changes_nothing() -> None:
    shop, client = make_shop(), staff_client()
    draft = make_one_off(customer=shop.customer)

    answer = send(client, "add_line", draft.public_id, **LINE, first_day="2026-02-01")

    assert answer.status_code == 422
    assert "A service period has a beginning and an end." in answer.content.decode()
    assert draft.lines.count() == 1


def test_draft_without_lines_is_not_issued() -> None:
    shop, client = make_shop(), staff_client()
    terms = {"currency": "eur", "collection_method": "send_invoice", "net_terms_days": "14"}
    send(client, "draft_invoice", shop.customer.public_id, **terms)
    draft = draft_of(shop.customer)

    answer = send(client, "finalize_invoice", draft.public_id)

    assert answer.status_code == 409
    assert "The draft has no lines: add one, or throw the draft away." in answer.content.decode()
    assert draft_of(shop.customer) == draft


def test_invoice_of_nothing_says_that_it_has_no_number() -> None:
    shop, client = make_shop(), staff_client()
    draft = make_one_off(manual("0"), customer=shop.customer)

    send(client, "finalize_invoice", draft.public_id)
    page = client.get(path("invoices")).content.decode()

    assert "It comes to nothing, so it is closed without a number." in page
    assert ">No number</a>" in page


def test_draft_is_thrown_away() -> None:
    shop, client = make_shop(), staff_client()
    draft = make_one_off(customer=shop.customer)

    answer = send(client, "delete_draft", draft.public_id)

    assert answer["Location"] == path("customer", shop.customer.public_id)
    assert not Invoice.objects.filter(pk=draft.pk).exists()


def test_issued_invoice_is_void_and_drafted_anew() -> None:
    shop, client = make_shop(), staff_client()

    answer = send(client, "regenerate_invoice", shop.invoice.public_id)

    draft = draft_of(shop.customer)
    assert answer["Location"] == path("invoice", draft.public_id)
    shop.invoice.refresh_from_db()
    assert (shop.invoice.status, draft.total_minor) == (InvoiceStatus.VOID, shop.invoice.total_minor)


def test_transfer_pays_the_chosen_invoices_and_the_rest_is_kept() -> None:
    shop, client = make_shop(), staff_client()
    other = make_one_off(customer=shop.customer)
    send(client, "finalize_invoice", other.public_id)
    came = {"amount": "150.00", "currency": "EUR", "method": "bank_transfer", "reference": "RE 17"}

    answer = send(
        client, "record_payment", shop.customer.public_id, **came, invoices=[shop.invoice.pk, other.pk]
    )

    assert answer.status_code == 302
    paid = Invoice.objects.filter(pk__in=[shop.invoice.pk, other.pk], status=InvoiceStatus.PAID)
    assert paid.count() == 2
    assert balance_of(shop.customer.pk, "EUR") == 15000 - 2900 - 12000
    assert ReceivedPayment.objects.get().reference == "RE 17"
    page = client.get(path("invoice", other.public_id)).content.decode()
    assert "Bank transfer RE 17" in page
    assert "Nothing was charged yet." not in page


def test_support_may_neither_write_invoices_nor_payments() -> None:
    shop, client = make_shop(), staff_client(StaffRole.SUPPORT)

    assert client.get(path("draft_invoice", shop.customer.public_id)).status_code == 403
    assert client.get(path("record_payment", shop.customer.public_id)).status_code == 403
