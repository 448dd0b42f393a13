"""What the rules look at, and what they find; no database behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.taxes.enums import Category, CheckStatus, IdKind, Scheme, UncheckedId
from apps.taxes.errors import TaxUnanswered
from apps.taxes.models import TaxRegistration
from apps.taxes.tax_ids import TaxId
from apps.taxes.territory import EU_MEMBERS, Place
from apps.taxes.treatment import Treatment


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells: `country` is where the brand is established, `registrations` are those of the day."""

    country: str
    registrations: Sequence[TaxRegistration]

    def registered(self, country: str, *schemes: Scheme) -> TaxRegistration | None:
        """The oldest registration in a country under one of these schemes."""
        for registration in self.registrations:
            if registration.country == country and registration.scheme in schemes:
                return registration
        return None

    def under(self, *schemes: Scheme) -> TaxRegistration | None:
        """The oldest registration under one of these schemes, wherever."""
        return next((r for r in self.registrations if r.scheme in schemes), None)

    @property
    def is_in_eu(self) -> bool:
        return self.country in EU_MEMBERS

    @property
    def home(self) -> TaxRegistration | None:
        """The registration in the seller's own country."""
        return self.registered(
            self.country, Scheme.VAT, Scheme.SMALL_BUSINESS, Scheme.SWISS_VAT, Scheme.GST
        ) or next((r for r in self.registrations if r.country == self.country), None)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: `tax_id` as its form tells it, and what a register answered (None while nobody did)."""

    label: str
    place: Place
    tax_id: TaxId | None = None
    check: CheckStatus | None = None

    def has_id(self, kind: IdKind, seller: Seller) -> bool:
        """Whether the buyer is taken for a business by an id of this kind.

        While nobody has confirmed the id, the policy of the seller's home registration decides.
        """
        own = self.tax_id
        if own is None or own.kind != kind or not own.is_well_formed:
            return False
        if self.check in (CheckStatus.VALID, CheckStatus.INVALID):
            return self.check == CheckStatus.VALID
        if kind != IdKind.EU_VAT:
            # No register is asked for these: the form is all that there is to go by.
            return True
        home = seller.home or seller.under(Scheme.OSS_NON_UNION)
        return home is not None and home.unchecked_ids == UncheckedId.TRUST


@dataclass(frozen=True, slots=True)
class Taxable:
    """The rates of `place` apply, declared under `registration`. `split` is how India's rate is shown."""

    registration: TaxRegistration
    place: Place
    split: str = ""


Finding = Treatment | Taxable


def outside(registration: TaxRegistration | None, note: str) -> Treatment:
    """Outside the scope of the seller's tax, with the reason that the document prints."""
    return Treatment(Category.OUTSIDE_SCOPE.value, (), note, registration.number if registration else "")


def no_state(buyer: Buyer) -> TaxUnanswered:
    return TaxUnanswered(
        f"{buyer.label} has no known state or region: complete the address, and the tax can be worked out."
    )
