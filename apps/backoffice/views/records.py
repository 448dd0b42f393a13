"""What was recorded: the sealed event log and changed rows."""

from __future__ import annotations

from auditlog.models import LogEntry
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from apps.audit.errors import ChainBroken
from apps.audit.models import Event
from apps.audit.selectors import last_seq, sealer_lag
from apps.audit.services.verify import verify_chain
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.event_wording import text_of
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import CHANGE_LIST, EVENT_LIST
from apps.core import clock


@require_safe
@staff_page("audit.view_event")
def events(request: StaffRequest) -> HttpResponseBase:
    """The event log with the state of its chain."""
    rows = Event.objects.filter(**request.desk.scope).select_related("seal")
    context = {"sealed": last_seq(), "lag": sealer_lag(at=clock.now()), "text_of": text_of}
    return answer_list(request, rows, EVENT_LIST, **context)


@require_POST
@staff_page("audit.view_seal")
def verify(request: StaffRequest) -> HttpResponseBase:
    """Compute every seal again, and say whether the log is whole."""
    try:
        tip = verify_chain()
    except ChainBroken as error:
        messages.error(request, f"The chain is broken: {error}.")
    else:
        messages.success(request, f"The chain is whole up to event {tip.seq} ({tip.hash[:12]}…).")
    return redirect("backoffice:events")


@require_safe
@staff_page("auditlog.view_logentry")
def changes(request: StaffRequest) -> HttpResponseBase:
    """Which rows were changed by whom; personal values are masked."""
    rows = LogEntry.objects.select_related("actor", "content_type")
    return answer_list(request, rows, CHANGE_LIST)
