"""How open grants share in a bill: pure arithmetic in minor units of one currency."""

from __future__ import annotations

from collections.abc import Sequence

from apps.subscriptions.billed_line import BilledLine
from apps.wallets.open_grants import OpenGrant


def share_out(
    grants: Sequence[OpenGrant], amounts: Sequence[tuple[BilledLine, int]], up_to_minor: int
) -> list[tuple[int, int]]:
    """Say what each grant pays, as (grant id, minor units above zero), in the given burn order.

    A grant pays at most what is left of it, what its covered lines still come to (negative ones count
    against them), and what is left of `up_to_minor`. It pays lines first that fewer of the grants after it
    cover, so that an early grant without limits leaves them what only they can use.
    """
    owed = [amount for _, amount in amounts]
    spends = []
    for index, grant in enumerate(grants):
        covered = [i for i, (line, _) in enumerate(amounts) if grant.covers(line)]
        taken = min(grant.left_minor, up_to_minor, sum(owed[i] for i in covered))
        if taken <= 0:
            continue
        later = grants[index + 1 :]
        covered.sort(key=lambda i: sum(other.covers(amounts[i][0]) for other in later))
        _take(owed, covered, taken)
        up_to_minor -= taken
        spends.append((grant.grant_id, taken))
    return spends


def _take(owed: list[int], order: Sequence[int], taken: int) -> None:
    for index in order:
        part = min(max(owed[index], 0), taken)
        owed[index] -= part
        taken -= part
