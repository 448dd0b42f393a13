"""US sales tax: taken where the buyer is, in the states in which the seller is registered."""

from __future__ import annotations

from apps.taxes.enums import Scheme
from apps.taxes.rules.situation import Buyer, Finding, Seller, Taxable, no_state, outside
from apps.taxes.rules.vat import untaxed_abroad


def sales_tax_finding(seller: Seller, buyer: Buyer) -> Finding:
    """How a sale to a buyer in the US is taxed; without a registration in the state nothing is collected.

    South Dakota v. Wayfair, 585 U.S. 162 (2018): a state may ask sellers with economic nexus to collect.

    Raises:
        TaxUnanswered: the seller is registered in some state, and nothing tells the buyer's.
    """
    states = [r for r in seller.registrations if r.country == "US" and r.scheme == Scheme.SALES_TAX]
    if not states:
        return outside(None, "not_registered") if seller.country == "US" else untaxed_abroad(seller)
    if not buyer.place.region:
        raise no_state(buyer)
    here = next((r for r in states if r.region == buyer.place.region), None)
    return Taxable(here, buyer.place) if here is not None else outside(None, "not_registered")
