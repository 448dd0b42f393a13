from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.customers.territories import country_codes
from apps.taxes.enums import ConsumersAbroad, Scheme, UncheckedId
from apps.taxes.errors import RegistrationInvalid
from apps.taxes.models import TaxRegistration
from apps.taxes.regions import has_regions, region_code
from apps.taxes.territory import EU_MEMBERS

_ONLY_IN = {Scheme.SWISS_VAT: {"CH"}, Scheme.SALES_TAX: {"US"}}
_IN_EU = (Scheme.OSS_UNION, Scheme.OSS_NON_UNION)
# In these, a country whose states levy the tax needs the state.
_BY_STATE = (Scheme.GST, Scheme.SALES_TAX)


@dataclass(frozen=True, slots=True)
class RegistrationInput:
    """A registration as somebody enters it; `region` may be a name, a code or the digits of a GSTIN."""

    country: str
    scheme: Scheme
    valid_from: date
    number: str = ""
    region: str = ""
    valid_to: date | None = None
    unchecked_ids: UncheckedId = UncheckedId.CHARGE
    consumers_abroad: ConsumersAbroad = ConsumersAbroad.ASK


@transaction.atomic
def register_brand(*, brand: Brand, registration: RegistrationInput, at: datetime) -> TaxRegistration:
    """Let a brand collect a tax from `valid_from` (inclusive) to `valid_to` (exclusive). `at` is real time.

    Raises:
        RegistrationInvalid: the country does not have the scheme, the state is missing or unknown, or the
            days overlap those of the same registration (422).
    """
    # Two of the same are judged one after the other.
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    country = registration.country.strip().upper()
    region = _region(brand, registration, country)
    _refuse_unfit(registration, country)
    _refuse_overlap(brand, registration, country, region)
    made = TaxRegistration.objects.create(
        brand=brand,
        country=country,
        region=region,
        scheme=registration.scheme,
        number=registration.number.strip(),
        unchecked_ids=registration.unchecked_ids,
        consumers_abroad=registration.consumers_abroad,
        valid_from=registration.valid_from,
        valid_to=registration.valid_to,
        created_at=at,
    )
    data = {"country": country, "region": region, "scheme": str(registration.scheme), "number": made.number}
    record_event(name="tax_registration.created", subject=made, at=at, data=data)
    return made


def _region(brand: Brand, registration: RegistrationInput, country: str) -> str:
    if registration.scheme not in _BY_STATE or not has_regions(country):
        return ""
    if country == "IN" and brand.country != "IN":
        # IGST Act, section 14: a seller of online services from abroad is registered for the whole country.
        return ""
    found = region_code(country, registration.region)
    if not found:
        raise RegistrationInvalid("Name the state of this registration, such as KA or CA.", field="region")
    return found


def _refuse_unfit(registration: RegistrationInput, country: str) -> None:
    if country not in country_codes():
        raise RegistrationInvalid("This is not an ISO 3166-1 country code.", field="country")
    scheme = registration.scheme
    if country not in _ONLY_IN.get(scheme, {country}) or (scheme in _IN_EU and country not in EU_MEMBERS):
        raise RegistrationInvalid(f"{country} does not have {scheme.label}.", field="scheme")
    if country in ("IN", "US", "CH") and scheme in (Scheme.VAT, Scheme.SMALL_BUSINESS):
        raise RegistrationInvalid(f"{country} does not have {scheme.label}.", field="scheme")
    if scheme == Scheme.GST and (country in EU_MEMBERS or country in ("GB", "CH", "LI", "US")):
        raise RegistrationInvalid(f"{country} does not have {scheme.label}.", field="scheme")
    if registration.valid_to is not None and registration.valid_to <= registration.valid_from:
        raise RegistrationInvalid("It ends before it begins.", field="valid_to")


def _refuse_overlap(brand: Brand, registration: RegistrationInput, country: str, region: str) -> None:
    same = TaxRegistration.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=registration.valid_from),
        brand=brand,
        country=country,
        region=region,
        scheme=registration.scheme,
    )
    if registration.valid_to is not None:
        same = same.filter(valid_from__lt=registration.valid_to)
    if same.exists():
        raise RegistrationInvalid(
            "There is this registration already on some of the days.", field="valid_from"
        )
