"""The examples of docs/how-to/quotes.md, run as they stand."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from apps.billing.services.catalog.import_catalog import import_catalog
from apps.core import clock
from apps.taxes.enums import Scheme
from tests.factories.api_clients import make_api_client
from tests.factories.customers import make_brand, make_customer
from tests.factories.promos import make_percent_coupon, make_promotion_code
from tests.factories.taxes import make_registration, ship_rates
from tests.fixtures.database import ROOT

PAGE = ROOT / "docs" / "how-to" / "quotes.md"
CATALOG = ROOT / "docs" / "examples" / "demo-shop.yaml"


def totals(answer: dict[str, Any]) -> list[int]:
    shown = answer.get("preview") or {"first": answer.get("bill")}
    effects = [shown[name] for name in ("first", "next") if shown.get(name)]
    return [effect["total_minor"] for effect in effects] or [i["total_minor"] for i in answer["invoices"]]


@pytest.mark.django_db
def test_examples_come_to_what_the_page_says() -> None:
    import_catalog(text=CATALOG.read_text(), filename=CATALOG.name, at=clock.now())
    ship_rates()
    brand = make_brand()
    make_registration(brand, "DE", Scheme.VAT)
    make_customer(brand=brand, external_id="acme")
    make_promotion_code(make_percent_coupon("25", brand=brand), "SPRING")
    client = make_api_client(brand=brand, scopes=["*"])
    page = PAGE.read_text()
    examples = re.findall(r"^```\nPOST (\S+)\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)

    found, quote = [], ""
    for path, body in examples:
        answer = client.post(path.replace("quo_…", quote), json.loads(body), format="json")
        assert answer.status_code in (200, 201), answer.json()
        quote = (answer.json().get("quote") or {}).get("id", quote)
        found.append(totals(answer.json()))

    assert found == [[16779, 22372], [19900, 25900], [59500, 59500], [59500], [17850]]
    for minor in (16779, 22372, 25900, 59500, 17850):
        assert f"**€{minor // 100}.{minor % 100:02}**" in page
