from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.taxes.enums import CheckStatus
from apps.taxes.models import TaxIdCheck, TaxRate, TaxRegistration
from tests.factories.customers import make_brand, make_customer
from tests.factories.staff import staff_client
from tests.factories.taxes import make_check, make_registration

pytestmark = pytest.mark.django_db

RATE = {
    "country": "no",
    "region": "",
    "level": "country",
    "postal_prefix": "",
    "city": "",
    "tax_code": "standard",
    "kind": "vat",
    "name": "VAT",
    "percent": "25",
    "valid_from": "2026-01-01",
    "source": "Merverdiavgiftsloven § 5-1",
}


def registration(**changes: Any) -> dict[str, Any]:
    return {
        "brand": make_brand(country="IN").pk,
        "country": "IN",
        "region": "Karnataka",
        "scheme": "gst",
        "number": "29AAACB0446L1ZT",
        "unchecked_ids": "charge",
        "consumers_abroad": "ask",
        "valid_from": "2026-01-01",
        "valid_to": "",
        **changes,
    }


def test_finance_registers_a_brand_and_ends_it() -> None:
    client = staff_client(StaffRole.FINANCE)
    values = registration()

    made = client.post(reverse("admin:taxes_taxregistration_add"), values)

    row = TaxRegistration.objects.get()
    assert made.status_code == 302
    assert (row.region, row.valid_to) == ("KA", None)
    page = reverse("admin:taxes_taxregistration_change", args=[row.pk])
    ended = client.post(page, {**values, "valid_to": "2026-06-01"})
    row.refresh_from_db()
    assert (ended.status_code, row.valid_to) == (302, date(2026, 6, 1))


@pytest.mark.parametrize("values", [{"country": "DE", "region": "", "scheme": "vat"}, {"region": "KA"}])
def test_what_is_entered_in_its_one_spelling_is_added_without_a_fault(values: dict[str, str]) -> None:
    client = staff_client(StaffRole.FINANCE)
    form = registration(**values)

    made = client.post(reverse("admin:taxes_taxregistration_add"), form)
    again = client.post(reverse("admin:taxes_taxregistration_add"), form)

    assert made.status_code == 302
    assert again.context["adminform"].form.errors == {
        "valid_from": ["There is this registration already on some of the days."]
    }
    assert TaxRegistration.objects.count() == 1


def test_a_rate_in_its_one_spelling_is_added_without_a_fault() -> None:
    client = staff_client(StaffRole.FINANCE)

    made = client.post(reverse("admin:taxes_taxrate_add"), {**RATE, "country": "NO"})

    assert (made.status_code, TaxRate.objects.get().percent) == (302, Decimal(25))


def test_a_refused_registration_says_why_beside_its_field() -> None:
    client = staff_client(StaffRole.FINANCE)

    answer = client.post(reverse("admin:taxes_taxregistration_add"), registration(region="Narnia"))

    assert answer.context["adminform"].form.errors == {
        "region": ["Name the state of this registration, such as KA or CA."]
    }
    assert TaxRegistration.objects.count() == 0


def test_another_percentage_is_another_row() -> None:
    client = staff_client(StaffRole.FINANCE)
    add = reverse("admin:taxes_taxrate_add")

    client.post(add, RATE)
    client.post(add, RATE | {"percent": "26", "valid_from": "2027-01-01"})
    refused = client.post(add, RATE | {"percent": "27", "valid_from": "2026-06-01"})

    found = TaxRate.objects.order_by("valid_from").values_list("country", "percent", "valid_to")
    assert list(found) == [("NO", Decimal(25), date(2027, 1, 1)), ("NO", Decimal(26), None)]
    assert "valid_from" in refused.context["adminform"].form.errors


def test_the_percentage_of_a_rate_cannot_be_edited() -> None:
    client = staff_client()
    client.post(reverse("admin:taxes_taxrate_add"), RATE)
    row = TaxRate.objects.get()

    client.post(reverse("admin:taxes_taxrate_change", args=[row.pk]), {"percent": "1", "valid_to": ""})

    row.refresh_from_db()
    assert row.percent == 25


def test_finance_has_an_id_checked_again() -> None:
    customer = make_customer(country="FR", tax_id="FR40303265045")
    check = make_check(customer)
    client = staff_client(StaffRole.FINANCE)
    page = reverse("admin:taxes_taxidcheck_changelist")

    client.post(page, {"action": "check_again", "_selected_action": [check.pk]})

    assert list(TaxIdCheck.objects.order_by("pk").values_list("status", flat=True)) == [
        CheckStatus.VALID,
        CheckStatus.PENDING,
    ]


@pytest.mark.parametrize("in_force", ["now", "past", "future"])
def test_lists_show_what_is_in_force(in_force: str) -> None:
    make_registration(make_brand(), "DE")
    client = staff_client(StaffRole.READ_ONLY)

    answer = client.get(reverse("admin:taxes_taxregistration_changelist"), {"in_force": in_force})

    assert len(answer.context_data["cl"].result_list) == (in_force == "now")
    assert client.get(reverse("admin:taxes_taxrate_changelist")).status_code == 200
    assert client.post(reverse("admin:taxes_taxrate_add"), RATE).status_code == 403
