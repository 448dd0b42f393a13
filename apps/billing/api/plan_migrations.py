"""Moving the subscribers of a plan to another version of it."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.migration_serializers import MigrateSubscribersInput, PlanMigrationSerializer
from apps.billing.services.subscriptions.migrate_subscribers import Tenant, migrate_subscribers
from apps.core.api.schema import REFUSALS
from apps.customers.selectors import now_for
from apps.plans.selectors import get_plan


class PlanMigrations(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="migrate_subscribers",
        request=MigrateSubscribersInput,
        responses=PlanMigrationSerializer,
        extensions={REFUSALS: {"409": "The version was never published, or is the one they come from."}},
    )
    def post(self, request: Request, plan_id: str) -> Response:
        """Schedule that subscribers of the key's brand and mode go over to another version at their renewal.

        A dry run, which is the default, says what would become of each and what it would pay.
        """
        asked = self.read(MigrateSubscribersInput)
        migration = migrate_subscribers(
            plan=get_plan(reference=plan_id, brand_id=self.credential.brand_id),
            to_version=asked["to_version"],
            from_version=asked.get("from_version"),
            now_for=lambda subscription: now_for(subscription.customer),
            tenant=Tenant(**self.own),
            dry_run=asked["dry_run"],
        )
        return Response(PlanMigrationSerializer(migration).data)
