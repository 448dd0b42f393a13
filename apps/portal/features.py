"""Parts of the portal that staff switch on and off for plans and customers, by flags of these names."""

from __future__ import annotations

from apps.customers.models import Customer
from apps.entitlements.models import FeatureFlag
from apps.portal.errors import FeatureSwitchedOff

PLAN_CHANGE = "portal_plan_change"
USAGE_EXPORT = "portal_usage_export"
PAUSE = "portal_pause"
TOP_UP = "portal_top_up"
BUY_CREDIT = "portal_buy_credit"

# What holds while no flag of the name exists.
DEFAULTS = {PLAN_CHANGE: True, USAGE_EXPORT: True, PAUSE: False, TOP_UP: False, BUY_CREDIT: True}


def feature_is_on(name: str, customer: Customer) -> bool:
    flag: FeatureFlag = FeatureFlag.get(name)
    return flag.is_active_for_customer(customer) if flag.pk else DEFAULTS[name]


def require_feature(name: str, customer: Customer) -> None:
    """
    Raises:
        FeatureSwitchedOff: the flag is off for this customer (403).
    """
    if not feature_is_on(name, customer):
        raise FeatureSwitchedOff("This is not part of your plan. Please ask us to switch it on.")
