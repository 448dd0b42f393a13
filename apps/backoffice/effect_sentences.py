"""What a request would do, in sentences for staff; from a preview, so as it then happens."""

from __future__ import annotations

from apps.billing.effects import Effect
from apps.billing.services.subscriptions.preview_request import Preview
from apps.core.formatting import format_day, format_money


def sentences_of(preview: Preview, *, zone: str) -> list[str]:
    """When it takes effect, what is billed and given back then, what comes next; days are those of `zone`."""
    day = format_day(preview.effective_at, locale="en", zone=zone)
    when = (
        f"It takes effect on {day} ({zone}), and can be undone until then."
        if preview.is_scheduled
        else ("It takes effect at once.")
    )
    return [when, *_now(preview), *_next(preview, zone)]


def _now(preview: Preview) -> list[str]:
    effect = preview.now
    due = f"Billed now: {_money(effect.due_minor, effect)}." if effect.due_minor else "Nothing is due now."
    return [due, *_moved(effect)]


def _moved(effect: Effect) -> list[str]:
    unused = -sum(line.amount_minor for line in effect.lines if line.amount_minor < 0)
    parts = (
        (unused, "is taken off for the unused part."),
        (effect.balance_applied_minor, "is paid from the customer's balance."),
        (effect.offset_minor, "is taken off an unpaid invoice by a credit note."),
        (effect.balance_credited_minor, "goes to the customer's balance."),
        (effect.refund_minor, "is to be refunded."),
    )
    return [f"{_money(amount, effect)} {what}" for amount, what in parts if amount]


def _next(preview: Preview, zone: str) -> list[str]:
    if preview.next_is_unknown:
        return ["What comes next cannot be computed: a price cannot be rated at the moment."]
    if preview.next is None:
        return ["No invoice comes after that."]
    day = format_day(preview.next.at, locale="en", zone=zone)
    due = _money(preview.next.due_minor, preview.next)
    return [f"On {day}, with the usage so far: {due} due.", *_moved(preview.next)]


def _money(amount_minor: int, effect: Effect) -> str:
    return format_money(amount_minor, effect.currency, locale="en")
