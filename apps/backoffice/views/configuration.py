"""The brand's own settings, and the keys of its integrators."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.enums import ApiKeyKind, EventIdentity
from apps.accounts.models import ApiKey, Brand
from apps.accounts.services.create_api_key import create_api_key
from apps.accounts.services.revoke_api_key import revoke_api_key
from apps.accounts.services.update_brand import CHANGEABLE
from apps.backoffice.access import StaffRequest, may, staff_page
from apps.backoffice.acts import Act
from apps.backoffice.forms import ApiKeyForm, BrandForm
from apps.backoffice.services.note_act import note_act
from apps.backoffice.services.save_brand import save_brand
from apps.core import clock
from apps.core.errors import NotFound
from apps.usage.errors import EventIdentityFixed
from apps.usage.intake_selectors import fixed_identity


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("accounts.view_brand")
def brand_settings(request: StaffRequest) -> HttpResponseBase:
    """Legal entity, look, terms, dunning; what is saved shows at once on every page of the brand."""
    brand = Brand.objects.get(pk=request.desk.brand.pk)
    is_fixed = fixed_identity(brand.pk) is not None
    if request.method != "POST":
        return _brand_page(request, brand, BrandForm(instance=brand, identity_is_fixed=is_fixed))
    if not may(request, "accounts.change_brand"):
        raise PermissionDenied("This needs the permission accounts.change_brand.")
    # A form writes what it was given into its row even where it is wrong: it gets one of its own.
    own = Brand.objects.get(pk=brand.pk)
    form = BrandForm(request.POST, request.FILES, instance=own, identity_is_fixed=is_fixed)
    if not form.is_valid() or not _saved(brand, form):
        return _brand_page(request, brand, form, status=422)
    messages.success(request, "The brand's settings are saved.")
    return redirect("backoffice:brand_settings")


def _saved(brand: Brand, form: BrandForm) -> bool:
    """Save what the form holds; what is refused is told in the form."""
    changes = {name: value for name, value in form.cleaned_data.items() if name in CHANGEABLE}
    if form.cleaned_data["logo"] or form.cleaned_data["remove_logo"]:
        changes["logo_png"] = form.cleaned_data["logo"]
    identity = EventIdentity(form.cleaned_data["event_identity"])
    try:
        save_brand(brand_id=brand.pk, changes=changes, identity=identity, at=clock.now())
    except EventIdentityFixed as error:
        form.add_error("event_identity", error.message)
        return False
    return True


def _brand_page(request: StaffRequest, brand: Brand, form: BrandForm, status: int = 200) -> HttpResponseBase:
    context = {"form": form, "saved": brand, "may_change": may(request, "accounts.change_brand")}
    return render(request, "backoffice/brand_settings.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("accounts.view_apikey")
def api_keys(request: StaffRequest) -> HttpResponseBase:
    """The keys of this brand and mode; a new one is shown once, on this page, and never again."""
    form, plaintext = ApiKeyForm(), ""
    if request.method == "POST":
        if not may(request, "accounts.add_apikey"):
            raise PermissionDenied("This needs the permission accounts.add_apikey.")
        form = ApiKeyForm(request.POST)
        if form.is_valid():
            plaintext = _create(request, form.cleaned_data)
            form = ApiKeyForm()
    keys = ApiKey.objects.filter(**request.desk.scope).order_by("-created_at", "-id")
    context: dict[str, Any] = {
        "form": form,
        "plaintext": plaintext,
        "keys": list(keys),
        "now": clock.now(),
        "may_add": may(request, "accounts.add_apikey"),
    }
    return render(request, "backoffice/api_keys.html", context, status=422 if form.errors else 200)


def _create(request: StaffRequest, answers: dict[str, Any]) -> str:
    _, plaintext = create_api_key(
        brand=request.desk.brand,
        livemode=request.desk.livemode,
        name=answers["name"],
        kind=ApiKeyKind(answers["kind"]),
        scopes=answers["scopes"],
        expires_at=None,
        at=clock.now(),
    )
    return plaintext


class RevokeApiKey(Act):
    permission: ClassVar = "accounts.change_apikey"
    title: ClassVar = "Revoke the API key"
    button: ClassVar = "Revoke key"
    tone: ClassVar = "danger"

    def load(self, reference: str) -> ApiKey:
        found = ApiKey.objects.filter(**self.request.desk.scope, public_id=reference).first()
        if found is None:
            raise NotFound(f"There is no key '{reference}'.")
        return found

    def consequences(self) -> list[str]:
        return [f"Every request with {self.subject.prefix}… is refused from now on; there is no way back."]

    def perform(self, answers: dict[str, Any]) -> str:
        now = clock.now()
        note_act(subject=self.subject, act="revoke_key", reason=answers["reason"], at=now)
        revoke_api_key(api_key_id=self.subject.pk, at=now)
        return f"The key {self.subject.name} is revoked."

    def done_url(self) -> str:
        return reverse("backoffice:api_keys")
