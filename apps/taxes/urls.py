from __future__ import annotations

from django.urls import path

from apps.taxes import api

api_urlpatterns = [
    path("tax_rates", api.TaxRates.as_view(), name="tax-rates"),
    path("tax_registrations", api.TaxRegistrations.as_view(), name="tax-registrations"),
    path("customers/<str:customer_id>/tax_id", api.CustomerTaxId.as_view(), name="customer-tax-id"),
]
