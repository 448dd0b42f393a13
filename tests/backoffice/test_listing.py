from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from apps.backoffice.csv_export import cell, major
from apps.backoffice.listing import PAGE_SIZE
from apps.customers.models import Customer
from tests.factories.customers import MADE_AT, make_brand, make_customer
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

CUSTOMERS = "/staff/customers"


def names(client: Client, query: str = "") -> list[str]:
    return [row.name for row in client.get(f"{CUSTOMERS}{query}").context["list"].rows]


def rows_of(answer: object) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tcmd", "'\tcmd"),
        ("  =1", "'  =1"),
        ("＝1+1", "'＝1+1"),
        ("Ada", "Ada"),
        (-5, "-5"),
        (major(-1999, "EUR"), "-19.99"),
        (major(1999, "JPY"), "1999"),
        (major(1999, "KWD"), "1.999"),
        (None, ""),
        (True, "yes"),
        (MADE_AT, "2026-01-01T00:00:00Z"),
    ],
)
def test_cell_is_never_a_formula(value: object, written: str) -> None:
    assert cell(value) == written


def test_list_pages_by_keyset_without_loss_when_rows_are_added() -> None:
    brand = make_brand()
    for number in range(PAGE_SIZE + 5):
        make_customer(brand=brand, name=f"C{number:03}")
    client = staff_client()
    first = client.get(CUSTOMERS).context["list"]

    make_customer(brand=brand, name="Newcomer")
    second = client.get(f"{CUSTOMERS}?cursor={first.next_cursor}").context["list"]

    shown = [row.name for row in first.rows + second.rows]
    assert shown == [f"C{number:03}" for number in reversed(range(PAGE_SIZE + 5))]
    assert second.next_cursor is None


def test_search_and_filters_narrow_the_list_and_its_csv() -> None:
    brand = make_brand()
    make_customer(brand=brand, name="Ada", email="ada@one.example", currency="EUR")
    make_customer(brand=brand, name="Grace", email="grace@one.example", currency="USD")
    make_customer(brand=brand, name="=cmd()", email="x@two.example", currency="USD")
    client = staff_client()

    assert names(client, "?q=one.example&currency=USD") == ["Grace"]
    page = client.get(f"{CUSTOMERS}?q=example&currency=USD")
    exported = rows_of(client.get(f"{CUSTOMERS}{page.context['list'].csv_href}"))

    assert [row["name"] for row in exported] == ["'=cmd()", "Grace"]
    assert [row["email"] for row in exported] == ["x@two.example", "grace@one.example"]


def test_days_are_those_of_the_brands_zone_and_inclusive() -> None:
    brand = make_brand(default_time_zone="Asia/Tokyo")
    make_customer(brand=brand, name="Early", created_at=MADE_AT.replace(hour=14, minute=59))
    make_customer(brand=brand, name="Late", created_at=MADE_AT.replace(hour=15))
    client = staff_client()

    assert names(client, "?to=2026-01-01") == ["Early"]
    assert names(client, "?from=2026-01-02") == ["Late"]


def test_tabs_count_the_rows_of_the_search() -> None:
    brand = make_brand()
    make_customer(brand=brand, name="Ada")
    make_customer(brand=brand, name="Grace")

    (everyone, clocked) = staff_client().get(f"{CUSTOMERS}?q=Grace").context["list"].tabs

    assert (everyone["count"], clocked["count"]) == (1, 0)


@pytest.mark.parametrize(
    "query", ["?cursor=x", "?cursor=WzFd", "?q=%00", "?from=2026-99-99", "?currency=XXX"]
)
def test_nonsense_in_the_address_is_no_fault_of_ours(query: str) -> None:
    make_customer()

    assert staff_client().get(f"{CUSTOMERS}{query}").status_code in (200, 404)


def test_list_makes_the_same_queries_for_many_rows(django_assert_max_num_queries) -> None:
    brand = make_brand()
    for _ in range(PAGE_SIZE):
        make_customer(brand=brand)
    client = staff_client()

    with django_assert_max_num_queries(14):
        assert len(names(client)) == PAGE_SIZE


def test_mode_is_switched_and_a_list_stays_open() -> None:
    brand = make_brand()
    make_customer(brand=brand, name="Test")
    make_customer(brand=brand, name="Live", livemode=True)
    client = staff_client()

    answer = client.post(
        reverse("backoffice:switch_mode"), {"livemode": "true", "next": "/staff/customers?q=e"}
    )

    assert answer["Location"] == "/staff/customers?q=e"
    assert names(client) == ["Live"]


@pytest.mark.parametrize(
    "target", ["https://evil.example/staff/", "//evil.example", "/accounts/logout/", "/staff/customers/cus_1"]
)
def test_switch_leads_nowhere_but_to_a_list(target: str) -> None:
    make_brand()

    answer = staff_client().post(reverse("backoffice:switch_mode"), {"livemode": "false", "next": target})

    assert answer["Location"] == "/staff/"


def test_brand_is_switched_for_the_session() -> None:
    make_customer(brand=make_brand(code="one"), name="Of one")
    make_customer(brand=make_brand(code="two"), name="Of two")
    client = staff_client()
    assert names(client) == ["Of one"]

    client.post(reverse("backoffice:switch_brand"), {"brand": "two", "next": CUSTOMERS})

    assert names(client) == ["Of two"]


def test_search_opens_the_only_find() -> None:
    customer = make_customer(name="Ada Lovelace")
    make_customer(brand=customer.brand, name="Grace Hopper")
    client = staff_client()

    only = client.get(reverse("backoffice:search"), {"q": "lovelace"})
    several = client.get(reverse("backoffice:search"), {"q": "a"})

    assert only["Location"] == reverse("backoffice:customer", args=[customer.public_id])
    assert several.status_code == 200
    assert Customer.objects.count() == several.context["found"].total


def test_filter_form_keeps_what_else_the_address_says() -> None:
    make_brand()

    page = staff_client().get("/staff/movements?currency=EUR&month=2026-01&q=ada&cursor=")

    assert page.context["list"].kept == [("currency", "EUR"), ("month", "2026-01")]
    assert '<input type="hidden" name="month" value="2026-01">' in page.content.decode()
