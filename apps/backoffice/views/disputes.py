"""What payers' banks take back, and what is said against it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for
from apps.backoffice.access import StaffRequest, may, staff_page
from apps.backoffice.account_forms import EVIDENCE_FIELDS, EvidenceForm
from apps.backoffice.acts import Act
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.listing import answer_list
from apps.backoffice.lists.accounts import DISPUTE_LIST
from apps.core.formatting import format_moment
from apps.payments.dispute_selectors import disputes_of, get_dispute, takes_evidence
from apps.payments.models import Dispute
from apps.payments.services.submit_evidence import submit_evidence

SHOWN_EVENTS = 50


@require_safe
@staff_page("payments.view_dispute")
def disputes(request: StaffRequest) -> HttpResponseBase:
    return answer_list(request, disputes_of(**request.desk.scope), DISPUTE_LIST)


@require_safe
@staff_page("payments.view_dispute")
def dispute(request: StaffRequest, reference: str) -> HttpResponseBase:
    found = get_dispute(**request.desk.scope, reference=reference)
    events = timeline_for(subject_type="dispute", subject_id=found.public_id)[:SHOWN_EVENTS]
    context = {
        "dispute": found,
        "said": [(label, found.evidence[name]) for name, label in EVIDENCE_FIELDS if name in found.evidence],
        "may_answer": takes_evidence(found) and may(request, "payments.change_dispute"),
        "events": timeline_entries(events),
    }
    return render(request, "backoffice/dispute.html", context)


class SubmitEvidence(Act):
    permission: ClassVar = "payments.change_dispute"
    title: ClassVar = "Hand in evidence"
    button: ClassVar = "Hand in"
    asked: EvidenceForm

    def load(self, reference: str) -> Dispute:
        return get_dispute(**self.request.desk.scope, reference=reference)

    def form(self, data: Any = None) -> forms.Form:
        return EvidenceForm(data, dispute=self.subject)

    def consequences(self) -> list[str]:
        due = self.subject.evidence_due_at
        sentences = ["It goes to the payer's bank once, and cannot be changed afterwards."]
        if due is not None:
            sentences.append(f"The bank takes it until {format_moment(due, locale='en', zone='UTC')}.")
        return sentences

    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("submit_evidence", answers)
        submit_evidence(dispute_id=self.subject.pk, evidence=self.asked.evidence(), at=at)
        return "The evidence is handed in; the bank decides."

    def done_url(self) -> str:
        return reverse("backoffice:dispute", args=[self.subject.public_id])
