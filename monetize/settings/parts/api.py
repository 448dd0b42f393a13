"""The REST API: authentication, errors and its description. Classes by name: apps never import settings."""

from __future__ import annotations

from typing import Any

from monetize import env

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.card_number_guard.CardRefusingParser"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.schema.ApiAutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    # A parameter "format" is the endpoint's own.
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "iso-8601",
}

# Requests of one key, and the seconds of their window; counted exactly.
API_RATE = (env.number("API_REQUESTS_PER_MINUTE", 1000, least=1), 60)

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Monetize",
    "DESCRIPTION": "Turn what is sold into money received, provably.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AccessReason": "apps.entitlements.enums.AccessReason",
        "BillingTiming": "apps.plans.enums.BillingTiming",
        "CancelReason": "apps.subscriptions.enums.CancelReason",
        "ChangeStatus": "apps.subscriptions.enums.ChangeStatus",
        "CheckoutStatus": "apps.portal.enums.SessionStatus",
        "GrantKind": "apps.wallets.enums.GrantKind",
        "GrantMovementKind": "apps.wallets.enums.GrantMovementKind",
        "DiscountSource": "apps.invoices.enums.DiscountSource",
        "GivenReason": "apps.billing.serializers.GIVEN_REASONS",
        "CouponDuration": "apps.promos.enums.CouponDuration",
        "CouponType": "apps.promos.enums.CouponType",
        "CreditNoteStatus": "apps.invoices.enums.CreditNoteStatus",
        "CreditReason": "apps.invoices.enums.CreditReason",
        "InvoiceStatus": "apps.invoices.enums.InvoiceStatus",
        "PaymentStatus": "apps.payments.enums.PaymentStatus",
        "DisputeStatus": "apps.payments.enums.DisputeStatus",
        "NoteRefundStatus": "apps.invoices.enums.RefundStatus",
        "RefundReason": "apps.payments.enums.RefundReason",
        "RefundStatus": "apps.payments.enums.RefundStatus",
        "QuoteStatus": "apps.invoices.enums.QuoteStatus",
        "SubscriptionStatus": "apps.subscriptions.enums.SubscriptionStatus",
        "TestClockStatus": "apps.customers.enums.TestClockStatus",
        "VersionStatus": "apps.plans.enums.VersionStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.api.schema.describe_errors",
        # Last: what answers outside of DRF describes itself.
        "apps.usage.schema.describe_intake",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
