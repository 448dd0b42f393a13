from __future__ import annotations

from django.urls import path

from apps.plans import api

api_urlpatterns = [
    path("products", api.Products.as_view(), name="products"),
    path("products/<str:product_id>", api.ProductDetail.as_view(), name="product"),
    path("meters", api.Meters.as_view(), name="meters"),
    path("meters/<str:meter_id>", api.MeterDetail.as_view(), name="meter"),
    path("plans", api.Plans.as_view(), name="plans"),
    path("plans/<str:plan_id>", api.PlanDetail.as_view(), name="plan"),
    path("plans/<str:plan_id>/versions", api.PlanVersions.as_view(), name="plan-versions"),
    path(
        "plans/<str:plan_id>/versions/<int:number>",
        api.PlanVersionDetail.as_view(),
        name="plan-version",
    ),
    path(
        "plans/<str:plan_id>/versions/<int:number>/publish",
        api.PublishPlanVersion.as_view(),
        name="publish-plan-version",
    ),
    path("prices", api.Prices.as_view(), name="prices"),
    path("prices/<str:price_id>", api.PriceDetail.as_view(), name="price"),
]
