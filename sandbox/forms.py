"""Bracketed form parameters (`metadata[order]=7`, `expand[]=customer`) as nested dicts and lists."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_MAX_FIELDS = 2000


def parse_form(text: str) -> dict[str, Any]:
    """Nested values, all strings. Indexed lists stay dicts (`{"0": …}`): only the schema tells them apart.

    Raises:
        ValueError: more than 2000 fields, or a name that is used both as a value and as a group.
    """
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS):
        match = _KEY.match(key)
        if match is None:
            tree[key] = value
            continue
        parts = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _place(tree, parts, value)
    return tree


def _place(tree: dict[str, Any], parts: list[str], value: str) -> None:
    node: Any = tree
    for position, part in enumerate(parts[:-1]):
        following = parts[position + 1]
        # `a[]=x&a[]=y` is the only unindexed form; groups inside it (`a[][b]`) take a new index each.
        name = part or str(len(node))
        node = node.setdefault(name, [] if following == "" and position + 2 == len(parts) else {})
        if not isinstance(node, dict | list) or (isinstance(node, list) and following != ""):
            raise ValueError(f"{parts[0]} is used both as a value and as a group")
    if isinstance(node, list):
        node.append(value)
    else:
        node[parts[-1] or str(len(node))] = value
