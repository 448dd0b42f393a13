from __future__ import annotations

from django.urls import path

from apps.promos import api

api_urlpatterns = [
    path("coupons", api.Coupons.as_view(), name="coupons"),
    path("coupons/<str:coupon_id>", api.CouponDetail.as_view(), name="coupon"),
    path("promotion_codes", api.PromotionCodes.as_view(), name="promotion-codes"),
    path(
        "promotion_codes/<str:promotion_code_id>",
        api.PromotionCodeDetail.as_view(),
        name="promotion-code",
    ),
    path(
        "customers/<str:customer_id>/redemptions",
        api.CustomerRedemptions.as_view(),
        name="customer-redemptions",
    ),
    path("customers/<str:customer_id>/offers", api.CompareOffers.as_view(), name="customer-offers"),
    path("redemptions/<str:redemption_id>", api.RedemptionDetail.as_view(), name="redemption"),
    path("redemptions/<str:redemption_id>/end", api.EndRedemption.as_view(), name="end-redemption"),
]
