from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import ApiView
from apps.ledger.selectors import journal, trial_balance
from apps.ledger.serializers import TransactionSerializer, TrialBalanceQuery, TrialBalanceSerializer


class TrialBalance(ApiView):
    required_scopes: ClassVar = {"get": "ledger:read"}

    @extend_schema(
        operation_id="get_trial_balance", parameters=[TrialBalanceQuery], responses=TrialBalanceSerializer
    )
    def get(self, request: Request) -> Response:
        """Every account of the ledger with its turnover and balance."""
        query = TrialBalanceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        at = query.validated_data["at"]
        totals = trial_balance(**self.own, at=at)
        answer = {
            "livemode": self.credential.livemode,
            "at": at,
            "data": totals,
        }
        return Response(TrialBalanceSerializer(answer).data)


class Journal(ApiView):
    required_scopes: ClassVar = {"get": "ledger:read"}
    keyset_ordering = ("-at", "-id")

    @extend_schema(
        operation_id="list_journal",
        responses=TransactionSerializer(many=True),
        parameters=[
            OpenApiParameter("reference", str, description="Id of what caused it, such as an invoice."),
            OpenApiParameter("kind", str, description="Such as invoice, credit_note or recognition."),
        ],
    )
    def get(self, request: Request) -> Response:
        """The ledger's transactions with their legs, the latest first."""
        rows = journal(**self.own)
        if reference := self.filter_value("reference"):
            rows = rows.filter(reference_id=reference)
        if kind := self.filter_value("kind"):
            rows = rows.filter(kind=kind)
        return self.list_response(rows, TransactionSerializer)
