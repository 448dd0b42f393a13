"""Files among the answers of the API."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer

PDF = "application/pdf"
XML = "application/xml"


class PdfOrProblem(JSONRenderer):
    """Lets a client ask for a PDF only; a refusal is JSON all the same."""

    media_type = PDF
    format = "pdf"


class XmlOrProblem(JSONRenderer):
    """Lets a client ask for XML only; a refusal is JSON all the same."""

    media_type = XML
    format = "xml"


def pdf_response(content: bytes, *, filename: str) -> HttpResponse:
    """The bytes of a document, shown in place, never kept by a cache on the way."""
    return file_response(content, filename=filename, media_type=PDF)


def file_response(content: bytes, *, filename: str, media_type: str) -> HttpResponse:
    """The bytes of a file, shown in place, never kept by a cache on the way."""
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'inline; filename="{filename}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
