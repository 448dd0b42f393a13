from __future__ import annotations

import secrets
from datetime import datetime

from apps.accounts.models import Brand
from apps.billing.quote_terms import PrivateOffer
from apps.plans.errors import CodeTaken
from apps.plans.models import PlanVersion, Product
from apps.plans.selectors import get_product
from apps.plans.services.create_plan import create_plan
from apps.plans.services.create_product import create_product
from apps.plans.services.publish_version import publish_version
from apps.plans.services.revise_draft import revise_draft
from apps.plans.services.update_plan import update_plan

SHARED_PRODUCT = "quoted-offers"


def make_private_plan(*, brand: Brand, offer: PrivateOffer, at: datetime) -> PlanVersion:
    """Publish prices of their own as a plan that is on sale nowhere, in the caller's transaction.

    It is archived from the start, so only who holds its version can subscribe to it.

    Raises:
        CatalogInvalid: the prices cannot be sold as they are; `errors` names each place (422).
        CatalogEntryNotFound: there is no such product (404).
    """
    plan = create_plan(
        product=_product(offer, at),
        code=f"quote-{secrets.token_hex(8)}",
        name=offer.name,
        brands=[brand],
        is_public=False,
        at=at,
    )
    draft = revise_draft(plan_id=plan.pk, terms=offer.version, at=at)
    version = publish_version(version_id=draft.pk, at=at)
    update_plan(plan_id=plan.pk, changes={"archived_at": at}, at=at)
    return version


def _product(offer: PrivateOffer, at: datetime) -> Product:
    if offer.product:
        return get_product(reference=offer.product)
    try:
        return create_product(code=SHARED_PRODUCT, name="Quoted offers", at=at)
    except CodeTaken:
        return get_product(reference=SHARED_PRODUCT)
