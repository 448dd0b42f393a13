from __future__ import annotations

from apps.accounts.models import User


def choose_mode(*, user_id: int, livemode: bool) -> None:
    """Show a person of staff live rows, or test rows, from now on; no event, since nobody else sees it."""
    User.objects.filter(pk=user_id).update(livemode_selected=livemode)
