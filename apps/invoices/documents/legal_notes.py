"""Why a document charges no tax, in the words that the law asks for, by language.

The keys are those of `apps.taxes.notes`. "Reverse charge" is the wording of Directive 2006/112, article
226(11a), in each language; a note that is missing in a language is printed in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from apps.invoices.documents.labels import FALLBACK_LANGUAGE, language_of

_ENGLISH = {
    "reverse_charge": "Reverse charge: the customer accounts for the tax.",
    "reverse_charge_abroad": (
        "Outside the scope of the seller's tax: the customer accounts for it in their country."
    ),
    "intra_community": "Intra-Community supply, exempt from VAT.",
    "export": "Export, exempt from tax.",
    "outside_scope": "Outside the scope of the seller's tax.",
    "small_business": "Exempt from VAT: small business.",
    "customer_exempt": "The customer is exempt from tax.",
    "exempt_supply": "Exempt from tax.",
    "zero_rated": "Zero rated.",
    "not_taxable": "Not taxable in this state.",
    "not_registered": "No tax is collected in this state.",
    # CGST Rules 2017, rule 46: the wording is prescribed, in English.
    "in_export": (
        "Supply meant for export under bond or letter of undertaking without payment of integrated tax."
    ),
}

_GERMAN = {
    "reverse_charge": "Steuerschuldnerschaft des Leistungsempfängers.",
    "reverse_charge_abroad": (
        "Nicht im Inland steuerbare Leistung: Steuerschuldner ist der Leistungsempfänger."
    ),
    "intra_community": "Steuerfreie innergemeinschaftliche Lieferung.",
    "export": "Steuerfreie Ausfuhr.",
    "outside_scope": "Nicht im Inland steuerbare Leistung.",
    "small_business": "Umsatzsteuerfrei als Kleinunternehmer.",
    "customer_exempt": "Der Kunde ist von der Steuer befreit.",
    "exempt_supply": "Steuerfreie Leistung.",
    "zero_rated": "Nullsatz.",
    "not_taxable": "In diesem Bundesstaat nicht steuerpflichtig.",
    "not_registered": "In diesem Bundesstaat wird keine Steuer erhoben.",
}

_FRENCH = {
    "reverse_charge": "Autoliquidation : la taxe est due par le preneur.",
    "reverse_charge_abroad": "Hors champ de la taxe du vendeur : elle est due par le client dans son pays.",
    "intra_community": "Livraison intracommunautaire exonérée de TVA.",
    "export": "Exportation exonérée de taxe.",
    "outside_scope": "Hors champ de la taxe du vendeur.",
    "small_business": "TVA non applicable : petite entreprise.",
    "customer_exempt": "Le client est exonéré de taxe.",
    "exempt_supply": "Prestation exonérée de taxe.",
    "zero_rated": "Taux zéro.",
    "not_taxable": "Non taxable dans cet État.",
    "not_registered": "Aucune taxe n’est perçue dans cet État.",
}

_SPANISH = {
    "reverse_charge": "Inversión del sujeto pasivo: el cliente declara el impuesto.",
    "reverse_charge_abroad": "No sujeto al impuesto del vendedor: el cliente lo declara en su país.",
    "intra_community": "Entrega intracomunitaria exenta de IVA.",
    "export": "Exportación exenta de impuestos.",
    "outside_scope": "No sujeto al impuesto del vendedor.",
    "small_business": "Exento de IVA: pequeña empresa.",
    "customer_exempt": "El cliente está exento del impuesto.",
    "exempt_supply": "Operación exenta del impuesto.",
    "zero_rated": "Tipo cero.",
    "not_taxable": "No sujeto a impuestos en este estado.",
    "not_registered": "En este estado no se cobra ningún impuesto.",
}

_HINDI = {
    "reverse_charge": "रिवर्स चार्ज: कर का भुगतान ग्राहक करेगा।",
    "reverse_charge_abroad": "विक्रेता के कर के दायरे से बाहर: ग्राहक अपने देश में कर देगा।",
    "intra_community": "यूरोपीय संघ के भीतर आपूर्ति, वैट से मुक्त।",
    "export": "निर्यात, कर से मुक्त।",
    "outside_scope": "विक्रेता के कर के दायरे से बाहर।",
    "small_business": "वैट से मुक्त: लघु व्यवसाय।",
    "customer_exempt": "ग्राहक कर से मुक्त है।",
    "exempt_supply": "कर से मुक्त।",
    "zero_rated": "शून्य दर।",
    "not_taxable": "इस राज्य में कर योग्य नहीं।",
    "not_registered": "इस राज्य में कोई कर नहीं लिया जाता।",
}

LEGAL_NOTES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH, "es": _SPANISH, "hi": _HINDI}
)
_OF_CATEGORY = MappingProxyType(
    {
        "AE": "reverse_charge",
        "K": "intra_community",
        "G": "export",
        "O": "outside_scope",
        "E": "exempt_supply",
    }
)


def tax_note(row: Mapping[str, Any], snapshot: Mapping[str, Any]) -> str:
    """Return what a row of the tax breakdown has to say, in the document's language; '' where nothing.

    A row without a note of its own says what its category means. Why a customer is exempt is added in the
    words that staff wrote down.
    """
    key = row["note"] or _OF_CATEGORY.get(row["category"], "")
    if not key:
        return ""
    texts = LEGAL_NOTES.get(language_of(snapshot["locale"]), LEGAL_NOTES[FALLBACK_LANGUAGE])
    text = texts.get(key) or LEGAL_NOTES[FALLBACK_LANGUAGE].get(key, key)
    reason = snapshot["buyer"].get("tax_exempt_reason") or ""
    return f"{text} {reason}" if key == "customer_exempt" and reason else text
