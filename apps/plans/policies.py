"""The rules of a plan version that engines decide differently: each a named policy with a default.

A version stores only what differs from the defaults, as JSON: `{"change_credit": "credit_note"}`. The rules
of proration are those of `apps.pricing.proration_policy`; the others are told here, value by value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from apps.plans.models import PlanVersion
from apps.pricing.errors import PricingError
from apps.pricing.parameters import read_choice
from apps.pricing.periods.anchor import Precision
from apps.pricing.proration_policy import KEYS as PRORATION_KEYS
from apps.pricing.proration_policy import NewPlanCharge, ProrationPolicy, ProrationUnit, RefundRest


class Timing(StrEnum):
    """Policies `upgrade_timing`, `downgrade_timing`, `quantity_change_timing`: when a change takes effect."""

    NOW = "now"
    """At once; the unused rest is credited and the new part charged by its share."""
    PERIOD_END = "period_end"
    """When the paid period ends. The default: nothing is charged that nobody has seen."""


class ChangeCredit(StrEnum):
    """Policy `change_credit`: where the unused paid part goes when a plan changes inside a period."""

    SAME_INVOICE = "same_invoice_rest_to_account"
    """A negative line on the invoice of the change; what is left of it goes to the balance. The default."""
    CREDIT_NOTE = "credit_note"
    """A credit note on the invoice that billed it."""
    NONE = "none"


class TerminationCredit(StrEnum):
    """Policy `termination_credit`: what becomes of the unused paid part when a subscription is ended."""

    NONE = "none"
    """It is not credited. The default."""
    CREDIT_NOTE = "credit_note"
    """A credit note on the invoice that billed it."""
    ACCOUNT_CREDIT = "account_credit"
    """A negative line on the last invoice; what is left of it goes to the balance."""


class IntervalChange(StrEnum):
    """Policy `interval_change`: the first period after a change to another interval."""

    RESTART_NOW = "restart_now"
    """A new full period begins. The default."""
    KEEP_BILLING_DAY = "keep_billing_day"
    """It is cut to the billing day."""
    KEEP_ANNIVERSARY = "keep_anniversary"
    """It is cut to the subscription's own anniversary."""


class TrialKind(StrEnum):
    """Policy `trial_kind`: how a trial lies in time."""

    PHASE = "phase"
    """A phase of its own: the paid phase and its periods begin when it ends. The default."""
    DAYS_FROM_FIRST_START = "days_from_first_start"
    """Periods run from the start; the fee is free until the trial ends, and the rest of its period billed
    then."""


class TrialUsage(StrEnum):
    """Policy `trial_usage`: what was used during a trial."""

    FREE = "free"
    """It is not billed. The default."""
    BILLED = "billed"


class TrialOnPlanChange(StrEnum):
    """Policy `trial_on_plan_change`: a plan change during a trial."""

    KEEPS_END = "keeps_end"
    """The trial ends when it would have. The default."""
    KEEPS_FIRST_START = "keeps_first_start"
    """The new plan's trial days count from the first start."""


class TrialOnNewSubscription(StrEnum):
    """Policy `trial_on_new_subscription`: who subscribes again after a trial of the plan, where a brand gives
    one trial to a customer."""

    NONE = "none"
    """No second trial. The default."""
    KEEPS_FIRST_START = "keeps_first_start"
    """The trial days count from the first start: what is left of them is given."""


class PauseCredit(StrEnum):
    """Policy `pause`: what becomes of the running period at a pause."""

    CREDIT_UNUSED_PART = "credit_unused_part"
    """The unused paid part is credited. The default."""
    BILL_USED_PART_NOW = "bill_used_part_now"
    """Fees in arrears are billed for the used part; what was paid in advance stays paid."""


class Resume(StrEnum):
    """Policy `resume`: the first period after a pause."""

    TO_NEXT_BILLING_DAY = "bill_to_next_billing_day"
    """It is cut to the next boundary of before. The default."""
    TO_BILLING_DAY_ONE_INTERVAL_LATER = "bill_to_billing_day_one_interval_later"
    """It runs to the billing day one interval later; the renewal date moves."""
    RESTART = "bill_from_unblock_on_billing_day"
    """A whole period from the resume, which is the new billing day."""


class CreditNoteUse(StrEnum):
    """Policy `credit_note_use`: what a credit note for an unused part pays first."""

    OWN_INVOICE = "own_invoice"
    """What its own invoice still has due; the rest goes to the balance. The default."""
    TERMINATION_INVOICE = "termination_invoice"
    """The invoice of the same instant, by way of the balance."""
    NEXT_INVOICE = "next_invoice"
    """The first invoice after that instant, by way of the balance."""


class TrialEndDayIfTerminated(StrEnum):
    """Policy `trial_end_day_if_terminated`: a termination on the very day on which a trial ends."""

    BILLED = "billed"
    """As any other day. The default."""
    FREE = "free"
    """The day counts as trial, and all that was paid is unused."""


class CommitmentBilledOn(StrEnum):
    """Policy `commitment_billed_on`: the invoice that carries the true-up of a minimum commitment."""

    PERIOD_INVOICE = "period_invoice"
    """That of the boundary at which the period ends. The default."""
    NEXT_INVOICE = "next_invoice"


