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
from apps.invoices.documents.legal_notes import LEGAL_NOTES
from apps.invoices.documents.render import render_invoice_pdf, render_receipt_pdf
from apps.taxes.notes import NOTES
from tests.factories import snapshots as made

ENGLISH = "Reverse charge: the customer accounts for the tax."

ENGLISH = "Reverse charge: the customer accounts for the tax."


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


def totals_of(snapshot: dict[str, Any]) -> list[tuple[str, str]]:
    rows = document_content(snapshot, kind=snapshot["kind"])["totals"]
    return [(row["label"], row["amount"].replace("\u00a0", " ")) for row in rows]


def test_content_totals_name_each_discount_and_each_rate() -> None:
    assert totals_of(made.discounted() | {"amount_due_minor": 12375}) == [
        ("Subtotal", "€150.00"),
        ("Discount: Welcome", "−€15.00"),
        ("Discount: Annual", "−€5.00"),
        ("Billed earlier in this period", "−€20.00"),
        ("VAT 19% on €65.00", "€12.35"),
        ("VAT 7% on €45.00", "€3.15"),
        ("Total", "€125.50"),
        ("Amount due", "€123.75"),
    ]


def test_content_totals_of_gross_prices_say_what_they_contain() -> None:
    rows = totals_of(made.gross_prices())

    assert rows[-4:] == [
        ("Total", "€133.76"),
        ("Contains VAT 19% on €90.00", "€17.10"),
        ("Contains VAT 7% on €24.92", "€1.74"),
        ("Amount due", "€133.76"),
    ]
    first = document_content(made.gross_prices(), kind="invoice")["lines"][0]
    assert "Price includes tax" in first["details"]


def test_content_totals_of_net_and_gross_prices_add_up() -> None:
    snapshot = made.make_document([made.line(11900, tax_included=True), made.line(1000)], [made.vat()])

    assert totals_of(snapshot) == [
        ("Subtotal", "€129.00"),
        ("VAT 19% on €110.00", "€20.90"),
        ("Tax contained in the prices", "−€19.00"),
        ("Total", "€130.90"),
        ("Amount due", "€130.90"),
    ]


def test_content_totals_tell_prepaid_credit_and_tax_in_local_currency() -> None:
    assert ("Paid from prepaid credit", "−€50.00") in totals_of(made.partly_paid())
    assert ("Total tax in EUR (163.5, ECB, Oct 31, 2026)", "€6.11") in totals_of(made.zero_decimals())


def test_content_of_a_credit_note_says_where_the_money_went() -> None:
    content = document_content(made.credit_note(), kind="credit_note")

    assert [row["label"] for row in content["totals"]][-3:] == [
        "Total",
        "Taken off the invoice",
        "To be refunded",
    ]
    assert ["For invoice", "NW-2026-000100"] in content["facts"]


@pytest.mark.parametrize(
    ("snapshot", "note"),
    [
        (made.reverse_charge(), ["TVA", "Autoliquidation : la taxe est due par le preneur."]),
        (made.intra_community(), ["Umsatzsteuer", "Steuerfreie innergemeinschaftliche Lieferung."]),
        (made.export(), ["Impuesto", "Exportación exenta de impuestos."]),
        (made.reverse_charge() | {"locale": "hi-IN"}, ["कर", "रिवर्स चार्ज: कर का भुगतान ग्राहक करेगा।"]),
        (made.exempt(), ["Tax", "The customer is exempt from tax. Certificate 4711"]),
        (
            made.reverse_charge() | {"locale": "ja"},
            ["Tax", "Reverse charge: the customer accounts for the tax."],
        ),
    ],
)
def test_content_says_why_there_is_no_tax_in_the_readers_language(
    snapshot: dict[str, Any], note: list[str]
) -> None:
    assert note in document_content(snapshot, kind="invoice")["notes"]


def test_content_prints_the_tax_ids_of_both_and_that_of_the_registration_before_the_brands() -> None:
    snapshot = made.make_document([made.line(1000)], [made.vat("20", registration="ATU12345678")])

    content = document_content(snapshot, kind="invoice")

    assert "Tax ID ATU12345678" in content["seller"]["details"]
    assert "Tax ID DE987654321" in content["buyer"]["details"]


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [({}, True), ({"collection_method": "charge_automatically"}, False), ({"amount_due_minor": 0}, False)],
)
def test_content_says_where_to_transfer_only_what_waits_for_it(
    changes: dict[str, Any], is_told: bool
) -> None:
    notes = dict(document_content(made.plain() | changes, kind="invoice")["notes"])

    told = notes.get("Bank transfer", "")
    assert ("IBAN DE02 1203 0000 0000 2020 51" in told) is is_told


@pytest.mark.parametrize("locale", ["en", "de", "fr", "es", "hi"])
def test_pdf_of_every_language_prints_every_character(locale: str) -> None:
    for snapshot in (made.discounted(), made.credit_note(), made.gross_prices()):
        pdf = render_invoice_pdf(snapshot | {"locale": locale, "test_mode": True})
        assert "\ufffd" not in text_of(pdf)


def test_legal_notes_of_every_language_know_every_note_of_the_taxes() -> None:
    assert set(NOTES) <= set(LEGAL_NOTES["en"])
    for notes in LEGAL_NOTES.values():
        # What the Indian rules prescribe is printed in English.
        assert set(LEGAL_NOTES["en"]) - set(notes) <= {"in_export"}
