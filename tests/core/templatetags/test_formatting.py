from __future__ import annotations

from datetime import UTC, datetime

from django.template import Context, Template
from django.utils import timezone, translation


def render(source: str, **context: object) -> str:
    return Template("{% load formatting %}" + source).render(Context(context))


def test_money_tag_and_filter_write_the_active_locale() -> None:
    with translation.override("de"):
        assert render("{% money 123450 'EUR' %}") == '<span class="money">1.234,50\u00a0€</span>'
        assert render("{{ amount|money:'EUR' }}", amount=123450) == "1.234,50\u00a0€"


def test_money_filter_of_nothing_is_a_dash() -> None:
    assert render("{{ amount|money:'EUR' }}", amount=None) == "–"


def test_day_filter_uses_the_active_zone_or_the_given_one() -> None:
    at = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)

    with timezone.override("Europe/Berlin"):
        assert ">Dec 1, 2026</time>" in render("{{ at|day }}", at=at)
        assert ">Nov 30, 2026</time>" in render("{{ at|day:'UTC' }}", at=at)


def test_moment_filter_names_the_zone() -> None:
    at = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)

    with translation.override("de"):
        assert ">22.11.2026, 15:05 (Berlin)</time>" in render("{{ at|moment:'Europe/Berlin' }}", at=at)


def test_status_badge_has_a_tone_and_a_word() -> None:
    assert render("{% status_badge 'past_due' %}") == '<span class="badge badge-warning">Past due</span>'
    assert (
        render("{% status_badge 'paid' 'Bezahlt' %}") == '<span class="badge badge-positive">Bezahlt</span>'
    )
    assert (
        render("{% status_badge 'never_heard_of' %}")
        == '<span class="badge badge-neutral">Never heard of</span>'
    )


def test_status_badge_escapes_its_label() -> None:
    assert "&lt;b&gt;" in render("{% status_badge 'paid' label %}", label="<b>")
