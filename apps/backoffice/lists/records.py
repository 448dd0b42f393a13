"""The lists of what happened, of what was booked, and of who changed what."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import Choice, ListSpec, Tab
from apps.ledger.models import Transaction

EVENT_LIST = ListSpec(
    name="events",
    template="backoffice/events.html",
    ordering=("-id",),
    search=lambda words: Q(name=words) | Q(subject_id=words) | Q(public_id=words) | Q(request_id=words),
    placeholder="Event name, id of the subject or of the request",
    dated="at",
    columns=(
        Column("id", lambda e: e.public_id),
        Column("name"),
        Column("subject_type"),
        Column("subject", lambda e: e.subject_id),
        Column("actor", lambda e: e.actor_label),
        Column("request_id"),
        Column("at"),
        Column("recorded_at"),
    ),
)


CHANGE_LIST = ListSpec(
    name="changed-rows",
    template="backoffice/changes.html",
    ordering=("-id",),
    search=lambda words: Q(object_repr__icontains=words) | Q(actor__email__icontains=words),
    placeholder="Object or e-mail of who did it",
    dated="timestamp",
    tabs=(
        Tab("", "All"),
        Tab("created", "Created", Q(action=0)),
        Tab("changed", "Changed", Q(action=1)),
        Tab("deleted", "Deleted", Q(action=2)),
    ),
    columns=(
        Column("at", lambda e: e.timestamp),
        Column("actor", lambda e: e.actor.email if e.actor else ""),
        Column("model", lambda e: e.content_type.model),
        Column("object", lambda e: e.object_repr),
        Column("action", lambda e: e.get_action_display()),
        Column("fields", lambda e: ", ".join(sorted(e.changes or {}))),
    ),
)


def journal_list(kinds: Sequence[str]) -> ListSpec:
    """The ledger's transactions; the CSV has their legs, a debit positive, joined in one cell."""
    return ListSpec(
        name="journal",
        template="backoffice/journal.html",
        ordering=("-at", "-id"),
        search=lambda words: Q(reference_id=words) | Q(public_id=words) | Q(key=words),
        placeholder="Id of an invoice, a credit note, a payment or a transaction",
        dated="at",
        choices=(Choice("kind", "Kind", "kind", [(kind, kind.replace("_", " ")) for kind in kinds]),),
        columns=(
            Column("id", lambda t: t.public_id),
            Column("at"),
            Column("kind"),
            Column("reference_type"),
            Column("reference", lambda t: t.reference_id),
            Column("legs", _legs),
        ),
    )


def _legs(transaction: Transaction) -> str:
    return "; ".join(
        f"{leg.account.code} {major(leg.amount_minor, leg.currency)} {leg.currency}"
        for leg in transaction.entries.all()
    )
