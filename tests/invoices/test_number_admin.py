from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.accounts.models import Brand
from apps.core import clock
from apps.invoices.enums import SeriesKind
from apps.invoices.models import NumberRule
from apps.invoices.services.next_number import next_number
from tests.factories.customers import make_brand
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

ADD = reverse("admin:invoices_numberrule_add")


def answers(brand: Brand, **more: Any) -> dict[str, Any]:
    given = {
        "brand": brand.pk,
        "kind": "invoice",
        "prefix": "NEW",
        "number_format": "{prefix}-{number:04d}",
        "reset": "never",
        "first_month": 1,
        "first_number": 1,
        "shown": "",
    }
    return {**given, **more}


def test_first_save_shows_the_next_number_and_the_second_keeps_the_rule() -> None:
    brand = make_brand(invoice_prefix="ACME")
    next_number(brand=brand, livemode=True, kind=SeriesKind.INVOICE, at=clock.now())
    client = staff_client()

    shown = client.post(ADD, answers(brand))
    kept = NumberRule.objects.count()
    form = shown.context["adminform"].form
    done = client.post(ADD, answers(brand, shown=form["shown"].value()))

    assert kept == 0
    assert form.non_field_errors() == [
        "The series ACME ends with ACME-000001 and keeps its numbers.",
        "A new series begins with NEW-0001.",
        "Save again to number like this from now on.",
    ]
    assert done.status_code == 302
    rule = NumberRule.objects.get()
    assert (rule.brand, rule.prefix, rule.revision) == (brand, "NEW", 1)


def test_unsafe_change_is_explained_at_its_field() -> None:
    brand = make_brand(invoice_prefix="ACME")

    answer = staff_client().post(ADD, answers(brand, prefix="ACME-CN"))

    assert answer.context["adminform"].form.errors == {
        "prefix": ["Another series has numbers that begin with ACME-CN, too: choose another prefix."]
    }


def test_page_of_a_rule_shows_what_comes_next_in_both_modes() -> None:
    brand = make_brand(invoice_prefix="ACME")
    client = staff_client()
    client.post(ADD, answers(brand, shown="NEW-0001"))
    path = reverse("admin:invoices_numberrule_change", args=[NumberRule.objects.get().pk])

    page = client.get(path).content.decode()
    changed = client.post(path, answers(brand, number_format="{prefix}-{number:06d}", shown="NEW-000001"))

    assert "NEW-0001" in page
    assert "NEW-TEST-0001" in page
    assert changed.status_code == 302
    rule = NumberRule.objects.get()
    assert (rule.number_format, rule.revision) == ("{prefix}-{number:06d}", 2)


def test_support_may_not_change_how_documents_are_numbered() -> None:
    assert staff_client(StaffRole.SUPPORT).get(ADD).status_code == 403
    assert staff_client(StaffRole.FINANCE).get(ADD).status_code == 200
