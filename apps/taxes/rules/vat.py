"""Place of supply of services under VAT: the EU, the United Kingdom, Switzerland, and who has a like law.

Articles are of Directive 2006/112/EC. What is sold is supplied electronically: to a business it is taxed
where the business is (art. 44), to a consumer where the consumer is (art. 58).
"""

from __future__ import annotations

from apps.taxes.enums import Category, ConsumersAbroad, IdKind, Scheme
from apps.taxes.errors import TaxUnanswered
from apps.taxes.models import TaxRegistration
from apps.taxes.rules.situation import Buyer, Finding, Seller, Taxable, outside
from apps.taxes.territory import place_of
from apps.taxes.treatment import Treatment

ORDINARY = (Scheme.VAT, Scheme.GST, Scheme.SWISS_VAT)
_ID_OF = {"GB": IdKind.GB_VAT, "CH": IdKind.CH_VAT}


def vat_finding(seller: Seller, buyer: Buyer) -> Finding:
    """How VAT sees one sale.

    Raises:
        TaxUnanswered: an EU seller has not said how consumers in other states are taxed.
    """
    if buyer.place.country == seller.country:
        return _domestic(seller, buyer)
    if buyer.place.is_in_eu:
        return _into_the_eu(seller, buyer)
    return _out_of_the_eu(seller, buyer)


def _domestic(seller: Seller, buyer: Buyer) -> Finding:
    small = seller.registered(seller.country, Scheme.SMALL_BUSINESS)
    if small is not None:
        return Treatment(Category.EXEMPT.value, (), "small_business", small.number)
    own = seller.registered(seller.country, *ORDINARY)
    return Taxable(own, buyer.place) if own is not None else outside(None, "outside_scope")


def _into_the_eu(seller: Seller, buyer: Buyer) -> Finding:
    if buyer.has_id(IdKind.EU_VAT, seller) and _is_of_another_state(seller, buyer):
        if seller.is_in_eu and seller.home is not None:
            # Art. 44 and 196; the words on the invoice by art. 226(11a).
            return Treatment(Category.REVERSE_CHARGE.value, (), "reverse_charge", seller.home.number)
        return outside(seller.home, "reverse_charge_abroad")
    local = seller.registered(buyer.place.country, Scheme.VAT)
    if local is not None:
        return Taxable(local, buyer.place)
    one_stop = seller.under(Scheme.OSS_UNION if seller.is_in_eu else Scheme.OSS_NON_UNION)
    if one_stop is not None:
        return Taxable(one_stop, buyer.place)
    if not seller.is_in_eu or seller.home is None:
        return outside(seller.home, "outside_scope")
    return _below_threshold(seller, seller.home, buyer)


def _is_of_another_state(seller: Seller, buyer: Buyer) -> bool:
    """An id of the seller's own state proves no business elsewhere."""
    return buyer.tax_id is not None and buyer.tax_id.country != seller.country


def _below_threshold(seller: Seller, home: TaxRegistration, buyer: Buyer) -> Finding:
    if home.scheme == Scheme.SMALL_BUSINESS:
        return Treatment(Category.EXEMPT.value, (), "small_business", home.number)
    if home.consumers_abroad == ConsumersAbroad.OWN_RATE:
        return Taxable(home, place_of(seller.country))
    raise TaxUnanswered(
        f"{buyer.label} is a consumer in {buyer.place.country}, and the brand has no One Stop Shop: register "
        f"oss_union, or let the registration in {seller.country} tax consumers abroad at its own rate (below "
        "10,000 EUR a year)."
    )


def _out_of_the_eu(seller: Seller, buyer: Buyer) -> Finding:
    local = seller.registered(buyer.place.country, *ORDINARY)
    if local is None:
        return untaxed_abroad(seller)
    # A seller registered in Switzerland taxes businesses too (MWSTG art. 45: no acquisition tax then).
    id_kind = _ID_OF.get(buyer.place.country)
    if id_kind is not None and local.scheme != Scheme.SWISS_VAT and buyer.has_id(id_kind, seller):
        return outside(seller.home or local, "reverse_charge_abroad")
    return Taxable(local, buyer.place)


def untaxed_abroad(seller: Seller) -> Treatment:
    """A sale to a country where the seller is not registered."""
    home = seller.home
    if seller.country == "IN" and home is not None and home.scheme == Scheme.GST:
        # IGST Act 2017, sections 2(6) and 16(1)(a): an export of services is zero rated.
        return Treatment(Category.EXPORT.value, (), "in_export", home.number)
    return outside(home, "outside_scope")
