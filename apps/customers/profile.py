"""What a customer says about itself: which fields there are, and what makes them believable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypedDict
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.core.errors import FieldError
from apps.customers.errors import CustomerInvalid
from apps.customers.models import Customer
from apps.customers.territories import country_codes
from apps.pricing.currencies import is_currency


class CustomerProfile(TypedDict, total=False):
    """The fields that a customer's own people, staff and integrators may set."""

    name: str
    email: str
    currency: str
    external_id: str | None
    extra_recipients: list[str]
    phone: str
    country: str
    address_lines: list[str]
    postal_code: str
    city: str
    region: str
    tax_id: str
    tax_exempt: bool
    tax_exempt_reason: str
    po_number: str
    time_zone: str
    locale: str
    net_terms_days: int | None
    billing_day: int | None
    invoice_grace_hours: int | None
    metadata: dict[str, str]


PROFILE_FIELDS = frozenset(CustomerProfile.__annotations__)
# Their values may stand in the event log; of all others only the name of the field (no personal data there).
IMPERSONAL_FIELDS = frozenset(
    {
        "billing_day",
        "country",
        "currency",
        "invoice_grace_hours",
        "locale",
        "net_terms_days",
        "tax_exempt",
        "time_zone",
    }
)

MAX_ADDRESS_LINES = 4
MAX_EXTRA_RECIPIENTS = 10
MAX_NET_TERMS_DAYS = 365
MAX_INVOICE_GRACE_HOURS = 720


def clean_profile(profile: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields, trimmed and in their one spelling (codes in capitals).

    Raises:
        CustomerInvalid: an unknown field, or one that cannot be true; `errors` names each (422).
    """
    cleaned = {name: _cleaned(name, value) for name, value in profile.items()}
    if cleaned.get("tax_exempt") is False:
        cleaned["tax_exempt_reason"] = ""
    faults = [*_unknown_fields(cleaned), *_length_faults(cleaned), *_meaning_faults(cleaned)]
    if faults:
        message = faults[0].message if len(faults) == 1 else f"{len(faults)} details are not valid."
        raise CustomerInvalid(message, errors=faults)
    return cleaned


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """IANA zone names; what a machine calls its own local time is none."""
    return frozenset(available_timezones()) - {"Factory", "localtime"}


def _cleaned(name: str, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
        return value.upper() if name in {"country", "currency"} else _empty_as_none(name, value)
    if isinstance(value, list):
        return [v.strip() for v in value if isinstance(v, str) and v.strip()]
    return value


def _empty_as_none(name: str, value: str) -> str | None:
    # Two customers without an external id must not collide on the empty text.
    return None if name == "external_id" and not value else value


def _unknown_fields(profile: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in sorted(set(profile) - PROFILE_FIELDS):
        yield FieldError(name, "unknown_field", f"A customer has no {name} that can be set.")


def _length_faults(profile: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in sorted(PROFILE_FIELDS & set(profile)):
        value = profile[name]
        limit = getattr(Customer._meta.get_field(name), "max_length", None)
        if isinstance(value, str) and limit is not None and len(value) > limit:
            yield FieldError(name, "too_long", f"{name} has at most {limit} characters.")
        if isinstance(value, str) and "\0" in value:
            yield FieldError(name, "invalid_character", f"{name} has a character that no text may have.")


def _meaning_faults(profile: Mapping[str, Any]) -> Iterator[FieldError]:
    if "name" in profile and not profile["name"]:
        yield FieldError("name", "missing", "A customer has a name.")
    if "email" in profile and not _is_email(profile["email"]):
        yield FieldError("email", "invalid_email", "This is not an e-mail address.")
    if "currency" in profile and not is_currency(profile["currency"]):
        yield FieldError("currency", "unknown_currency", "This is not an ISO 4217 currency.")
    if profile.get("country") and profile["country"] not in country_codes():
        yield FieldError("country", "unknown_country", "This is not an ISO 3166-1 country code.")
    if "time_zone" in profile and profile["time_zone"] not in time_zones():
        yield FieldError("time_zone", "unknown_time_zone", "This is not an IANA time zone.")
    if "locale" in profile and not _is_locale(profile["locale"]):
        yield FieldError("locale", "unknown_locale", "This is not a known language tag.")
    yield from _list_faults(profile)
    yield from _billing_faults(profile)


def _billing_faults(profile: Mapping[str, Any]) -> Iterator[FieldError]:
    if profile.get("tax_exempt") and not profile.get("tax_exempt_reason"):
        message = "Say why: the certificate or the rule. It stands on invoices."
        yield FieldError("tax_exempt_reason", "missing", message)
    day = profile.get("billing_day")
    if day is not None and not 1 <= day <= 31:
        yield FieldError("billing_day", "out_of_range", "A billing day is from 1 to 31.")
    days = profile.get("net_terms_days")
    if days is not None and not 0 <= days <= MAX_NET_TERMS_DAYS:
        message = f"Net terms are 0 to {MAX_NET_TERMS_DAYS} days."
        yield FieldError("net_terms_days", "out_of_range", message)
    hours = profile.get("invoice_grace_hours")
    if hours is not None and not 0 <= hours <= MAX_INVOICE_GRACE_HOURS:
        message = f"Invoices wait 0 to {MAX_INVOICE_GRACE_HOURS} hours."
        yield FieldError("invoice_grace_hours", "out_of_range", message)


def _list_faults(profile: Mapping[str, Any]) -> Iterator[FieldError]:
    lines = profile.get("address_lines", [])
    if len(lines) > MAX_ADDRESS_LINES or any(len(line) > 200 for line in lines):
        message = f"An address has at most {MAX_ADDRESS_LINES} lines of 200 characters."
        yield FieldError("address_lines", "too_long", message)
    recipients = profile.get("extra_recipients", [])
    if len(recipients) > MAX_EXTRA_RECIPIENTS:
        message = f"There are at most {MAX_EXTRA_RECIPIENTS} extra recipients."
        yield FieldError("extra_recipients", "too_many", message)
    for index, address in enumerate(recipients):
        if not _is_email(address):
            message = "This is not an e-mail address."
            yield FieldError(f"extra_recipients[{index}]", "invalid_email", message)


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _is_locale(tag: str) -> bool:
    try:
        Locale.parse(tag.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return False
    return True
