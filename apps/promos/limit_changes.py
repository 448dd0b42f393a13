from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.promos.errors import CouponInvalid
from apps.promos.models import Redeemable
from apps.promos.validation import RedeemLimits, limit_faults


def with_archived_at(row: Redeemable, changes: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The changes with `archived` (true or false) said as the instant since when."""
    said = dict(changes)
    archived = said.pop("archived", None)
    if archived is not None and archived != (row.archived_at is not None):
        said["archived_at"] = at if archived else None
    return said


def refuse_bad_limits(row: Redeemable) -> None:
    """Judge limits that were set on a locked row and are not saved yet.

    Raises:
        CouponInvalid: they cannot be, or are below what is redeemed (422).
    """
    limits = RedeemLimits(row.starts_at, row.ends_at, row.max_redemptions, row.max_per_customer)
    faults = list(limit_faults(limits, redeemed=row.redeemed_count))
    if faults:
        raise CouponInvalid(errors=faults)
