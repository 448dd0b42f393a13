"""Says in a PDF's metadata that it carries a Factur-X invoice.

The compiler attaches the XML, and writes the metadata of PDF/A, but knows nothing of Factur-X. Its metadata
object is written once more at the end of the file, as an incremental update (ISO 32000-1, 7.5.6): no byte
of what it made changes, and the same PDF always gives the same file.
"""

from __future__ import annotations

import re
from typing import Final

ATTACHMENT: Final = "factur-x.xml"
PROFILE: Final = "EN 16931"

_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES: Final = {
    "DocumentFileName": "The name of the embedded XML document",
    "DocumentType": "The type of the hybrid document in capital letters",
    "Version": "The version of the standard that the embedded XML document follows",
    "ConformanceLevel": "The conformance level of the embedded XML document",
}
_METADATA = re.compile(
    rb"(\d+) 0 obj\s*<<[^>]*/Type\s*/Metadata[^>]*>>\s*stream\r?\n(.*?)\r?\nendstream", re.S
)
_TRAILER = re.compile(rb"trailer\s*<<(.*?)>>\s*startxref\s+(\d+)\s+%%EOF\s*$", re.S)
_SCHEMAS_END = b"</rdf:Bag></pdfaExtension:schemas>"


class MetadataNotFound(RuntimeError):
    """The compiler writes its metadata in another way than before: a fault of the installation."""


def declare_facturx(pdf: bytes) -> bytes:
    """Return the PDF with the extension schema and the four properties of Factur-X in its metadata.

    Raises:
        MetadataNotFound: this is no PDF/A as the compiler of the installation writes it.
    """
    metadata, trailer = _METADATA.search(pdf), _TRAILER.search(pdf)
    if metadata is None or trailer is None or metadata[2].count(_SCHEMAS_END) != 1:
        raise MetadataNotFound("The PDF has no metadata to add to.")
    told = metadata[2].replace(_SCHEMAS_END, _schema() + _SCHEMAS_END)
    told = told.replace(b"</rdf:RDF>", _statement() + b"</rdf:RDF>")
    start = len(pdf) + 1
    number = int(metadata[1])
    added = b"%d 0 obj\n<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%b\nendstream\nendobj\n" % (
        number,
        len(told),
        told,
    )
    table = b"xref\n%d 1\n%010d 00000 n\r\ntrailer\n<<%b/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        number,
        start,
        trailer[1],
        int(trailer[2]),
        start + len(added),
    )
    return b"%b\n%b%b" % (pdf, added, table)


def _schema() -> bytes:
    """PDF/A allows only metadata of a described schema."""
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"
        for name, description in _PROPERTIES.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    ).encode()


def _statement() -> bytes:
    return (
        f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">'
        "<fx:DocumentType>INVOICE</fx:DocumentType>"
        f"<fx:DocumentFileName>{ATTACHMENT}</fx:DocumentFileName>"
        "<fx:Version>1.0</fx:Version>"
        f"<fx:ConformanceLevel>{PROFILE}</fx:ConformanceLevel></rdf:Description>"
    ).encode()
