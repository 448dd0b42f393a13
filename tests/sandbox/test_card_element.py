"""The card element in a real browser, on a page of another origin than the sandbox."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import stripe
from playwright.sync_api import Error, FrameLocator, Page, expect

from tests.fixtures.sandbox import PUBLISHABLE_KEY, SandboxControl
from tests.fixtures.stripe_calls import make_client

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
<link rel="stylesheet" href="/shop.css"><script src="{url}/js.stripe.com/v3/"></script>
<body><form id="pay"><div id="card"></div><button>Pay</button></form><output></output>
<script src="/shop.js"></script></body></html>"""
STYLE = (
    "body { background: #fff; color: #222; font-family: sans-serif } .dark { background: #111; color: #eee }"
)
SCRIPT = """
const stripe = Stripe("%s");
const card = stripe.elements().create("card", { style: { base: { fontSize: "17px" } } });
window.changes = []; window.ready = false;
card.on("change", (event) => changes.push(event));
card.on("ready", () => { window.ready = true; });
card.mount("#card");
const ada = { card, billing_details: { name: "Ada" } };
window.setup = (secret) => stripe.confirmCardSetup(secret, { payment_method: ada });
window.pay = (secret, method) => stripe.confirmCardPayment(secret, method && { payment_method: method });
window.payTyped = (secret) => stripe.confirmCardPayment(secret, { payment_method: { card } });
document.getElementById("pay").addEventListener("submit", (event) => {
  event.preventDefault(); window.submitted = true;
});
"""


@dataclass(slots=True)
class Shop:
    """The embedding page, open in a browser, and every address that was asked for."""

    page: Page
    client: stripe.StripeClient
    control: SandboxControl
    asked: list[str]

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='Secure card payment input frame']")

    def type_card(
        self, number: str, *, expiry: str = "1240", cvc: str = "123", postal: str = "10115"
    ) -> None:
        for label, text in (
            ("Card number", number),
            ("Expiry", expiry),
            ("Security code", cvc),
            ("Postal code", postal),
        ):
            self.frame.get_by_label(label).press_sequentially(text)

    def begin(self, call: str, *arguments: str | None) -> None:
        """Start a confirmation; its result is awaited by `result`."""
        script = (
            f"(a) => {{ window.outcome = null; window.{call}(...a).then((r) => {{ window.outcome = r; }}); }}"
        )
        self.page.evaluate(script, list(arguments))

    def result(self) -> dict[str, Any]:
        # Awaiting the promise itself would have no time limit.
        self.page.wait_for_function("() => window.outcome")
        answer: dict[str, Any] = self.page.evaluate("() => window.outcome")
        return answer

    def answer_challenge(self, button: str) -> None:
        modal = self.page.frame_locator("iframe[title='3-D Secure authentication']")
        modal.get_by_role("button", name=button).click()


@pytest.fixture
def shop(sandbox: SandboxControl, page: Page) -> Iterator[Shop]:
    policy = (
        f"default-src 'none'; style-src 'self'; script-src 'self' {sandbox.url}; connect-src {sandbox.url}; "
        f"frame-src {sandbox.url}"
    )
    files = {
        "/": ("text/html", PAGE.format(url=sandbox.url)),
        "/shop.css": ("text/css", STYLE),
        "/shop.js": ("text/javascript", SCRIPT % PUBLISHABLE_KEY),
    }

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = files.get(self.path, ("text/plain", ""))
            self.send_response(200 if self.path in files else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"http://localhost:{server.server_address[1]}/")
    page.wait_for_function("() => window.ready")
    yield Shop(page, make_client(sandbox.url), sandbox, asked)
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def new_setup(shop: Shop) -> tuple[str, stripe.SetupIntent]:
    customer = shop.client.v1.customers.create({}).id
    return customer, shop.client.v1.setup_intents.create({"customer": customer, "usage": "off_session"})


def test_good_card_is_saved_and_attached(shop: Shop) -> None:
    customer, intent = new_setup(shop)

    shop.type_card("4242424242424242")
    shop.begin("setup", intent.client_secret)
    setup = shop.result()["setupIntent"]

    method = shop.client.v1.payment_methods.retrieve(setup["payment_method"])
    assert (setup["status"], method.customer, method.card.last4) == ("succeeded", customer, "4242")
    assert (method.billing_details.name, method.billing_details.address.postal_code) == ("Ada", "10115")
    assert (method.card.exp_month, method.card.exp_year) == (12, 2040)
    last = shop.page.evaluate("() => changes.at(-1)")
    assert (last["complete"], last["empty"], last["brand"]) == (True, False, "visa")


