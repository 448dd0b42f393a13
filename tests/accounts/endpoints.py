"""Endpoints that exist in tests only: they record who acted."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.core import clock
from apps.core.api.views import ApiView


class Note(ApiView):
    required_scopes: ClassVar = {"post": "brands:write"}

    def post(self, request: Request) -> Response:
        brand = Brand.objects.get(pk=self.credential.brand_id)
        record_event(name="brand.noted", subject=brand, at=clock.now())
        return Response({})


def page(request: HttpRequest) -> HttpResponse:
    record_event(name="brand.noted", subject=Brand.objects.get(), at=clock.now())
    return HttpResponse()


urlpatterns = [path("note", Note.as_view()), path("page", page)]
