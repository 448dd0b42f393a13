from __future__ import annotations

import requests

from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client


def test_status_page_shows_charges_and_finds_by_id(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    intent = charge_off_session(client, *make_card_customer(client), key="pay-<1>")

    overview = requests.get(f"{sandbox.url}/", timeout=10)
    found = requests.get(f"{sandbox.url}/", params={"q": intent.id}, timeout=10)
    absent = requests.get(f"{sandbox.url}/", params={"q": "<b>"}, timeout=10)

    assert "pay-&lt;1&gt;" in overview.text
    assert f'<a href="/?q={intent.latest_charge}">' in overview.text
    assert "payment_intent.succeeded" in found.text
    assert (absent.status_code, "<b>" in absent.text) == (404, False)
    assert requests.get(f"{sandbox.url}/healthz", timeout=10).json() == {"status": "ok"}
