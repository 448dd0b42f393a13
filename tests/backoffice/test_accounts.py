"""The staff pages of disputes, gateways' accounts and bank statements, on the sandbox's money."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.billing.services.collection.collect_due import collect_due
from apps.core import clock
from apps.invoices.models import Invoice
from apps.ledger.models import Entry
from apps.payments.account_selectors import account_totals
from apps.payments.enums import BankLineStatus, DisputeStatus
from apps.payments.models import BankStatementLine, Dispute, GatewayMovement, GatewayPayout, Payment
from apps.payments.services.reconcile import reconcile
from apps.wallets.selectors import balance_of
from tests.factories.accounts import make_bank_line, make_movement
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer
from tests.factories.invoices import issue_invoice
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.factories.staff import staff_client
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def finance() -> Client:
    return staff_client(StaffRole.FINANCE)


def paid(gateway: GatewaySandbox, token: str = "pm_card_visa") -> Payment:
    invoice = make_unpaid_invoice(gateway, token)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    return Payment.objects.get(invoice=invoice)


def booked(code: str) -> int:
    return sum(Entry.objects.filter(account__code=code).values_list("amount_minor", flat=True))


def text_of(client: Client, name: str, *args: str) -> str:
    return " ".join(client.get(reverse(f"backoffice:{name}", args=args)).content.decode().split())


def test_evidence_is_handed_in_from_the_page(gateway: GatewaySandbox) -> None:
    paid(gateway, "pm_card_createDispute")
    gateway.deliver()
    dispute, client = Dispute.objects.get(), finance()
    page = reverse("backoffice:submit_evidence", args=[dispute.public_id])
    before = text_of(client, "dispute", dispute.public_id)

    empty = client.post(page, {"reason": "we have a contract"})
    sent = client.post(page, {"reason": "contract", "uncategorized_text": "The contract of May."})

    dispute.refresh_from_db()
    after = text_of(client, "dispute", dispute.public_id)
    assert (empty.status_code, sent.status_code) == (409, 302)
    assert dispute.status == DisputeStatus.UNDER_REVIEW
    assert (page in before, page in after, "The contract of May." in after) == (True, False, True)
    assert "Under review" in text_of(client, "disputes")


def test_page_shows_what_is_unexplained_and_one_click_explains_it(gateway: GatewaySandbox) -> None:
    payment = paid(gateway)
    client = finance()
    client.post(reverse("backoffice:reconcile", args=["stripe"]), {"reason": "month end"})
    clean = text_of(client, "reconciliation")
    cost = make_movement("txn_cost")
    open_page = text_of(client, "reconciliation")

    client.post(
        reverse("backoffice:match_movement", args=[cost.public_id]), {"book_as": "cost", "reason": "monthly"}
    )

    (total,) = account_totals("stripe", at=clock.now())
    match = reverse("backoffice:match_movement", args=[cost.public_id])
    assert ("Explained" in clean, match in clean, match in open_page) == (True, False, True)
    assert (total.unexplained_minor, booked("gateway_fees")) == (0, 114 + 100)
    assert GatewayMovement.objects.get(gateway_id="txn_cost").brand_id is not None
    assert payment.status == "succeeded"


def test_foreign_charge_becomes_a_customers_balance(gateway: GatewaySandbox) -> None:
    payment = paid(gateway)
    movement = make_movement("txn_foreign")
    GatewayMovement.objects.update(kind="charge", gross_minor=1000, fee_minor=59)
    reconcile(gateway="stripe", at=clock.now())
    page = reverse("backoffice:match_movement", args=[movement.public_id])
    client = finance()
    asked = {"book_as": "customer", "reason": "paid by phone"}

    nobody = client.post(page, {**asked, "customer": "nobody@example.com"})
    done = client.post(page, {**asked, "customer": payment.customer.public_id})
    again = client.post(page, {**asked, "customer": payment.customer.public_id})

    (total,) = account_totals("stripe", at=clock.now())
    assert (nobody.status_code, done.status_code, again.status_code) == (422, 302, 409)
    assert balance_of(customer_id=payment.customer_id, currency="EUR") == 1000
    assert (total.unexplained_minor, booked("gateway_fees")) == (0, 114 + 59)


def test_payout_page_explains_line_by_line(gateway: GatewaySandbox) -> None:
    payment = paid(gateway)
    gateway.control.pay_out()
    reconcile(gateway="stripe", at=clock.now())

    page = text_of(finance(), "payout", GatewayPayout.objects.get().public_id)

    assert "Every line of it is explained." in page
    assert ("€29.00" in page, "€1.14" in page, "€27.86" in page) == (True, True, True)
    assert payment.public_id in page or "Of another brand" in page


def upload(client: Client, content: str) -> int:
    file = SimpleUploadedFile("statement.csv", content.encode())
    return client.post(reverse("backoffice:import_bank_statement"), {"statement": file}).status_code


def test_statement_is_imported_and_pays_by_itself() -> None:
    invoice = issue_invoice(1000, customer=make_customer())
    client = finance()
    due = f"{invoice.due_minor / 100:.2f}"

    refused = upload(client, "nonsense")
    taken = upload(
        client,
        f"date,amount,currency,reference\n2026-01-05,{due},EUR,{invoice.number}\n2026-01-06,1.00,EUR,?\n",
    )

    invoice.refresh_from_db()
    waiting = text_of(client, "bank_lines")
    assert (refused, taken, invoice.status) == (422, 302, "paid")
    assert BankStatementLine.objects.filter(status=BankLineStatus.UNMATCHED).count() == 1
    assert ("Match ?" in waiting.replace('<span class="visually-hidden">', ""), "2 lines" in waiting) == (
        True,
        False,
    )


def test_line_is_matched_by_a_person_to_an_invoice_of_its_amount() -> None:
    invoice = issue_invoice(500, customer=make_customer())
    line = make_bank_line(invoice.brand)
    BankStatementLine.objects.update(amount_minor=invoice.due_minor)
    page = reverse("backoffice:match_bank_line", args=[line.public_id])
    client = finance()

    offered = client.get(page).content.decode()
    done = client.post(page, {"target": invoice.public_id, "reason": "by phone"})

    assert f"{invoice.number} of {invoice.customer.name}" in offered
    assert (done.status_code, Invoice.objects.get(pk=invoice.pk).status) == (302, "paid")


def test_line_goes_to_a_balance_or_aside_once() -> None:
    customer = make_customer(email="ada@example.com")
    line = make_bank_line(customer.brand)
    client = finance()
    match = reverse("backoffice:match_bank_line", args=[line.public_id])
    aside = reverse("backoffice:set_line_aside", args=[line.public_id])

    to_balance = {"target": "balance", "customer": "ADA@example.com", "reason": "known"}
    statuses = [client.post(match, to_balance).status_code, client.post(aside, {"reason": "no"}).status_code]

    line.refresh_from_db()
    assert statuses == [302, 409]
    assert balance_of(customer_id=customer.pk, currency="EUR") == 500
    assert (line.status, line.received_payment is not None) == (BankLineStatus.MATCHED, True)
