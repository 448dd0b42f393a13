from __future__ import annotations

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import GATEWAY_EVENT_LIST, payment_list
from apps.backoffice.selectors import currencies_in_use, gateway_events_listed, payments_listed
from apps.core import clock
from apps.core.errors import NotFound
from apps.payments.models import GatewayEvent
from apps.payments.refund_selectors import refunds_of_payment
from apps.payments.selectors import get_payment
from apps.payments.services.retry_event import retry_event

SHOWN_EVENTS = 50


@require_safe
@staff_page("payments.view_payment")
def payments(request: StaffRequest) -> HttpResponseBase:
    own = request.desk.scope
    return answer_list(request, payments_listed(**own), payment_list(currencies_in_use(**own)))


@require_safe
@staff_page("payments.view_payment")
def payment(request: StaffRequest, reference: str) -> HttpResponseBase:
    found = get_payment(**request.desk.scope, reference=reference)
    events = timeline_for(subject_type="payment", subject_id=found.public_id)[:SHOWN_EVENTS]
    test_clock = found.customer.test_clock
    return render(
        request,
        "backoffice/payment.html",
        {
            "payment": found,
            "refunds": list(refunds_of_payment(found.pk)),
            "events": timeline_entries(events),
            "clock_now": test_clock.now_at if test_clock else None,
            "clock_name": test_clock.name if test_clock else "",
        },
    )


@require_safe
@staff_page("payments.view_gatewayevent")
def gateway_events(request: StaffRequest) -> HttpResponseBase:
    rows = gateway_events_listed(livemode=request.desk.livemode)
    return answer_list(request, rows, GATEWAY_EVENT_LIST)


class RetryGatewayEvent(Act):
    permission: ClassVar = "payments.change_gatewayevent"
    title: ClassVar = "Process the message again"
    button: ClassVar = "Process again"

    def load(self, reference: str) -> GatewayEvent:
        rows = gateway_events_listed(livemode=self.request.desk.livemode)
        found = rows.filter(event_id=reference).first()
        if found is None:
            raise NotFound(f"There is no message '{reference}'.")
        return found

    def consequences(self) -> list[str]:
        return [
            "A worker looks at it again within seconds; a message that was done stays done.",
            "Doing a message twice changes nothing a second time.",
        ]

    def perform(self, answers: dict[str, Any]) -> str:
        retry_event(event_id=self.subject.pk, now=clock.now())
        return f"{self.subject.type} is processed again."

    def done_url(self) -> str:
        return reverse("backoffice:gateway_events")
