"""PCI DSS SAQ A: whoever types a card number into a field that is not the gateway's finds it kept nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve
from lxml import html

from tests.backoffice.history import live_a_year
from tests.factories.api_clients import make_api_client
from tests.factories.staff import make_staff
from tests.fixtures.gateway import GatewaySandbox
from tests.portal.test_every_page_browser import live_in, paths_of

pytestmark = [pytest.mark.real_commits, pytest.mark.slow]

CARD = "4000056655665556"
SPACED = "4000 0566 5566 5556"
TYPED = ("text", "search", "email", "url", "tel", "password", "number", "", None)
MOST_PAGES = 400


def pages(client: Client, starts: list[str]) -> Iterator[tuple[str, html.HtmlElement]]:
    """Every page that links lead to from here, one of each view."""
    waiting, seen = list(starts), set[str]()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        try:
            view = resolve(urlsplit(path).path).view_name
        except Resolver404:
            continue
        if view in seen or "logout" in path or "download" in view:
            continue
        seen.add(view)
        answer = client.get(path)
        if answer.status_code != HTTPStatus.OK or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        page = html.fromstring(answer.content)
        yield path, page
        waiting += [
            urljoin(path, link)
            for link in page.xpath("//a/@href")
            if not urlsplit(urljoin(path, link)).netloc
        ]


def typed_in(form: html.HtmlElement, typed: str) -> dict[str, Any] | None:
    """What a form sends when a card number is typed into each of its fields; None when it has none."""
    texts = {
        field.name: typed
        for field in form.xpath(".//input | .//textarea")
        if field.name and (field.tag == "textarea" or field.get("type") in TYPED)
    }
    return {**dict(form.form_values()), **texts} if texts else None


def fill_all_forms(client: Client, starts: list[str]) -> list[tuple[str, int]]:
    """Where a card number was sent by POST, and the answer's status."""
    answers = []
    for path, page in pages(client, starts):
        for number, form in enumerate(page.forms):
            sent = typed_in(form, SPACED if number % 2 else CARD)
            if sent is None:
                continue
            target = urljoin(path, form.action or path)
            if (form.method or "GET").upper() == "POST":
                answers.append((target, client.post(target, sent).status_code))
            else:
                client.get(target, sent)
    return answers


def places_with(number: str) -> list[str]:
    """Tables of every schema, the broker's queues among them, with a row that holds the number."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM {table} t WHERE translate(t::text, ' -', '') LIKE %s)",
                [f"%{number}%"],
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def signed_in(person: AbstractBaseUser) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def check_nothing_is_kept(answers: list[tuple[str, int]], log: str, *, at_least: int) -> None:
    refused = [path for path, status in answers if status == HTTPStatus.UNPROCESSABLE_ENTITY]
    assert len(refused) >= at_least
    assert [path for path, status in answers if status != HTTPStatus.UNPROCESSABLE_ENTITY] == []
    assert places_with(CARD) == []
    assert CARD not in log.replace(" ", "")


def test_portal_keeps_no_card_number(gateway: GatewaySandbox, caplog: pytest.LogCaptureFixture) -> None:
    lived = live_in(gateway)
    caplog.set_level(logging.DEBUG)

    answers = fill_all_forms(signed_in(lived.shop.owner), list(paths_of(lived).values()))
    answers += fill_all_forms(Client(), ["/pricing/", "/accounts/login/", "/accounts/signup/"])

    check_nothing_is_kept(answers, caplog.text, at_least=10)


def test_staff_pages_and_admin_keep_no_card_number(caplog: pytest.LogCaptureFixture) -> None:
    live_a_year()
    caplog.set_level(logging.DEBUG)

    answers = fill_all_forms(signed_in(make_staff(is_superuser=True)), ["/staff/", "/admin/"])

    check_nothing_is_kept(answers, caplog.text, at_least=25)


def test_api_refuses_a_card_number_and_names_the_field() -> None:
    client = make_api_client()
    body = {"name": "Ada", "email": "ada@example.com", "currency": "EUR", "metadata": {"note": SPACED}}

    answer = client.post("/api/v1/customers", body, format="json")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert [error["field"] for error in answer.json()["errors"]] == ["metadata.note"]
    assert places_with(CARD) == []
