from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.models import model_to_dict
from django.urls import reverse
from PIL import Image

from apps.accounts.models import Brand
from apps.audit.models import Event
from apps.backoffice.forms import MAX_LOGO_BYTES, BrandForm, clean_logo
from tests.factories.customers import make_brand, make_customer
from tests.factories.staff import staff_client
from tests.factories.usage import make_event, send


def png(width: int = 40, height: int = 20) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, format="PNG")
    return written.getvalue()


def answers(brand: Brand, **changes: Any) -> dict[str, Any]:
    """What the browser would send for the page as it is, with changes."""
    stored = {name: "" if value is None else value for name, value in model_to_dict(brand).items()}
    values = {name: value for name, value in stored.items() if name in BrandForm.Meta.fields}
    values["address_lines"] = "\r\n".join(brand.address_lines)
    values["amending_sources"] = "\r\n".join(brand.amending_sources)
    return values | changes


@pytest.mark.django_db
def test_settings_are_saved_with_an_event_that_names_the_fields() -> None:
    brand = make_brand()

    changed = answers(brand, name="Dove", address_lines=" One \n\n Two ")
    answer = staff_client().post(reverse("backoffice:brand_settings"), changed)

    assert answer.status_code == 302
    brand.refresh_from_db()
    assert (brand.name, brand.address_lines) == ("Dove", ["One", "Two"])
    assert Event.objects.get(name="brand.updated").data == {"changed": ["address_lines", "name"]}


@pytest.mark.django_db
def test_bank_account_is_saved_without_spaces() -> None:
    brand = make_brand()

    changed = answers(
        brand, bank_iban="de02 1203 0000 0000 2020 51", bank_bic="BYLADEM1001", bank_name="Bank"
    )
    answer = staff_client().post(reverse("backoffice:brand_settings"), changed)

    assert answer.status_code == 302
    brand.refresh_from_db()
    assert (brand.bank_iban, brand.bank_bic) == ("DE02120300000000202051", "BYLADEM1001")


@pytest.mark.django_db
def test_event_identity_and_amending_sources_are_saved_before_the_first_event() -> None:
    brand = make_brand()

    changed = answers(brand, event_identity="id_and_timestamp", amending_sources="meters\r\n erp \r\n")
    answer = staff_client().post(reverse("backoffice:brand_settings"), changed)

    assert answer.status_code == 302
    brand.refresh_from_db()
    assert (brand.event_identity, brand.amending_sources) == ("id_and_timestamp", ["meters", "erp"])


@pytest.mark.django_db
def test_event_identity_is_read_only_once_there_are_events() -> None:
    customer = make_customer()
    send(customer, make_event(customer))
    client = staff_client()

    changed = answers(customer.brand, event_identity="id_and_timestamp", amending_sources="erp")
    client.post(reverse("backoffice:brand_settings"), changed)

    customer.brand.refresh_from_db()
    assert (customer.brand.event_identity, customer.brand.amending_sources) == ("id", ["erp"])
    field = client.get(reverse("backoffice:brand_settings")).context["form"].fields["event_identity"]
    assert (field.disabled, field.help_text) == (True, "Fixed: the brand has usage events.")


@pytest.mark.django_db
def test_logo_is_stored_as_a_clean_png_and_can_be_removed() -> None:
    brand = make_brand()
    client = staff_client()
    upload = SimpleUploadedFile("logo.png", png() + b"<script>alert(1)</script>", content_type="image/png")

    client.post(reverse("backoffice:brand_settings"), answers(brand, logo=upload))

    brand.refresh_from_db()
    assert bytes(brand.logo_png or b"").startswith(b"\x89PNG")
    assert b"<script>" not in bytes(brand.logo_png or b"")

    client.post(reverse("backoffice:brand_settings"), answers(brand, remove_logo="on"))
    brand.refresh_from_db()
    assert brand.logo_png is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("default_currency", "XXQ"),
        ("default_time_zone", "Mars/Base"),
        ("accent_color", "red"),
        ("invoice_prefix", "a-b"),
        ("bank_iban", "DE03120300000000202051"),
        ("bank_bic", "BY"),
        ("support_email", "nobody"),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(field: str, value: str) -> None:
    brand = make_brand()

    answer = staff_client().post(reverse("backoffice:brand_settings"), answers(brand, **{field: value}))

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert not Event.objects.filter(name="brand.updated").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"<svg onload='alert(1)'/>",
        b"\x89PNG\r\n\x1a\n broken",
        b"x" * (MAX_LOGO_BYTES + 1),
        png(2001, 1),
    ],
)
def test_logo_that_is_no_small_png_is_refused(content: bytes) -> None:
    with pytest.raises(forms.ValidationError):
        clean_logo(content)


@pytest.mark.django_db
def test_limit_of_refunds_is_typed_in_major_units_and_kept_in_minor_ones() -> None:
    brand = make_brand()
    client = staff_client()

    answer = client.post(reverse("backoffice:brand_settings"), answers(brand, refund_approval_minor="250.50"))

    assert answer.status_code == 302
    brand.refresh_from_db()
    assert brand.refund_approval_minor == 25050
    assert BrandForm(instance=brand).initial["refund_approval_minor"] == Decimal("250.50")
    assert 'value="250.50"' in client.get(reverse("backoffice:brand_settings")).content.decode()
    client.post(reverse("backoffice:brand_settings"), answers(brand, refund_approval_minor=""))
    brand.refresh_from_db()
    assert brand.refund_approval_minor is None
