from __future__ import annotations

from apps.billing.models.collecting import CollectionCase, DunningStepTaken
from apps.billing.models.expiry import CardExpiryNotice
from apps.billing.models.policy import DunningPolicy, DunningPolicyPlan, DunningStep
from apps.billing.models.runs import BillingRun, LateUsageSearch, ParkedCustomer, UsageWatch

__all__ = [
    "BillingRun",
    "CardExpiryNotice",
    "CollectionCase",
    "DunningPolicy",
    "DunningPolicyPlan",
    "DunningStep",
    "DunningStepTaken",
    "LateUsageSearch",
    "ParkedCustomer",
    "UsageWatch",
]
