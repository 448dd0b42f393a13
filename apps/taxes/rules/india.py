"""Place of supply under India's GST: within a state CGST and SGST, between states IGST."""

from __future__ import annotations

from apps.taxes.enums import IdKind, Scheme
from apps.taxes.models import TaxRegistration
from apps.taxes.regions import WITHOUT_LEGISLATURE, region_code
from apps.taxes.rules.situation import Buyer, Finding, Seller, Taxable, no_state, outside

INTRA_STATE, INTRA_TERRITORY, INTER_STATE = "intra_state", "intra_territory", "inter_state"


def gst_finding(seller: Seller, buyer: Buyer) -> Finding:
    """How GST sees a sale to a buyer in India.

    Raises:
        TaxUnanswered: nothing tells the buyer's state.
    """
    registration = seller.registered("IN", Scheme.GST)
    if registration is None:
        return outside(seller.home, "outside_scope")
    is_business = buyer.has_id(IdKind.IN_GSTIN, seller)
    if seller.country != "IN":
        # IGST Act, section 14: online services from abroad; a registered buyer accounts for the tax
        # (Notification 10/2017-Integrated Tax (Rate)).
        if is_business:
            return outside(registration, "reverse_charge_abroad")
        return Taxable(registration, buyer.place, INTER_STATE)
    return Taxable(registration, buyer.place, _split(registration, _place_of_supply(buyer, is_business)))


def _place_of_supply(buyer: Buyer, is_business: bool) -> str:
    """IGST Act, section 12(2): a registered person's place, else the address on record."""
    state = buyer.place.region
    if is_business and buyer.tax_id is not None:
        state = region_code("IN", buyer.tax_id.number[:2]) or state
    if not state:
        raise no_state(buyer)
    return state


def _split(registration: TaxRegistration, state: str) -> str:
    if registration.region != state:
        return INTER_STATE
    return INTRA_TERRITORY if state in WITHOUT_LEGISLATURE else INTRA_STATE
