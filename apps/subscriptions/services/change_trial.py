from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.services.start import reminder_of
from apps.subscriptions.services.switch_plan import PlanTarget, switch_plan


def change_trial(*, subscription: Subscription, trial: Phase, to: PlanTarget, at: datetime) -> Phase:
    """Go on with the trial of a locked subscription under another version, until the target's trial ends.

    The reminder moves with the end; one that is due already is sent at the next turn.
    """
    # A trial that only frees the fee is no phase of its own, and the new plan's is none either.
    target = replace(to, trial_ends_at=None) if trial.kind == PhaseKind.REGULAR else to
    phase = switch_plan(subscription=subscription, phase=trial, to=target, at=at)
    if to.trial_ends_at != subscription.trial_ends_at:
        subscription.trial_ends_at = to.trial_ends_at
        subscription.trial_reminder_at = reminder_of(subscription.started_at, to.trial_ends_at)
        subscription.save(update_fields=["trial_ends_at", "trial_reminder_at"])
    return phase
