from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import Brand
from apps.core import clock

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


def make_brand(**overrides: object) -> Brand:
    values: dict[str, object] = {
        "code": "north",
        "name": "Northwind",
        "legal_name": "Northwind GmbH",
        "country": "DE",
        "support_email": "help@northwind.example",
        "accent_color": "#aa3366",
        "invoice_prefix": "NW",
        "created_at": clock.now(),
    }
    return Brand.objects.create(**(values | overrides))


def test_brand_theme_is_a_stylesheet_in_the_brands_colour(client: Client) -> None:
    make_brand()

    response = client.get("/brands/north/theme.css")

    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "--brand:#aa3366" in response.content.decode()


def test_brand_theme_of_an_unknown_brand_is_404(client: Client) -> None:
    assert client.get("/brands/nobody/theme.css").status_code == 404


def test_brand_logo_gives_the_stored_bytes(client: Client) -> None:
    make_brand(logo_png=PNG)

    response = client.get("/brands/north/logo.png")

    assert (response["Content-Type"], response.content) == ("image/png", PNG)


def test_brand_logo_of_a_brand_without_one_is_404(client: Client) -> None:
    make_brand()

    assert client.get("/brands/north/logo.png").status_code == 404
