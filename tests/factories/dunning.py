"""Timelines of brands and plans, saved as staff save them."""

from __future__ import annotations

from collections.abc import Sequence

from apps.accounts.models import Brand
from apps.billing.dunning import Step
from apps.billing.enums import DunningAction, DunningMail
from apps.billing.models import DunningPolicy
from apps.billing.services.collection.save_policy import PolicyTerms, save_policy
from tests.factories.billing import STARTED_AT

RETRY, RESTRICT, SUSPEND = DunningAction.RETRY, DunningAction.RESTRICT, DunningAction.SUSPEND
CANCEL, WRITE_OFF, DOWNGRADE = DunningAction.CANCEL, DunningAction.WRITE_OFF, DunningAction.DOWNGRADE


def reminder(day: int) -> Step:
    return Step(day, DunningAction.MAIL, mail=DunningMail.REMINDER)


def last_notice(day: int) -> Step:
    return Step(day, DunningAction.MAIL, mail=DunningMail.FINAL_NOTICE)


def make_policy(
    brand: Brand,
    steps: Sequence[Step],
    *,
    name: str = "Own",
    is_default: bool = True,
    plans: Sequence[str] = (),
) -> DunningPolicy:
    terms = PolicyTerms(name=name, steps=steps, is_default=is_default, plan_codes=plans)
    return save_policy(brand_id=brand.pk, terms=terms, at=STARTED_AT)
