"""Requests to a subscription, each with its preview: change, cancel, pause, resume, undo."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.errors import PreviewOutdated
from apps.billing.preview_tokens import preview_token
from apps.billing.request_serializers import (
    CancelInput,
    ChangeInput,
    ChangePreviewSerializer,
    PauseInput,
    RequestInput,
    ResumeInput,
    UndoInput,
)
from apps.billing.serializers import BilledSubscriptionSerializer
from apps.billing.services.subscriptions.carry_out import CarriedOut, carry_out
from apps.billing.services.subscriptions.confirm_preview import confirm_preview
from apps.billing.services.subscriptions.preview_request import Preview, preview_request
from apps.core import clock
from apps.customers.selectors import now_for
from apps.subscriptions.models import Subscription


class RequestView(BillingView):
    """One kind of request: asked for plainly, or by the token of its preview."""

    required_scopes: ClassVar = {"post": "subscriptions:write"}
    input_class: ClassVar[type[RequestInput]]

    def carry_out(self, subscription_id: str) -> Response:
        subscription = self.subscription(subscription_id)
        asked = self._asked()
        at = now_for(subscription.customer)
        if asked.token:
            done = self._confirm(subscription, asked.token)
        else:
            done = carry_out(subscription=subscription, request=asked.request_of(subscription), at=at)
        return self.billed_response(subscription, done.invoices)

    def preview(self, subscription_id: str) -> Response:
        subscription = self.subscription(subscription_id)
        preview = preview_request(
            subscription=subscription,
            request=self._asked().request_of(subscription),
            at=now_for(subscription.customer),
        )
        return Response(_shown(preview))

    def _asked(self) -> RequestInput:
        form = self.input_class(data=self.request.data)
        form.is_valid(raise_exception=True)
        return form

    def _confirm(self, subscription: Subscription, token: str) -> CarriedOut:
        try:
            return confirm_preview(
                subscription=subscription,
                token=token,
                at=now_for(subscription.customer),
                now=clock.now(),
                expects=self.input_class.makes,
            )
        except PreviewOutdated as error:
            error.extensions = {"preview": _shown(error.preview) if error.preview else None}
            raise


def _shown(preview: Preview) -> dict[str, Any]:
    token = preview_token(preview.fixed, now=clock.now())
    return dict(ChangePreviewSerializer(preview, context={"token": token}).data)


class ChangeSubscription(RequestView):
    input_class: ClassVar = ChangeInput

    @extend_schema(
        operation_id="change_subscription",
        request=ChangeInput,
        responses=BilledSubscriptionSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Move to another plan or quantity: now, when the running period ends, or on a day. A wish replaces
        the one before. With a preview_token exactly what the preview has shown is done, else it is 409
        preview_outdated with the new preview."""
        return self.carry_out(subscription_id)


class CancelSubscription(RequestView):
    input_class: ClassVar = CancelInput

    @extend_schema(
        operation_id="cancel_subscription",
        request=CancelInput,
        responses=BilledSubscriptionSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Cancel: when the paid period or trial ends, on a day, or now, which bills the usage so far."""
        return self.carry_out(subscription_id)


class PauseSubscription(RequestView):
    input_class: ClassVar = PauseInput

    @extend_schema(
        operation_id="pause_subscription", request=PauseInput, responses=BilledSubscriptionSerializer
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Pause: neither billed nor used until it is resumed."""
        return self.carry_out(subscription_id)


class ResumeSubscription(RequestView):
    input_class: ClassVar = ResumeInput

    @extend_schema(
        operation_id="resume_subscription", request=ResumeInput, responses=BilledSubscriptionSerializer
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Let a paused subscription go on, and bill its first fees."""
        return self.carry_out(subscription_id)


class UndoChange(RequestView):
    input_class: ClassVar = UndoInput

    @extend_schema(
        operation_id="undo_scheduled_change", request=UndoInput, responses=BilledSubscriptionSerializer
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Take back a scheduled change or cancellation, as if it had never been asked for."""
        return self.carry_out(subscription_id)


class PreviewView(RequestView):
    """The same input, and what it would do; nothing is done."""

    required_scopes: ClassVar = {"post": "subscriptions:read"}


class PreviewChange(PreviewView):
    input_class: ClassVar = ChangeInput

    @extend_schema(
        operation_id="preview_subscription_change",
        request=ChangeInput,
        responses=ChangePreviewSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Say to the cent what a change would bill and credit, now and next, without doing it."""
        return self.preview(subscription_id)


class PreviewCancel(PreviewView):
    input_class: ClassVar = CancelInput

    @extend_schema(
        operation_id="preview_subscription_cancel",
        request=CancelInput,
        responses=ChangePreviewSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Say what an end would bill and give back, without doing it."""
        return self.preview(subscription_id)


class PreviewPause(PreviewView):
    input_class: ClassVar = PauseInput

    @extend_schema(
        operation_id="preview_subscription_pause",
        request=PauseInput,
        responses=ChangePreviewSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Say what a pause would bill and give back, without doing it."""
        return self.preview(subscription_id)


class PreviewResume(PreviewView):
    input_class: ClassVar = ResumeInput

    @extend_schema(
        operation_id="preview_subscription_resume",
        request=ResumeInput,
        responses=ChangePreviewSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Say what going on would bill, without doing it."""
        return self.preview(subscription_id)


class PreviewUndo(PreviewView):
    input_class: ClassVar = UndoInput

    @extend_schema(
        operation_id="preview_subscription_undo", request=UndoInput, responses=ChangePreviewSerializer
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Say what comes next when a scheduled change is taken back, without doing it."""
        return self.preview(subscription_id)
