"""What runs by itself, and what to do when it did not: parked work, billing runs, clocks, mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from csp.decorators import csp, csp_replace
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act
from apps.backoffice.forms import AdvanceForm
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import CLOCK_LIST, MAIL_LIST, PARKED_LIST, RUN_LIST
from apps.backoffice.selectors import clock_sizes, clocks_listed, parked_listed, runs_listed
from apps.backoffice.services.note_act import note_act
from apps.billing.models import ParkedCustomer
from apps.billing.services.clocks.request_advance import request_advance
from apps.billing.services.run.retry_parked import retry_parked
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.formatting import format_moment
from apps.customers.models import TestClock
from apps.customers.selectors import get_test_clock, now_for
from apps.notifications.models import Mail
from apps.notifications.selectors import get_mail, mail_log
from apps.notifications.services.resend import resend_mail

# A mail brings its own styles and pictures; it may run nothing and reach nobody.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": [],
}


@require_safe
@staff_page("billing.view_parkedcustomer")
def parked(request: StaffRequest) -> HttpResponseBase:
    return answer_list(request, parked_listed(**request.desk.scope), PARKED_LIST)


class RetryParked(Act):
    permission: ClassVar = "billing.change_parkedcustomer"
    title: ClassVar = "Retry the billing of a customer"
    button: ClassVar = "Retry now"

    def load(self, reference: str) -> ParkedCustomer:
        found = parked_listed(**self.request.desk.scope).filter(public_id=reference).first()
        if found is None:
            raise NotFound(f"There is no parked work '{reference}'.")
        return found

    def consequences(self) -> list[str]:
        return [
            f"It stopped with: {self.subject.reason}",
            "The next billing run takes the customer again; what fails once more is parked once more.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject.customer)
        note_act(subject=self.subject.customer, act="retry_parked", reason=answers["reason"], at=at)
        retry_parked(parked_id=self.subject.pk, at=at)
        return f"{self.subject.customer.name} is back in the billing run."

    def done_url(self) -> str:
        return reverse("backoffice:parked")


@require_safe
@staff_page("billing.view_billingrun")
def runs(request: StaffRequest) -> HttpResponseBase:
    return answer_list(request, runs_listed(**request.desk.scope), RUN_LIST)


@require_safe
@staff_page("customers.view_testclock")
def test_clocks(request: StaffRequest) -> HttpResponseBase:
    rows = clocks_listed(**request.desk.scope)
    sizes = clock_sizes(list(rows.values_list("pk", flat=True)))
    return answer_list(request, rows, CLOCK_LIST, sizes=sizes)


class AdvanceClock(Act):
    permission: ClassVar = "customers.change_testclock"
    title: ClassVar = "Advance the test clock"
    button: ClassVar = "Advance"
    form_class: ClassVar = AdvanceForm

    def load(self, reference: str) -> TestClock:
        return get_test_clock(**self.request.desk.scope, reference=reference)

    def consequences(self) -> list[str]:
        stands = format_moment(self.subject.now_at, locale="en", zone="UTC")
        return [
            f"It stands at {stands}; it only moves forward.",
            "Everything that falls due on the way is done, in order: renewals, trial ends, charges, mails.",
        ]

    def perform(self, answers: dict[str, Any]) -> str:
        # The form reads local time of the desk's zone; a clock is moved in UTC, as its page says.
        to: datetime = answers["to"].replace(tzinfo=UTC)
        note_act(subject=self.subject, act="advance_clock", reason=answers["reason"], at=self.subject.now_at)
        request_advance(test_clock=self.subject, to=to)
        return f"The clock is on its way to {format_moment(to, locale='en', zone='UTC')}."

    def done_url(self) -> str:
        return reverse("backoffice:test_clocks")


@require_safe
@staff_page("notifications.view_mail")
def mails(request: StaffRequest) -> HttpResponseBase:
    return answer_list(request, mail_log(**request.desk.scope), MAIL_LIST)


@require_safe
@staff_page("notifications.view_mail")
@csp_replace({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def mail(request: StaffRequest, reference: str) -> HttpResponseBase:
    """One mail as it was sent; its HTML stands in a frame that may do nothing."""
    found = get_mail(**request.desk.scope, reference=reference)
    resends = Mail.objects.filter(resend_of=found).order_by("pk").defer("text_body", "html_body")
    return render(request, "backoffice/mail.html", {"mail": found, "resends": list(resends)})


@require_safe
@staff_page("notifications.view_mail")
@csp(MAIL_POLICY)  # type: ignore[arg-type]
@xframe_options_sameorigin
def mail_html(request: StaffRequest, reference: str) -> HttpResponseBase:
    found = get_mail(**request.desk.scope, reference=reference)
    return HttpResponse(found.html_body)


class ResendMail(Act):
    permission: ClassVar = "notifications.add_mail"
    title: ClassVar = "Send the mail again"
    button: ClassVar = "Send again"

    def load(self, reference: str) -> Mail:
        return get_mail(**self.request.desk.scope, reference=reference)

    def consequences(self) -> list[str]:
        return [
            f"{self.subject.recipient} gets “{self.subject.subject_line}” once more, in the same words.",
            "The log shows it as a mail of its own.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        now = clock.now()
        at = now_for(self.subject.customer) if self.subject.customer else now
        note_act(subject=self.subject, act="resend_mail", reason=answers["reason"], at=at)
        again = resend_mail(mail_id=self.subject.pk, at=at, now=now)
        return f"The mail to {again.recipient} is queued."

    def done_url(self) -> str:
        return reverse("backoffice:mail_detail", args=[self.subject.public_id])
