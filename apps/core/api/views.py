"""The base of every DRF endpoint: scopes declared per method, keyed writes, rate headers, keyset lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, TypedDict

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.credentials import Credential, scope_allows
from apps.core.api.expand import PARAMETER, ExpansionTree, check_expand, parse_expand
from apps.core.api.idempotency import IdempotentMixin
from apps.core.api.pagination import KeysetPagination
from apps.core.api.throttles import ApiKeyThrottle
from apps.core.errors import InvalidInput, PermissionRefused

METHODS = ("get", "post", "put", "patch", "delete")


class Own(TypedDict):
    """Whose rows a key reads and writes, as the arguments of selectors and filters."""

    brand_id: int
    livemode: bool


class ScopeMissing(PermissionRefused):
    """The key is valid, but was not given this scope."""

    code = "scope_missing"
    title = "The key lacks a scope"


class HasScopes(BasePermission):
    """Refuses a key that lacks a scope of the view's ``required_scopes`` for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        credential: Any = request.auth
        if credential is None:
            return False
        method = str(request.method).lower()
        # HEAD runs get(), so it needs what GET needs.
        required = view.required_scopes.get("get" if method == "head" else method)
        if required is None:
            # A method without a scope is one that the view does not offer: dispatch answers 405, or OPTIONS.
            return True
        if not scope_allows(credential.scopes, required):
            raise ScopeMissing(f"This needs the scope '{required}'.")
        return True


class ApiView(IdempotentMixin, APIView):
    """Each method names its scope: ``required_scopes = {"get": "plans:read", "post": "plans:write"}``."""

    required_scopes: ClassVar[Mapping[str, str]] = {}
    permission_classes = (HasScopes,)
    throttle_classes = (ApiKeyThrottle,)
    # Read by the API's description; list_response() pages.
    pagination_class = KeysetPagination

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in METHODS:
            if hasattr(cls, method) and method not in cls.required_scopes:
                raise ImproperlyConfigured(f"{cls.__name__}.required_scopes lacks '{method}'")
        writes = hasattr(cls, "post") or hasattr(cls, "patch")
        undefined = cls.render_object is IdempotentMixin.render_object
        if writes and cls.idempotency == "object" and undefined:
            raise ImproperlyConfigured(f"{cls.__name__} replays objects: define render_object()")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Before anything is done: a write must not be refused for how its answer was to look.
        if request.method not in ("GET", "HEAD", "OPTIONS") and PARAMETER in request.query_params:
            raise InvalidInput("expand[] is for reading.", field=PARAMETER)

    @property
    def credential(self) -> Credential:
        """The key that asks; every query of an endpoint is limited to its brand and mode."""
        return self.request.auth  # type: ignore[return-value]

    @property
    def own(self) -> Own:
        """The brand and the mode of the key that asks."""
        return {"brand_id": self.credential.brand_id, "livemode": self.credential.livemode}

    def filter_value(self, name: str) -> str:
        """A filter of the query, empty when it is not asked for.

        Raises:
            InvalidInput: it holds a character that PostgreSQL stores in no text (422).
        """
        value = str(self.request.query_params.get(name, ""))
        if "\0" in value:
            raise InvalidInput("A filter has a character that no text may have.", field=name)
        return value

    def filter_choice(self, name: str, choices: Collection[str]) -> str:
        """A filter that takes one of some words.

        Raises:
            InvalidInput: it is none of them (422).
        """
        value = self.filter_value(name)
        if value and value not in choices:
            raise InvalidInput(f"{name} is one of {', '.join(choices)}.", field=name)
        return value

    def expansion(self, serializer_class: type[Any]) -> ExpansionTree:
        """The checked ``expand[]`` of this request; give it as ``context={"expand": …}``."""
        tree = parse_expand(self.request.query_params.getlist(PARAMETER))
        check_expand(serializer_class, tree)
        return tree

    def list_response(self, queryset: QuerySet[Any], serializer_class: type[Any]) -> Response:
        """One page of the queryset; ``keyset_ordering`` of the view changes the order."""
        context = {"request": self.request, "expand": self.expansion(serializer_class)}
        paginator = KeysetPagination()
        page = paginator.paginate_queryset(queryset, self.request, view=self)
        return paginator.get_paginated_response(serializer_class(page, many=True, context=context).data)

    def object_response(self, row: Any, serializer_class: type[Any], *, status: int = 200) -> Response:
        """One object, expanded as asked."""
        context = {"request": self.request, "expand": self.expansion(serializer_class)}
        return Response(serializer_class(row, context=context).data, status=status)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        quota = getattr(request, "api_quota", None) or getattr(
            getattr(request, "_request", None), "api_quota", None
        )
        for name, value in quota.headers().items() if quota else ():
            response[name] = value
        return response
