"""``expand[]=customer&expand[]=latest_invoice.lines``: related objects in the place of their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.module_loading import import_string
from rest_framework import serializers

from apps.core.errors import InvalidInput

MAX_DEPTH = 4
PARAMETER = "expand[]"

ExpansionTree = dict[str, Any]


class ExpandableField(serializers.Field[Any, Any, Any, Any]):
    """The public id of a related object, or the object itself where the request expands it.

    ``serializer`` is a class, or its dotted name where modules would import each other. Select the relation
    in the queryset either way: the id is read from the related row.
    """

    def __init__(
        self, *, serializer: type[serializers.BaseSerializer[Any]] | str, many: bool = False, **kwargs: Any
    ) -> None:
        kwargs["read_only"] = True
        self._serializer = serializer
        self.many = many
        super().__init__(**kwargs)

    @property
    def serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        if isinstance(self._serializer, str):
            self._serializer = import_string(self._serializer)
        return self._serializer  # type: ignore[return-value]

    def to_representation(self, value: Any) -> Any:
        tree: ExpansionTree = self.context.get("expand", {})
        rows = value.all() if self.many and hasattr(value, "all") else value
        if self.field_name not in tree:
            return [row.public_id for row in rows] if self.many else value.public_id
        context = {**self.context, "expand": tree[self.field_name]}
        return self.serializer_class(rows, many=self.many, context=context).data


def parse_expand(paths: Sequence[str]) -> ExpansionTree:
    """The asked paths as a tree: ``["a.b", "c"]`` is ``{"a": {"b": {}}, "c": {}}``.

    Raises:
        InvalidInput: deeper than four levels (422).
    """
    tree: ExpansionTree = {}
    for path in paths:
        names = path.split(".")
        if len(names) > MAX_DEPTH:
            raise InvalidInput(f"expand reaches at most {MAX_DEPTH} levels deep.", field=PARAMETER)
        branch = tree
        for name in names:
            branch = branch.setdefault(name, {})
    return tree


def check_expand(serializer_class: type[Any], tree: ExpansionTree, path: str = "") -> None:
    """Refuse names that the serializer cannot expand.

    Raises:
        InvalidInput: names the unknown path (422).
    """
    if not tree:
        return
    fields = serializer_class().fields
    for name, branch in tree.items():
        field = fields.get(name)
        if not isinstance(field, ExpandableField):
            raise InvalidInput(f"'{path}{name}' cannot be expanded.", field=PARAMETER)
        check_expand(field.serializer_class, branch, f"{path}{name}.")
