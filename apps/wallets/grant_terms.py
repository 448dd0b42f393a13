"""What can be agreed about a credit grant and about a wallet, and what contradicts itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from apps.plans.enums import Interval
from apps.wallets.enums import GrantKind, Rollover, TopUpRule
from apps.wallets.errors import GrantInvalid, WalletInvalid

MAX_MINOR = 10**15


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """Terms of a grant: minor units of its wallet's currency, worth something in [effective_at, expires_at).

    No `effective_at` is from the moment of granting. Empty scopes are no limit.
    """

    kind: GrantKind
    amount_minor: int
    name: str = ""
    priority: int = 25
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    plan_ids: tuple[int, ...] = ()
    meter_ids: tuple[int, ...] = ()
    rollover: Rollover = Rollover.NONE
    rollover_percent: int = 100

    def check(self, at: datetime) -> None:
        """Refuse terms that contradict themselves for a grant made at `at`.

        Raises:
            GrantInvalid: see there (422).
        """
        _refuse(not 0 < self.amount_minor <= MAX_MINOR, "A grant is above zero.", "amount_minor")
        _refuse(not 1 <= self.priority <= 50, "A priority is 1 to 50.", "priority")
        begin = self.effective_at or at
        is_over = self.expires_at is not None and self.expires_at <= max(begin, at)
        _refuse(is_over, "A grant expires after it begins, and not in the past.", "expires_at")
        _refuse(not 1 <= self.rollover_percent <= 100, "A share is 1 to 100 percent.", "rollover_percent")
        never_ends = self.rollover != Rollover.NONE and self.expires_at is None
        _refuse(never_ends, "Only a grant that expires can roll over.", "rollover")


@dataclass(frozen=True, slots=True)
class TopUpTerms:
    """When a wallet buys more credit, in minor units; without `starts_at` (UTC) regular times begin now."""

    rule: TopUpRule = TopUpRule.NONE
    amount_minor: int | None = None
    threshold_minor: int | None = None
    interval: str = ""
    interval_count: int = 1
    starts_at: datetime | None = None
    monthly_cap_minor: int | None = None

    def check(self) -> None:
        """Refuse a rule that cannot be followed.

        Raises:
            WalletInvalid: see there (422).
        """
        if self.rule == TopUpRule.NONE:
            return
        amount, cap = self.amount_minor or 0, self.monthly_cap_minor
        _refuse_rule(not 0 < amount <= MAX_MINOR, "A top-up is above zero.", "amount_minor")
        _refuse_rule(cap is not None and cap < amount, "The cap allows no top-up.", "monthly_cap_minor")
        if self.rule == TopUpRule.THRESHOLD:
            low = not 0 < (self.threshold_minor or 0) <= MAX_MINOR
            _refuse_rule(low, "A threshold is above zero.", "threshold_minor")
        else:
            _refuse_rule(self.interval not in Interval.values, "Say how often.", "interval")
            _refuse_rule(not 1 <= self.interval_count <= 100, "A count is 1 to 100.", "interval_count")


@dataclass(frozen=True, slots=True)
class WalletTerms:
    """What a wallet is opened with; `alert_thresholds` are minor units."""

    name: str = ""
    alert_thresholds: tuple[int, ...] = ()
    top_up: TopUpTerms = field(default_factory=TopUpTerms)

    def check(self) -> None:
        """Refuse a rule or a threshold that cannot be followed.

        Raises:
            WalletInvalid: see there (422).
        """
        check_thresholds(self.alert_thresholds)
        self.top_up.check()


def check_thresholds(thresholds: tuple[int, ...]) -> None:
    """Refuse thresholds that no balance can fall below, or too many.

    Raises:
        WalletInvalid: see there (422).
    """
    strange = len(thresholds) > 10 or any(not 0 < minor <= MAX_MINOR for minor in thresholds)
    _refuse_rule(strange, "Name at most ten thresholds above zero.", "alert_thresholds")


def _refuse(is_wrong: bool, message: str, field_name: str) -> None:
    if is_wrong:
        raise GrantInvalid(message, field=field_name)


def _refuse_rule(is_wrong: bool, message: str, field_name: str) -> None:
    if is_wrong:
        raise WalletInvalid(message, field=field_name)
