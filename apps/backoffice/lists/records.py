"""The lists of what happened and of who changed what."""

from __future__ import annotations

from django.db.models import Q

from apps.backoffice.csv_export import Column
from apps.backoffice.listing import ListSpec, Tab

EVENT_LIST = ListSpec(
    name="events",
    template="backoffice/events.html",
    ordering=("-id",),
    search=lambda words: Q(name=words) | Q(subject_id=words) | Q(public_id=words) | Q(request_id=words),
    placeholder="Event name, id of the subject or of the request",
    dated="at",
    columns=(
        Column("id", lambda e: e.public_id),
        Column("name", lambda e: e.name),
        Column("subject_type", lambda e: e.subject_type),
        Column("subject", lambda e: e.subject_id),
        Column("actor", lambda e: e.actor_label),
        Column("request_id", lambda e: e.request_id),
        Column("at", lambda e: e.at),
        Column("recorded_at", lambda e: e.recorded_at),
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
