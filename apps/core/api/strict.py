from __future__ import annotations

from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses names that nobody reads: a misspelt field must not be silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        unknown = sorted(str(name) for name in set(data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError(
                {name: ["There is no such field."] for name in unknown}, code="unknown_field"
            )
        return values
