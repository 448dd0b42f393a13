from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import pytest
from pypdf import PdfReader

from apps.invoices.documents.content import document_content
from apps.invoices.documents.glyphs import printable
from apps.invoices.documents.labels import LABELS
from apps.invoices.documents.render import render_invoice_pdf, render_receipt_pdf


def make_snapshot(**overrides: Any) -> dict[str, Any]:
    snapshot: dict[str, Any] = {
        "kind": "invoice",
        "number": "NW-2026-000123",
        "status": "open",
        "currency": "EUR",
        "locale": "en",
        "issued_on": "2026-11-01",
        "due_on": "2026-11-15",
        "period": {"start": "2026-11-01", "end": "2026-12-01"},
        "seller": {
            "legal_name": "Northwind Analytics GmbH",
            "address": ["Lindenstraße 12", "10969 Berlin"],
            "tax_id": "DE123456789",
            "email": "billing@northwind.example",
            "logo_png_base64": None,
        },
        "buyer": {
            "name": "Sharma Textiles",
            "address": ["14 MG Road"],
            "email": "a@b.example",
            "tax_id": None,
        },
        "po_number": "PO-7781",
        "lines": [make_line()],
        "subtotal_minor": 24500,
        "discount_minor": 1000,
        "tax_minor": 4465,
        "total_minor": 27965,
        "amount_paid_minor": 0,
        "amount_due_minor": 27965,
        "terms": "Payment within 14 days.",
        "memo": None,
        "payments": [],
        "test_mode": False,
    }
    return snapshot | overrides


def make_line(**overrides: Any) -> dict[str, Any]:
    line: dict[str, Any] = {
        "description": "Team plan",
        "quantity": "5",
        "unit_price": "49",
        "unit_price_text": "",
        "amount_minor": 24500,
        "period_start": "2026-11-01",
        "period_end": "2026-12-01",
        "explanation": ["5 seats at €49.00 each: €245.00"],
    }
    return line | overrides


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\u00a0", " ")


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + b"\x2f\x5b\xd0" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_invoice_pdf_rendered_twice_gives_the_same_bytes() -> None:
    snapshot = make_snapshot()

    first, second = render_invoice_pdf(snapshot), render_invoice_pdf(snapshot)

    assert first == second


def test_invoice_pdf_of_another_amount_gives_other_bytes() -> None:
    assert render_invoice_pdf(make_snapshot()) != render_invoice_pdf(make_snapshot(amount_due_minor=1))


def test_invoice_pdf_declares_pdfa_3b() -> None:
    metadata = PdfReader(io.BytesIO(render_invoice_pdf(make_snapshot()))).xmp_metadata

    assert metadata is not None
    raw = metadata.stream.get_data()
    assert b"<pdfaid:part>3</pdfaid:part>" in raw
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in raw


def test_invoice_pdf_prints_number_parties_and_amount_due() -> None:
    text = text_of(render_invoice_pdf(make_snapshot()))

    for expected in (
        "NW-2026-000123",
        "Northwind Analytics GmbH",
        "Sharma Textiles",
        "PO-7781",
        "Nov 1 – 30, 2026",
    ):
        assert expected in text.replace("\u2009", " ")
    assert "€279.65 due November 15, 2026" in text
    assert "−€10.00" in text


def test_invoice_pdf_embeds_every_font_it_uses() -> None:
    reader = PdfReader(
        io.BytesIO(render_invoice_pdf(make_snapshot(buyer={"name": "प्रिया शर्मा", "address": []})))
    )

    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
    names = sorted(font["/BaseFont"].split("+")[1] for font in fonts)

    assert {"NotoSans-Bold", "NotoSans-Regular", "NotoSansDevanagari-Bold"} <= set(names)
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_invoice_pdf_with_200_lines_repeats_its_header_and_counts_pages() -> None:
    pdf = render_invoice_pdf(make_snapshot(lines=[make_line(explanation=[]) for _ in range(200)]))

    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]

    assert len(pages) <= 10
    assert all("Unit price" in page for page in pages[:-1])
    assert f"Page 2 of {len(pages)}" in pages[1]


def test_invoice_pdf_with_a_script_that_no_font_has_prints_replacements() -> None:
    text = text_of(render_invoice_pdf(make_snapshot(buyer={"name": "東京 Kabushiki", "address": []})))

    assert "\ufffd\ufffd Kabushiki" in text


