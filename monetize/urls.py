"""Every address of the site.

An app with pages has `urlpatterns` in its `urls.py`: add its line below. An app with an API has
`api_urlpatterns` there: `monetize/api.py` has a line for each.
"""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.backoffice import urls as backoffice
from apps.billing import urls as billing
from monetize.admin_site import harden_admin

# Staff go through allauth's login, and so through its second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Monetize"
admin.site.index_title = "Administration"
harden_admin()

handler400 = "apps.core.api.error_pages.bad_request"
handler403 = "apps.core.api.error_pages.permission_denied"
handler404 = "apps.core.api.error_pages.page_not_found"
handler500 = "apps.core.api.error_pages.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("apps.core.urls")),
    path("", include("apps.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("staff/", include((backoffice.urlpatterns, "backoffice"))),
    path("admin/", admin.site.urls),
    path("api/v1/", include("monetize.api")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="api/docs.html"),
        name="docs",
    ),
    path("", include(billing.urlpatterns)),
    path("", include("apps.portal.urls")),
]