def test_card_number_never_reaches_the_page(shop: Shop) -> None:
    _, intent = new_setup(shop)

    shop.type_card("4242424242424242")
    shop.begin("setup", intent.client_secret)
    shop.result()

    seen = shop.page.content() + json.dumps(shop.page.evaluate("() => changes"))
    assert "4242424242424242" not in seen.replace(" ", "")
    with pytest.raises(Error):
        shop.page.evaluate("() => document.querySelector('iframe').contentWindow.document.body")
    assert {url.split("/")[2].split(":")[0] for url in shop.asked} == {"127.0.0.1", "localhost"}


@pytest.mark.parametrize(
    ("button", "status"), [("Complete authentication", "succeeded"), ("Fail authentication", None)]
)
def test_card_3155_opens_the_challenge(shop: Shop, button: str, status: str | None) -> None:
    _, intent = new_setup(shop)

    shop.type_card("4000002500003155")
    shop.begin("setup", intent.client_secret)
    shop.answer_challenge(button)
    result = shop.result()

    if status is None:
        assert result["error"]["code"] == "setup_intent_authentication_failure"
        assert result["error"]["setup_intent"]["status"] == "requires_payment_method"
    else:
        assert result["setupIntent"]["status"] == status
    assert shop.page.locator("dialog").count() == 0


def test_escape_abandons_the_challenge(shop: Shop) -> None:
    _, intent = new_setup(shop)

    shop.type_card("4000002500003155")
    shop.begin("setup", intent.client_secret)
    expect(shop.page.locator("dialog")).to_be_visible()
    modal = shop.page.frame_locator("iframe[title='3-D Secure authentication']")
    expect(modal.get_by_role("button", name="Complete authentication")).to_be_focused()
    shop.page.keyboard.press("Escape")

    assert shop.result()["error"]["code"] == "setup_intent_authentication_failure"


def test_declined_card_tells_why(shop: Shop) -> None:
    _, intent = new_setup(shop)

    shop.type_card("4000000000009995")
    shop.begin("setup", intent.client_secret)

    error = shop.result()["error"]
    assert (error["message"], error["decline_code"]) == (
        "Your card has insufficient funds.",
        "insufficient_funds",
    )


def test_incomplete_card_is_not_sent(shop: Shop) -> None:
    _, intent = new_setup(shop)

    shop.type_card("4242", expiry="1220")
    shop.begin("setup", intent.client_secret)

    assert shop.result()["error"]["code"] == "incomplete_number"
    expect(shop.frame.get_by_role("alert")).to_have_text("Your card number is incomplete.")
    assert not any(url.endswith("/_element/confirm") for url in shop.asked)


def test_declined_renewal_is_recovered_on_session(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({}).id
    method = shop.client.v1.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": customer}
    ).id
    intent = shop.client.v1.payment_intents.create({"amount": 900, "currency": "usd", "customer": customer})

    shop.begin("pay", intent.client_secret, method)
    shop.answer_challenge("Complete authentication")

    assert shop.result()["paymentIntent"]["status"] == "succeeded"
    [charge] = shop.control.charges(customer=customer)
    assert (charge["amount"], charge["captured"]) == (900, True)


def test_typed_card_pays_an_intent(shop: Shop) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 900, "currency": "usd"})

    shop.type_card("5555555555554444")
    shop.begin("payTyped", intent.client_secret)

    assert shop.result()["paymentIntent"]["status"] == "succeeded"


def test_wrong_secret_is_refused(shop: Shop) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 900, "currency": "usd"})

    shop.begin("pay", f"{intent.id}_secret_guess", "pm_card_visa")

    assert shop.result()["error"]["code"] == "resource_missing"
    assert shop.control.charges() == []


def test_enter_submits_the_form_around_it(shop: Shop) -> None:
    shop.frame.get_by_label("Postal code").press("Enter")

    shop.page.wait_for_function("() => window.submitted === true")


def test_element_follows_a_dark_page(shop: Shop) -> None:
    shop.page.evaluate("() => { document.body.className = 'dark'; card.update({}); }")

    expect(shop.frame.locator("html")).to_have_attribute("data-theme", "dark")