def test_invoice_pdf_treats_markup_in_names_as_text() -> None:
    text = text_of(render_invoice_pdf(make_snapshot(buyer={"name": '#image("x") *Bold* $a$', "address": []})))

    assert '#image("x") *Bold* $a$' in text


def test_invoice_pdf_prints_a_logo_and_survives_a_broken_one() -> None:
    seller = make_snapshot()["seller"]
    with_logo = seller | {"logo_png_base64": base64.b64encode(png()).decode()}
    broken = seller | {"logo_png_base64": "bm90IGFuIGltYWdl"}

    good = PdfReader(io.BytesIO(render_invoice_pdf(make_snapshot(seller=with_logo))))

    assert len(good.pages[0].images) == 1
    assert "Northwind" in text_of(render_invoice_pdf(make_snapshot(seller=broken)))


@pytest.mark.parametrize("test_mode", [True, False])
def test_invoice_pdf_is_marked_in_test_mode_only(test_mode: bool) -> None:
    text = text_of(render_invoice_pdf(make_snapshot(test_mode=test_mode)))

    assert ("TEST" in text) is test_mode
    assert ("Not a demand for payment" in text) is test_mode


def test_receipt_pdf_says_what_was_paid_when_and_how() -> None:
    payments = [{"paid_on": "2026-11-03", "amount_minor": 27965, "method": "Visa •••• 4242"}]

    text = text_of(
        render_receipt_pdf(
            make_snapshot(status="paid", amount_paid_minor=27965, amount_due_minor=0, payments=payments)
        )
    )

    assert "Receipt" in text
    assert "€279.65 paid on November 3, 2026" in text
    assert "Visa •••• 4242" in text


@pytest.mark.parametrize(
    ("currency", "locale", "expected"),
    [
        ("JPY", "en", "¥27,965"),
        ("KWD", "en", "KWD\u00a027.965"),
        ("EUR", "de", "279,65\u00a0€"),
        ("EUR", "fr", "279,65\u00a0€"),
        ("ALL", "en", "ALL\u00a0279.65"),
        ("INR", "en-IN", "₹279.65"),
    ],
)
def test_content_total_follows_the_currency_and_the_locale(currency: str, locale: str, expected: str) -> None:
    content = document_content(make_snapshot(currency=currency, locale=locale), kind="invoice")

    amounts = {row["label"]: row["amount"] for row in content["totals"]}
    assert amounts[content["labels"]["total"]] == expected


def test_content_totals_tell_what_balance_and_credit_notes_took() -> None:
    moved = {
        "progressive_credit_minor": 100,
        "balance_applied_minor": 2000,
        "credited_minor": 300,
        "amount_due_minor": 25665,
    }

    totals = document_content(make_snapshot(**moved), kind="invoice")["totals"]

    assert [(row["label"], row["amount"]) for row in totals][2:] == [
        ("Billed earlier in this period", "−€1.00"),
        ("Tax", "€44.65"),
        ("Total", "€279.65"),
        ("Paid from your balance", "−€20.00"),
        ("Credit notes", "−€3.00"),
        ("Amount due", "€256.65"),
    ]


def test_content_unit_price_keeps_every_digit() -> None:
    lines = [make_line(unit_price="0.00055"), make_line(unit_price=None, unit_price_text="tiered")]

    content = document_content(make_snapshot(lines=lines), kind="invoice")

    assert [line["unit_price"] for line in content["lines"]] == ["€0.00055", "tiered"]


def test_content_period_of_instants_is_read_in_the_customers_zone() -> None:
    period = {"start": "2026-10-31T18:15:00+00:00", "end": "2026-11-30T18:15:00+00:00"}

    content = document_content(make_snapshot(period=period, zone="Asia/Kathmandu"), kind="invoice")

    assert ["Service period", "Nov 1\u2009–\u200930, 2026"] in content["facts"]


def test_labels_of_every_language_have_the_same_keys() -> None:
    assert {language: set(labels) for language, labels in LABELS.items()} == {
        language: set(LABELS["en"]) for language in ("en", "de", "fr", "es", "hi")
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ünïcode €₹£¥ · शर्मा", "Ünïcode €₹£¥ · शर्मा"),
        ("e\u0301", "é"),
        ("two\r\nlines", "two\nlines"),
        ("bell\u0007", "bell"),
        ("日", "\ufffd"),
    ],
)
def test_printable_keeps_what_the_fonts_have(text: str, expected: str) -> None:
    assert printable(text) == expected
