"""The API's own description, and whether an answer is what it says."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from jsonschema import Draft202012Validator


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document, as `/api/schema/` gives it."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    return dict(json.loads(OpenApiJsonRenderer().render(document, renderer_context={})))


def operation(method: str, path: str) -> dict[str, Any]:
    """The operation of a path below /api/v1/."""
    found: dict[str, Any] = described()["paths"][f"/api/v1/{path}"][method.lower()]
    return found


def faults(method: str, path: str, status: int, media_type: str, body: Any) -> list[str]:
    """What about an answer is not as described; an undescribed status or field is a fault, too."""
    answer = operation(method, path)["responses"].get(str(status))
    if answer is None:
        return [f"status {status} is not described"]
    if "content" not in answer:
        return []
    if media_type not in answer["content"]:
        return [f"{media_type} is not described for {status}"]
    schema = answer["content"][media_type]["schema"]
    if schema.get("format") == "binary":
        return []
    validator = Draft202012Validator({**schema, "components": _closed_components()})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


@cache
def _closed_components() -> dict[str, Any]:
    """The described components, with no room for fields that nobody described."""
    components: dict[str, Any] = json.loads(json.dumps(described()["components"]))
    for schema in components["schemas"].values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return components
