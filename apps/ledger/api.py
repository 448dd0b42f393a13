from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import ApiView
from apps.ledger.selectors import trial_balance
from apps.ledger.serializers import TrialBalanceQuery, TrialBalanceSerializer


class TrialBalance(ApiView):
    required_scopes: ClassVar = {"get": "ledger:read"}

    @extend_schema(
        operation_id="get_trial_balance", parameters=[TrialBalanceQuery], responses=TrialBalanceSerializer
    )
    def get(self, request: Request) -> Response:
        """Every account of the ledger with its turnover and balance."""
        query = TrialBalanceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        before = query.validated_data["before"]
        totals = trial_balance(
            brand_id=self.credential.brand_id, livemode=self.credential.livemode, at=before
        )
        answer = {
            "livemode": self.credential.livemode,
            "before": before,
            "data": totals,
        }
        return Response(TrialBalanceSerializer(answer).data)
