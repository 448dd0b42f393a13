"""Staff give money back: the page shows what it comes to, and does exactly that."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.billing.enums import CollectionStatus
from apps.invoices.enums import CreditNoteStatus, InvoiceStatus
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.draft import InvoiceTerms, draft_invoice
from apps.wallets.selectors import balance_of
from tests.backoffice.shop import Shop, make_shop
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_brand, make_customer
from tests.factories.invoices import issue_invoice
from tests.factories.payments import case_of
from tests.factories.staff import staff_client

REASON = {"reason": "Asked by phone"}
GIFT = {"amount": "10", "currency": "EUR", "note": "Sorry", "key": "key_1", **REASON}


def path_of(shop: Shop) -> str:
    return reverse("backoffice:issue_credit_note", args=[shop.invoice.public_id])


def answers(shop: Shop, amount: str, **more: str) -> dict[str, str]:
    line = shop.invoice.lines.get()
    given = {f"line_{line.pk}": amount, "credit_reason": "other", "disposition": "automatic", "memo": "Sorry"}
    return {**given, **REASON, **more}


def confirm(client: Client, shop: Shop, asked: dict[str, str]) -> Any:
    """Ask, look at what it comes to, and send the same again."""
    shown = client.post(path_of(shop), asked)
    assert shown.status_code == 200, shown.content
    return client.post(path_of(shop), {**asked, "seen": shown.context["form"]["seen"].value()})


@pytest.mark.django_db
def test_page_shows_the_effect_before_anything_is_issued() -> None:
    shop = make_shop()
    client = staff_client()

    first = client.get(path_of(shop)).content.decode()
    shown = client.post(path_of(shop), answers(shop, "10.00"))

    assert "At most €29.00, before discount and tax." in first
    assert shown.context["consequences"] == [
        "€10.00 are given back.",
        "€10.00 are taken off what is due.",
        "The credit note gets a number and never changes.",
    ]
    assert not CreditNote.objects.exists()


@pytest.mark.django_db
def test_what_was_shown_is_issued_and_told() -> None:
    shop = make_shop()

    answer = confirm(staff_client(), shop, answers(shop, "10.00"))

    note = CreditNote.objects.get()
    assert answer["Location"] == reverse("backoffice:invoice", args=[shop.invoice.public_id])
    assert (note.total_minor, note.offset_minor, note.memo) == (1000, 1000, "Sorry")
    staff = Event.objects.get(name="staff.credit")
    assert (staff.subject_id, staff.data["reason"]) == (shop.invoice.public_id, "Asked by phone")


@pytest.mark.django_db
def test_another_amount_than_was_shown_is_shown_first() -> None:
    shop = make_shop()
    client = staff_client()
    seen = client.post(path_of(shop), answers(shop, "10.00")).context["form"]["seen"].value()

    again = client.post(path_of(shop), answers(shop, "20.00", seen=seen))

    assert again.status_code == 200
    assert again.context["consequences"][0] == "€20.00 are given back."
    assert not CreditNote.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["", "0", "29.01", "-1", "1.001", "much"])
def test_amount_that_makes_no_sense_is_refused(amount: str) -> None:
    shop = make_shop()

    answer = staff_client().post(path_of(shop), answers(shop, amount))

    assert answer.status_code == 422
    assert not CreditNote.objects.exists()


@pytest.mark.django_db
def test_crediting_all_of_an_open_invoice_stops_its_collecting() -> None:
    shop = make_shop()

    confirm(staff_client(), shop, answers(shop, "29.00"))

    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.due_minor) == (InvoiceStatus.PAID, 0)
    assert case_of(invoice).status == CollectionStatus.SETTLED


@pytest.mark.django_db
def test_credit_note_is_voided_with_a_reason() -> None:
    shop = make_shop()
    note = shop.credit_note
    path = reverse("backoffice:void_credit_note", args=[note.public_id])

    assert staff_client().post(path, REASON).status_code == 302

    note.refresh_from_db()
    assert note.status == CreditNoteStatus.VOID
    assert Event.objects.get(name="staff.void_credit_note").subject_id == note.public_id


@pytest.mark.django_db
@pytest.mark.parametrize(("amount", "after"), [("12.50", 1250), ("-5", -1), ("0", -1), ("1.005", -1)])
def test_balance_is_changed_by_hand_and_never_below_zero(amount: str, after: int) -> None:
    shop = make_shop()
    path = reverse("backoffice:adjust_balance", args=[shop.customer.public_id])

    answer = staff_client().post(path, {**GIFT, "amount": amount, "currency": "eur"})

    assert (answer.status_code == 302) is (after >= 0)
    assert balance_of(shop.customer.pk, "EUR") == max(after, 0)
    assert Event.objects.filter(name="staff.adjust_balance").count() == (1 if after >= 0 else 0)


@pytest.mark.django_db
def test_page_of_the_balance_that_is_sent_twice_moves_it_once() -> None:
    shop, client = make_shop(), staff_client()
    path = reverse("backoffice:adjust_balance", args=[shop.customer.public_id])
    shown = client.get(path).context["form"]["key"].value()

    answers = [client.post(path, {**GIFT, "key": shown}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert balance_of(shop.customer.pk, "EUR") == 1000


@pytest.mark.django_db
def test_open_invoice_is_paid_from_the_balance() -> None:
    shop = make_shop()
    client = staff_client()
    change = reverse("backoffice:adjust_balance", args=[shop.customer.public_id])
    client.post(change, {**GIFT, "amount": "30"})

    client.post(reverse("backoffice:pay_from_balance", args=[shop.invoice.public_id]), REASON)

    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.balance_applied_minor) == (InvoiceStatus.PAID, 2900)
    assert balance_of(shop.customer.pk, "EUR") == 100
    assert case_of(invoice).status == CollectionStatus.SETTLED
    page = client.get(reverse("backoffice:customer", args=[shop.customer.public_id])).content.decode()
    assert "Applied to an invoice" in page


@pytest.mark.django_db
def test_draft_offers_no_credit_note() -> None:
    shop = make_shop()
    draft = draft_invoice(customer=shop.customer, terms=InvoiceTerms("EUR"), charges=[], at=STARTED_AT)

    page = staff_client().get(reverse("backoffice:invoice", args=[draft.invoice.public_id]))

    assert page.context["may_credit"] is False


@pytest.mark.django_db
def test_list_costs_the_same_queries_however_long(django_assert_max_num_queries: Any) -> None:
    shop = make_shop()
    client = staff_client()

    def credit_some(count: int) -> None:
        for _ in range(count):
            invoice = issue_invoice(1000, customer=shop.customer)
            line = invoice.lines.get()
            client.post(
                reverse("backoffice:issue_credit_note", args=[invoice.public_id]),
                {
                    f"line_{line.pk}": "1",
                    "credit_reason": "other",
                    "disposition": "balance",
                    "seen": f"{line.pk}=1;100/0/100",
                    **REASON,
                },
            )

    path = reverse("backoffice:credit_notes")
    credit_some(1)
    with django_assert_max_num_queries(14):
        assert len(client.get(path).context["list"].rows) == 1
    credit_some(5)
    with django_assert_max_num_queries(14):
        assert len(client.get(path).context["list"].rows) == 6


@pytest.mark.django_db
def test_page_offers_the_files_and_says_why_there_is_no_einvoice() -> None:
    shop = make_shop()
    client = staff_client()
    confirm(client, shop, answers(shop, "10.00"))
    note = CreditNote.objects.get()

    page = client.get(reverse("backoffice:credit_note", args=[note.public_id])).content.decode()
    pdf = client.get(reverse("backoffice:credit_note_pdf", args=[note.public_id]))

    assert (pdf.status_code, pdf["Content-Type"], pdf.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert "seller.tax_id: the brand has no VAT id" in page
    assert reverse("backoffice:credit_note_einvoice", args=[note.public_id]) not in page


@pytest.mark.django_db
def test_page_offers_the_einvoice_of_a_registered_brand() -> None:
    brand = make_brand(tax_id="DE123456789")
    invoice = issue_invoice(2900, customer=make_customer(brand=brand))
    client = staff_client()

    page = client.get(reverse("backoffice:invoice", args=[invoice.public_id])).content.decode()
    xml = client.get(reverse("backoffice:invoice_einvoice", args=[invoice.public_id]))

    assert reverse("backoffice:invoice_einvoice", args=[invoice.public_id]) in page
    assert (xml.status_code, xml["Content-Type"], xml.content[:5]) == (200, "application/xml", b"<?xml")
