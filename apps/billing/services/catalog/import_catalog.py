from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import Brand
from apps.billing.catalog_file.compare import CatalogChanges, EntryChange, VersionChange
from apps.billing.catalog_file.entries import MeterEntry, PlanEntry, ProductEntry
from apps.billing.services.catalog.diff_catalog import diff_catalog
from apps.plans.models import Meter, Plan, Product
from apps.plans.services.create_meter import create_meter
from apps.plans.services.create_plan import create_plan
from apps.plans.services.create_product import create_product
from apps.plans.services.publish_version import publish_version
from apps.plans.services.revise_draft import revise_draft
from apps.plans.services.update_meter import update_meter
from apps.plans.services.update_plan import update_plan
from apps.plans.services.update_product import update_product


@transaction.atomic
def import_catalog(*, text: str, filename: str, at: datetime) -> CatalogChanges:
    """Make the stored catalog say what this file says: all of it, or nothing.

    A plan whose terms differ from its newest published version gets the next version, published unless the
    file says `published: false`; running subscriptions keep their prices. What is not in the file is left
    alone, and an unchanged file changes nothing. `at` is real time.

    Raises:
        CatalogInvalid: the file cannot be imported; `errors` names each place with its line (422).
    """
    changes = diff_catalog(text=text, filename=filename)
    for change in changes.entries:
        _apply_entry(change, at)
    for version in changes.versions:
        _apply_version(version, at)
    return changes


def _apply_entry(change: EntryChange, at: datetime) -> None:
    entry = change.entry
    if isinstance(entry, ProductEntry):
        _apply_product(entry, at, is_new=change.is_new)
    elif isinstance(entry, MeterEntry):
        _apply_meter(entry, at, is_new=change.is_new)
    else:
        _apply_plan(entry, at, is_new=change.is_new)


def _apply_product(entry: ProductEntry, at: datetime, *, is_new: bool) -> None:
    fields = {"name": entry.name, "description": entry.description, "tax_code": entry.tax_code}
    if is_new:
        create_product(code=entry.code, at=at, **fields)
    else:
        product = Product.objects.get(code=entry.code)
        update_product(product_id=product.pk, changes=fields, at=at)


def _apply_meter(entry: MeterEntry, at: datetime, *, is_new: bool) -> None:
    fields = entry.fields()
    if is_new:
        create_meter(code=entry.code, at=at, **fields)
    else:
        meter = Meter.objects.get(code=entry.code)
        update_meter(meter_id=meter.pk, changes=fields, at=at)


def _apply_plan(entry: PlanEntry, at: datetime, *, is_new: bool) -> None:
    product = Product.objects.get(code=entry.product)
    brands = list(Brand.objects.filter(code__in=entry.brands))
    fields = {
        "description": entry.description,
        "is_free": entry.is_free,
        "is_public": entry.is_public,
        "position": entry.position,
    }
    if is_new:
        plan = create_plan(product=product, code=entry.code, name=entry.name, at=at, brands=brands, **fields)
    else:
        plan = Plan.objects.get(code=entry.code)
        changes = fields | {"product": product, "name": entry.name}
        update_plan(plan_id=plan.pk, changes=changes, brands=brands, at=at)
    if entry.is_archived != (plan.archived_at is not None):
        archived_at = at if entry.is_archived else None
        update_plan(plan_id=plan.pk, changes={"archived_at": archived_at}, at=at)


def _apply_version(change: VersionChange, at: datetime) -> None:
    plan = Plan.objects.get(code=change.entry.code)
    draft = revise_draft(plan_id=plan.pk, terms=change.entry.terms, at=at)
    if change.entry.is_published:
        publish_version(version_id=draft.pk, at=at)
