"""Writing XML element by element: names carry a prefix, empty texts leave their element out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lxml import etree


def element_name(name: str, namespaces: Mapping[str | None, str]) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{namespaces[prefix or None]}}}{local}"


class Branch:
    """An element that is being filled, in the order that its schema asks for."""

    def __init__(self, element: etree._Element, namespaces: Mapping[str | None, str]) -> None:
        self.element, self.namespaces = element, namespaces

    @classmethod
    def root(cls, name: str, namespaces: Mapping[str | None, str]) -> Branch:
        return cls(etree.Element(element_name(name, namespaces), nsmap=dict(namespaces)), namespaces)

    def branch(self, *path: str) -> Branch:
        """Add an element, and within it the next; the innermost is returned."""
        here = self.element
        for name in path:
            here = etree.SubElement(here, element_name(name, self.namespaces))
        return Branch(here, self.namespaces)

    def leaf(self, name: str, value: str | Decimal | None, /, **attributes: str) -> None:
        """Add an element with a text; an empty one is left out, as both schemas and rules refuse it."""
        text = f"{value:f}" if isinstance(value, Decimal) else value
        if not text:
            return
        added = etree.SubElement(self.element, element_name(name, self.namespaces), attrib=attributes)
        added.text = text

    def to_bytes(self) -> bytes:
        return etree.tostring(self.element, xml_declaration=True, encoding="UTF-8", pretty_print=True)
