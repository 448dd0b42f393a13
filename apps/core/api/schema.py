"""What drf-spectacular cannot read from the views: keys, errors, scopes, idempotency."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter

from apps.core.api.expand import PARAMETER, ExpandableField
from apps.core.api.idempotency import HEADER, KEYED_METHODS
from apps.core.api.problems import CONTENT_TYPE
from apps.core.idempotency import MAX_KEY_LENGTH

NULLABLE_TEXT = {"type": ["string", "null"]}
ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A refusal, as RFC 9457 describes it.",
    "required": ["type", "title", "status", "detail", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; meant for programs."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": NULLABLE_TEXT,
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
ERROR_REF = {"$ref": "#/components/schemas/Error"}
RATE_HEADERS = {
    "RateLimit": {"schema": {"type": "string"}, "description": "Requests left, and seconds to the reset."},
    "RateLimit-Policy": {"schema": {"type": "string"}, "description": "Requests for each window."},
}
ALWAYS = {"401": "No valid key.", "403": "The key lacks the scope.", "429": "Too many requests."}
WITH_BODY = {
    "400": "The body is not JSON.",
    "404": "Something that the request names does not exist.",
    "409": "The state does not allow it, or a request with this key still runs.",
    "415": "The body is of another media type.",
    "422": "Invalid input, or a key used for another request.",
}
# What an endpoint gives as an extension: refusals of its own, by status.
REFUSALS = "x-refusals"
METHODS = ("get", "put", "post", "patch", "delete")


class ApiAutoSchema(AutoSchema):
    """Adds the Idempotency-Key to writes, what can be expanded, and which scope an operation needs."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if self.method in KEYED_METHODS:
            parameters.append(
                OpenApiParameter(
                    HEADER,
                    {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[ -~]+$"},
                    OpenApiParameter.HEADER,
                    description="Sent again, the same request gets the same answer and has no second effect.",
                )
            )
        if self.method == "GET" and (names := self._expandable()):
            parameters.append(
                OpenApiParameter(
                    PARAMETER,
                    {"type": "array", "items": {"type": "string"}, "maxItems": 20},
                    description=f"Put the object in the place of its id: {', '.join(names)}.",
                )
            )
        return parameters

    def _expandable(self) -> list[str]:
        answers = self.get_response_serializers()
        names = set()
        for answer in answers.values() if isinstance(answers, dict) else [answers]:
            serializer = force_instance(getattr(answer, "response", answer))  # type: ignore[no-untyped-call]
            fields = getattr(getattr(serializer, "child", serializer), "fields", {})
            names |= {name for name, field in fields.items() if isinstance(field, ExpandableField)}
        return sorted(names)

    def get_summary(self) -> str:
        """The operation's name in words, where the endpoint gives no sentence of its own."""
        return str(super().get_summary() or self.get_operation_id().replace("_", " ").capitalize())

    def get_description(self) -> str:  # type: ignore[override]
        description = str(super().get_description() or "")
        scopes = getattr(self.view, "required_scopes", {})
        scope = scopes.get(self.method.lower())
        return f"{description}\n\nScope: `{scope}`".strip() if scope else description


class ExpandableFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "apps.core.api.expand.ExpandableField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        component = auto_schema.resolve_serializer(self.target.serializer_class, direction)
        either = {"oneOf": [{"type": "string"}, component.ref]}
        return {"type": "array", "items": either} if self.target.many else either


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "apps.accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "`Authorization: Bearer mk_test_…` or `mk_live_…`",
        }


def describe_errors(result: dict[str, Any], generator: Any, **kwargs: Any) -> dict[str, Any]:
    """A postprocessing hook: the Error schema, and the refusals that any operation may answer with."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    for path, operations in result.get("paths", {}).items():
        for method in METHODS:
            if method in operations:
                _describe_operation(path, method, operations[method])
    return result


def _describe_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    refusals = {**ALWAYS, **operation.pop(REFUSALS, {})}
    if method in ("post", "put", "patch"):
        refusals = {**WITH_BODY, **refusals}
    elif operation.get("parameters"):
        refusals["422"] = "A parameter is invalid."
    named = any(parameter["name"] == "customer" for parameter in operation.get("parameters", []))
    if "{" in path or named:
        refusals["404"] = "No such object."
    responses = operation.setdefault("responses", {})
    for response in responses.values():
        response.setdefault("headers", {}).update(RATE_HEADERS)
    for status, answer in problem_answers(refusals).items():
        responses.setdefault(status, answer)


def problem_answers(meanings: dict[str, str]) -> dict[str, Any]:
    """The answers with these statuses, all of them problems."""
    content = {CONTENT_TYPE: {"schema": ERROR_REF}}
    return {status: {"description": meaning, "content": content} for status, meaning in meanings.items()}
