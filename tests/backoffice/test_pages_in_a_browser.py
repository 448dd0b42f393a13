"""The staff pages in a real browser: accessible, on a phone, in the dark; and what only a browser shows."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.accounts.enums import StaffRole
from apps.billing.models import ParkedCustomer
from tests.backoffice.history import History, live_a_year
from tests.factories.staff import make_staff
from tests.fixtures.pictures import SavePicture
from tests.fixtures.servers import WebServer
from tests.portal.shop import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.real_commits, pytest.mark.slow]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def paths_of(history: History) -> dict[str, str]:
    """One path for each page; acts, which look alike, by a few."""

    def at(name: str, reference: str = "") -> str:
        return reverse(f"backoffice:{name}", args=[reference] if reference else [])

    return {
        "home": at("home"),
        "revenue": at("revenue"),
        "movements": at("movements"),
        "subscribers": at("subscribers"),
        "customers": at("customers"),
        "customer": at("customer", history.customer.public_id),
        "subscriptions": at("subscriptions"),
        "subscription": at("subscription", history.subscription.public_id),
        "invoices": at("invoices"),
        "invoice": at("invoice", history.invoice.public_id),
        "payments": at("payments"),
        "payment": at("payment", history.payment.public_id),
        "refunds": at("refunds"),
        "dunning": at("dunning"),
        "dunning-policies": at("dunning_policies"),
        "new-dunning-policy": at("new_dunning_policy"),
        "gateway-events": at("gateway_events"),
        "parked": at("parked"),
        "runs": at("runs"),
        "test-clocks": at("test_clocks"),
        "mails": at("mail"),
        "mail": at("mail_detail", history.mail.public_id),
        "events": at("events"),
        "changes": at("changes"),
        "books": at("books"),
        "brand": at("brand_settings"),
        "keys": at("api_keys"),
        "search": f"{at('search')}?q=e",
        "nothing-found": f"{at('search')}?q=zzzz",
        "nothing-listed": f"{at('customers')}?q=zzzz",
        "act-cancel": at("cancel_subscription", history.subscription.public_id),
        "act-plan": at("change_plan", history.subscription.public_id),
        "act-advance": at("advance_clock", history.clock.public_id),
        "admin-index": reverse("admin:index"),
        "admin-invoices": reverse("admin:invoices_invoice_changelist"),
    }


def test_every_page_is_accessible_and_fits_a_phone(
    web_server: WebServer, page: Page, save_picture: SavePicture
) -> None:
    history = live_a_year()
    sign_in(page, web_server, make_staff())
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    faults = []
    for name, path in paths_of(history).items():
        page.set_viewport_size(DESK)
        page.emulate_media(color_scheme="light")
        answer = page.goto(f"{web_server.url}{path}", wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        ours = not name.startswith("admin")
        faults += [(name, fault) for fault in axe_faults(page) if ours]
        save_picture(page, f"staff-{name}-desk-light")
        page.emulate_media(color_scheme="dark")
        faults += [(name, f"dark: {fault}") for fault in axe_faults(page) if ours]
        save_picture(page, f"staff-{name}-desk-dark")
        page.set_viewport_size(PHONE)
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults += [(name, f"{wide} pixels wide on a phone")] if ours and wide > PHONE["width"] else []
        page.emulate_media(color_scheme="light")
        save_picture(page, f"staff-{name}-phone-light")

    assert faults == []
    assert complaints == []


def test_lists_show_every_column_on_a_desk(web_server: WebServer, page: Page) -> None:
    history = live_a_year()
    sign_in(page, web_server, make_staff())
    page.set_viewport_size(DESK)
    paths = paths_of(history)
    lists = {name: paths[name] for name in ("customer", "subscription", "invoices", "payments", "mails")}
    lists["admin-prices"] = reverse("admin:plans_price_changelist")

    hidden = {}
    for name, path in lists.items():
        page.goto(f"{web_server.url}{path}", wait_until="networkidle")
        boxes = page.locator(".table-wrap, #changelist-form .results")
        hidden[name] = boxes.evaluate_all("boxes => boxes.map(box => box.scrollWidth - box.clientWidth)")

    assert {name: max(pixels) for name, pixels in hidden.items()} == dict.fromkeys(lists, 0)


def test_traceback_of_parked_work_pushes_no_button_away(web_server: WebServer, page: Page) -> None:
    live_a_year()
    ParkedCustomer.objects.update(detail=f"Traceback: {'in a deep place of ' * 20}")
    sign_in(page, web_server, make_staff())
    page.set_viewport_size(DESK)
    page.goto(f"{web_server.url}{reverse('backoffice:parked')}")

    page.get_by_text("Where it failed").click()

    expect(page.get_by_text("in a deep place")).to_be_visible()
    expect(page.get_by_role("link", name="Retry Darwin Travels")).to_be_in_viewport(ratio=1)


def axe_faults(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[node['target'] for node in v['nodes']][:3]}" for v in violations]


def test_charts_are_drawn_and_agree_with_their_tables(
    web_server: WebServer, page: Page, save_picture: SavePicture
) -> None:
    live_a_year()
    sign_in(page, web_server, make_staff())

    page.goto(f"{web_server.url}{reverse('backoffice:home')}", wait_until="networkidle")
    save_picture(page, "dashboard", for_readme=True, full_page=False)
    page.locator("details.plain > summary").first.click()

    shown = page.evaluate(
        """() => {
            const chart = Chart.getChart(document.querySelector('figure[data-chart="mrr-data"] canvas'));
            return chart.data.labels.map((label, n) => [label, chart.data.datasets[0].data[n]]);
        }"""
    )
    rows = page.locator("figure[data-chart='mrr-data'] tbody tr").all_inner_texts()
    assert len(shown) == 12
    assert [[label, f"€{value:,.2f}"] for label, value in shown] == [row.split("\t") for row in rows]
    tile = page.locator("a.stat", has_text="MRR").locator(".stat-value").inner_text()
    assert rows[-1].split("\t")[1] == tile


def test_slash_goes_to_the_search_and_one_find_opens(web_server: WebServer, page: Page) -> None:
    history = live_a_year()
    sign_in(page, web_server, make_staff(StaffRole.SUPPORT))
    page.goto(f"{web_server.url}{reverse('backoffice:customers')}")

    page.keyboard.press("/")
    page.keyboard.type(history.invoice.number or "")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(history.invoice.number or "")


def test_parked_customer_is_retried_from_the_home_page(web_server: WebServer, page: Page) -> None:
    live_a_year()
    sign_in(page, web_server, make_staff(StaffRole.FINANCE))
    page.goto(f"{web_server.url}{reverse('backoffice:home')}")

    page.get_by_role("link", name="Parked customers").click()
    page.get_by_role("link", name="Retry Darwin Travels").click()
    page.get_by_label("Reason").fill("The price is back")
    page.get_by_role("button", name="Retry now").click()

    expect(page.get_by_text("Darwin Travels is back in the billing run.")).to_be_visible()
    expect(page.get_by_text("Nothing is parked")).to_be_visible()


def test_changed_brand_shows_in_the_portal_at_once(web_server: WebServer, page: Page) -> None:
    history = live_a_year()
    sign_in(page, web_server, make_staff(StaffRole.FINANCE))
    page.goto(f"{web_server.url}{reverse('backoffice:brand_settings')}")
    page.get_by_label("Name", exact=True).fill("Carrier Dove")
    page.get_by_label("Accent color").fill("#8b1e3f")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The brand's settings are saved.")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, web_server, history.customer.members.get().user)
    page.goto(f"{web_server.url}{reverse('portal:home')}")

    expect(page.locator(".site-header .brand")).to_contain_text("Carrier Dove")
    theme = page.request.get(f"{web_server.url}{reverse('brand_theme', args=['pigeon'])}").text()
    assert "--brand:#8b1e3f" in theme
