"""The fixed words of documents, by language; a language that is missing prints English.

`{date}` and `{amount}` are filled with text that is already in the reader's locale.
"""

from __future__ import annotations

from types import MappingProxyType

Labels = MappingProxyType[str, str]

FALLBACK_LANGUAGE = "en"

_ENGLISH = {
    "invoice": "Invoice",
    "receipt": "Receipt",
    "credit_note": "Credit note",
    "draft": "Draft",
    "void": "Void",
    "uncollectible": "Uncollectible",
    "test": "TEST",
    "test_note": "Made in test mode. Not a demand for payment.",
    "invoice_number": "Invoice number",
    "credit_note_number": "Credit note number",
    "issued_on": "Date of issue",
    "due_on": "Date due",
    "paid_on": "Date paid",
    "period": "Service period",
    "po_number": "Purchase order",
    "from": "From",
    "to": "Bill to",
    "tax_id": "Tax ID",
    "description": "Description",
    "quantity": "Quantity",
    "unit_price": "Unit price",
    "amount": "Amount",
    "subtotal": "Subtotal",
    "discount": "Discount",
    "tax": "Tax",
    "total": "Total",
    "progressive_credit": "Billed earlier in this period",
    "balance_credited": "Added to your balance",
    "balance_applied": "Paid from your balance",
    "credited": "Credit notes",
    "amount_paid": "Amount paid",
    "amount_due": "Amount due",
    "payments": "Payments",
    "paid_with": "Paid with",
    "terms": "Terms",
    "memo": "Note",
    "due_headline": "{amount} due {date}",
    "due_headline_undated": "{amount} due",
    "paid_headline": "{amount} paid",
    "paid_headline_dated": "{amount} paid on {date}",
    "total_headline": "{amount}",
    "page": "Page",
    "of": "of",
}

_GERMAN = {
    "invoice": "Rechnung",
    "receipt": "Zahlungsbeleg",
    "credit_note": "Gutschrift",
    "draft": "Entwurf",
    "void": "Storniert",
    "uncollectible": "Uneinbringlich",
    "test": "TEST",
    "test_note": "Im Testmodus erstellt. Keine Zahlungsaufforderung.",
    "invoice_number": "Rechnungsnummer",
    "credit_note_number": "Gutschriftsnummer",
    "issued_on": "Rechnungsdatum",
    "due_on": "Fällig am",
    "paid_on": "Bezahlt am",
    "period": "Leistungszeitraum",
    "po_number": "Bestellnummer",
    "from": "Von",
    "to": "Rechnung an",
    "tax_id": "USt-IdNr.",
    "description": "Beschreibung",
    "quantity": "Menge",
    "unit_price": "Einzelpreis",
    "amount": "Betrag",
    "subtotal": "Zwischensumme",
    "discount": "Rabatt",
    "tax": "Umsatzsteuer",
    "total": "Gesamtbetrag",
    "progressive_credit": "In diesem Zeitraum bereits berechnet",
    "balance_credited": "Ihrem Guthaben gutgeschrieben",
    "balance_applied": "Aus Ihrem Guthaben bezahlt",
    "credited": "Gutschriften",
    "amount_paid": "Bereits bezahlt",
    "amount_due": "Offener Betrag",
    "payments": "Zahlungen",
    "paid_with": "Bezahlt mit",
    "terms": "Zahlungsbedingungen",
    "memo": "Hinweis",
    "due_headline": "{amount} fällig am {date}",
    "due_headline_undated": "{amount} fällig",
    "paid_headline": "{amount} bezahlt",
    "paid_headline_dated": "{amount} bezahlt am {date}",
    "total_headline": "{amount}",
    "page": "Seite",
    "of": "von",
}

_FRENCH = {
    "invoice": "Facture",
    "receipt": "Reçu",
    "credit_note": "Avoir",
    "draft": "Brouillon",
    "void": "Annulée",
    "uncollectible": "Irrécouvrable",
    "test": "TEST",
    "test_note": "Créée en mode test. Ne vaut pas demande de paiement.",
    "invoice_number": "Numéro de facture",
    "credit_note_number": "Numéro d’avoir",
    "issued_on": "Date d’émission",
    "due_on": "Date d’échéance",
    "paid_on": "Date de paiement",
    "period": "Période de service",
    "po_number": "Bon de commande",
    "from": "Émetteur",
    "to": "Facturé à",
    "tax_id": "N° TVA",
    "description": "Description",
    "quantity": "Quantité",
    "unit_price": "Prix unitaire",
    "amount": "Montant",
    "subtotal": "Sous-total",
    "discount": "Remise",
    "tax": "TVA",
    "total": "Total",
    "progressive_credit": "Déjà facturé pour cette période",
    "balance_credited": "Ajouté à votre solde",
    "balance_applied": "Payé avec votre solde",
    "credited": "Avoirs",
    "amount_paid": "Montant payé",
    "amount_due": "Montant dû",
    "payments": "Paiements",
    "paid_with": "Payé par",
    "terms": "Conditions de paiement",
    "memo": "Note",
    "due_headline": "{amount} à payer avant le {date}",
    "due_headline_undated": "{amount} à payer",
    "paid_headline": "{amount} payés",
    "paid_headline_dated": "{amount} payés le {date}",
    "total_headline": "{amount}",
    "page": "Page",
    "of": "sur",
}

LABELS: MappingProxyType[str, Labels] = MappingProxyType(
    {
        "en": MappingProxyType(_ENGLISH),
        "de": MappingProxyType(_GERMAN),
        "fr": MappingProxyType(_FRENCH),
    }
)


def labels_for(locale: str) -> Labels:
    """Return the words of a locale's language ("de-AT" reads German)."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return LABELS.get(language, LABELS[FALLBACK_LANGUAGE])


def language_of(locale: str) -> str:
    """Return the language that the words are in, for hyphenation and for screen readers."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in LABELS else FALLBACK_LANGUAGE
