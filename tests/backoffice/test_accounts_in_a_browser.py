"""Disputes, reconciliation and bank statements in a real browser, on the sandbox's money."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.billing.services.collection.collect_due import collect_due
from apps.core import clock
from apps.payments.models import Dispute, GatewayPayout
from apps.payments.services.reconcile import reconcile
from tests.factories.accounts import make_bank_line, make_movement
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.factories.staff import make_staff
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.pictures import SavePicture
from tests.fixtures.servers import WebServer
from tests.portal.shop import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.real_commits, pytest.mark.slow]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def paths_of(gateway: GatewaySandbox) -> dict[str, str]:
    """A brand with a payment that was disputed, a payout, a cost and a transfer that nobody knows."""
    invoice = make_unpaid_invoice(gateway, "pm_card_createDispute")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    make_paid = make_unpaid_invoice(gateway, brand=invoice.brand, email="second@example.com")
    collect_due(case_id=case_of(make_paid).pk, at=STARTED_AT)
    third = make_unpaid_invoice(gateway, brand=invoice.brand, email="third@example.com")
    collect_due(case_id=case_of(third).pk, at=STARTED_AT)
    reconcile(gateway="stripe", at=clock.now())
    gateway.control.decide_dispute(Dispute.objects.get().gateway_id, "won")
    gateway.control.pay_out()
    reconcile(gateway="stripe", at=clock.now())
    assert GatewayPayout.objects.get().booked_at is not None
    cost, line = make_movement("txn_cost"), make_bank_line(invoice.brand)

    def at(name: str, reference: str = "") -> str:
        return reverse(f"backoffice:{name}", args=[reference] if reference else [])

    return {
        "disputes": at("disputes"),
        "dispute": at("dispute", Dispute.objects.get().public_id),
        "dispute-evidence": at("submit_evidence", Dispute.objects.get().public_id),
        "reconciliation": at("reconciliation"),
        "payout": at("payout", GatewayPayout.objects.get().public_id),
        "match-movement": at("match_movement", cost.public_id),
        "bank-statements": at("bank_lines"),
        "bank-statement-import": at("import_bank_statement"),
        "bank-statement-match": at("match_bank_line", line.public_id),
    }


def test_pages_of_money_are_accessible_and_fit_a_phone(
    web_server: WebServer, gateway: GatewaySandbox, page: Page, save_picture: SavePicture
) -> None:
    paths = paths_of(gateway)
    sign_in(page, web_server, make_staff())
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    faults = []
    for name, path in paths.items():
        page.set_viewport_size(DESK)
        page.emulate_media(color_scheme="light")
        answer = page.goto(f"{web_server.url}{path}", wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        faults += [(name, fault) for fault in axe_faults(page)]
        save_picture(page, f"staff-{name}-desk-light")
        page.emulate_media(color_scheme="dark")
        faults += [(name, f"dark: {fault}") for fault in axe_faults(page)]
        page.set_viewport_size(PHONE)
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults += [(name, f"{wide} pixels wide on a phone")] if wide > PHONE["width"] else []
        page.emulate_media(color_scheme="light")
        save_picture(page, f"staff-{name}-phone-light")

    assert faults == []
    assert complaints == []


def test_cost_is_explained_by_a_click(web_server: WebServer, gateway: GatewaySandbox, page: Page) -> None:
    paths = paths_of(gateway)
    sign_in(page, web_server, make_staff())
    page.goto(f"{web_server.url}{paths['reconciliation']}")

    page.get_by_role("link", name="Match txn_cost").click()
    page.get_by_label("Reason").fill("Monthly fee")
    page.get_by_role("button", name="Book it").click()

    expect(page.get_by_text("It is booked as a cost of the gateway.")).to_be_visible()
    expect(page.get_by_role("link", name="Match txn_cost")).to_have_count(0)


def axe_faults(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[node['target'] for node in v['nodes']][:3]}" for v in violations]