class CommitmentProration(StrEnum):
    """Policy `commitment_proration`: the commitment of a part of a period."""

    ACTIVE_DAYS = "active_days"
    """Its share by days, rounded. The default."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class VersionPolicies:
    """Every rule of a version, defaults filled in. Field names are the names of the policies."""

    anchor_precision: Precision = Precision.LOCAL_DAY
    upgrade_timing: Timing = Timing.PERIOD_END
    downgrade_timing: Timing = Timing.PERIOD_END
    quantity_change_timing: Timing = Timing.PERIOD_END
    change_credit: ChangeCredit = ChangeCredit.SAME_INVOICE
    termination_credit: TerminationCredit = TerminationCredit.NONE
    interval_change: IntervalChange = IntervalChange.RESTART_NOW
    trial_kind: TrialKind = TrialKind.PHASE
    trial_usage: TrialUsage = TrialUsage.FREE
    trial_on_plan_change: TrialOnPlanChange = TrialOnPlanChange.KEEPS_END
    trial_on_new_subscription: TrialOnNewSubscription = TrialOnNewSubscription.NONE
    trial_end_day_if_terminated: TrialEndDayIfTerminated = TrialEndDayIfTerminated.BILLED
    credit_note_use: CreditNoteUse = CreditNoteUse.OWN_INVOICE
    pause: PauseCredit = PauseCredit.CREDIT_UNUSED_PART
    resume: Resume = Resume.TO_NEXT_BILLING_DAY
    commitment_billed_on: CommitmentBilledOn = CommitmentBilledOn.PERIOD_INVOICE
    commitment_proration: CommitmentProration = CommitmentProration.ACTIVE_DAYS
    proration: ProrationPolicy = field(default_factory=ProrationPolicy)


ALWAYS: Mapping[str, str] = {
    "period_end": "exclusive",
    "month_end": "clamp_keep_anchor_day",
    "week_start": "monday",
    "end_on_boundary": "finished_period_only",
    "phase_end": "cuts_period",
    "billing_day_change": "next_renewal",
    "billing_day_scope": "subscription",
    "billing_day_source": "first_paid_phase",
    "cancel_withdrawn": "periods_unchanged",
    "zero_price_credit": "none",
    "zero_credit": "no_document",
    "adjustment": "account_credit",
    "trial_end_precision": "second",
    "commitment_counts": "plan_fee_and_all_usage",
    "commitment_at_termination": "whole_advance_fee_counts",
    "threshold_invoice": "all_unbilled_usage_of_period",
    "threshold_credit": "period_end_invoice",
    "threshold_scope": "lifetime_amount",
    "usage_on_termination_day": "counted",
    "usage_after_termination": "ignored",
}
"""Keys with one way only. Ends are exclusive; a day that a month lacks is its last, and comes back in the
next; weeks begin on Monday; an end named for the day of a boundary is that boundary; what is planned cuts
the period it falls into; a billing day moves at the next renewal of its subscription, and is first that of
the first paid phase; a cancellation taken back changes nothing; nothing is credited of what was free, and a
credit of nothing makes no document; an adjustment becomes credit; trials end to the second; a commitment
counts fee and usage, also a fee that is credited later; thresholds watch the usage of a lifetime and bill
what the period has not billed, which its own invoice takes off; usage counts until the instant of the
end."""

DEFAULTS = VersionPolicies()
CHOICES = frozenset(rule.name for rule in fields(VersionPolicies)) - {"proration"}
NAMES = CHOICES | ALWAYS.keys() | PRORATION_KEYS
"""Every policy that a version may name."""


UNSOLD: Mapping[str, tuple[StrEnum, str]] = {
    "new_plan_charge": (NewPlanCharge.FULL_PERIOD, "a change says itself that a new period begins"),
    "refund_rest": (RefundRest.INVOICE_OFFSET, "what a credit note pays first is `credit_note_use`"),
}
"""Rules of reckoning that bills do not follow, with what to use: a version may not name them."""


def parse_policies(stored: Mapping[str, object]) -> VersionPolicies:
    """Read the policies of a version; what is absent is the default.

    Proration by the second means periods that begin at the anchor's clock time, unless said otherwise.

    Raises:
        PricingError: `unknown_parameter`, `unknown_choice`; `field` is the policy's name.
    """
    if stored.get("proration_unit") == ProrationUnit.SECOND:
        # Counted in seconds, a first period that began at midnight would not be whole.
        stored = {"anchor_precision": Precision.INSTANT, **stored}
    chosen: dict[str, Any] = {
        name: read_choice(stored, name, getattr(DEFAULTS, name)) for name in CHOICES if name in stored
    }
    for name, only in ALWAYS.items():
        if stored.get(name, only) != only:
            raise PricingError("unknown_choice", f"{name} is always {only}", name)
    rest = {name: value for name, value in stored.items() if name not in CHOICES and name not in ALWAYS}
    return replace(DEFAULTS, **chosen, proration=ProrationPolicy.parse(rest))


def policies_of(version: PlanVersion) -> VersionPolicies:
    """The policies of a version; published ones never change, so each distinct set is parsed once."""
    return _parsed(tuple(sorted(version.policies.items())))


@lru_cache(maxsize=256)
def _parsed(stored: tuple[tuple[str, object], ...]) -> VersionPolicies:
    return parse_policies(dict(stored))


def policy_fault(stored: object) -> PricingError | None:
    """Why these policies cannot be stored; None when they can."""
    if not isinstance(stored, Mapping):
        return PricingError("invalid_object", "policies is an object of names and values", "")
    try:
        parse_policies(stored)
    except PricingError as error:
        return error
    for name, (value, instead) in UNSOLD.items():
        if stored.get(name) == value:
            return PricingError("unknown_choice", f"{name} is not {value} here: {instead}", name)
    return None
