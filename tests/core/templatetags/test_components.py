from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import RequestFactory


def render(source: str, path: str = "/", **context: object) -> str:
    request = RequestFactory().get(path)
    return Template("{% load components %}" + source).render(Context({"request": request, **context}))


@pytest.mark.parametrize(
    ("path", "current"),
    [("/admin/", True), ("/admin/accounts/", True), ("/administrator/", False), ("/", False)],
)
def test_nav_link_marks_its_page_and_the_pages_below(path: str, current: bool) -> None:
    link = render("{% nav_link 'admin:index' 'Admin' %}", path)

    assert ('aria-current="page"' in link) is current


def test_nav_link_exact_marks_its_own_page_only() -> None:
    assert "aria-current" not in render("{% nav_link 'admin:index' 'Admin' exact=True %}", "/admin/accounts/")


def test_nav_link_to_a_page_that_is_not_served_is_nothing() -> None:
    assert render("{% nav_link 'portal:no_such_page' 'Nothing' %}") == ""


def test_list_url_changes_one_part_and_keeps_the_rest() -> None:
    assert render("{% list_url status='open' cursor=None %}", "/x?q=a&cursor=9") == "?q=a&amp;status=open"


def test_list_url_without_a_query_is_the_plain_path() -> None:
    assert render("{% list_url cursor=None %}", "/x?cursor=9") == "/x"


@pytest.mark.parametrize(
    ("used", "limit", "percent"), [(0, 5, "0"), (82, 100, "82"), (9, 5, "100"), (1, 0, "100")]
)
def test_share_is_whole_percent_within_bounds(used: int, limit: int, percent: str) -> None:
    assert render("{% share used limit %}", used=used, limit=limit) == percent
