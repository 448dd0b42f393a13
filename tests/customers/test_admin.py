from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.customers.enums import MemberRole
from apps.customers.models import Customer, Member
from tests.factories.customers import (
    make_brand,
    make_customer,
    make_member,
    make_test_clock,
)
from tests.factories.staff import make_staff_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return make_staff_client()


def customer_form(members: list[Member], **overrides: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "currency": "EUR",
        "country": "DE",
        "time_zone": "UTC",
        "locale": "en",
        "metadata": "{}",
        "members-TOTAL_FORMS": str(len(members)),
        "members-INITIAL_FORMS": str(len(members)),
    }
    for index, member in enumerate(members):
        fields[f"members-{index}-id"] = str(member.pk)
        fields[f"members-{index}-customer"] = str(member.customer_id)
        fields[f"members-{index}-user"] = str(member.user_id)
        fields[f"members-{index}-role"] = str(member.role)
    return fields | overrides


def test_customer_is_made_by_the_service(staff: Client) -> None:
    brand = make_brand(default_time_zone="Europe/Vienna")
    form = customer_form([], brand=brand.pk, time_zone="Asia/Kathmandu", country="np")

    assert staff.post("/admin/customers/customer/add/", form).status_code == 302

    customer = Customer.objects.get()
    assert (customer.time_zone, customer.country) == ("Asia/Kathmandu", "NP")
    assert Event.objects.get().name == "customer.created"


def test_customer_change_is_logged_by_field_name_only(staff: Client) -> None:
    customer = make_customer()
    form = customer_form([], city="Paris", address_lines="1, Rue de la Paix\nCour B")

    answer = staff.post(f"/admin/customers/customer/{customer.pk}/change/", form)

    assert answer.status_code == 302
    customer.refresh_from_db()
    assert customer.address_lines == ["1, Rue de la Paix", "Cour B"]
    assert Event.objects.get().data == {"changed": ["address_lines", "city"], "values": {}}


def test_impossible_detail_is_shown_at_its_field(staff: Client) -> None:
    customer = make_customer()
    form = customer_form([], time_zone="Mars/Base", currency="EUX")

    page = staff.post(f"/admin/customers/customer/{customer.pk}/change/", form)

    assert set(page.context["adminform"].form.errors) == {"time_zone", "currency"}
    customer.refresh_from_db()
    assert customer.time_zone == "UTC"


def test_members_are_changed_by_services_and_an_owner_stays(staff: Client) -> None:
    owner = make_member(customer=make_customer())
    viewer = make_member(customer=owner.customer, role=MemberRole.VIEWER)
    page = f"/admin/customers/customer/{owner.customer_id}/change/"

    refused = staff.post(page, customer_form([owner, viewer], **{"members-0-role": "viewer"}))
    swapped = staff.post(
        page,
        customer_form([owner, viewer], **{"members-0-DELETE": "on", "members-1-role": "owner"}),
    )

    assert refused.status_code == 200
    assert swapped.status_code == 302
    assert list(Member.objects.values_list("pk", "role")) == [(viewer.pk, "owner")]
    names = list(Event.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["member.role_changed", "member.removed"]


def test_clock_can_only_be_looked_at(staff: Client) -> None:
    test_clock = make_test_clock()

    assert staff.get(f"/admin/customers/testclock/{test_clock.pk}/change/").status_code == 200
    assert staff.post(f"/admin/customers/testclock/{test_clock.pk}/change/", {}).status_code == 403
    assert staff.get("/admin/customers/testclock/add/").status_code == 403


@pytest.mark.parametrize("model", ["customer", "testclock", "invitation", "consent"])
def test_list_needs_the_same_queries_for_any_number_of_rows(staff: Client, model: str) -> None:
    def queries_of_page() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(f"/admin/customers/{model}/").status_code == 200
        return len(captured)

    make_member(customer=make_customer(test_clock=make_test_clock()))
    staff.get(f"/admin/customers/{model}/")
    few = queries_of_page()
    for _ in range(5):
        make_member(customer=make_customer(test_clock=make_test_clock()))

    assert queries_of_page() == few
