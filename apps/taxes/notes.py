"""The legal texts behind the notes of treatments: key, law, and the words in English.

Documents print them in the customer's language; what is not translated there is printed as it stands here.
"""

from __future__ import annotations

NOTES: dict[str, str] = {
    # Directive 2006/112, articles 44, 196 and 226(11a): these two words are the law's own.
    "reverse_charge": "Reverse charge",
    "reverse_charge_abroad": "Outside the scope of the seller's tax: the customer accounts for the tax.",
    "outside_scope": "Service supplied where the customer is: outside the scope of the seller's tax.",
    "small_business": "Exempt from VAT: small business.",
    "customer_exempt": "The customer is exempt from tax.",
    "exempt_supply": "Exempt from tax.",
    "zero_rated": "Zero rated.",
    "not_taxable": "Not taxable in this state.",
    "not_registered": "No tax is collected in this state.",
    # CGST Rules 2017, rule 46: the wording is prescribed.
    "in_export": "Supply meant for export under bond or letter of undertaking without payment of "
    "integrated tax.",
}
