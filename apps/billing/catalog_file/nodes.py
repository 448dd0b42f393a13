"""Reading YAML with the line of every value, so that a refusal can point at it.

All faults of a file are collected; a reading that fails returns a harmless value and goes on.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from apps.core.errors import FieldError
from apps.plans.errors import CatalogInvalid

_NULL, _BOOL, _INT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int"))
MAX_DEPTH = 20


@dataclass(slots=True)
class Source:
    """One file: its name, the line of each path in it, and what is wrong with it."""

    filename: str
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[FieldError] = field(default_factory=list)

    def refuse(self, path: str, code: str, message: str) -> None:
        """Note a fault; a path that is not in the file points at the nearest place around it."""
        place = f"{self.filename}:{self.line_of(path)}"
        self.faults.append(FieldError(path, code, f"{place}: {path}: {message}"))

    def line_of(self, path: str) -> int:
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)

    def raise_faults(self) -> None:
        """Raise what was noted, in the order of the lines.

        Raises:
            CatalogInvalid: there is at least one fault (422).
        """
        if self.faults:
            faults = sorted(dict.fromkeys(self.faults), key=lambda fault: self.line_of(fault.field or ""))
            count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
            raise CatalogInvalid(f"{self.filename} has {count}; nothing was changed.", errors=faults)


def read_document(text: str, filename: str) -> tuple[Entry, Source]:
    """Compose the file into nodes and index its lines; values are read from nodes, never constructed.

    Raises:
        CatalogInvalid: this is no YAML, or no mapping (422).
    """
    source = Source(filename)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"{filename}:{line}: {error.problem}"
        raise CatalogInvalid(message, errors=[FieldError(None, "not_yaml", message)]) from error
    except yaml.YAMLError as error:
        message = f"{filename}: {error}"
        raise CatalogInvalid(message, errors=[FieldError(None, "not_yaml", message)]) from error
    if not isinstance(root, yaml.MappingNode):
        message = f"{filename}:1: A catalog file is a mapping with products, meters and plans."
        raise CatalogInvalid(message, errors=[FieldError(None, "not_a_mapping", message)])
    _index(root, "", source, 0)
    # A value that contains itself, or a tree without end, cannot be read further.
    source.raise_faults()
    return Entry(root, "", source), source


def _index(node: yaml.Node, path: str, source: Source, depth: int) -> None:
    source.lines[path] = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        source.refuse(path, "too_deep", "This is nested too deeply.")
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = _joined(path, str(key.value))
            if inner in source.lines:
                source.lines[inner] = key.start_mark.line + 1
                source.refuse(inner, "duplicate_key", "This key stands here twice.")
            _index(value, inner, source, depth + 1)
            # People look for the key, also where the value begins a line below it.
            source.lines[inner] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _index(value, f"{path}[{index}]", source, depth + 1)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


class Entry:
    """One mapping of the file, read key by key. `path` is its place, such as `plans[2].prices[0]`."""

    def __init__(self, node: yaml.MappingNode, path: str, source: Source) -> None:
        self.path = path
        self.source = source
        self._nodes: dict[str, yaml.Node] = {}
        for key, value in node.value:
            self._nodes[str(key.value)] = value

    def refuse(self, key: str, code: str, message: str) -> None:
        self.source.refuse(_joined(self.path, key) if key else self.path, code, message)

    def has(self, key: str) -> bool:
        return key in self._nodes

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that nobody reads, with the nearest one that somebody does."""
        for name in self._nodes:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}."
                self.refuse(name, "unknown_key", f"There is no such key; {hint}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text; numbers count as the text that was typed. Without a default the key is needed."""
        node = self._nodes.get(key)
        if node is None:
            if default is None:
                self.refuse(key, "missing", "This is missing.")
            return default or ""
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL:
            self.refuse(key, "not_a_text", "This must be a text.")
            return default or ""
        return str(node.value)

    def flag(self, key: str, default: bool) -> bool:
        node = self._nodes.get(key)
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode) or node.tag != _BOOL:
            self.refuse(key, "not_a_flag", "This must be true or false.")
            return default
        return str(node.value).lower() in {"true", "yes", "on"}

    def number(self, key: str, default: int) -> int:
        node = self._nodes.get(key)
        if node is None:
            return default
        text = node.value if isinstance(node, yaml.ScalarNode) and node.tag == _INT else ""
        if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 6):
            self.refuse(key, "not_a_number", "This must be a whole number from 0 to 99999.")
            return default
        return int(text)

    def choice(self, key: str, offered: Collection[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value and value not in offered:
            near = difflib.get_close_matches(value, offered, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(offered)}."
            self.refuse(key, "unknown_choice", f"'{value}' is not known; {hint}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when absent."""
        texts = []
        for index, node in enumerate(self._items(key)):
            if isinstance(node, yaml.ScalarNode) and node.tag != _NULL:
                texts.append(str(node.value))
            else:
                self.refuse(f"{key}[{index}]", "not_a_text", "This must be a text.")
        return tuple(texts)

    def entries(self, key: str) -> Iterator[Entry]:
        """The mappings of a list; none when absent."""
        for index, node in enumerate(self._items(key)):
            if isinstance(node, yaml.MappingNode):
                yield Entry(node, _joined(self.path, f"{key}[{index}]"), self.source)
            else:
                self.refuse(f"{key}[{index}]", "not_a_mapping", "This must be a mapping.")

    def entry(self, key: str) -> Entry:
        """One mapping; an empty one when absent."""
        node = self._nodes.get(key)
        if node is not None and not isinstance(node, yaml.MappingNode):
            self.refuse(key, "not_a_mapping", "This must be a mapping.")
            node = None
        empty = yaml.MappingNode(tag="tag:yaml.org,2002:map", value=[])
        return Entry(node or empty, _joined(self.path, key), self.source)

    def values(self) -> Iterator[tuple[str, Any]]:
        """Every key with its plain value: mappings, lists, None, and scalars as the text that was typed."""
        for name, node in self._nodes.items():
            yield name, _plain(node)

    def _items(self, key: str) -> list[yaml.Node]:
        node = self._nodes.get(key)
        if node is None or node.tag == _NULL:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(key, "not_a_list", "This must be a list.")
            return []
        return list(node.value)


def _plain(node: yaml.Node) -> Any:
    # The typed text keeps every digit: 0.10 as a YAML number would be a float, and 0.1.
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value) for value in node.value]
    return None if node.tag == _NULL else str(node.value)
