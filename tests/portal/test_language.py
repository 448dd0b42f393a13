from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import User
from apps.customers.models import Customer
from apps.portal.label_words import LABELS, cadences
from apps.portal.messages_file import LANGUAGES, catalog_of, compiled, path_of, untranslated, updated, written
from apps.portal.price_texts import cadence_text
from tests.factories.customers import make_brand, make_customer, make_member
from tests.factories.invoices import issue_invoice
from tests.factories.staff import make_staff

LINKS = {"de": "Rechnungen", "fr": "Factures", "es": "Facturas", "hi": "बिल"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_pages_is_translated_and_compiled(language: str) -> None:
    kept = catalog_of(language)

    assert untranslated(kept) == []
    assert {message.id for message in updated(language)} == {message.id for message in kept}
    assert path_of(language).read_bytes() == written(kept)
    assert path_of(language).with_suffix(".mo").read_bytes() == compiled(kept)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_rhythms_are_words_of_the_language(language: str) -> None:
    with translation.override(language):
        # A few words are the same in several languages.
        same = [word for word in LABELS if translation.gettext(word) == word]
        named = [cadence_text("month", 1), cadence_text("month", 3)]

    assert same == []
    expected = {
        "de": ["Monat", "3 Monate"],
        "fr": ["mois", "3 mois"],
        "es": ["mes", "3 meses"],
        "hi": ["महीना", "3 महीने"],
    }
    assert named == expected[language]
    assert cadences()[2] == "month"


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_speaks_the_language_of_the_customer(language: str) -> None:
    customer = make_customer(locale=language)
    client = client_of(customer)
    invoice = issue_invoice(123456, customer=customer)

    page = client.get(reverse("portal:invoice", args=[invoice.public_id])).content.decode()

    assert f'<html lang="{language}">' in page
    assert f">{LINKS[language]}</a>" in page
    amount = {"de": "1.234,56\xa0€", "fr": "1\u202f234,56\xa0€", "es": "1.234,56\xa0€", "hi": "€1,234.56"}
    assert amount[language] in page
    assert translation.get_language() == "en"


@pytest.mark.django_db
def test_visitor_gets_what_the_browser_asks_for_and_staff_english() -> None:
    make_brand()
    asking = {"Accept-Language": "de-AT,de;q=0.9"}
    staff = Client()
    staff.force_login(make_staff())

    page = Client().get(reverse("portal:pricing"), headers=asking).content.decode()
    office = staff.get(reverse("backoffice:home"), headers=asking).content.decode()

    assert "Tarife und Preise" in page
    assert '<html lang="en">' in office
    translation.activate(settings.LANGUAGE_CODE)


@pytest.mark.django_db
def test_switch_wins_in_this_browser_until_it_is_taken_back() -> None:
    client = client_of(make_customer(locale="fr"))
    path = reverse("portal:language")
    assert "Langue" in client.get(path).content.decode()

    client.post(path, {"language": "es"})
    chosen = client.get(path).content.decode()
    client.post(path, {"language": ""})
    back = client.get(path).content.decode()

    assert "Idioma" in chosen
    assert "Langue" in back
    client.post(path, {"language": "xx"})
    assert settings.LANGUAGE_COOKIE_NAME not in {k for k, v in client.cookies.items() if v.value}
    translation.activate(settings.LANGUAGE_CODE)


@pytest.mark.django_db
def test_new_customer_keeps_the_language_of_the_browser() -> None:
    make_brand()
    client = Client()
    client.force_login(User.objects.create_user(email="neu@example.com", name="Neu"))
    form = {"name": "Neu GmbH", "country": "DE", "time_zone": "Europe/Berlin", "currency": ""}

    client.post(reverse("portal:welcome"), form, headers={"Accept-Language": "de"})

    assert Customer.objects.get().locale == "de"
    translation.activate(settings.LANGUAGE_CODE)


def client_of(customer: Customer) -> Client:
    client = Client()
    client.force_login(make_member(customer=customer).user)
    return client


@pytest.mark.django_db
def test_tabs_of_the_invoices_are_translated() -> None:
    customer = make_customer(locale="fr")
    issue_invoice(123456, customer=customer)

    tabs = client_of(customer).get(reverse("portal:invoices")).context["tabs"]

    assert [tab["label"] for tab in tabs] == ["Toutes", "Ouverte"]
