"""The life of a plan version: create_draft, revise_draft, publish_version."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import Event
from apps.plans.errors import CatalogInvalid, DraftExists, VersionFrozen
from apps.plans.models import Price
from apps.plans.selectors import terms_of
from apps.plans.services.create_draft import create_draft
from apps.plans.services.publish_version import publish_version
from apps.plans.services.revise_draft import revise_draft
from apps.plans.terms import PriceTerms, VersionTerms
from tests.factories.plans import (
    flat_price,
    make_free_plan,
    make_plan,
    make_plan_row,
    make_plan_version,
)

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
TERMS = VersionTerms(
    prices=(PriceTerms(code="base", name="Base fee", currency="EUR", parameters={"amount": "39.00"}),),
    highlights=("All you need",),
)

pytestmark = pytest.mark.django_db


def test_draft_copies_the_newest_published_version() -> None:
    plan = make_plan(prices=[flat_price("29.00")], version={"trial_days": 14})

    draft = create_draft(plan_id=plan.pk, at=AT)

    assert (draft.number, draft.status, draft.created_at) == (2, "draft", AT)
    assert terms_of(draft) == terms_of(plan.versions.get(number=1))
    assert not set(draft.prices.values_list("public_id")) & set(
        plan.versions.get(number=1).prices.values_list("public_id")
    )


def test_draft_of_a_plan_that_has_one_is_refused() -> None:
    plan = make_plan()
    create_draft(plan_id=plan.pk, at=AT)

    with pytest.raises(DraftExists):
        create_draft(plan_id=plan.pk, at=AT)

    assert plan.versions.count() == 2


def test_revising_opens_a_draft_and_then_replaces_what_it_says() -> None:
    plan = make_plan()

    first = revise_draft(plan_id=plan.pk, terms=TERMS, at=AT)
    again = revise_draft(plan_id=plan.pk, terms=VersionTerms(prices=TERMS.prices), at=AT)

    assert again.pk == first.pk
    assert terms_of(again) == VersionTerms(prices=TERMS.prices)
    assert again.prices.get().parameters == {"amount": "39.00"}


def test_revising_with_faults_changes_nothing_and_names_each() -> None:
    plan = make_plan_row()
    price = PriceTerms(code="x", name="X", currency="EUR", parameters={"amount": "free"})
    terms = VersionTerms(prices=(price,), trial_days=7, trial_end="downgrade", trial_end_plan="none")

    with pytest.raises(CatalogInvalid) as refused:
        revise_draft(plan_id=plan.pk, terms=terms, at=AT)

    assert [(e.field, e.code) for e in refused.value.errors] == [
        ("prices[0].parameters.amount", "invalid_decimal"),
        ("trial_end_plan", "unknown_plan"),
    ]
    assert plan.versions.count() == 0


def test_publishing_freezes_the_version_and_records_it() -> None:
    draft = make_plan_version(published=False)

    published = publish_version(version_id=draft.pk, at=AT)

    assert (published.status, published.published_at) == ("published", AT)
    event = Event.objects.get(name="plan_version.published")
    assert (event.subject_id, event.at) == (draft.public_id, AT)
    with pytest.raises(VersionFrozen):
        publish_version(version_id=draft.pk, at=AT)


def test_published_prices_are_frozen_by_the_database() -> None:
    price = make_plan_version().prices.get()

    for change in (
        lambda: Price.objects.filter(pk=price.pk).update(parameters={"amount": "1"}),
        lambda: Price.objects.filter(pk=price.pk).delete(),
        lambda: Price.objects.create(version=price.version, **flat_price(code="more")),
    ):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            change()

    price.refresh_from_db()
    assert price.parameters == {"amount": "29.00"}


def test_publishing_a_draft_with_faults_is_refused_and_leaves_it_a_draft() -> None:
    draft = make_plan_version(published=False, prices=[flat_price(parameters={"amount": "x"})])

    with pytest.raises(CatalogInvalid) as refused:
        publish_version(version_id=draft.pk, at=AT)

    assert [e.field for e in refused.value.errors] == ["prices[0].parameters.amount"]
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_publishing_with_an_unpublished_fallback_is_refused() -> None:
    free = make_free_plan(published=False)
    trial = {"trial_days": 14, "trial_end": "downgrade", "trial_end_plan": free}
    draft = make_plan_version(published=False, **trial)

    with pytest.raises(CatalogInvalid) as refused:
        publish_version(version_id=draft.pk, at=AT)

    assert [(e.field, e.code) for e in refused.value.errors] == [("trial_end_plan", "currency_missing")]

    publish_version(version_id=free.versions.get().pk, at=AT)

    assert publish_version(version_id=draft.pk, at=AT).status == "published"
