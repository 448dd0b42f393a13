from __future__ import annotations

from collections.abc import Callable

from apps.taxes.rules.india import gst_finding
from apps.taxes.rules.situation import Buyer, Finding, Seller
from apps.taxes.rules.united_states import sales_tax_finding
from apps.taxes.rules.vat import vat_finding

_RULES: dict[str, Callable[[Seller, Buyer], Finding]] = {"IN": gst_finding, "US": sales_tax_finding}


def finding(seller: Seller, buyer: Buyer) -> Finding:
    """Which law decides about a sale is told by where the buyer is.

    Raises:
        TaxUnanswered: a fact is missing.
    """
    return _RULES.get(buyer.place.country, vat_finding)(seller, buyer)
